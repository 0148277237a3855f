"""A share mounted by a systemd mount unit."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY, lines, words

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets

_SAFE = re.compile(r"[A-Za-z0-9:_.]")


def mount_unit(path: str) -> str:
    """Return the unit name of a mount point, as systemd-escape(1) --path makes it."""
    parts = [part for part in path.split("/") if part]
    escaped = "-".join(
        "".join(char if _SAFE.match(char) else f"\\x{ord(char):02x}" for char in part)
        for part in parts
    )
    return f"{escaped}.mount"


@dataclass(frozen=True, slots=True, kw_only=True)
class MountPoint:
    """A directory to mount over: empty, root's, and not writable by the service by itself."""

    path: str

    @property
    def key(self) -> str:
        """`mount point PATH`."""
        return f"mount point {self.path}"

    def look(self) -> str:
        """Print what is mounted there, or what lies in the way."""
        path = shlex.quote(self.path)
        return (
            f'if source=$(findmnt -n -o SOURCE --mountpoint {path}); then echo "mounted $source"\n'
            f"elif [ -d {path} ]; then echo directory $(stat -c '%a %U' {path})"
            f" $(ls -A {path} | wc -l)\n"
            f"elif [ -e {path} ]; then echo other; fi"
        )

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what creates it; RefusedOnHost if files would disappear under the mount."""
        match seen.split():
            case ["mounted", *_] | ["directory", "555", "root", "0"]:
                return None
            case ["directory", _, _, count] if count != "0":
                raise RefusedOnHost(
                    f"{self.path} holds {count} entries, which a mount would hide",
                    remedy=f"Move the files of {self.path} to the share, or elsewhere, and go on.",
                )
            case ["other"]:
                raise RefusedOnHost(
                    f"{self.path} is in the way of a mount point: it is not a directory",
                    remedy=f"Move {self.path} elsewhere and go on.",
                )
            case _:
                return Change(
                    resource=self.key,
                    summary=f"create mount point {self.path} (0555 root)",
                    script=lines([words("install", "-d", "-m", "0555", "-o", "root", self.path)]),
                )


# What the files of all mounts of a host call the unit that takes them in, see File.unit.
MOUNTS = "mounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounts:
    """Mount units that are enabled and mounted as their files say; all of them in one go."""

    paths: tuple[str, ...]
    stamp: str

    @property
    def key(self) -> str:
        """`mounts`."""
        return "mounts"

    def look(self) -> str:
        """Print the state of each unit and the stamp of the files they were mounted from."""
        applied = f"{OWN_DIRECTORY}/applied/{MOUNTS}"
        units = words(*(mount_unit(path) for path in self.paths))
        return (
            f"systemctl show -p Id,ActiveState,UnitFileState,NeedDaemonReload {units}\n"
            f'[ ! -r {applied} ] || {{ IFS= read -r line <{applied}; echo "Applied=$line"; }}'
        )

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what mounts those that are not, or all again after a change of their files."""
        stale = f"Applied={self.stamp}" not in seen.splitlines() or "NeedDaemonReload=yes" in seen
        wanted = {mount_unit(path): path for path in self.paths}
        right = set()
        for block in seen.split("\n\n"):
            state = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
            if state.get("ActiveState") == "active" and state.get("UnitFileState") == "enabled":
                right.add(state.get("Id", ""))
        due = [unit for unit in wanted if stale or unit not in right]
        if not due:
            return None
        # A line each: the first that fails ends the script.
        mounted = [
            f"findmnt -n -t nfs,nfs4 --mountpoint {shlex.quote(wanted[unit])} >/dev/null"
            for unit in due
        ]
        applied = f"{OWN_DIRECTORY}/applied"
        return Change(
            resource=self.key,
            summary=f"mount {', '.join(wanted[unit] for unit in due)}",
            script=lines(
                [
                    words("systemctl", "enable", *due),
                    "systemctl daemon-reload",
                    words("systemctl", "restart", *due),
                    *mounted,
                    f"(umask 077; mkdir -p {applied})",
                    words("rm", "-rf", f"{OWN_DIRECTORY}/previous/{MOUNTS}"),
                    f"echo {self.stamp} >{applied}/{MOUNTS}",
                ]
            ),
            timeout=300.0,
            waiting_for="the mounts (systemctl restart; the NFS server must answer)",
        )
