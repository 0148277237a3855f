"""The table of the faults that were injected: what was said, what was lost (nothing)."""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    class Worker(Protocol):
        """What pytest-xdist tells of a process of tests that has ended."""

        config: pytest.Config
        workeroutput: dict[str, list[dict[str, Any]]]


KEY = pytest.StashKey["FaultTable"]()
WIDTH = 100


@dataclass
class Fault:
    """One fault: it happened, somebody looked, it was repaired."""

    name: str
    sentence: str = ""
    """What the installer said of it."""
    lost: int = 0
    """Rows and files that were there before it and not after it."""
    leaked: set[str] = field(default_factory=set)
    """Names of the secrets that could be read where they may not be."""
    survived: bool = False

    def said(self, sentence: str) -> None:
        """Record by which words a person learns of it."""
        self.sentence = " ".join(sentence.split())

    def lose(self, missing: Iterable[object]) -> None:
        """Record what is missing after it."""
        self.lost += len(list(missing))

    def leak(self, secrets: Iterable[str]) -> None:
        """Record which secrets were found."""
        self.leaked |= set(secrets)


class FaultTable:
    """All faults of this run of the tests."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    @contextmanager
    def tried(self, name: str) -> Iterator[Fault]:
        """Enter a fault; it counts as survived when the block ends well and nothing was lost."""
        fault = Fault(name)
        self.faults.append(fault)
        yield fault
        assert fault.lost == 0, f"{name}: {fault.lost} rows or files lost"
        assert fault.leaked == set(), f"{name}: to be read where they may not be: {fault.leaked}"
        assert fault.sentence, f"{name}: the installer said nothing of it"
        fault.survived = True

    def lines(self) -> Iterator[str]:
        """Return the table, a fault with its sentence, and the sums."""
        for fault in self.faults:
            yield f"{'✓' if fault.survived else '✗'} {fault.name}"
            yield from textwrap.wrap(
                fault.sentence, WIDTH, initial_indent="    ", subsequent_indent="    "
            )
        yield ""
        yield f"faults tried    {len(self.faults)}"
        yield f"survived        {sum(fault.survived for fault in self.faults)}"
        yield f"data lost       {sum(fault.lost for fault in self.faults)}"
        yield f"secrets leaked  {len(set().union(*(fault.leaked for fault in self.faults)))}"


@pytest.fixture(scope="session")
def faults(pytestconfig: pytest.Config) -> FaultTable:
    """The table into which a test enters what it breaks."""
    return pytestconfig.stash.setdefault(KEY, FaultTable())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the faults over to the process that prints the table, if this is another one."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        table = session.config.stash.get(KEY, FaultTable())
        output["faults"] = [asdict(fault) for fault in table.faults]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker) -> None:
    """Enter the faults of another process into the table."""
    table = node.config.stash.setdefault(KEY, FaultTable())
    output = getattr(node, "workeroutput", {})  # missing when it crashed
    table.faults += [Fault(**fault) for fault in output.get("faults", [])]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table after the tests."""
    table = config.stash.get(KEY, None)
    if table and table.faults:
        terminalreporter.section("faults")
        for line in table.lines():
            terminalreporter.line(line)
