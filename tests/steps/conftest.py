"""`pytest tests/steps --write-golden` writes the golden files anew; read the difference then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.resources.machine import Machine

if TYPE_CHECKING:
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--write-golden",
        action="store_true",
        default=False,
        help="write the files under tests/steps/golden instead of comparing with them",
    )


@pytest.fixture
def write_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written; known when pytest was started on tests/steps."""
    return bool(request.config.getoption("--write-golden", default=False))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """This machine, with a folder of its own."""
    return Machine(folder=tmp_path)
