"""A database: that it exists, who owns it, and who may connect to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.database.connect import beside
from wizard.database.object import DatabaseChange
from wizard.errors import RefusedOnHost

if TYPE_CHECKING:
    import psycopg

    from wizard.vault.secret import Secrets

_OWNER_RIGHTS_VERSION = 140000  # pg_database_owner came with PostgreSQL 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A UTF-8 database with its owner."""

    name: str
    owner: str

    @property
    def key(self) -> str:
        """`database NAME`."""
        return f"database {self.name}"

    def look(self, connection: psycopg.Connection[Any]) -> tuple[str, str] | None:
        """Return owner and encoding, None if there is no such database."""
        return connection.execute(
            "SELECT pg_get_userbyid(datdba)::text, pg_encoding_to_char(encoding)::text"
            " FROM pg_database WHERE datname = %s",
            (self.name,),
        ).fetchone()

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Return what creates it or sets its owner; an encoding cannot be changed afterwards."""
        if not isinstance(seen, tuple):
            return DatabaseChange(
                resource=self.key,
                summary=f"create database {self.name} (owner {self.owner}, UTF8)",
                apply=self._create,
                after=f"owner {self.owner}, encoding UTF8",
            )
        owner, encoding = seen
        if encoding != "UTF8":
            raise RefusedOnHost(
                f"the database {self.name} exists with encoding {encoding}, wanted is UTF8",
                remedy="Dump it, rename it away and load the dump into a new one, or choose"
                " another database.name in the site file.",
            )
        if owner == self.owner:
            return None
        return DatabaseChange(
            resource=self.key,
            summary=f"give database {self.name} to {self.owner} (was {owner})",
            apply=self._own,
            before=f"owner {owner}, encoding {encoding}",
            after=f"owner {self.owner}, encoding UTF8",
        )

    def _create(self, connection: psycopg.Connection[Any]) -> None:
        from psycopg import sql  # noqa: PLC0415 - dear to import, needed only here

        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                sql.Identifier(self.name), sql.Identifier(self.owner)
            )
        )

    def _own(self, connection: psycopg.Connection[Any]) -> None:
        from psycopg import sql  # noqa: PLC0415 - as above

        connection.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                sql.Identifier(self.name), sql.Identifier(self.owner)
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Privileges:
    """Who may use a database: its owner and the given roles, nobody by default.

    The schema `public` belongs to the database's owner and only the owner creates in it.
    """

    database: str
    owner: str
    connect: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`privileges on NAME`."""
        return f"privileges on {self.database}"

    def look(self, connection: psycopg.Connection[Any]) -> tuple[str, ...] | None:
        """Return what is not as wanted, in words; None if there is no such database."""
        row = connection.execute(
            "SELECT has_database_privilege('public', oid, 'CONNECT, TEMPORARY'),"
            " ARRAY(SELECT name FROM unnest(%s::text[]) AS name"
            " WHERE NOT EXISTS (SELECT FROM aclexplode(datacl) AS a"
            " WHERE a.grantee = to_regrole(quote_ident(name)) AND a.privilege_type = 'CONNECT'))"
            " FROM pg_database WHERE datname = %s",
            (list(self.connect), self.database),
        ).fetchone()
        if row is None:
            return None
        wrong = ["everybody may connect"] if row[0] else []
        wrong += [f"{name} may not connect" for name in row[1]]
        with beside(connection, self.database) as inside:
            schema = inside.execute(
                "SELECT pg_get_userbyid(nspowner)::text, has_schema_privilege('public', oid,"
                " 'CREATE') FROM pg_namespace WHERE nspname = 'public'"
            ).fetchone()
        # A schema that somebody dropped on purpose is not brought back.
        if schema and schema[0] not in {self.owner, "pg_database_owner"}:
            wrong.append(f"schema public belongs to {schema[0]}")
        if schema and schema[1]:
            wrong.append("everybody may create in schema public")
        return tuple(wrong)

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Return what takes the rights from everybody and gives them to the roles."""
        if seen == ():
            return None
        found = f" (found: {', '.join(seen)})" if isinstance(seen, tuple) else ""
        roles = ", ".join((self.owner, *self.connect))
        return DatabaseChange(
            resource=self.key,
            summary=f"let only {roles} connect to {self.database}{found}",
            apply=self._apply,
            before="; ".join(seen) if isinstance(seen, tuple) else "",
            after=f"only {roles} connect",
        )

    def _apply(self, connection: psycopg.Connection[Any]) -> None:
        from psycopg import sql  # noqa: PLC0415 - dear to import, needed only here

        database = sql.Identifier(self.database)
        with connection.transaction():
            connection.execute(
                sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database)
            )
            for role in self.connect:
                connection.execute(
                    sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                        database, sql.Identifier(role)
                    )
                )
        version = connection.info.server_version
        owner = "pg_database_owner" if version >= _OWNER_RIGHTS_VERSION else self.owner
        with beside(connection, self.database) as inside, inside.transaction():
            if inside.execute("SELECT to_regnamespace('public')").fetchone() == (None,):
                return
            inside.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(owner)))
            inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
