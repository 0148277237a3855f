"""A fleet's network with no host on it: a real network namespace, at the fleet's own name."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.practice.directory import FleetDirectory


@contextmanager
def network_of(directory: FleetDirectory) -> Iterator[None]:
    """Stand as if the fleet were up; what asks no host cannot tell."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and iproute2")
    made = subprocess.run(["ip", "netns", "add", directory.name], check=False, capture_output=True)
    if made.returncode:
        pytest.skip(f"no network namespace can be made here: {made.stderr.decode()}")
    try:
        yield
    finally:
        subprocess.run(["ip", "netns", "delete", directory.name], check=True)
