"""A systemd unit that runs, starts at boot, and runs with the configuration that is on disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY, lines, words
from wizard.resources.written import NOTE_PUT_BACK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.resources.file import File
    from wizard.vault.secret import Secrets
    from wizard.vault.text import Text


def stamp(files: Iterable[File]) -> str:
    """Return what tells one configuration from another; a changed secret removes it by itself."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path}\0{file.content.masked()}\0".encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A systemd unit in the wanted state.

    That it has taken its configuration in is recorded on the host (`applied/UNIT`) and the record
    is removed before a file of it changes, so a run that dies in between leaves the reload due.
    """

    name: str
    running: bool = True
    enabled: bool = True
    stamp: str = ""  # of the configuration it should run with, see stamp()
    action: Literal["reload", "restart"] = "restart"
    # Shell that succeeds when the unit does its work; tried for `probe_seconds` after a start.
    probe: str = ""
    probe_seconds: int = 30
    timeout: float = 180.0  # seconds

    @property
    def key(self) -> str:
        """`unit NAME`."""
        return f"unit {self.name}"

    def look(self) -> str:
        """Print the unit's states and the stamp of the configuration it last took in."""
        applied = words(f"{OWN_DIRECTORY}/applied/{self.name}")
        return (
            f"systemctl show -p LoadState,ActiveState,UnitFileState,NeedDaemonReload"
            f" {words(self.name)}\n"
            f'[ ! -r {applied} ] || {{ IFS= read -r line <{applied}; echo "Applied=$line"; }}'
        )

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what to do so that it is enabled, running and up to date."""
        state = dict(line.split("=", 1) for line in seen.splitlines() if "=" in line)
        # A program may still tell systemd of its reload when systemctl has ended.
        active = state.get("ActiveState") in {"active", "reloading"}
        enabled = state.get("UnitFileState") in {"enabled", "static", "alias"}
        stale = self.running and bool(self.stamp) and state.get("Applied") != self.stamp
        stale = stale or (self.running and state.get("NeedDaemonReload") == "yes")
        todo: list[str] = []
        if self.enabled and not enabled:
            todo.append("enable")
        if not self.enabled and state.get("UnitFileState") in {"enabled", "enabled-runtime"}:
            todo.append("disable")
        if self.running and not active:
            todo.append("start")
        elif self.running and stale:
            todo.append(self.action)
        elif not self.running and state.get("ActiveState") not in {"inactive", "failed", None}:
            todo.append("stop")
        if not todo:
            return None
        return Change(
            resource=self.key,
            summary=f"{' and '.join(todo)} {self.name}",
            script=self._script(todo),
            timeout=self.timeout,
            waiting_for=f"systemctl {todo[-1]} {self.name}",
        )

    def _script(self, todo: list[str]) -> Text:
        steps: list[str | Text] = ["systemctl daemon-reload"]
        steps += [
            words("systemctl", verb, self.name) for verb in todo if verb in {"enable", "disable"}
        ]
        verb = todo[-1]
        if verb in {"enable", "disable"}:
            return lines(steps)
        if verb == "stop":
            return lines([*steps, words("systemctl", "stop", self.name)])
        act = {"start": "restart", "restart": "restart", "reload": "reload-or-restart"}[verb]
        # `reset-failed` clears a start limit that an earlier, repaired, failure has used up.
        steps += [
            f"systemctl reset-failed {words(self.name)} 2>/dev/null || true",
            f"act() {{ {words('systemctl', act, self.name)} && probe; }}",
            self._probe(),
            self._act_or_restore(),
            f"(umask 077; mkdir -p {OWN_DIRECTORY}/applied)",
            words("rm", "-rf", f"{OWN_DIRECTORY}/previous/{self.name}"),
            f"echo {words(self.stamp)} >{words(f'{OWN_DIRECTORY}/applied/{self.name}')}",
        ]
        return lines(steps)

    def _probe(self) -> str:
        ready = self.probe or f"systemctl is-active --quiet {words(self.name)}"
        return (
            f"probe() {{ local end=$((SECONDS + {self.probe_seconds}))\n"
            f"until {{ {ready}\n}}; do\n"
            f"if [ $SECONDS -ge $end ]; then"
            f" echo {words(f'{self.name} did not answer within {self.probe_seconds} s')} >&2\n"
            f"systemctl --no-pager --lines=15 status {words(self.name)} >&2 || true; return 1; fi\n"
            "sleep 0.3; done; }"
        )

    def _act_or_restore(self) -> str:
        """Return shell that puts the previous files back if the unit does not work with the new.

        File by file: copying the folder as a whole would give `/` the mode of the folder.
        """
        previous = words(f"{OWN_DIRECTORY}/previous/{self.name}")
        restored = words(f"{self.name}: the previous configuration was put back")
        return (
            "restore() {\n"
            "find . ! -type d -print0 | while IFS= read -r -d '' file; do\n"
            'place="/${file#./}"; cp -aT "$file" "$place.minusnow-old"'
            ' && mv -fT "$place.minusnow-old" "$place"'
            f" && {NOTE_PUT_BACK}; done\n"
            f"systemctl daemon-reload && {words('systemctl', 'restart', self.name)}; }}\n"
            f"if ! act; then if cd {previous} 2>/dev/null; then\n"
            f"restore && echo {restored} >&2 || true\n"
            "fi; exit 1; fi"
        )
