"""What the tests of the resources have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.resources.machine import Machine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """This machine, with a folder of its own."""
    return Machine(folder=tmp_path)
