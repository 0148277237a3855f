"""The desk at which faults of this machine are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import Desk
from tests.remote.sshd import Sshd, available

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server() -> Iterator[Sshd]:
    """One server that stands for all hosts."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    started = Sshd()
    yield started
    started.stop()


@pytest.fixture
def desk(server: Sshd, tmp_path: Path) -> Iterator[Desk]:
    """A folder with a site in it; whatever was started there is ended."""
    made = Desk.of(tmp_path, server)
    yield made
    made.stop()
