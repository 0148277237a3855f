"""A site file that no longer fits the site, and certificates that fit nobody: refused, named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.standing import findings, refused, sentence
from tests.vault.test_certificates import DOMAIN, Made, make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.faults.standing import Standing

pytestmark = pytest.mark.fleet

SITE = "(site)"

SWAPPED = ("primary: db1", "primary: db2")
NEWER = ("  version: 15", "  version: 16")

# Of another major version as far as its files say: the mirror has the programs of one only.
OTHER_CLUSTER = r"""
set -e
install -d -o postgres /var/lib/postgresql/14
ln -sfn 15 /usr/lib/postgresql/14
cd /
runuser -u postgres -- /usr/lib/postgresql/15/bin/initdb -D /var/lib/postgresql/14/main >/dev/null
rm /var/lib/postgresql/14/main/postgresql.conf
echo 14 >/var/lib/postgresql/14/main/PG_VERSION
/usr/lib/postgresql/14/bin/pg_controldata -D /var/lib/postgresql/14/main \
    | sed -n 's/^Database system identifier: *//p' >/var/lib/minusnow-setup/postgresql-14-main
touch /var/lib/postgresql/14/main/standby.signal
"""
NO_OTHER_CLUSTER = """
rm -rf /var/lib/postgresql/14 /usr/lib/postgresql/14 /var/lib/minusnow-setup/postgresql-14-main
"""


def test_a_site_file_that_would_destroy_data_is_refused(
    standing: Standing, faults: FaultTable
) -> None:
    """Primary and standby swapped, another major version: both servers stay as they are."""
    standing.drift("cache1")
    with standing.harmed(faults, "primary and standby swapped in the site file") as swapped:
        with standing.edited(SWAPPED):
            said = refused(standing.apply())
        assert "db2" in said
        assert "set database.primary to db1" in said
        swapped.said(said)
        with faults.tried("database.version changed after the installation") as newer:
            with standing.edited(NEWER):
                said = refused(standing.apply())
            assert "set up PostgreSQL 15, the site file wants 16" in said
            assert "Set database.version back to 15" in said
            newer.said(said)
        assert standing.drifted("cache1")  # nothing was touched, whatever else was due

        # What was refused was never what runs: with the file as it was, there is nothing to ask.
        standing.proven(standing.resume())
        assert not standing.drifted("cache1")


@pytest.mark.complete
def test_a_standby_of_another_major_version_is_refused(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """Ours or not: it is named, and nothing is made beside or over it."""
    standing.drift("cache1")
    with standing.harmed(faults, "a standby of another major version") as fault:
        fleet.read("db2", OTHER_CLUSTER)
        try:
            said = refused(standing.apply())
            assert "db2" in said
            assert "PostgreSQL 14" in said
            fault.said(said)
            assert standing.drifted("cache1")
        finally:
            fleet.read("db2", NO_OTHER_CLUSTER)
        standing.proven(standing.apply())
        assert not standing.drifted("cache1")


@pytest.mark.complete
def test_a_site_file_that_is_changed_under_a_running_install_waits_for_the_next_run(
    standing: Standing, faults: FaultTable
) -> None:
    """What was shown is what is done; to go on, a person decides which of the two is meant."""
    place = standing.place
    standing.drift("cache1")
    with standing.harmed(faults, "site file changed under a running install") as fault:
        with place.start_apply("--drills=never") as run:
            run.wait_for(lambda event: event["kind"] == "plan-made")
            with standing.edited(("rate_limit: 100", "rate_limit: 90")):
                ended = run.end()
                other = standing.resume()
        standing.proven(ended)
        assert not standing.drifted("cache1")
        assert b"rate_limit: 90" not in place.state.read_bytes()
        said = refused(other)
        assert "was changed after the run began" in said
        assert "load_balancer.rate_limit: 100 → 90" in said
        assert "--edited" in said
        fault.said(said)
        standing.finish()


def written(folder: Path, leaf: Made, key: Made, *chain: Made) -> tuple[tuple[str, str], ...]:
    """Write certificate, key and chain; return the edits of the site file that name them."""
    folder.mkdir(exist_ok=True)
    (folder / "site.crt").write_bytes(leaf.pem)
    (folder / "site.key").write_bytes(key.key_pem())
    (folder / "site.chain").write_bytes(b"".join(each.pem for each in chain))
    files = f"certificate: {folder}/site.crt, key: {folder}/site.key"
    files += f", chain: {folder}/site.chain" if chain else ""
    return (("tls: {mode: self-signed}", f"tls: {{mode: provided, {files}}}"),)


def test_a_certificate_that_fits_nobody_is_refused_before_any_host_is_asked(
    standing: Standing, faults: FaultTable, tmp_path: Path
) -> None:
    """Expired, another key, another name, a gap in the chain: each in a sentence of its own."""
    now = datetime.now(tz=UTC)
    age = (now - datetime(2026, 11, 23, 21, tzinfo=UTC)).days
    root = make("Root", ca=True, days=(-9, age + 900))
    middle = make("Middle", root, ca=True, days=(-9, age + 900))
    other = make("Other", root, ca=True, days=(-9, age + 900))
    good = make(DOMAIN, middle, days=(-9, age + 300))
    stranger = make("another.example.com", middle, names=("another.example.com",))
    expired = make(DOMAIN, middle, days=(-9, -2))
    cases = (
        ("certificate expired", (expired, expired, middle), "expired on"),
        ("certificate with another key", (good, stranger, middle), "does not belong to"),
        ("certificate for another name", (stranger, stranger, middle), "is not for"),
        ("chain of the certificate with a gap", (good, good, other), "is missing or is another"),
    )
    for name, (leaf, key, chain), words in cases:
        with (
            faults.tried(name) as fault,
            standing.edited(*written(tmp_path / "tls", leaf, key, chain)),
        ):
            keyring = standing.place.keyring.read_bytes()
            ended = standing.apply()

            assert ended.status == 2, ended.told()
            said = refused(ended)
            assert words in said
            assert "networking.tls" in said
            assert ended.of_kind("host-connected") == []
            assert standing.place.keyring.read_bytes() == keyring
            fault.said(said)
            fault.leak(standing.leaks())
    standing.person.finds_everything()
    standing.proven(standing.apply())  # with the site file as it was


@pytest.mark.complete
def test_a_chain_that_is_missing_altogether_is_told(
    standing: Standing, faults: FaultTable, tmp_path: Path
) -> None:
    """It may be meant so, hence a warning and no refusal."""
    age = (datetime.now(tz=UTC) - datetime(2026, 11, 23, 21, tzinfo=UTC)).days
    root = make("Root", ca=True, days=(-9, age + 900))
    middle = make("Middle", root, ca=True, days=(-9, age + 900))
    leaf = make(DOMAIN, middle, days=(-9, age + 300))
    with (
        standing.harmed(faults, "chain of the certificate missing") as fault,
        standing.edited(*written(tmp_path / "tls", leaf, leaf)),
    ):
        ended = standing.check()
        assert ended.status == 0, ended.told()
        found = findings(ended)["certificate", SITE]
        assert "No chain is given" in found["seen"]
        fault.said(sentence(found))
