"""The desk at which faults of this machine are tried."""

from __future__ import annotations

from secrets import token_hex
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
    # What was written on a host is remembered there by its path, which no later run may have.
    folder = tmp_path / token_hex(4)
    folder.mkdir()
    made = Desk.of(folder, server)
    yield made
    made.stop()
