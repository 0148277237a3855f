"""A role that acts as another one, for the time in which that one's password changes.

PostgreSQL knows one password per role. Two servers of the application that are restarted one after
the other need two: the one comes in by the second role while the other still uses the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.database.connect import beside
from wizard.database.object import DatabaseChange
from wizard.database.role import Role
from wizard.errors import RefusedOnHost

if TYPE_CHECKING:
    import psycopg

    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingRole:
    """A login role whose sessions are those of another role from their first statement on.

    What they create belongs to that role; there is nothing that would be lost with this one.
    """

    name: str
    acts_as: str
    password: str  # the secret's name

    @property
    def key(self) -> str:
        """`role NAME`."""
        return self._role.key

    @property
    def _role(self) -> Role:
        return Role(name=self.name, password=self.password, member_of=(self.acts_as,))

    def look(self, connection: psycopg.Connection[Any]) -> tuple[object, bool]:
        """Return what the server knows of the role, and whether it acts as the other one."""
        row = connection.execute(
            "SELECT setting FROM pg_db_role_setting, unnest(setconfig) AS setting"
            " WHERE setrole = to_regrole(quote_ident(%s)) AND setdatabase = 0"
            " AND setting = 'role=' || %s",
            (self.name, self.acts_as),
        ).fetchone()
        return self._role.look(connection), row is not None

    def change(self, seen: object, secrets: Secrets) -> DatabaseChange | None:
        """Return what creates it or sets what differs."""
        known, acts = seen if isinstance(seen, tuple) else (None, False)
        first = self._role.change(known, secrets)
        if first is None and acts:
            return None

        def apply(connection: psycopg.Connection[Any]) -> None:
            from psycopg import sql  # noqa: PLC0415 - dear to import, needed only here

            with connection.transaction():
                if first:
                    first.apply(connection)
                connection.execute(
                    sql.SQL("ALTER ROLE {} SET role = {}").format(
                        sql.Identifier(self.name), sql.Literal(self.acts_as)
                    )
                )

        summary = first.summary if first else f"give role {self.name} its setting"
        return DatabaseChange(
            resource=self.key,
            summary=f"{summary}; it acts as {self.acts_as} until the rotation is over",
            apply=apply,
            before=f"{first.before}; acts: {acts}" if first and first.before else "",
            after=f"{first.after if first else self.key}; acts as {self.acts_as}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoActingRole:
    """The end of an acting role; refused as long as somebody is logged in as it."""

    name: str
    acts_as: str
    database: str

    @property
    def key(self) -> str:
        """`role NAME`."""
        return f"role {self.name}"

    def look(self, connection: psycopg.Connection[Any]) -> tuple[bool, int]:
        """Return whether there is such a role, and how many sessions it has."""
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s),"
            " (SELECT count(*) FROM pg_stat_activity WHERE usename = %s)",
            (self.name, self.name),
        ).fetchone()
        return (bool(row[0]), int(row[1])) if row else (False, 0)

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Return what removes it."""
        there, sessions = seen if isinstance(seen, tuple) else (False, 0)
        if not there:
            return None
        if sessions:
            raise RefusedOnHost(
                f"{sessions} sessions are still those of {self.name}",
                remedy="Restart whatever uses that role, then `minusnow-setup resume`.",
            )
        return DatabaseChange(
            resource=self.key,
            summary=f"remove role {self.name}",
            apply=self._apply,
            before=f"acts as {self.acts_as}",
        )

    def _apply(self, connection: psycopg.Connection[Any]) -> None:
        from psycopg import sql  # noqa: PLC0415 - as above

        name, other = sql.Identifier(self.name), sql.Identifier(self.acts_as)
        # A session that took its role off by itself may have left something of its own.
        with beside(connection, self.database) as inside:
            inside.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(name, other))
            inside.execute(sql.SQL("DROP OWNED BY {}").format(name))
        connection.execute(sql.SQL("DROP ROLE {}").format(name))
