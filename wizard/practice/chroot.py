"""Runs package commands in a throw-away copy of the root file system.

The copy is an overlay in a mount namespace of its own: when the command ends, however it ends,
no mount is left behind.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from wizard.practice.apt_sources import AptSources
from wizard.practice.command import run

ENTER = r"""
set -eu
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" \
    "$SCRATCH/merged"
mount -t proc proc "$SCRATCH/merged/proc"
mount --bind "$OUTPUT" "$SCRATCH/merged/srv/mirror"
ROOT=$SCRATCH/merged
"""

APT = "apt-get --quiet --yes -o APT::Sandbox::User=root -o DPkg::Use-Pty=0"


def run_on_copy(
    root: Path,
    output: Path,
    script: str,
    sources: AptSources,
    *,
    env: Mapping[str, str],
    timeout: float = 900,
) -> str:
    """Run a script beside an overlay of ``root`` that knows this machine's package sources.

    Args:
        root: the root file system, which is not changed.
        output: a directory seen as ``/srv/mirror`` inside; a scratch directory is made in it.
        script: shell text; ``$ROOT`` is the overlay, ``$OUTPUT`` the directory.
        sources: the package sources to write into the overlay.
        env: the script's variables.
        timeout: seconds it may take.

    Raises:
        PracticeError: a command of the script failed.
    """
    scratch = output / "scratch"
    for name in ("upper/etc/apt/sources.list.d", "upper/etc/apt/apt.conf.d", "work", "merged"):
        (scratch / name).mkdir(parents=True)
    apt = scratch / "upper/etc/apt"
    sources.write(apt / "sources.list.d")
    for keyring in sources.keyrings:
        place = scratch / "upper" / keyring.relative_to("/")
        if keyring.is_file() and not (root / keyring.relative_to("/")).exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(keyring, place)
    # Proxies and credentials of this machine, for as long as the overlay lives.
    (apt / "apt.conf.d/99machine").write_text(run(("apt-config", "dump", "Acquire")))
    if Path("/etc/apt/auth.conf.d").is_dir():
        shutil.copytree("/etc/apt/auth.conf.d", apt / "auth.conf.d")
    for name in ("resolv.conf", "hosts"):
        if Path("/etc", name).is_file():
            shutil.copyfile(Path("/etc", name), scratch / "upper/etc" / name)
    result = run(
        ("unshare", "--mount", "--propagation", "private", "--", "sh", "-s"),
        script=ENTER + script,
        env={
            "LOWER": str(root),
            "SCRATCH": str(scratch),
            "OUTPUT": str(output),
            "DEBIAN_FRONTEND": "noninteractive",
            **env,
        },
        timeout=timeout,
    )
    shutil.rmtree(scratch)
    return result
