"""What a database object was and will be stands on record in words that hold no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wizard.database.acting import ActingRole, NoActingRole
from wizard.database.canary import CanaryTable
from wizard.database.database import Database, Privileges
from wizard.database.role import Role, RoleSeen
from wizard.database.slot import NoForgottenSlots, ReplicationSlot
from wizard.database.streaming import Streaming, StreamingSeen
from wizard.database.synchronous import SynchronousStandbys
from wizard.vault.scram import verifier
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from wizard.database.object import DatabaseObject

PASSWORD, OTHER = "correct-horse-battery", "another-staple"
SECRETS = Secrets({"app_db_password": PASSWORD})
ROLE = Role(name="minusnow", password="app_db_password", member_of=("readers",))
VERIFIER = verifier(OTHER)
SEEN = RoleSeen(
    attributes=frozenset({"LOGIN", "SUPERUSER"}),
    connection_limit=5,
    member_of=frozenset({"others"}),
    verifier=VERIFIER,
)
ACTING = ActingRole(name="acting", acts_as="minusnow", password="app_db_password")


@pytest.mark.parametrize(
    ("item", "seen", "before", "after"),
    [
        (
            ROLE,
            None,
            "",
            (
                "role minusnow: LOGIN; connection limit -1; member of readers;"
                " the password app_db_password"
            ),
        ),
        (
            ROLE,
            SEEN,
            (
                "role minusnow: LOGIN, SUPERUSER; connection limit 5; member of others;"
                " another password"
            ),
            (
                "role minusnow: LOGIN; connection limit -1; member of others, readers;"
                " the password app_db_password"
            ),
        ),
        (Database(name="d", owner="o"), None, "", "owner o, encoding UTF8"),
        (
            Database(name="d", owner="o"),
            ("p", "UTF8"),
            "owner p, encoding UTF8",
            "owner o, encoding UTF8",
        ),
        (
            Privileges(database="d", owner="o"),
            ("everybody may connect",),
            "everybody may connect",
            "only o connect",
        ),
        (ReplicationSlot(name="s", standby="db2"), None, "", "physical, log reserved"),
        (
            ReplicationSlot(name="s", standby="db2"),
            ("physical", "lost", False),
            "physical, log lost",
            "physical, log reserved",
        ),
        (NoForgottenSlots(wanted=()), ("old",), "old", ""),
        (CanaryTable(), False, "", "id, token, written"),
        (
            SynchronousStandbys(standbys=("db2",)),
            "",
            "synchronous_standby_names = ''",
            "synchronous_standby_names = 'ANY 1 (\"db2\")'",
        ),
        (Streaming(standby="db2", slot="s"), None, "", "streaming through s over TLS"),
        (NoActingRole(name="acting", acts_as="o", database="d"), (True, 0), "acts as o", ""),
    ],
)
def test_both_sides_are_told(item: DatabaseObject, seen: object, before: str, after: str) -> None:
    """Nothing stands for what is not there."""
    change = item.change(seen, SECRETS)
    assert change
    assert (change.before, change.after) == (before, after)


@pytest.mark.parametrize("item", [ROLE, ACTING])
@pytest.mark.parametrize("there", [False, True])
def test_no_password_and_no_verifier_is_among_it(item: DatabaseObject, *, there: bool) -> None:
    """A hash over either could be guessed at."""
    seen: object = (SEEN, False) if item is ACTING else SEEN
    change = item.change(seen if there else None, SECRETS)
    assert change
    assert (change.before != "") == there
    for text in (change.before, change.after):
        assert not {PASSWORD, OTHER, VERIFIER} & {text, *text.split()}
        assert "SCRAM" not in text


def test_a_receiver_that_waits_is_told_as_it_is_seen() -> None:
    """Status and slot."""
    seen = StreamingSeen(in_recovery=True, status="none", slot="", verified=False)
    change = Streaming(standby="db2", slot="s").change(seen, SECRETS)
    assert change
    assert "status='none'" in change.before
