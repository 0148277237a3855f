"""What holds for all tests: quick ones first, real hosts last, and no time limit on examples."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import hypothesis

if TYPE_CHECKING:
    import pytest

# A busy machine takes long for one example, and that says nothing about the code.
hypothesis.settings.register_profile("steady", deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("steady"), derandomize=True, database=None
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "steady")

# A run started in the background of a script ignores Ctrl-C, and so would every program under test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests: plain ones, those that start an sshd, those on the practice fleet."""

    def rank(item: pytest.Item) -> int:
        return 2 if item.get_closest_marker("fleet") else bool(item.get_closest_marker("sshd"))

    items.sort(key=rank)
