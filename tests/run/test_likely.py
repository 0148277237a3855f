"""The likely cause of a failure."""

from __future__ import annotations

import pytest

from wizard.run.events import TaskFailed
from wizard.run.likely import likely


@pytest.mark.parametrize(
    ("error", "line", "cause"),
    [
        ("CommandFailed", "tar: write error: No space left on device", "disk"),
        ("CommandFailed", "E: Failed to fetch file:/srv/mirror", "package source"),
        ("CommandFailed", "E: Could not get lock /var/lib/dpkg/lock", "package manager"),
        ("CommandFailed", "FATAL:  no pg_hba.conf entry for replication", "pg_hba.conf"),
        ("CommandFailed", "bind: Address already in use", "port"),
        ("CommandFailed", "curl: (7) Failed to connect: Connection refused", "not running"),
        ("ConnectionLost", "", "went down"),
        ("CommandSilent", "", "hangs"),
        ("CommandFailed", "something nobody has seen before", ""),
    ],
)
def test_what_was_written_points_to_a_cause(error: str, line: str, cause: str) -> None:
    """A known sign gives a sentence; without one nothing is made up."""
    failure = TaskFailed(title="t", error=error, seen="it ended", remedy="", lines=(line,))
    found = likely(failure)
    assert cause in found
    assert bool(found) == bool(cause)
