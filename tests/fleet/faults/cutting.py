"""Installing while hosts are harmed: each goes dark at a step of its own, and comes back later."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tests.fleet.faults.ledger import Ledger
from tests.fleet.faults.places import shown, step
from wizard.practice.fleet import KNOWN, REFERENCE
from wizard.practice.power import cable, power_cut, power_on
from wizard.practice.readiness import wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Ended, Event, Workplace

LOG = logging.getLogger(__name__)
HANDS = len(REFERENCE.names)
# The steps that take so long that their middle can be told by what they say.
SLOW = {"packages", "standby", "migrate"}
BACK_WITHIN = 180.0  # seconds, eight hosts side by side
SILENT = ("has not answered for", "did not answer within")
ROUNDS = 30  # at most: a host is harmed once in each, and has no more steps than that


@dataclass(frozen=True)
class Harm:
    """What is done to a host, and how it is undone."""

    name: str
    inflict: Callable[..., None]
    undo: Callable[..., None]


CABLE = Harm("cable pulled", partial(cable, up=False), partial(cable, up=True))
POWER = Harm("power cut", power_cut, power_on)


@dataclass
class Cut:
    """A host that went dark, and how the run took it."""

    host: str
    task: str
    at: float
    """Of time.monotonic(), when the harm was done."""
    noticed: float = 0.0
    """Seconds until the installer said so, if it did."""
    card: Event | None = None
    """With what it said so."""

    @property
    def sentence(self) -> str:
        """What a person reads of it."""
        assert self.card, f"nothing was said of {self.host} during {self.task}"
        return f"{self.host}: {self.card['seen']} → {self.card['remedy']}"


@dataclass
class Round:
    """One run of the installer, and the hosts that went dark during it."""

    cuts: dict[str, Cut] = field(default_factory=dict)
    """By host."""
    ended: Ended | None = None
    others: list[Event] = field(default_factory=list)
    """Cards of hosts that were not harmed."""
    went_on: set[str] = field(default_factory=set)
    """Hosts that had a step done after another one was lost."""

    @property
    def blaming_nobody(self) -> list[Event]:
        """The cards of hosts that were not harmed and do not name a host that was.

        On an overloaded machine a host that nobody harmed may not answer for seconds either.
        """
        return [
            event
            for event in self.others
            if not silent(event["seen"]) and not any(_blames(event, host) for host in self.cuts)
        ]


@dataclass
class CutInstall:
    """An installation during which every step that is due loses its host once."""

    fleet: RunningFleet
    place: Workplace
    harm: Harm
    due: Callable[[Event], bool]
    """Whether a host goes dark at an event; asked about each step once."""
    ledger: Ledger = field(init=False)
    """What of value was put down between the runs, while all hosts were there."""
    rounds: list[Round] = field(default_factory=list)
    harmed: set[str] = field(default_factory=set)
    """The steps that lost their hosts."""

    @property
    def cuts(self) -> Iterator[Cut]:
        """All of them, in their order."""
        return (cut for each in self.rounds for cut in each.cuts.values())

    @property
    def finished(self) -> Ended:
        """The run that ended without a harm."""
        last = self.rounds[-1]
        assert not last.cuts, f"after {len(self.rounds)} rounds hosts are still harmed"
        assert last.ended
        return last.ended

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.fleet)

    def install(self) -> None:
        """Run the installer again and again until no step is left that loses its host."""
        start = self.place.start_apply
        for number in range(1, ROUNDS + 1):
            begin = time.monotonic()
            this = Round()
            self.rounds.append(this)
            with start("--keep-going") as run, ThreadPoolExecutor(HANDS) as hands:
                this.ended = run.follow(partial(self._take, this, hands))
            for cut in this.cuts.values():
                LOG.info("%s: %s", self.harm.name, cut)
            LOG.info(
                "round %d: %.0f s, %d elsewhere", number, time.monotonic() - begin, len(this.others)
            )
            if not this.cuts and not overloaded(this.ended):
                return
            with ThreadPoolExecutor(HANDS) as hands:
                list(hands.map(partial(self.harm.undo, directory=self.fleet.directory), this.cuts))
            start = self.place.start_resume
            hosts = tuple(KNOWN[host] for host in this.cuts)
            wait_until_ready(self.fleet.directory, hosts, BACK_WITHIN)
            self.ledger.write(number)

    def _take(self, this: Round, hands: ThreadPoolExecutor, event: Event) -> None:
        """Harm the event's host if that is due, and keep what is told of harms."""
        host, task, kind = event["host"], event["task"], event["kind"]
        cut = this.cuts.get(host)
        if kind == "task-failed":
            if cut is None:
                this.others.append(event)
            elif cut.card is None:
                cut.card, cut.noticed = event, time.monotonic() - cut.at
        elif kind == "task-done" and this.cuts and cut is None:
            this.went_on.add(host)
        elif cut is None and task and task not in self.harmed and self.due(event):
            self.harmed.add(task)
            this.cuts[host] = Cut(host, task, time.monotonic())
            hands.submit(self.harm.inflict, host, directory=self.fleet.directory)


def _blames(event: Event, host: str) -> bool:
    """Tell whether a card names a host: by its address, or as what its step works with."""
    return str(KNOWN[host].address) in json.dumps(event) or host in event["command"].split()


def overloaded(ended: Ended) -> bool:
    """Tell whether a run failed because a host that nobody harmed did not answer for seconds.

    So it happens where eight hosts share two cores; whoever goes on gets further.
    """
    return ended.status != 0 and silent(ended.told())


def silent(told: str) -> bool:
    """Tell whether it was said of a host that it did not answer, or not any more."""
    return any(words in told for words in SILENT)


def under_way(event: Event) -> bool:
    """Tell whether an event shows a step amid its work, or, where that is short, at its begin."""
    return shown(event) == ("amid" if step(event["task"]) in SLOW else "begun")
