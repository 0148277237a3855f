"""`python -m tests.bench.busy_wizard FOLDER LINES RATE`: the Install screen, and hosts that talk.

The screens, event bus, mask and state file are real; only the hosts are simulated: eight threads
publish the lines. RATE is lines a second of all of them together, 0 as many as can be. When all is
written, FOLDER/report.json says what was seen; the screen stays until it is ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import screens.app
from screens.app import SetupApp
from screens.draft import Draft
from screens.state_of import open_state
from screens.work import Work, work_of
from wizard.run.bus import EventBus
from wizard.run.events import OutputLine, PlanMade, RunStarted, TaskStarted
from wizard.vault.mask import Mask

if TYPE_CHECKING:
    from wizard.site.file import LoadedSite

PHASES = ("base", "database", "storage", "cache", "application", "balancer")
_STEPS = 2  # of each host in each phase
_TURN = 0.02  # seconds between two bursts of a host
_BEAT = 0.005  # seconds between two looks whether the interface still reacts
_SAMPLE = 5_000  # lines of one host between two looks at the memory
SAID = re.compile(r"libsomething-(\d+):.* of (\w+)")  # which line of which host
_WORDS = "Unpacking libsomething-{n}:amd64 (1.2.{n}-3+deb12u1) over (1.2.{n}-2) ... done, of {host}"


class BusyWizard(SetupApp):
    """The wizard on its Install screen while hosts write."""

    CSS_PATH = str(Path(screens.app.__file__).with_name(SetupApp.CSS_PATH))

    def __init__(self, draft: Draft, *, lines: int, rate: float, folder: Path) -> None:
        super().__init__(draft, start="install")
        self._wanted, self._rate, self._folder = lines, rate, folder
        self._longest = 0.0  # seconds for which the interface did not react
        self._memory: list[float] = []
        self._rest = 0.0  # MB before anything was written

    def on_ready(self) -> None:
        """Let the hosts begin; the screen is shown."""
        super().on_ready()
        loaded = self.draft.loaded()
        if loaded is None:
            raise ValueError("the site file of the bench is not valid")
        work = work_of(self)
        work.installing, work.busy = True, "installing"
        threading.Thread(target=self._run, args=(loaded, work), daemon=True).start()
        self.run_worker(self._beat())

    async def _beat(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_BEAT)
            if self._rest:
                late = time.perf_counter() - before - _BEAT
                self._longest = max(self._longest, late)

    def _run(self, loaded: LoadedSite, work: Work) -> None:
        """Be the engine: one run of eight hosts, from its first event to the last line."""
        state = open_state(loaded)
        bus = EventBus(Mask({"app_password": "correct-horse-battery-staple"}).text)
        bus.add(work.log)
        bus.add(state, journal=True)
        hosts = [host.name for host in loaded.site.hosts]
        bus.publish(RunStarted(site=loaded.site.site, command="apply", operator="bench"))
        plan = _plan(hosts)
        tasks = tuple(str(task["task"]) for task in plan)
        bus.publish(
            PlanMade(
                fingerprint="f" * 64,
                changes=len(tasks),
                tasks=tasks,
                changing=tasks,
                plan={"tasks": plan},
            )
        )
        for host in hosts:
            bus.publish(TaskStarted(host=host, task=f"base-0@{host}", title="base", phase="base"))
        time.sleep(1)  # until everything that is drawn once has been drawn
        self._rest = _megabytes()
        begin = time.perf_counter()
        each = self._wanted // len(hosts)
        talking = [threading.Thread(target=self._talk, args=(bus, host, each)) for host in hosts]
        for thread in talking:
            thread.start()
        for thread in talking:
            thread.join()
        seconds = time.perf_counter() - begin
        bus.close()
        state.close()
        self._report(lines=each * len(hosts), seconds=seconds)

    def _talk(self, bus: EventBus, host: str, count: int) -> None:
        """Be one host."""
        burst = max(round(self._rate * _TURN / 8), 1)
        pause = burst * 8 / self._rate if self._rate else 0
        due = time.perf_counter()
        task = f"base-0@{host}"
        for number in range(count):
            text = _WORDS.format(n=number, host=host)
            bus.publish(OutputLine(host=host, task=task, stream="out", text=text))
            if pause and number % burst == burst - 1:
                due += pause
                time.sleep(max(due - time.perf_counter(), 0))
            if number % _SAMPLE == 0:
                self._memory.append(_megabytes())

    def _report(self, *, lines: int, seconds: float) -> None:
        said = {
            "lines": lines,
            "seconds": seconds,
            "longest_ms": self._longest * 1000,
            "rest_mb": self._rest,
            "memory_mb": [*self._memory, _megabytes()],
        }
        draft = self._folder / "report.draft"
        draft.write_text(json.dumps(said), encoding="utf-8")
        draft.rename(self._folder / "report.json")


def _plan(hosts: list[str]) -> list[dict[str, object]]:
    return [
        {
            "task": f"{phase}-{number}@{host}",
            "host": host,
            "phase": phase,
            "title": f"Set {phase} up, part {number + 1}",
            "after": [],
            "changes": [{}],
        }
        for phase in PHASES
        for host in hosts
        for number in range(_STEPS)
    ]


def _megabytes() -> float:
    """Return the resident memory of this process, in 10^6 bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Run until somebody ends it."""
    folder, lines, rate = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    draft = Draft.open(folder / "acme.yaml")
    BusyWizard(draft, lines=lines, rate=rate, folder=folder).run()


if __name__ == "__main__":
    main()
