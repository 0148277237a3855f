"""Events on their way to sinks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.run.pieces import Recorder
from wizard.errors import StateError
from wizard.run import bus as bus_module
from wizard.run import events as e
from wizard.run.bus import EventBus

if TYPE_CHECKING:
    from collections.abc import Sequence


def line(text: str) -> e.OutputLine:
    """Return a line of output."""
    return e.OutputLine(host="a", task="t@a", stream="out", text=text)


class Stuck:
    """A sink that takes nothing until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.events: list[e.Event] = []

    def take(self, events: Sequence[e.Event]) -> None:
        """Wait, then keep the events."""
        self.go.wait(30)
        self.events += events


class Broken:
    """A sink whose disk is full."""

    def take(self, events: Sequence[e.Event]) -> None:
        """Fail."""
        raise OSError(f"no room for {len(events)}")


def test_a_durable_event_is_in_the_journal_when_publish_returns() -> None:
    """And so is everything that was published before it."""
    bus, journal = EventBus(str), Recorder()
    bus.add(journal, journal=True)
    bus.publish(line("one"))
    bus.publish(e.TaskIntended(host="a", task="t@a", changes=()))
    assert [event.kind for event in journal.events] == ["output", "task-intended"]
    bus.close()


def test_a_stuck_display_holds_nobody_up_and_says_what_it_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lines beyond the limit are counted; every other event arrives."""
    monkeypatch.setattr(bus_module, "_DISPLAY_LIMIT", 100)
    bus, stuck, journal = EventBus(str), Stuck(), Recorder()
    bus.add(stuck)
    bus.add(journal, journal=True)
    for number in range(1000):
        bus.publish(line(str(number)))
    bus.publish(e.TaskIntended(host="a", task="t@a", changes=()))
    assert len(journal.events) == 1001
    stuck.go.set()
    bus.close()
    omitted = sum(event.lines for event in stuck.events if isinstance(event, e.OutputOmitted))
    shown = sum(isinstance(event, e.OutputLine) for event in stuck.events)
    assert omitted > 0
    assert omitted + shown == 1000
    assert stuck.events[-1].kind == "task-intended"


def test_a_slow_journal_slows_hosts_down_and_gets_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory stays bounded, and nothing is lost."""
    monkeypatch.setattr(bus_module, "_JOURNAL_LIMIT", 5_000)
    bus, stuck = EventBus(str), Stuck()
    bus.add(stuck, journal=True)
    published = 0

    def host() -> None:
        nonlocal published
        for number in range(1000):
            bus.publish(line(str(number)))
            published += 1

    talking = threading.Thread(target=host, daemon=True)
    talking.start()
    talking.join(2)
    assert talking.is_alive()
    assert published < 200
    stuck.go.set()
    talking.join(60)
    bus.close()
    assert [event.text for event in stuck.events if isinstance(event, e.OutputLine)] == [
        str(number) for number in range(1000)
    ]


def test_a_journal_that_cannot_write_stops_who_relies_on_it() -> None:
    """Nothing may be done on a host that could not be written down first."""
    bus = EventBus(str)
    bus.add(Broken(), journal=True)
    bus.publish(line("lost"))
    with pytest.raises(StateError, match="no room"):
        bus.publish(e.TaskIntended(host="a", task="t@a", changes=()))
    bus.close()


def test_a_display_that_is_gone_does_not_matter() -> None:
    """A closed pipe ends the display, not the run."""
    bus, journal = EventBus(str), Recorder()
    bus.add(Broken())
    bus.add(journal, journal=True)
    for number in range(10):
        bus.publish(line(str(number)))
    bus.publish(e.TaskIntended(host="a", task="t@a", changes=()))
    bus.close()
    assert len(journal.events) == 11


def test_every_text_of_every_event_is_masked() -> None:
    """Also in tuples, mappings and nested values; nothing else is touched."""
    secret = "s3cret"
    bus, recorder = EventBus(lambda text: text.replace(secret, "‹x›")), Recorder()
    bus.add(recorder, journal=True)
    change = e.IntendedChange(resource="r", summary=f"set {secret}", before="", after="")
    bus.publish(e.TaskIntended(host="a", task="t@a", changes=(change,)))
    bus.publish(
        e.PlanMade(
            fingerprint="f", changes=1, tasks=(), changing=(), plan={"tasks": [{"diff": secret}]}
        )
    )
    bus.publish(
        e.TaskFailed(title="t", error="E", seen=secret, remedy="", lines=("ok", f"pw {secret}"))
    )
    bus.publish(line(f"password {secret}"))
    bus.close()
    told = str([event.to_json() for event in recorder.events])
    assert secret not in told
    assert told.count("‹x›") == 5
