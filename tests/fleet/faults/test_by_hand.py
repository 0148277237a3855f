"""What people do to hosts behind the installer's back: ports, clocks, passwords."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.standing import findings, sentence
from wizard.database.names import SETUP_ROLE

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.faults.standing import Standing

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

SQUAT = r"""
systemctl stop haproxy
cat >/run/squatter.pl <<'END'
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(Listen => 5, LocalPort => 443, ReuseAddr => 1) or die;
sleep 100 while 1;
END
systemd-run -q --collect --unit=squatter perl /run/squatter.pl
timeout 60 sh -c 'until ss -Hltn "sport = 443" | grep -q LISTEN; do sleep 0.1; done'
"""
LEAVE = "systemctl stop squatter"

TOKEN = "changed-by-hand-4711"  # what somebody chose instead of a secret
CHANGE_ROLE = "cd /; runuser -u postgres -- psql -qXc \"alter role ROLE password 'TOKEN'\" postgres"
# As the keyring's password would do it, were it known here: the file is read by Redis' own account.
CHANGE_REDIS = """
IFS=' ' read -r _ password <<END
$(grep '^requirepass ' /etc/redis/redis.conf)
END
REDISCLI_AUTH=$(printf '%s' "$password" | tr -d '"') redis-cli config set requirepass TOKEN
"""


def test_a_port_that_a_foreign_process_took(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """Who holds it is named; nothing is changed on any host until it is free."""
    standing.drift("cache1")
    with standing.harmed(faults, "port taken by a foreign process", "lb2") as fault:
        fleet.read("lb2", SQUAT)
        try:
            ended = standing.apply()
            assert ended.status == 1, ended.told()
            found = findings(ended)["ports", "lb2"]
            assert found["verdict"] == "failed"
            assert "443 by perl" in found["seen"]
            fault.said(sentence(found))
            assert standing.drifted("cache1")
            assert b"LISTEN" in fleet.read("lb2", "ss -Hltn 'sport = 443'")
        finally:
            fleet.read("lb2", LEAVE)
        standing.finish()
    assert fleet.read("lb2", "systemctl is-active haproxy").split() == [b"active"]


def test_a_clock_that_is_ten_minutes_off(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """Of a host with a kernel of its own: the one that is wrong is named, and by how much."""
    standing.drift("cache1")
    with standing.harmed(faults, "clock ten minutes off", "app2") as fault:
        fleet.read("app2", "date -s '+10 minutes' >/dev/null")
        try:
            ended = standing.apply()
            assert ended.status == 1, ended.told()
            failed = {key: each for key, each in findings(ended).items() if key[0] == "clock"}
            assert set(failed) == {("clock", "app2")}
            found = failed["clock", "app2"]
            assert " s ahead" in found["seen"]
            assert abs(float(found["seen"].split()[0]) - 600) < 60
            fault.said(sentence(found))
            assert standing.drifted("cache1")
        finally:
            fleet.read("app2", f"date -s @{time.time():.0f} >/dev/null")
        standing.finish()


@pytest.mark.parametrize("role", ["minusnow", "replicator", SETUP_ROLE])
def test_a_role_whose_password_was_changed_on_the_server(
    fleet: RunningFleet, standing: Standing, faults: FaultTable, role: str
) -> None:
    """The plan names it, apply gives it the keyring's password back, nobody is logged out."""
    with standing.harmed(faults, f"password of {role} changed by hand") as fault:
        fleet.read("db1", CHANGE_ROLE.replace("ROLE", role).replace("TOKEN", TOKEN))
        ended = standing.proven(standing.apply())
        (made,) = (
            change["summary"]
            for event in ended.of_kind("task-intended")
            for change in event["changes"]
            if role in change["summary"]
        )
        assert "password" in made
        fault.said(f"db1: {made}")
        assert standing.place.plan().out.startswith("Nothing would change")


def test_a_redis_whose_password_was_changed_while_it_runs(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """It has another one than its own configuration: it is started again with that."""
    with standing.harmed(faults, "password of Redis changed by hand", "cache1") as fault:
        said = fleet.read("cache1", CHANGE_REDIS.replace("TOKEN", TOKEN))
        assert said.split() == [b"OK"]
        ended = standing.proven(standing.apply())
        (made,) = (
            change["summary"]
            for event in ended.of_kind("task-intended")
            for change in event["changes"]
        )
        assert "password" in made
        fault.said(f"cache1: {made}")
        assert standing.place.plan().out.startswith("Nothing would change")
