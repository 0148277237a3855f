"""What simulated hosts did in earlier programs, as the journal of their state file tells it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from wizard.errors import StateError
from wizard.run.canonical import said_in
from wizard.run.report import all_events, tasks_of
from wizard.run.simulated.facts import address_of
from wizard.run.simulated.resource import CHANGE
from wizard.run.state import StateFile
from wizard.run.stored import plan_of
from wizard.site.file import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wizard.run.simulated.hosts import SimulatedFleet
    from wizard.run.state_records import StateRecords

_Change = tuple[str, str]  # task and resource, as events name it
_Made = tuple[str, str]  # the place on the host, and the fingerprint of what is made there


def recall(fleet: SimulatedFleet, path: Path) -> None:
    """Let simulated hosts be as the runs of a state file left them; once in each program.

    A file of real hosts, or one that cannot be read, is left alone: whoever opens it says so.
    """
    if not fleet.begins_with(path) or not path.exists():
        return
    with suppress(StateError):
        state = StateFile.open_read_only(path)
        try:
            if state.records.site().simulated:
                _remember(fleet, state.records)
        finally:
            state.close()


def _remember(fleet: SimulatedFleet, records: StateRecords) -> None:
    record = records.site()
    site = parse(record.text, record.path).site
    if site is None:
        return
    machines = {host.name: fleet.host(address_of(site, host)) for host in site.hosts}
    planned: dict[_Change, _Made] = {}
    for link in all_events(records):
        if link.kind == "plan-made":
            planned = dict(_planned(plan_of(records.plan_body(link.seq) or "")))
            for (task, _), made in planned.items():
                # What had to be made once more was not there: the machine was another one.
                if machine := machines.get(task.rpartition("@")[2]):
                    machine.forget(*made)
        elif link.kind == "change-done" and link.host in machines:
            resource = str(said_in(link.body).get("resource"))
            if done := planned.get((link.task, resource)):
                machines[link.host].remember(link.task, *done)


def _planned(plan: Mapping[str, object]) -> Iterator[tuple[_Change, _Made]]:
    """Yield what each change of a plan makes, as its first line tells the simulated host."""
    for task in tasks_of(plan):
        for change in task.get("changes", ()):
            line = str(change.get("script", "")).partition("\n")[0]
            with suppress(ValueError, KeyError, TypeError):
                told = json.loads(line.removeprefix(CHANGE))
                made = (str(told["place"]), str(told["made"]))
                yield (task["task"], str(change["resource"])), made
