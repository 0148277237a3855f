"""What this machine needs for a practice fleet, and the one command that installs the rest."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from wizard.errors import PracticeError
from wizard.practice.command import TOOLS_PATH

PROGRAMS = {
    "apt-ftparchive": "apt-utils",
    "dpkg-deb": "dpkg",
    "ip": "iproute2",
    "linux.uml": "user-mode-linux",
    "mke2fs": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "npm": "npm",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
    "systemd-nspawn": "systemd-container",
    "unshare": "util-linux",
}
"""Each program the fleet calls, and the Debian package that brings it."""

TUN = Path("/dev/net/tun")
CGROUPS = (Path("/sys/fs/cgroup/cgroup.controllers"), Path("/sys/fs/cgroup/unified"))


def _found(program: str) -> bool:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{TOOLS_PATH}") is not None


def missing_packages(found: Callable[[str], bool] = _found) -> tuple[str, ...]:
    """The Debian packages whose programs this machine lacks, sorted."""
    return tuple(sorted({package for program, package in PROGRAMS.items() if not found(program)}))


def install_command(packages: tuple[str, ...]) -> str:
    """The command that brings the packages."""
    return f"apt-get install --yes --no-install-recommends {' '.join(packages)}"


def require_root() -> None:
    """Refuse to go on without the right to make namespaces and mounts.

    Raises:
        PracticeError: this is not root.
    """
    if os.geteuid() != 0:
        raise PracticeError(
            "The practice fleet makes hosts, networks and mounts, which needs root.",
            remedy="Run the same command with sudo.",
        )


def require_machine() -> None:
    """Check everything the fleet needs of this machine, and name all that is missing at once.

    Raises:
        PracticeError: packages are missing, or the kernel lacks something.
    """
    require_root()
    missing = missing_packages()
    if missing:
        raise PracticeError(
            f"This machine lacks {', '.join(missing)}.",
            remedy=f"Install them with: {install_command(missing)}",
        )
    if not TUN.exists():
        raise PracticeError(
            f"This machine has no {TUN}, which the fleet's network links need.",
            remedy="Load the module with 'modprobe tun', or allow the device in this container.",
        )
    if not any(path.exists() for path in CGROUPS):
        raise PracticeError(
            "This machine has no version 2 control groups, which the hosts' systemd needs.",
            remedy="Mount them: mkdir -p /sys/fs/cgroup/unified && "
            "mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified",
        )
