"""A drill puts back what it stopped, and measures what users felt meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.checks.served import ground
from tests.site.example import site
from wizard.checks.proof_halt import Sample, Watch, halted, longest_outage, wait_until
from wizard.errors import Cancelled, ConnectionLost, HostError
from wizard.remote.transport import Result

if TYPE_CHECKING:
    from collections.abc import Callable

GROUND = ground(site())


class Recording:
    """Stands in for a host: remembers scripts, and fails those a test chooses."""

    host = "app1"

    def __init__(self, answer: Callable[[str], int] = lambda _: 0) -> None:
        self.scripts: list[str] = []
        self.answer = answer

    def run(self, script: str, **_options: object) -> Result:
        """Remember the script."""
        self.scripts.append(script)
        return Result(status=self.answer(script), out="", err="words of the host")

    @property
    def last(self) -> str:
        """The first line of the last script."""
        return self.scripts[-1].partition("\n")[0]


def halt(host: Recording, inside: Callable[[], None] = lambda: None) -> None:
    """Stop minusnow around something."""
    with halted(host, "minusnow"):  # type: ignore[arg-type]
        inside()


def test_the_host_promises_to_start_it_again_before_it_is_stopped() -> None:
    """The timer comes first, and is taken back after the start."""
    host = Recording()
    halt(host)
    stop, start = host.scripts[1], host.scripts[2]
    assert stop.index("systemd-run") < stop.index("systemctl stop minusnow.service")
    assert start.index("systemctl start minusnow.service") < start.index(".timer")


@pytest.mark.parametrize("error", [HostError("x"), Cancelled("x"), KeyboardInterrupt()])
def test_whatever_happens_it_is_started_again(error: BaseException) -> None:
    """What went wrong first is what is raised."""
    host = Recording()

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        halt(host, fail)
    assert host.last == "systemctl start minusnow.service"


def test_what_did_not_run_is_not_touched() -> None:
    """A service that somebody stopped stays stopped."""
    host = Recording(lambda _: 3)
    with pytest.raises(HostError, match="words of the host"):
        halt(host)
    assert len(host.scripts) == 1


def test_a_lost_connection_leaves_it_to_the_host() -> None:
    """The message says that the host does it by itself."""

    def lose(script: str) -> int:
        if script.startswith("systemctl start"):
            raise ConnectionLost("gone")
        return 0

    with pytest.raises(HostError, match="by itself 120 s after"):
        halt(Recording(lose))


def test_who_stops_a_drill_is_told_that_the_host_puts_it_right() -> None:
    """After a cancellation nothing more can be sent."""

    def cancelled(script: str) -> int:
        if script.startswith("systemctl start"):
            raise Cancelled("stopped at your request")
        return 0

    def stop() -> None:
        raise Cancelled("stopped at your request")

    with pytest.raises(Cancelled, match="starts minusnow again by itself"):
        halt(Recording(cancelled), stop)


def test_the_longest_outage_spans_failed_requests() -> None:
    """From the last answer before to the first one after; slow answers alone are none."""

    def sample(begin: float, end: float, problem: str = "") -> Sample:
        return Sample(begin, end, "", problem)

    good = [sample(0, 1), sample(9, 10)]
    assert longest_outage(good) == 0
    broken = [sample(0, 1), sample(1, 3, "refused"), sample(3, 4, "refused"), sample(4, 5)]
    assert longest_outage(broken) == 4
    assert longest_outage(broken[:3]) == 3
    assert longest_outage([]) == 0


def test_a_watch_asks_until_its_block_ends() -> None:
    """Answers and failures are both kept."""
    enough, answers = threading.Event(), iter(["app1", "", "app2"])

    def ask() -> str:
        node = next(answers, None)
        if node is None:
            enough.set()
            return "app2"
        if not node:
            raise HostError("status 503")
        return node

    with Watch(ask, pause=0.0) as watch:
        assert enough.wait(5)
    assert [each.node for each in watch.samples[:3]] == ["app1", "", "app2"]
    assert [each.problem for each in watch.failed()] == ["status 503"]
    assert watch.good_since(0.0) == len(watch.samples) - 1


def test_a_wait_ends_with_its_condition_its_time_or_a_person() -> None:
    """Seconds, None, Cancelled."""
    answers = iter([False, True])
    assert wait_until(GROUND, lambda: next(answers), within=5, pause=0.0) is not None
    assert wait_until(GROUND, lambda: False, within=0.0, pause=0.0) is None
    stopped = ground(site())
    stopped.stop.cancel()
    with pytest.raises(Cancelled):
        wait_until(stopped, lambda: True, within=5)
