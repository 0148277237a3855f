"""A PostgreSQL login role whose password the server knows as a SCRAM verifier only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.database.object import DatabaseChange
from wizard.vault.scram import matches, verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import psycopg

    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RoleSeen:
    """What the server knows of a role; the verifier stays out of every text."""

    attributes: frozenset[str]
    connection_limit: int
    member_of: frozenset[str]
    verifier: str | None

    def __repr__(self) -> str:
        return f"RoleSeen({sorted(self.attributes)}, {sorted(self.member_of)})"


_ATTRIBUTES = ("LOGIN", "SUPERUSER", "REPLICATION", "CREATEROLE", "CREATEDB", "BYPASSRLS")

_LOOK = """
SELECT rolcanlogin, rolsuper, rolreplication, rolcreaterole, rolcreatedb, rolbypassrls,
       rolconnlimit, rolpassword,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = a.oid)
FROM pg_authid a WHERE rolname = %s"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that may log in, with exactly these attributes and at least these memberships."""

    name: str
    password: str  # the secret's name
    superuser: bool = False
    replication: bool = False
    member_of: tuple[str, ...] = ()
    connection_limit: int = -1  # -1: none

    @property
    def key(self) -> str:
        """`role NAME`."""
        return f"role {self.name}"

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes it has, as CREATE ROLE names them; it has none of the others."""
        wanted = {"LOGIN": True, "SUPERUSER": self.superuser, "REPLICATION": self.replication}
        return frozenset(name for name, is_set in wanted.items() if is_set)

    def look(self, connection: psycopg.Connection[Any]) -> RoleSeen | None:
        """Return what the server knows of it, None if there is no such role."""
        row = connection.execute(_LOOK, (self.name,)).fetchone()
        if row is None:
            return None
        return RoleSeen(
            attributes=frozenset(
                name for name, is_set in zip(_ATTRIBUTES, row, strict=False) if is_set
            ),
            connection_limit=row[6],
            member_of=frozenset(row[8]),
            verifier=row[7],
        )

    def change(self, seen: object, secrets: Secrets) -> DatabaseChange | None:
        """Return what creates it or sets what differs."""
        if not isinstance(seen, RoleSeen):
            shown = ", ".join(name.lower() for name in sorted(self.attributes))
            return DatabaseChange(
                resource=self.key,
                summary=f"create role {self.name} ({shown}, SCRAM verifier)",
                apply=self._apply(secrets, create=True, password=True, grants=self.member_of),
                after=self._words(
                    self.attributes, self.connection_limit, self.member_of, known=True
                ),
            )
        known = self.password in secrets
        password = not known or not matches(secrets[self.password].reveal(), seen.verifier)
        attributes = (
            seen.attributes != self.attributes or seen.connection_limit != self.connection_limit
        )
        grants = tuple(group for group in self.member_of if group not in seen.member_of)
        what = ["a new password"] if password else []
        what += ["its attributes"] if attributes else []
        what += [f"membership of {group}" for group in grants]
        if not what:
            return None
        return DatabaseChange(
            resource=self.key,
            summary=f"give role {self.name} {', '.join(what)}",
            apply=self._apply(secrets, create=False, password=password, grants=grants),
            before=self._words(
                seen.attributes, seen.connection_limit, seen.member_of, known=not password
            ),
            after=self._words(
                self.attributes,
                self.connection_limit,
                seen.member_of | set(self.member_of),
                known=True,
            ),
        )

    def _words(
        self, attributes: Collection[str], limit: int, groups: Collection[str], *, known: bool
    ) -> str:
        """Return a role of this name in words; its password is the secret's, or another one."""
        password = f"the password {self.password}" if known else "another password"
        return (
            f"{self.key}: {', '.join(sorted(attributes))}; connection limit {limit};"
            f" member of {', '.join(sorted(groups))}; {password}"
        )

    def _apply(
        self, secrets: Secrets, *, create: bool, password: bool, grants: tuple[str, ...]
    ) -> Callable[[psycopg.Connection[Any]], None]:
        def apply(connection: psycopg.Connection[Any]) -> None:
            from psycopg import sql  # noqa: PLC0415 - dear to import, needed only here

            name = sql.Identifier(self.name)
            statement = sql.SQL("CREATE ROLE {} " if create else "ALTER ROLE {} ").format(name)
            for attribute in _ATTRIBUTES:
                negation = "" if attribute in self.attributes else "NO"
                statement += sql.SQL(f"{negation}{attribute} ")
            statement += sql.SQL("CONNECTION LIMIT {}").format(sql.Literal(self.connection_limit))
            if password:
                value = verifier(secrets[self.password].reveal())
                statement += sql.SQL(" PASSWORD {}").format(sql.Literal(value))
            with connection.transaction():
                connection.execute(statement)
                for group in grants:
                    connection.execute(
                        sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), name)
                    )

        return apply
