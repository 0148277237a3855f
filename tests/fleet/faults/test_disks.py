"""Disks of hosts that fill up: under a standby while it is copied, under a release's upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.standing import card, sentence

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.faults.standing import Standing

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

# The standby's disk was replaced by one that is too small; its old data lies aside.
SMALL_DISK = """
set -e
systemctl stop postgresql@15-main
mv /var/lib/postgresql/15 /var/lib/postgresql-15-aside
install -d -o postgres -g postgres /var/lib/postgresql/15
mount -t tmpfs -o size=24m,mode=0755,uid=postgres,gid=postgres small /var/lib/postgresql/15
"""
LARGER_DISK = "umount /var/lib/postgresql/15"
SET_DOWN = "rm -rf /var/lib/postgresql-15-aside"
COPIES = "runuser -u postgres -- psql -qAtc 'select state from pg_stat_replication' postgres"

RELEASE_GONE = "rm /opt/minusnow/releases/*/.minusnow-sha256"
# The application goes on: what it writes lies on the share and in the database.
FILL = """
set -e
df --output=avail -B1 / | tail -n 1 | xargs -I{} fallocate -l {} /filler || true
dd if=/dev/zero of=/filler2 bs=64k 2>/dev/null || true
df --output=avail -B1 / | tail -n 1
"""
MAKE_ROOM = "rm -f /filler /filler2"


def test_a_disk_that_fills_up_during_the_base_backup(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """The primary serves on; with a larger disk the copy is taken again, whole."""
    with standing.harmed(faults, "target disk full during the base backup", "db2") as fault:
        fleet.read("db2", SMALL_DISK)
        try:
            failed = standing.apply()
            found = card(failed)
            assert found["host"] == "db2"
            assert any("No space left" in line for line in found["lines"]), found
            fault.said(sentence(found))
            standing.person.finds_everything()
        finally:
            fleet.read("db2", LARGER_DISK)
        standing.finish()
        assert fleet.read("db1", COPIES).split() == [b"streaming"]
        fleet.read("db2", SET_DOWN)


def test_a_disk_that_is_full_when_the_release_is_uploaded(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """The release that runs stays as it is, and the other app server is not touched."""
    with standing.harmed(faults, "disk of an app server full during the upload", "app2") as fault:
        fleet.read("app2", RELEASE_GONE)
        try:
            assert int(fleet.read("app2", FILL)) < 100_000
            failed = standing.apply()
            found = card(failed)
            assert found["host"] == "app2"
            assert "No space left" in sentence(found)
            fault.said(sentence(found))
            assert fleet.read("app2", "systemctl is-active minusnow").split() == [b"active"]
        finally:
            fleet.read("app2", MAKE_ROOM)
        standing.finish()
