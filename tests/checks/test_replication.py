"""What both ends of a replication say is judged question by question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.checks.check import Verdict
from wizard.checks.replication import judge
from wizard.database.replication import Replication

GOOD = Replication(
    standby="db2",
    primary_in_recovery=False,
    standby_in_recovery=True,
    identifiers=("7", "7"),
    state="streaming",
    sync_state="async",
    encrypted=True,
    protocol="TLSv1.3",
    slot_active=True,
    slot_log="reserved",
    receiver="streaming",
    lag=0.01,
    bytes_behind=0,
    canary_arrived=True,
    canary_seconds=0.01,
)


@pytest.mark.parametrize(
    ("other", "failed"),
    [
        ({}, set()),
        ({"standby_in_recovery": False}, {"replication-roles"}),
        ({"primary_in_recovery": True}, {"replication-roles"}),
        ({"identifiers": ("7", "8")}, {"replication-system"}),
        ({"slot_active": False, "slot_log": "lost"}, {"replication-stream"}),
        ({"encrypted": False}, {"replication-tls"}),
        ({"sync_state": "quorum"}, {"replication-sync"}),
        ({"canary_arrived": False}, {"replication-canary"}),
        ({"receiver": "none", "lag": 0.0}, {"replication-delay"}),
        (
            {"state": None, "sync_state": None, "slot_active": False, "receiver": "none"},
            {"replication-stream", "replication-delay"},
        ),
    ],
)
def test_each_fault_fails_its_own_question(other: dict[str, Any], failed: set[str]) -> None:
    """One fault, one failed question, with a remedy."""
    findings = judge(replace(GOOD, **other), tls=True, synchronous=False)
    found = [finding for finding in findings if finding.verdict is Verdict.FAILED]
    assert {finding.check for finding in found} == failed
    assert all(finding.remedy and finding.host == "db2" for finding in found)


def test_a_standby_far_behind_is_a_warning() -> None:
    """It follows, only slowly."""
    findings = judge(replace(GOOD, lag=300.0), tls=True, synchronous=False)
    assert [f.check for f in findings if f.verdict is Verdict.WARNING] == ["replication-delay"]


def test_an_old_row_on_an_idle_primary_is_no_delay() -> None:
    """Replay delay counts only while something is received; without a receiver it is unknown."""
    assert replace(GOOD, receiver="none", lag=0.0).delayed is None
    assert GOOD.delayed == 0.01
