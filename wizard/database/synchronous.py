"""Which standbys a commit on the primary waits for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.database.object import DatabaseChange
from wizard.errors import HostError

if TYPE_CHECKING:
    import psycopg

    from wizard.vault.secret import Secrets

TAKEN_IN_WITHIN = 15.0  # seconds, by the server after a reload
_SETTING = "synchronous_standby_names"


@dataclass(frozen=True, slots=True, kw_only=True)
class SynchronousStandbys:
    """A commit waits for any one of the standbys, or for none if there are none.

    The setting is kept by ALTER SYSTEM and not in a file beside the others: it may be set only
    once the standby streams, and it must not travel to a standby with its configuration.
    """

    standbys: tuple[str, ...] = ()  # by application_name

    @property
    def key(self) -> str:
        """`synchronous standbys`."""
        return "synchronous standbys"

    @property
    def wanted(self) -> str:
        """The value of synchronous_standby_names."""
        quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in self.standbys)
        return f"ANY 1 ({quoted})" if quoted else ""

    def look(self, connection: psycopg.Connection[Any]) -> str:
        """Return the value in force."""
        row = connection.execute("SELECT current_setting(%s)", (_SETTING,)).fetchone()
        return str(row[0]) if row else ""

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Return what makes commits wait, or wait no longer."""
        if seen == self.wanted or (seen is None and not self.standbys):
            return None
        names = " or ".join(self.standbys)
        return DatabaseChange(
            resource=self.key,
            summary=f"let every commit wait for {names} (and hang while none of them is there)"
            if names
            else "let commits wait for no standby",
            diff=f"-{_SETTING} = '{seen or ''}'\n+{_SETTING} = '{self.wanted}'\n",
            before=f"{_SETTING} = '{seen or ''}'",
            after=f"{_SETTING} = '{self.wanted}'",
            apply=self._apply,
            waiting_for=f"PostgreSQL to take in {_SETTING}",
        )

    def _apply(self, connection: psycopg.Connection[Any]) -> None:
        from psycopg import sql  # noqa: PLC0415 - dear to import, needed only here

        if self.standbys:
            value = sql.Literal(self.wanted)
            connection.execute(
                sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}").format(value)
            )
        else:
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")
        end = time.monotonic() + TAKEN_IN_WITHIN
        while self.look(connection) != self.wanted:
            if time.monotonic() > end:
                raise HostError(
                    f"PostgreSQL did not take in {_SETTING} within {TAKEN_IN_WITHIN:.0f} s",
                    remedy="See pg_file_settings on the server: another file may set it too.",
                )
            time.sleep(0.05)
