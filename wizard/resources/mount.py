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
        "".join(chr(byte) if _SAFE.match(chr(byte)) else f"\\x{byte:02x}" for byte in part.encode())
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
        # Of mounts over each other the last one counts.
        return (
            "source=; while read -r from at _; do"
            f' if [ "$at" = {path} ]; then source=$from; fi; done </proc/self/mounts\n'
            'if [ "$source" ]; then echo "mounted $source"\n'
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
                    f"{self.path} holds {count} {'entry' if count == '1' else 'entries'}, which a"
                    " mount would hide",
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
_STAGE = "/run/minusnow-setup-share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One directory of a share and where it is mounted."""

    source: str  # server:/export/data
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounts:
    """Mount units that are enabled and mounted as their files say; all of them in one go.

    When a directory moves to another share its files are copied there first, by the account that
    owns them, while nothing writes; the old share keeps its own.
    """

    shares: tuple[Share, ...]
    options: str
    stamp: str
    account: str  # that owns the files
    service: str  # the unit that writes them

    @property
    def key(self) -> str:
        """`mounts`."""
        return "mounts"

    def look(self) -> str:
        """Print the state of each unit, what is mounted, and the stamp of the files."""
        applied = f"{OWN_DIRECTORY}/applied/{MOUNTS}"
        units = words(*(mount_unit(share.path) for share in self.shares))
        return (
            f"systemctl show -p Id,ActiveState,UnitFileState,NeedDaemonReload {units}\n"
            "echo; findmnt -rn -t nfs,nfs4 -o TARGET,SOURCE | sed 's/^/Mounted=/'\n"
            f'[ ! -r {applied} ] || {{ IFS= read -r line <{applied}; echo "Applied=$line"; }}'
        )

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what mounts those that are not, or all again after a change of their files."""
        found = seen.splitlines()
        stale = f"Applied={self.stamp}" not in found or "NeedDaemonReload=yes" in found
        right = _right(seen)
        due = [share for share in self.shares if stale or mount_unit(share.path) not in right]
        if not due:
            return None
        mounted = dict(
            line.removeprefix("Mounted=").split(" ", 1)
            for line in found
            if line.startswith("Mounted=") and " " in line
        )
        moved = [share for share in due if mounted.get(share.path, share.source) != share.source]
        summary = f"mount {', '.join(share.path for share in due)}"
        if moved:
            old = ", ".join(dict.fromkeys(mounted[share.path] for share in moved))
            summary = (
                f"stop {self.service}, copy the files of {old} to the new share, {summary}"
                " (the old share keeps its files)"
            )
        return Change(
            resource=self.key,
            summary=summary,
            script=lines([*self._copy(moved), *self._mount(due)]),
            timeout=86400.0 if moved else 300.0,
            waiting_for="the copy of the shared files"
            if moved
            else "the mounts (systemctl restart; the NFS server must answer)",
            detached=bool(moved),
        )

    def _copy(self, moved: list[Share]) -> list[str]:
        if not moved:
            return []
        steps = [f"systemctl stop {words(self.service)} || true"]
        for share in moved:
            # Newer files win: another node may have copied before this one. The top directory is
            # left as it is: on a share that exists it may belong to somebody else.
            copy = words(
                *("runuser", "-u", self.account, "--"),
                *("find", share.path, "-mindepth", "1", "-maxdepth", "1"),
                *("-exec", "cp", "-ru", "--preserve=timestamps", "-t", _STAGE, "{}", "+"),
            )
            steps += [
                f"if mountpoint -q {_STAGE}; then umount {_STAGE}; fi; mkdir -p {_STAGE}",
                words("mount", "-t", "nfs", "-o", _now(self.options), share.source, _STAGE),
                copy,
                f"umount {_STAGE}",
                f"echo {words(f'copied {share.path} to {share.source}')}",
            ]
        return [*steps, f"rmdir {_STAGE}"]

    def _mount(self, due: list[Share]) -> list[str]:
        units = [mount_unit(share.path) for share in due]
        applied = f"{OWN_DIRECTORY}/applied"
        there = (words("findmnt", "-n", "-t", "nfs,nfs4", "-M", share.path) for share in due)
        return [
            words("systemctl", "enable", *units),
            "systemctl daemon-reload",
            words("systemctl", "restart", *units),
            # A line each: the first that fails ends the script.
            *(f"{command} >/dev/null" for command in there),
            f"(umask 077; mkdir -p {applied})",
            words("rm", "-rf", f"{OWN_DIRECTORY}/previous/{MOUNTS}"),
            f"echo {self.stamp} >{applied}/{MOUNTS}",
        ]


def _right(seen: str) -> set[str]:
    """Return the units that are mounted and will be after a boot."""
    right = set()
    for block in seen.split("\n\n"):
        state = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if state.get("ActiveState") == "active" and state.get("UnitFileState") == "enabled":
            right.add(state.get("Id", ""))
    return right


def _now(options: str) -> str:
    """Return mount options without those that are for systemd."""
    return ",".join(option for option in options.split(",") if option != "_netdev")
