"""The root file system every practice host starts from: a minimal Debian server with sshd."""

from pathlib import Path

from wizard.practice.apt_sources import AptSources
from wizard.practice.artefact import Recipe
from wizard.practice.command import run

PACKAGES = (
    "ca-certificates",
    "dbus",
    "debian-archive-keyring",
    "ifupdown",
    "iproute2",
    "iputils-ping",
    "kmod",
    "netbase",
    "openssh-server",
    "procps",
    "sudo",
    "systemd",
    "systemd-sysv",
)
"""What a minimal server installation has; everything else is the installer's to bring."""

DPKG_OPTIONS = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/locale/*",
    "force-unsafe-io",
)
"""For practice only: fewer files and fewer waits for the disk while packages are unpacked."""

FINISH = r"""
set -eu
useradd --create-home --shell /bin/bash --uid 1000 --password '*' ops
echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops
chmod 0440 /etc/sudoers.d/ops
echo 'LANG=C.UTF-8' >/etc/default/locale
# Two cores carry the whole fleet: nothing runs on a timer, the journal stays in memory, and what
# a server without screen, boot loader or hot-plugged devices can do without is not started.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    fstrim.timer man-db.timer systemd-tmpfiles-clean.timer console-getty.service getty.target \
    e2scrub_reap.service ifupdown-pre.service dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount \
    modprobe@configfs.service modprobe@fuse.service modprobe@dm_mod.service \
    modprobe@loop.service modprobe@efi_pstore.service modprobe@drm.service \
    kmod-static-nodes.service systemd-update-utmp.service \
    systemd-update-utmp-runlevel.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
drop=/etc/systemd/journald.conf.d
mkdir -p "$drop"
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n' >"$drop/practice.conf"
# A host gets its identity when it is made; none is shared.
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
: >/etc/machine-id
# The hosts reach no registry and no name server: what this machine uses is not theirs.
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/* /var/cache/apt/*
rm -f /etc/hostname /etc/resolv.conf
: >/etc/resolv.conf
mkdir -p /srv/mirror /var/cache/apt/archives/partial
"""


def root_recipe(sources: AptSources) -> Recipe:
    """What decides the root file system's contents."""
    return Recipe(
        "root",
        (sources.release, *sources.stanzas, *sources.lines, *PACKAGES, *DPKG_OPTIONS, FINISH),
    )


def build_root(directory: Path, sources: AptSources) -> None:
    """Make the root file system in ``directory/root`` (about half a minute).

    Raises:
        PracticeError: the packages cannot be fetched or installed.
    """
    root = directory / "root"
    run(
        (
            "mmdebstrap",
            "--mode=root",
            "--variant=minbase",
            "--quiet",
            *(f"--dpkgopt={option}" for option in DPKG_OPTIONS),
            f"--include={','.join(PACKAGES)}",
            sources.release,
            root,
            *sources.write(directory),
        ),
        timeout=900,
    )
    run(("chroot", root, "sh", "-s"), script=FINISH)
