"""A package mirror that is away, breaks off, holds another file than it lists, or is very slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.mirror import Mirror
from tests.fleet.faults.standing import card, findings, sentence
from wizard.practice.fleet import REFERENCE
from wizard.practice.mirror import SOURCE_LINE
from wizard.resources.packages import SLOW

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.faults.standing import Standing

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

HOST = "cache1"
PACKAGE = "curl"
REMOVE = f"dpkg --remove {PACKAGE} >/dev/null; rm -f /var/cache/apt/archives/{PACKAGE}_*"
INSTALLED = f"dpkg-query -W -f '${{db:Status-Status}}' {PACKAGE}"
SPEED = 3_000  # bytes per second: two minutes for what is missing


def test_a_bad_mirror_stops_where_a_package_is_missing_and_nothing_else(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """Every kind of trouble has its own words; when it is gone the same run is gone on with."""
    mirror = Mirror(fleet.directory.mirror.resolve())
    fleet.read(HOST, REMOVE)
    with (
        standing.harmed(faults, "package mirror away") as away,
        standing.edited((SOURCE_LINE, mirror.source)),
    ):
        ended = standing.apply()
        assert ended.status == 1, ended.told()
        found = {key: each for key, each in findings(ended).items() if key[0] == "package-sources"}
        assert {host for _, host in found} == set(REFERENCE.names)
        assert "Connection refused" in found["package-sources", HOST]["seen"]
        assert ended.of_kind("change-done") == []
        away.said(sentence(found["package-sources", HOST]))

        with mirror:
            mirror.broken = True
            with faults.tried("package mirror breaks off after preflight") as broken:
                failure = card(standing.apply())
                assert failure["task"] == f"packages@{HOST}"
                assert "503" in sentence(failure), failure
                broken.said(sentence(failure))
            mirror.broken = False

            mirror.spoiled = PACKAGE
            with faults.tried("package mirror with a wrong checksum") as spoiled:
                failure = card(standing.resume())
                assert failure["task"] == f"packages@{HOST}"
                assert any("mismatch" in line.lower() for line in failure["lines"]), failure
                assert fleet.read(HOST, f"{INSTALLED}; true") != b"installed"
                spoiled.said(sentence(failure))
            mirror.spoiled = ""

            mirror.slow = SPEED
            with faults.tried("package mirror very slow") as slow:
                ended = standing.finish()
                (line,) = (
                    event["text"] for event in ended.of_kind("output") if event["text"] == SLOW
                )
                slow.said(f"{HOST}: {line}")
            assert fleet.read(HOST, INSTALLED) == b"installed"
    standing.proven(standing.apply())  # with the site file as it was
