"""The cable of a host is pulled while the installer works on it, on a site that people use."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.standing import card, sentence
from wizard.practice.power import cable

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.faults.standing import Standing

pytestmark = pytest.mark.fleet

LOST, OTHER = "lb2", "lb1"
# A package that is gone, as after a mistake by hand, takes long enough to be put back.
BY_HAND = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y remove keepalived >/dev/null 2>&1"
NOTICED_WITHIN = 60.0  # seconds: the machine may be busy; the step's own limit is half an hour


def test_the_step_of_that_host_fails_at_once_and_the_others_go_on(
    standing: Standing, faults: FaultTable
) -> None:
    """It is named with what to do; plugged in again, the rest is done and nothing is lost."""
    place, directory = standing.place, standing.fleet.directory
    with standing.harmed(faults, f"cable of {LOST} pulled during a step", LOST, OTHER) as fault:
        standing.fleet.read(LOST, BY_HAND)
        standing.drift(OTHER)
        with place.start_apply("--keep-going", "--drills=never") as run:
            run.wait_for(lambda event: event["kind"] == "task-intended" and event["host"] == LOST)
            begin = time.monotonic()
            cable(LOST, up=False, directory=directory)
            try:
                run.wait_for(lambda event: event["kind"] == "task-failed")
                noticed = time.monotonic() - begin
                ended = run.end()
            finally:
                cable(LOST, up=True, directory=directory)
        standing.ended.append(ended)
        found = card(ended)
        fault.said(sentence(found))

        assert (found["host"], found["error"]) == (LOST, "ConnectionLost"), found
        assert noticed < NOTICED_WITHIN
        assert OTHER in {event["host"] for event in ended.of_kind("task-done")}
        finished = standing.finish()
        assert {event["host"] for event in finished.of_kind("task-done")} <= {LOST}
