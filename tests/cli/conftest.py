"""What tests of whole commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.workplace import Workplace
from tests.remote.sshd import Sshd, available

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    """A site, and a server that stands for its hosts."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    server = Sshd()
    place = Workplace(tmp_path, server)
    yield place
    place.close()
    server.stop()
