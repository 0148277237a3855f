"""Hosts that are not what they seem: one machine under two addresses, two of one image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Workplace

pytestmark = pytest.mark.fleet

SECOND_ADDRESS = "10.0.2.99"
ADD = f"ip addr add {SECOND_ADDRESS}/32 dev host0"
REMOVE = f"ip addr del {SECOND_ADDRESS}/32 dev host0"
NOTHING_LEFT = "ls -A /run/minusnow-setup 2>/dev/null; true"


@pytest.fixture
def second_address(fleet: RunningFleet, workplace: Workplace) -> Iterator[Workplace]:
    """db1 has two addresses, and the site file names the second one as db2's."""
    known = fleet.directory.known_hosts
    (line,) = (line for line in known.read_text().splitlines() if line.startswith("db1,"))
    copy = workplace.folder / "known_hosts"
    copy.write_text(f"{known.read_text()}{SECOND_ADDRESS} {line.partition(' ')[2]}\n")
    workplace.edit(
        (f"known_hosts: {known}\n", f"known_hosts: {copy}\n"),
        ("name: db2,    address: 10.0.2.11,", f"name: db2,    address: {SECOND_ADDRESS},"),
    )
    fleet.read("db1", ADD)
    yield workplace
    fleet.read("db1", REMOVE)


@pytest.fixture
def same_number(fleet: RunningFleet, workplace: Workplace) -> Iterator[Workplace]:
    """db2 was made of db1's image, and nobody gave it a number of its own."""
    number = fleet.read("db1", "cat /etc/machine-id").decode().strip()
    own = fleet.read("db2", "cat /etc/machine-id").decode().strip()
    fleet.read("db2", f"echo {number} >/etc/machine-id")
    yield workplace
    fleet.read("db2", f"echo {own} >/etc/machine-id")


def checked(place: Workplace) -> dict[tuple[str, str], dict[str, str]]:
    """What `check` answers, by question and host; only the last answer to each."""
    ended = place.run("check", str(place.site_file))
    assert ended.out.startswith("["), ended.err
    return {(each["check"], each["host"]): each for each in json.loads(ended.out)}


def test_one_machine_under_two_addresses_is_refused(
    fleet: RunningFleet, second_address: Workplace, faults: FaultTable
) -> None:
    """No option lets it pass; what was left there to find it out is gone, and nothing changed."""
    place = second_address
    with faults.tried("two addresses of one machine in the site file") as fault:
        ended = place.apply()

        assert ended.status == 1, ended.told()
        answers = {
            (event["check"], event["host"]): event
            for event in ended.of_kind("check-answered")
            if event["verdict"] == "failed"
        }
        alias = answers["machine", "db2"]
        assert alias["seen"].startswith("it is the same machine as db1,")
        assert "db1 and db2 are one machine" in answers["layout", "(site)"]["seen"]
        assert ended.of_kind("plan-made") == []
        assert b"machines" not in fleet.read("db1", NOTHING_LEFT)
        fault.said(f"{alias['seen']}: {alias['remedy']}")


def test_two_machines_of_one_image_are_two(
    fleet: RunningFleet, same_number: Workplace, faults: FaultTable
) -> None:
    """They are told in words of their own, with what to do; the layout's rules are kept."""
    with faults.tried("two hosts with the same machine-id") as fault:
        answers = checked(same_number)

        clone = answers["machine", "db2"]
        assert clone["verdict"] == "warning"
        assert clone["seen"].startswith("it is a clone of db1: a machine of its own")
        assert "systemd-machine-id-setup" in clone["remedy"]
        assert answers["layout", "(site)"]["verdict"] == "ok"
        for host in ("db1", "db2"):
            assert b"machines" not in fleet.read(host, NOTHING_LEFT)
        fault.said(f"{clone['seen']}. {clone['remedy']}")

        fleet.read("db2", "rm /etc/machine-id; systemd-machine-id-setup 2>/dev/null")
        assert "clone" not in checked(same_number)["machine", "db2"]["seen"]
