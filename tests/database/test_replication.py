"""A real primary and a real standby: slot, streaming over TLS, canary, commits that wait."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.database.conftest import SECRETS
from tests.database.servers import Server, prepared, running
from wizard.checks.check import Verdict
from wizard.checks.replication import judge
from wizard.database.canary import CanaryTable
from wizard.database.replication import measure
from wizard.database.role import Role
from wizard.database.slot import NoForgottenSlots, ReplicationSlot
from wizard.database.streaming import Streaming, StreamingSeen
from wizard.database.synchronous import SynchronousStandbys
from wizard.errors import RefusedOnHost, StepFailed
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from wizard.database.object import DatabaseObject

NONE = Secrets()
SLOT = ReplicationSlot(name="minusnow_db2", standby="db2")
STREAMING = Streaming(standby="db2", slot="minusnow_db2", within=20)


def make(item: DatabaseObject, connection: psycopg.Connection[Any]) -> str:
    """Make it as wanted; return what was said, "" if nothing had to be done."""
    change = item.change(item.look(connection), SECRETS)
    if not change:
        return ""
    change.apply(connection)
    assert item.change(item.look(connection), SECRETS) is None
    return change.summary


@dataclass(frozen=True)
class Pair:
    """Primary and standby."""

    primary: Server
    standby: Server


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A primary and a standby made of its base backup, as the steps do it."""
    folder = tmp_path_factory.mktemp("pair")
    with running(folder / "primary") as primary:
        standby = prepared(folder / "standby", primary.authority)
        with primary.connect() as connection:
            for item in (
                Role(name="replicator", password="replication_password", replication=True),
                CanaryTable(),
                SLOT,
            ):
                assert make(item, connection)
        passfile = standby.folder / "pgpass"
        password = SECRETS["replication_password"].reveal().replace(":", "\\:")
        passfile.write_text(f"db1:{primary.port}:replication:replicator:{password}\n")
        passfile.chmod(0o600)
        shutil.chown(passfile, "postgres", "postgres")
        authority = standby.folder / "ca.crt"
        authority.write_text(primary.authority.certificate)
        conninfo = (
            f"host=db1 hostaddr=127.0.0.1 port={primary.port} user=replicator"
            f" application_name=db2 passfile={passfile}"
            f" sslmode=verify-full sslrootcert={authority}"
        )
        slot = ("--slot", SLOT.name, "--checkpoint=fast", "--no-password")
        standby.program(
            "pg_basebackup", "-D", standby.data, *slot, "--no-sync", "--dbname", conninfo
        )
        standby.settings(
            f"primary_conninfo = '{conninfo}'\nprimary_slot_name = '{SLOT.name}'\n"
            "wal_retrieve_retry_interval = 200ms"
        )
        (standby.data / "standby.signal").touch()
        standby.start()
        try:
            yield Pair(primary, standby)
        finally:
            with suppress(pytest.fail.Exception):
                standby.stop()


def test_a_slot_is_made_once_and_keeps_log_at_once(pair: Pair) -> None:
    """What the standby has not fetched is kept from the first moment on."""
    other = ReplicationSlot(name="minusnow_other", standby="other")
    with pair.primary.connect() as primary:
        assert make(other, primary) == "create replication slot minusnow_other for other"
        assert other.look(primary) == ("physical", "reserved", False)
        assert make(other, primary) == ""
        primary.execute("SELECT pg_drop_replication_slot('minusnow_other')")


def test_a_slot_of_a_standby_that_left_the_site_is_dropped(pair: Pair) -> None:
    """Ours and unused: it would keep log that nobody fetches; others' slots stay."""
    item = NoForgottenSlots(wanted=(SLOT.name,))
    with pair.primary.connect() as primary, pair.standby.connect() as standby:
        make(STREAMING, standby)
        assert make(item, primary) == ""
        for name in ("minusnow_db3", "of_somebody_else"):
            primary.execute("SELECT pg_create_physical_replication_slot(%s)", (name,))
        assert "drop replication slot minusnow_db3" in make(item, primary)
        primary.execute("SELECT pg_drop_replication_slot('of_somebody_else')")


