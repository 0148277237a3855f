"""The disk image of the hosts that need a kernel of their own: the root file system and modules."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from wizard.practice.apt_sources import AptSources
from wizard.practice.artefact import Recipe
from wizard.practice.chroot import APT, run_on_copy
from wizard.practice.external_storage import PACKAGE, SET_UP

MODULES = Path("/usr/lib/uml/modules")
KERNEL = "linux.uml"
SIZE = "8G"
"""The disk's size as the host sees it; the file is sparse."""

INIT = "/sbin/practice-init"

# Runs before systemd, because systemd reads machine-id before it does anything else. The kernel
# hands practice_identity and practice_mirror over from its command line as variables.
INIT_SCRIPT = r"""#!/bin/sh
mount -t hostfs -o "$practice_mirror",ro none /srv/mirror
if [ ! -e /etc/machine-id ] || [ ! -s /etc/machine-id ]; then
    mount -t hostfs -o "$practice_identity" none /mnt
    cp -a /mnt/. / && sync
    umount /mnt
fi
exec /sbin/init
"""

# The user-mode kernel has no nft tables of the ip and inet families, so its firewall tools must
# be the legacy ones; a stock server would not have iptables yet.
PREPARE = rf"""
chroot "$ROOT" {APT} update >/dev/null
chroot "$ROOT" {APT} --no-install-recommends install $PACKAGES >/dev/null
printf '%s' "$SET_UP" | chroot "$ROOT" sh -eu -s
chroot "$ROOT" update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy
chroot "$ROOT" update-alternatives --quiet --set ip6tables /usr/sbin/ip6tables-legacy
chroot "$ROOT" sh -c 'rm -rf /etc/apt/sources.list.d/* /etc/apt/auth.conf.d \
    /etc/apt/apt.conf.d/99machine /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
    /var/cache/apt/*.bin; : >/etc/resolv.conf'
mkdir -p "$ROOT/lib/modules"
cp -a "{MODULES}/." "$ROOT/lib/modules/"
for release in "$ROOT"/lib/modules/*; do
    chroot "$ROOT" depmod "$(basename "$release")"
done
printf '%s' "$INIT_SCRIPT" >"$ROOT{INIT}"
chmod 0755 "$ROOT{INIT}"
umount "$ROOT/srv/mirror" "$ROOT/proc"
mke2fs -q -t ext4 -m 0 -E lazy_itable_init=1,lazy_journal_init=1 -d "$ROOT" \
    "$OUTPUT/golden.img" {SIZE}
"""


def kernel_version() -> str:
    """The user-mode kernel's version, as it says itself."""
    done = subprocess.run(
        [KERNEL, "--version"], capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Contents:
    """What an image holds beyond the root file system and the kernel's modules."""

    name: str
    packages: tuple[str, ...]
    set_up: str = ""
    """Shell text that is run in the image."""


PLAIN = Contents("machine", ("iptables",))
EXTERNAL_STORAGE = Contents("external", ("iptables", PACKAGE), SET_UP)


def machine_image_recipe(root: Path, contents: Contents) -> Recipe:
    """What decides the image's contents."""
    return Recipe(
        contents.name,
        (root.name, kernel_version(), PREPARE, INIT_SCRIPT, *contents.packages, contents.set_up),
    )


def build_machine_image(
    directory: Path, root: Path, sources: AptSources, contents: Contents
) -> None:
    """Make ``directory/golden.img`` from the root file system.

    Raises:
        PracticeError: a package cannot be fetched, or the image cannot be written.
    """
    variables = {
        "INIT_SCRIPT": INIT_SCRIPT,
        "PACKAGES": " ".join(contents.packages),
        "SET_UP": contents.set_up,
    }
    run_on_copy(root, directory, PREPARE, sources, env=variables)
    # Its copies record this time and refuse an image that has another.
    os.utime(directory / "golden.img", (0, 0))
