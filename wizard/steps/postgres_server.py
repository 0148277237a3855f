"""The running PostgreSQL server, with the configuration that is on disk and proven beforehand."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY, lines, words
from wizard.resources.unit import Unit
from wizard.resources.written import NOTE_PUT_BACK
from wizard.steps.postgres_setup_role import local_psql

if TYPE_CHECKING:
    from wizard.steps.postgres_layout import Layout
    from wizard.vault.secret import Secrets
    from wizard.vault.text import Text

# A reload answers "true" even when a file is refused, so the files are read before it. For a value
# that cannot be, pg_file_settings says no more than for one that needs a restart: values are tried
# by reading them as a starting server does.
_ERRORS = """\
SET lc_messages = 'C';
SELECT format('%s line %s: %s: %s', sourcefile, sourceline, name, error) FROM pg_file_settings
 WHERE error IS NOT NULL AND error <> 'setting could not be applied';
SELECT format('pg_hba.conf line %s: %s', line_number, error) FROM pg_hba_file_rules
 WHERE error IS NOT NULL;
"""
_PENDING = "SELECT name FROM pg_settings WHERE pending_restart;\n"
_LOADED = "SELECT pg_conf_load_time();\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """PostgreSQL runs, starts at boot, and has taken its files in.

    They are taken in by a reload where that suffices and by a restart where a setting needs one;
    files that PostgreSQL refuses never get that far: the previous ones are put back.
    """

    place: Layout
    stamp: str  # of the files it should run with
    ready_within: int = 60  # seconds; a standby may have to catch up first

    @property
    def key(self) -> str:
        """`server UNIT`."""
        return f"server {self.place.names.unit}"

    @property
    def _unit(self) -> Unit:
        return Unit(name=self.place.names.unit, stamp=self.stamp)

    def look(self) -> str:
        """Print the unit's states, the stamp it last took in, and what waits for a restart."""
        return (
            f"{self._unit.look()}\n"
            f"cd / && {local_psql(self.place)} <<'END_OF_LOOK' | sed 's/^/Pending=/'\n"
            f"{_PENDING}END_OF_LOOK"
        )

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what to do so that it is enabled, running and up to date."""
        state = dict(line.split("=", 1) for line in seen.splitlines() if "=" in line)
        active = state.get("ActiveState") == "active"
        todo = [] if state.get("UnitFileState", "").startswith("enabled") else ["enable"]
        if not active:
            todo.append("start")
        elif "Pending" in state:
            todo.append("restart")
        elif state.get("Applied") != self.stamp:
            todo.append("reload")
        if not todo:
            return None
        name = self.place.names.unit
        hint = " (restart if a changed setting needs one)" if todo[-1] == "reload" else ""
        hint = f" for {state['Pending']}" if todo[-1] == "restart" else hint
        return Change(
            resource=self.key,
            summary=f"{' and '.join(todo)} {name}{hint}",
            script=self._script(todo),
            timeout=self.ready_within + 300.0,
            waiting_for=f"systemctl {todo[-1]} {name}",
        )

    def _script(self, todo: list[str]) -> Text:
        unit = words(self.place.names.unit)
        act = todo[-1] if todo[-1] in {"start", "restart", "reload"} else ""
        return lines(
            [
                "cd /",
                "systemctl daemon-reload",
                *([f"systemctl enable {unit}"] if "enable" in todo else []),
                self._functions(),
                *([f"if ! act_{act}; then restore; exit 1; fi"] if act else []),
                f"(umask 077; mkdir -p {OWN_DIRECTORY}/applied)",
                f"rm -rf {OWN_DIRECTORY}/previous/{unit}",
                f"echo {words(self.stamp)} >{OWN_DIRECTORY}/applied/{unit}",
            ]
        )

    def _functions(self) -> str:
        """Return the shell functions of which the ways to take files in are made."""
        unit = words(self.place.names.unit)
        previous = f"{OWN_DIRECTORY}/previous/{unit}"
        ready = self.place.as_account("pg_isready", "-q")
        pid = shlex.quote(f"{self.place.names.data}/postmaster.pid")
        restored = words(f"{self.place.names.unit}: the previous configuration was put back")
        settings = self.place.as_account(
            "postgres", "-C", "port", "-c", f"config_file={self.place.names.config}/postgresql.conf"
        )
        late = words(f"PostgreSQL did not accept connections within {self.ready_within} s")
        return f"""\
sql() {{ {local_psql(self.place)}; }}
complain() {{ journalctl -q --no-pager -o cat -n 15 -u {unit} >&2 || true
{self._log_tail()} >&2 || true; }}
ready() {{ local end=$((SECONDS + {self.ready_within}))
until {ready} -h /run/postgresql -p "$(sed -n 4p {pid} 2>/dev/null || true)"; do
if [ $SECONDS -ge $end ] || [ "$(systemctl is-active {unit})" = failed ]; then
echo {late} >&2; complain; return 1; fi
sleep 0.2; done; }}
act_start() {{ systemctl reset-failed {unit} 2>/dev/null || true
systemctl start {unit} || {{ complain; return 1; }}; ready; }}
act_restart() {{ proven || return 1
systemctl restart {unit} || {{ complain; return 1; }}; ready; }}
proven() {{ local errors
{settings} >/dev/null || {{ echo 'PostgreSQL refuses its settings' >&2; return 1; }}
errors=$(sql <<'END_OF_SQL'
{_ERRORS}END_OF_SQL
) || return 1
if [ -n "$errors" ]; then echo 'PostgreSQL refuses its files:' >&2; echo "$errors" >&2; return 1
fi; }}
loaded() {{ sql <<'END_OF_SQL'
{_LOADED}END_OF_SQL
}}
pending() {{ sql <<'END_OF_SQL'
{_PENDING}END_OF_SQL
}}
act_reload() {{ local before end waiting
proven || return 1
before=$(loaded) || return 1
systemctl reload {unit} || return 1
end=$((SECONDS + 15))
while [ "$(loaded)" = "$before" ]; do
if [ $SECONDS -ge $end ]; then echo 'PostgreSQL did not take in its files' >&2; return 1; fi
sleep 0.1; done
waiting=$(pending) || return 1
if [ -n "$waiting" ]; then echo "restart for" $waiting; act_restart; fi; }}
put_back() {{ find . ! -type d -print0 | while IFS= read -r -d '' file; do
place="/${{file#./}}"; cp -aT "$file" "$place.minusnow-old" \
&& mv -fT "$place.minusnow-old" "$place" && {NOTE_PUT_BACK}
done; }}
restore() {{ if cd {previous} 2>/dev/null; then put_back && cd / && {{ \
if systemctl is-active -q {unit}; then systemctl reload {unit}; else \
systemctl reset-failed {unit} 2>/dev/null; systemctl start {unit}; fi; }} \
&& ready && echo {restored} >&2 || true; fi; }}"""

    def _log_tail(self) -> str:
        """Return shell that prints the end of the server's log, unless the journal has it."""
        names = self.place.names
        if names.config != names.data:
            return "true"  # pg_ctlcluster(1) tells the journal why a start failed
        newest = f"$(ls -t {shlex.quote(names.logs)}/postgresql-*.log 2>/dev/null | head -n 1)"
        return f'tail -n 15 "{newest}"'
