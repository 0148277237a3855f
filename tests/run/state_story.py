"""A state file and the events of a small run, for the tests of what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.run import events as e
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from pathlib import Path


def made(path: Path) -> StateFile:
    """Return a new state file, open for a run."""
    return StateFile.create(path, site_name="acme", site_text="site: acme\n")


def story(lines: int = 3) -> list[e.Event]:
    """Return the events of a small run in which one task is done and one is not."""
    plan = {"tasks": [{"task": "one@a"}, {"task": "two@b"}]}
    output = [
        e.OutputLine(host="a", task="one@a", stream="out", text=f"line {n}", resource="file f")
        for n in range(lines)
    ]
    intended = e.IntendedChange(resource="file f", summary="write f", before="", after="00")
    return [
        e.RunStarted(site="acme", command="apply", operator="ops", ssh_client="10.0.0.9"),
        e.PlanMade(
            fingerprint="f" * 64, changes=1, tasks=("one@a",), changing=("one@a",), plan=plan
        ),
        e.TaskStarted(host="a", task="one@a", title="One", phase="Base"),
        e.TaskIntended(host="a", task="one@a", changes=(intended,)),
        *output,
        e.TaskDone(host="a", task="one@a", seconds=1.0, changed=1),
        e.RunFinished(
            outcome="failed",
            done=1,
            skipped=0,
            failed=0,
            not_started=1,
            changed=1,
            trips={"a": 2},
            seconds=1.0,
            host_seconds=0.9,
            engine_seconds=0.1,
        ),
    ]


def filled(path: Path) -> None:
    """Make a state file with a small run in it."""
    state = made(path)
    state.take(story())
    state.close()
