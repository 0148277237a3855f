"""A file server that is gone while the app servers have its share mounted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.standing import findings, sentence
from wizard.practice.power import cable

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.faults.standing import Standing

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

PATIENCE = 240.0  # seconds, on two cores that eight hosts share
HANGS = "timeout 3 stat -f /opt/minusnow/uploads >/dev/null 2>&1 && echo answers || echo hangs"
NO_NFS = "iptables -I INPUT -p tcp --dport 2049 -j DROP"
NFS = "iptables -D INPUT -p tcp --dport 2049 -j DROP"


@pytest.mark.parametrize("name", ["cable of the file server pulled", "mount hung"])
def test_a_share_that_hangs_does_not_hang_the_installer(
    fleet: RunningFleet, standing: Standing, faults: FaultTable, name: str
) -> None:
    """The facts of the app servers come all the same, and who does not answer is named."""
    whole_host = name.startswith("cable")
    standing.drift("cache1")
    with standing.harmed(faults, name, "st1", "app1", "app2") as fault:
        if whole_host:
            cable("st1", up=False, directory=fleet.directory)
        else:
            fleet.read("st1", NO_NFS)
        try:
            assert fleet.read("app1", HANGS).split() == [b"hangs"]
            begin = time.monotonic()
            ended = standing.apply()
            assert time.monotonic() - begin < PATIENCE
            assert ended.status == 1, ended.told()
            failed = {
                key: each for key, each in findings(ended).items() if each["verdict"] == "failed"
            }
            if whole_host:
                found = failed["access", "st1"]
            else:
                assert {host for _, host in failed} == {"app1", "app2"}
                found = failed["reach", "app1"]
                assert "2049" in found["seen"]
            fault.said(sentence(found))
            assert not {("access", "app1"), ("access", "app2")} & set(failed)
            assert standing.drifted("cache1")
        finally:
            if whole_host:
                cable("st1", up=True, directory=fleet.directory)
            else:
                fleet.read("st1", NFS)
        standing.person_returns()
        standing.finish()
