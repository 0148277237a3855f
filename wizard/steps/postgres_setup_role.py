"""The installer's own superuser: the one role that cannot be made through itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.database.names import SETUP_PASSWORD, SETUP_ROLE
from wizard.resources.resource import Change
from wizard.resources.shell import here_document, lines
from wizard.vault.scram import matches
from wizard.vault.text import Encoding, SecretRef, Text

if TYPE_CHECKING:
    from wizard.steps.postgres_layout import Layout
    from wizard.vault.secret import Secrets

_QUIET = (
    "SET log_statement = 'none'; SET log_min_error_statement = 'panic';"
    " SET log_min_duration_statement = -1; SET synchronous_commit = 'local';\n"
)
_LOOK = (
    "SELECT rolcanlogin AND rolsuper, coalesce(rolpassword, '') FROM pg_authid"
    " WHERE rolname = 'minusnow_setup';"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRole:
    """The superuser as which the installer logs in from the host itself.

    It is made by the account postgres, over the local socket; what travels is a SCRAM verifier.
    """

    place: Layout

    @property
    def key(self) -> str:
        """`role minusnow_setup`."""
        return f"role {SETUP_ROLE}"

    def look(self) -> str:
        """Print whether it is a superuser that may log in, and its verifier."""
        return f"{self._psql()} <<'END_OF_LOOK'\n{_LOOK}\nEND_OF_LOOK"

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Return what creates it or sets its password."""
        usable, _, verifier = seen.strip().partition("|")
        known = SETUP_PASSWORD in secrets
        if usable == "t" and known and matches(secrets[SETUP_PASSWORD].reveal(), verifier):
            return None
        verb = "ALTER" if usable else "CREATE"
        statement = Text(
            _QUIET,
            "SELECT count(*) AS there FROM pg_roles WHERE rolname = 'minusnow_setup' \\gset\n",
            "\\if :there\n",
            f"ALTER ROLE {SETUP_ROLE} LOGIN SUPERUSER PASSWORD '",
            SecretRef(SETUP_PASSWORD, (Encoding.SCRAM,)),
            "';\n\\else\n",
            f"CREATE ROLE {SETUP_ROLE} LOGIN SUPERUSER PASSWORD '",
            SecretRef(SETUP_PASSWORD, (Encoding.SCRAM,)),
            "';\n\\endif\n",
        )
        what = "create role" if verb == "CREATE" else "give a new password to role"
        return Change(
            resource=self.key,
            summary=f"{what} {SETUP_ROLE} (superuser, from this host only, SCRAM verifier)",
            script=lines([here_document(self._psql(), statement)]),
            waiting_for="psql",
        )

    def _psql(self) -> str:
        return "cd / && " + local_psql(self.place)


def local_psql(place: Layout) -> str:
    """Return psql as the account postgres on the local socket, SQL on standard input.

    The port is that of the running server: the one in its files may be a new one.
    """
    return (
        place.as_account("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", "postgres")
        + f" -h /run/postgresql -p \"$(sed -n 4p '{place.names.data}/postmaster.pid')\""
    )
