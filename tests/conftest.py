"""What holds for all tests: real hosts last and one at a time, and no time limit on examples."""

from __future__ import annotations

import os
import signal

import hypothesis
import pytest

from tests.faults.table import (
    faults,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = ["faults", "pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]

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


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in its own
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests: those that start an sshd, plain ones, those on the practice fleet."""
    if not config.getoption("--complete"):
        slow = [item for item in items if item.get_closest_marker("complete")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]

    # Tests that share hosts or a file's fixtures stay in one process, in their order. Those with an
    # sshd take longest and begin, those on the fleet end: they need the whole machine.
    ranks = {"sshd": 0, "": 1, "fleet": 2}

    def group(item: pytest.Item) -> str:
        return next((name for name in ranks if name and item.get_closest_marker(name)), "")

    items.sort(key=lambda item: ranks[group(item)])
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item) or item.location[0]))
