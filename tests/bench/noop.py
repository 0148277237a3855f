"""A second `apply` of eight hosts that finds everything in place, beside its peers."""

from __future__ import annotations

import shutil
import statistics
from typing import TYPE_CHECKING

from tests.bench.figures import Row, at_least, below
from tests.bench.ground import finished
from tests.bench.peers import run_ansible, run_pyinfra
from tests.bench.same_checks import checks_of, fetch_files, tasks_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.ground import Ground

TIMES = 3
TRIPS = 6


def measure(on: Ground, programs: Path) -> list[Row]:
    """Install what is missing, then apply once more, and have the peers check the same."""
    _install(on)
    runs = [on.apply() for _ in range(TIMES)]
    ends = [finished(run) for run in runs]
    assert not any(end["changed"] for end in ends)
    ours = statistics.median(run.seconds for run in runs)
    trips = max(max(end["trips"].values()) for end in ends)
    rows = [below("trips per host of a no-op apply, largest", trips, "trips", TRIPS)]

    folder = on.place.folder / "checks"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    checks = {
        host: fetch_files(on.directory, host, mine, folder)
        for host, mine in checks_of(tasks_of(on.place.site_file)).items()
    }
    number = sum(len(mine) for mine in checks.values())
    what = f"no-op apply, whole process, {len(checks)} hosts, {number} checks"
    try:
        for name, run_peer, limit in (
            ("Ansible, pipelining", run_ansible, 10),
            ("pyinfra", run_pyinfra, 4),
        ):
            peer = run_peer(programs, folder, on.directory, checks)
            (on.place.folder / f"{run_peer.__name__}.log").write_text(peer.out)
            if peer.status != 0 and not peer.timed_out:
                said = peer.out.strip().splitlines()[-1:]
                rows.append(Row(what=what, ours=f"{ours:.2f} s", beside=f"{name} failed: {said}"))
                continue
            more = "more than " if peer.timed_out else ""
            beside = f"{more}{peer.seconds:.1f} s {name}"
            rows.append(at_least(what, f"{ours:.2f} s", beside, peer.seconds / ours, limit))
    finally:
        shutil.rmtree(folder)  # files with secrets were among them
    return rows


def _install(on: Ground) -> None:
    """Bring the site to where an apply changes nothing; on bare hosts if it cannot go on."""
    first = on.apply()
    if first.status != 0:
        on.make_bare()
        finished(on.apply())
    for _ in range(2):
        if not finished(on.apply())["changed"]:
            return
    raise AssertionError("another apply still changes something")