def test_a_slot_that_lost_its_log_is_made_anew() -> None:
    """A standby that was away too long gets a new slot; a foreign slot is left alone."""
    assert SLOT.change(("physical", "reserved", False), NONE) is None
    change = SLOT.change(("physical", "lost", False), NONE)
    assert change
    assert "anew" in change.summary
    with pytest.raises(RefusedOnHost, match="logical"):
        SLOT.change(("logical", "reserved", False), NONE)


def test_the_standby_streams_and_a_row_arrives(pair: Pair) -> None:
    """Both ends agree: one system, through the slot, encrypted, and the canary is there."""
    with pair.primary.connect() as primary, pair.standby.connect() as standby:
        make(STREAMING, standby)
        seen = measure(primary, standby, name="db2", slot=SLOT.name)
        assert seen.state == "streaming"
        assert seen.slot_active
        assert seen.canary_arrived
        assert seen.protocol.startswith("TLSv1.")
        assert seen.identifiers[0] == seen.identifiers[1] != ""
        findings = judge(seen, tls=True, synchronous=False)
        assert {finding.verdict for finding in findings} == {Verdict.OK}


def test_commits_wait_and_stop_waiting(pair: Pair) -> None:
    """The site may change its mind in both directions, also while the standby is away."""
    sync, alone = SynchronousStandbys(standbys=("db2",)), SynchronousStandbys()
    with pair.primary.connect() as primary, pair.standby.connect() as standby:
        assert make(alone, primary) == ""
        make(STREAMING, standby)
        assert "wait for db2" in make(sync, primary)
        seen = measure(primary, standby, name="db2", slot=SLOT.name)
        assert seen.sync_state == "quorum"
        assert all(
            finding.verdict is Verdict.OK for finding in judge(seen, tls=True, synchronous=True)
        )
    pair.standby.stop()
    with pair.primary.connect() as primary:
        primary.execute("SET synchronous_commit = local")
        assert make(alone, primary) == "let commits wait for no standby"
        primary.execute("RESET synchronous_commit")
        primary.execute("SET statement_timeout = '10s'")
        primary.execute("CREATE TABLE nobody_waits ()")
    pair.standby.start()


def test_a_standby_that_is_cut_off_is_found_out(pair: Pair) -> None:
    """With the primary gone nothing arrives, and that counts more than the age of a row."""
    with pair.standby.connect() as standby:
        make(STREAMING, standby)
        wait = Streaming(standby="db2", slot=SLOT.name, within=0.5).change(None, NONE)
        assert wait
        pair.primary.stop()
        try:
            _until_cut_off(standby)
            with pytest.raises(StepFailed, match="does not stream within"):
                wait.apply(standby)
        finally:
            pair.primary.start()
        make(STREAMING, standby)


def _until_cut_off(standby: psycopg.Connection[Any]) -> None:
    standby.execute("SET statement_timeout = '20s'")
    standby.execute(
        "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')"
        " LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.02); END LOOP; END $$"
    )


@pytest.mark.parametrize(
    ("seen", "right"),
    [
        (StreamingSeen(in_recovery=True, status="streaming", slot="s", verified=True), True),
        (StreamingSeen(in_recovery=True, status="streaming", slot="", verified=True), False),
        (StreamingSeen(in_recovery=True, status="streaming", slot="s", verified=False), False),
        (StreamingSeen(in_recovery=True, status="none", slot="", verified=False), False),
    ],
)
def test_streaming_means_through_the_slot_with_the_primary_proven(
    seen: StreamingSeen, *, right: bool
) -> None:
    """Anything less is waited for."""
    wanted = Streaming(standby="db2", slot="s")
    assert (wanted.change(seen, NONE) is None) == right


def test_a_promoted_standby_is_refused() -> None:
    """A server that accepts writes is not made a standby behind anyone's back."""
    seen = StreamingSeen(in_recovery=False, status="none", slot="", verified=False)
    with pytest.raises(RefusedOnHost, match="accepts writes"):
        STREAMING.change(seen, NONE)
