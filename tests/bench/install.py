"""A full first install on fresh hosts beside its floor: the same packages by bare apt-get."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.bench.figures import Row, at_most, below
from tests.bench.ground import events, finished
from tests.bench.same_checks import tasks_of
from wizard.practice.fleet import REFERENCE
from wizard.practice.mirror import SOURCE_LINE
from wizard.practice.readiness import for_each_host, on_host
from wizard.resources.packages import Packages

if TYPE_CHECKING:
    from tests.bench.ground import Ground
    from wizard.practice.fleet import PracticeHost

FLOOR_SECONDS = 420.0
MEMORY = 150.0  # 10^6 bytes

_UPDATE = f"echo '{SOURCE_LINE}' | sudo tee /etc/apt/sources.list.d/bench.list >/dev/null"
_QUIET = "sudo DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends"


def floor(on: Ground) -> dict[str, float]:
    """Return the seconds that bare `apt-get install` takes on each host, all at once."""
    names: dict[str, set[str]] = {}
    for task in tasks_of(on.place.site_file):
        found = {n for r in task.resources if isinstance(r, Packages) for n in r.names}
        names.setdefault(task.host, set()).update(found)
    taken: dict[str, float] = {}

    def update(host: PracticeHost) -> None:
        script = f"{_UPDATE}; sudo apt-get -q update"
        assert on_host(on.directory, host, script, seconds=120).returncode == 0

    def install(host: PracticeHost) -> None:
        begin = time.perf_counter()
        script = f"{_QUIET} install {' '.join(sorted(names[host.name]))}"
        done = on_host(on.directory, host, script, seconds=FLOOR_SECONDS)
        assert done.returncode == 0, done.stderr
        taken[host.name] = time.perf_counter() - begin

    for_each_host(on.directory, REFERENCE.hosts, update)
    for_each_host(on.directory, REFERENCE.hosts, install)
    return taken


def measure(on: Ground, *, floor_seconds: float | None = None) -> list[Row]:
    """Make the hosts anew twice: once for the floor (unless it is known), once for us."""
    if floor_seconds is None:
        on.make_bare()
        floors = floor(on)
        slowest = max(floors, key=lambda name: floors[name])
        floor_seconds, named = floors[slowest], f"{floors[slowest]:.1f} s apt-get on {slowest}"
    else:
        named = f"{floor_seconds:.1f} s apt-get (given)"
    on.make_bare()
    run = on.apply()
    (on.place.folder / "install.events").write_text(run.out)
    end = finished(run)
    busy = end["host_seconds"] + end["engine_seconds"]
    share = 100 * end["engine_seconds"] / busy
    wall = run.seconds
    changes = len(events(run, "change-done"))
    return [
        at_most(
            "first install, whole process, 8 hosts",
            f"{wall:.1f} s",
            named,
            wall / floor_seconds,
            1.5,
        ),
        Row(
            what="  carrying out the plan alone",
            ours=f"{end['seconds']:.1f} s",
            beside=f"{changes} changes",
        ),
        below("time in which the engine is waited for", share, "%", 5),
        below("largest memory of the installer", run.megabytes, "MB", MEMORY),
    ]
