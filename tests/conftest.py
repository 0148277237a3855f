"""What holds for all tests: quick ones first, real hosts last, and no time limit on examples."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import hypothesis

from tests.faults.table import faults, pytest_terminal_summary

if TYPE_CHECKING:
    import pytest

__all__ = ["faults", "pytest_terminal_summary"]

# A busy machine takes long for one example, and that says nothing about the code.
hypothesis.settings.register_profile("steady", deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("steady"), derandomize=True, database=None
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "steady")

# A run started in the background of a script ignores Ctrl-C, one under nohup the end of its
# terminal, and so would every program under test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs the long part of the fault matrix as well."""
    parser.addoption(
        "--complete", action="store_true", help="also the faults that are too slow for every run"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests: plain ones, those that start an sshd, those on the practice fleet."""
    if not config.getoption("--complete"):
        slow = [item for item in items if item.get_closest_marker("complete")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]

    def rank(item: pytest.Item) -> int:
        return 2 if item.get_closest_marker("fleet") else bool(item.get_closest_marker("sshd"))

    items.sort(key=rank)
