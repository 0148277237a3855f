"""Secrets of the installed site get other values while people work with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fleet.person import Person
from tests.fleet.traffic import Traffic
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.table import FaultTable
    from tests.fleet.conftest import FirstInstall, RunningFleet

pytestmark = pytest.mark.fleet

ROLES = "runuser -u postgres -- psql -qAtc 'select rolname from pg_roles' postgres"
REDIS_SINCE = "systemctl show -P ActiveEnterTimestampMonotonic redis-server"
# Nothing fails where the machine is idle; on two busy cores for eight hosts a request may wait.
LONGEST = 60.0  # seconds without an answer


def person(installed: FirstInstall) -> Person:
    """Return somebody who has begun to work."""
    found = Person(installed.site, installed.place.secrets["ca_certificate"])
    found.begin("during a rotation")
    return found


def unchanged(before: dict[str, str], after: dict[str, str], name: str) -> bool:
    """Tell whether all secrets but one are as before, and that one is not."""
    assert before.keys() == after.keys()
    return {each for each in after if after[each] != before[each]} == {name}


def test_the_database_password_is_rotated_although_the_installer_is_killed(
    fleet: RunningFleet, installed: FirstInstall, tmp_path: Path, faults: FaultTable
) -> None:
    """Nobody else works on the hosts meanwhile, people go on, and resume brings it to its end."""
    place = installed.place
    before = place.secrets
    command = ("rotate", "app_password", str(place.site_file), "--state", str(place.state))
    with Traffic(person(installed)) as traffic:
        with place.start(*command, "--yes") as run:
            run.wait_for(
                lambda event: event["kind"] == "task-done" and event["task"] == "service@app1"
            )
            second = place.say("prove", str(place.site_file), "--drills")
            other = place.elsewhere(tmp_path / "home")
            third = other.say("prove", str(other.site_file), "--drills")
            run.kill()
        refused = place.apply()
        ended = place.resume()

    assert second.status == 2
    assert f"{place.state} is in use by" in second.err
    assert third.status == 1
    assert "another run works on this host" in third.err
    assert "these drills are not on record" in third.err
    assert refused.status == 2
    assert "a rotation of app_password is under way" in refused.err
    assert ended.of_kind("rotation-finished"), ended.told()
    assert "resumed" in {event["how"] for event in ended.of_kind("host-held")}
    assert unchanged(before, place.secrets, "app_password")
    assert b"minusnow_rotation" not in fleet.read("db1", ROLES).split()
    assert place.plan().out.startswith("Nothing would change")
    with faults.tried("installer killed amid a rotation of app_password") as fault:
        fault.said(traffic.told())
        assert traffic.answered > 20, traffic.failed[-3:]
        assert traffic.longest < LONGEST, traffic.failed[-3:]


@pytest.mark.complete
def test_the_password_of_redis_is_rotated_without_restarting_it(
    fleet: RunningFleet, installed: FirstInstall
) -> None:
    """Sessions stay, and the record says what was done."""
    place = installed.place
    before, since = place.secrets, fleet.read("cache1", REDIS_SINCE)
    with Traffic(person(installed)) as traffic:
        ended = place.run(
            "rotate", "redis_password", str(place.site_file), "--state", str(place.state), "--yes"
        )

    assert ended.of_kind("rotation-finished"), ended.told()
    assert unchanged(before, place.secrets, "redis_password")
    assert fleet.read("cache1", REDIS_SINCE) == since
    assert place.plan().out.startswith("Nothing would change")
    assert traffic.longest < LONGEST, traffic.failed[-3:]
    audit = place.say("audit", "verify", "--state", str(place.state), keyring=False)
    assert audit.status == 0, audit.out


def test_drills_are_on_record(installed: FirstInstall) -> None:
    """Who had servers stopped, and what came of it; a proof that only looks leaves none."""
    place = installed.place
    looked = place.say("prove", str(place.site_file))
    drilled = place.say("prove", str(place.site_file), "--drills")

    assert (looked.status, drilled.status) == (0, 0), drilled.out + drilled.err
    state = StateFile.open_read_only(place.state)
    try:
        (last,) = [run for run in state.records.runs() if run.command.startswith("prove")]
        kinds = {event.kind for event in state.records.events(0, 100_000) if event.run == last.id}
    finally:
        state.close()
    assert (last.command, last.outcome) == ("prove --drills", "done")
    assert {"host-held", "check-answered", "proof-finished"} <= kinds
    audit = place.say("audit", "verify", "--state", str(place.state), keyring=False)
    assert audit.status == 0, audit.out
