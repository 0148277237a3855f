"""A whole run on local hosts as a program of its own: `python -m … STATE FOLDER`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from tests.run.local_host import LocalHost
from tests.run.pieces import Follower, LocalFile, no_database, planned, task
from wizard.remote.cancellation import Cancellation
from wizard.run.bus import EventBus
from wizard.run.console import JsonSink
from wizard.run.events import RunStarted
from wizard.run.runner import Runner
from wizard.run.session import plan_made
from wizard.run.state import StateFile
from wizard.steps.task import Phase, Task
from wizard.vault.secret import Secrets

HOSTS = ("a", "b", "c")


def tasks() -> list[Task]:
    """Return six tasks on three hosts, the later ones after an earlier one elsewhere."""
    slow = "for n in 1 2 3; do echo line $n; read -t 0.02 <> <(:) || true; done"
    first = [
        task(f"base@{name}", LocalFile(name="f", script=slow), Follower(file="f")) for name in HOSTS
    ]
    second = [
        task(f"app@{name}", LocalFile(name="g", script=slow), after=["base@a"], phase=Phase.PROOF)
        for name in HOSTS
    ]
    return [*first, *second]


def main(state_path: Path, folder: Path) -> int:
    """Start or go on; print one JSON object per event."""
    if state_path.exists():
        state = StateFile.open(state_path)
    else:
        state = StateFile.create(state_path, site_name="acme", site_text="")
    bus = EventBus(str)
    bus.add(state, journal=True)
    bus.add(JsonSink(sys.stdout))
    transports = {name: LocalHost(name, folder / name) for name in HOSTS}
    stop = Cancellation()
    # As the command line does it: an exception could come between any two lines.
    signal.signal(signal.SIGINT, lambda _number, _frame: stop.cancel())
    bus.publish(RunStarted(site="acme", command="apply"))
    made = planned(tasks(), transports)
    bus.publish(plan_made(made))
    result = Runner(
        plan=made,
        transports=transports,
        secrets=Secrets(),
        bus=bus,
        open_database=no_database,
        stop=stop,
    ).run()
    bus.close()
    state.close()
    return 0 if result.outcome == "done" else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
