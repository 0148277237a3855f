"""What is refused before anything is changed: wrong secrets, wrong machines, things of value."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from wizard.practice.fleet import REFERENCE
from wizard.practice.mirror import SOURCE_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Ended, Workplace

pytestmark = pytest.mark.fleet

# What somebody installed long ago, from what the mirror has, with no trace of the installer.
INSTALLED = f"""
set -e
export DEBIAN_FRONTEND=noninteractive
lists=$(mktemp -d)
echo '{SOURCE_LINE}' >"$lists/practice.list"
apt="apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$lists"
$apt update
$apt -y --no-install-recommends install PACKAGE >/dev/null 2>&1
rm -rf "$lists"
"""

# A database, which somebody uses.
FOREIGN_CLUSTER = f"""
{INSTALLED.replace("PACKAGE", "postgresql-15")}
runuser -u postgres -- createdb payroll
runuser -u postgres -- psql -qd payroll -c "create table wages as select 4711 as amount"
"""
READ_IT = "runuser -u postgres -- psql -qAtd payroll -c 'table wages'"

# A Redis that somebody keeps a key in, in memory and on disk.
FOREIGN_REDIS = f"""
{INSTALLED.replace("PACKAGE", "redis-server redis-tools")}
until [ "$(redis-cli ping)" = PONG ]; do sleep 0.2; done
redis-cli set payroll 4711
redis-cli save
"""
READ_KEY = "redis-cli get payroll"

# Somebody else's web server, as far as a port and a program's name can tell.
SQUATTER = """
install -m 0755 "$(command -v systemd-socket-activate)" /usr/local/sbin/nginx
systemd-run -q --unit=squatter /usr/local/sbin/nginx -l 443 /bin/cat
"""

MOUNTED_OVER = "/opt/minusnow/uploads"

TOUCHED = """
ls -d /var/lib/minusnow-setup /etc/apt/sources.list.d/minusnow* /opt/minusnow 2>/dev/null
getent passwd minusnow
true
"""


@pytest.fixture
def bare_fleet(fleet: RunningFleet) -> RunningFleet:
    """Hosts on which nothing was installed."""
    fleet.make_bare()
    return fleet


@pytest.fixture
def occupied_fleet(bare_fleet: RunningFleet) -> Iterator[RunningFleet]:
    """The same, but lb1, db2 and cache1 serve somebody already; they are made anew afterwards."""
    with ThreadPoolExecutor() as pool:
        database = pool.submit(bare_fleet.read, "db2", FOREIGN_CLUSTER, seconds=300)
        cache = pool.submit(bare_fleet.read, "cache1", FOREIGN_REDIS, seconds=300)
        bare_fleet.read("lb1", SQUATTER)
        database.result()
        cache.result()
    yield bare_fleet
    bare_fleet.remake("lb1", "db2", "cache1")


def touched(fleet: RunningFleet) -> dict[str, str]:
    """What the installer left on the hosts."""
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda name: fleet.read(name, TOUCHED).decode(), REFERENCE.names)
        return {name: text for name, text in zip(REFERENCE.names, found, strict=True) if text}


def refusals(ended: Ended) -> dict[tuple[str, str], str]:
    """What preflight refused, by question and host."""
    return {
        (event["check"], event["host"]): event["seen"]
        for event in ended.of_kind("check-answered")
        if event["verdict"] == "failed"
    }


def test_a_wrong_passphrase_opens_nothing(workplace: Workplace) -> None:
    """The keyring stays shut, its file as it was, and no host is spoken to."""
    workplace.passphrase_file.write_text("not the one\n")
    before = workplace.keyring.read_bytes()

    ended = workplace.apply()

    assert ended.status == 2
    assert "passphrase" in ended.err
    assert "Traceback" not in ended.err
    assert "not the one" not in ended.err
    assert ended.of_kind("host-connected") == []
    assert workplace.keyring.read_bytes() == before


@pytest.mark.parametrize("case", ["unknown", "changed"])
def test_a_host_that_cannot_prove_who_it_is_is_a_hard_stop(
    bare_fleet: RunningFleet, workplace: Workplace, case: str
) -> None:
    """A missing or another host key of one host: nothing is changed on any."""
    known = bare_fleet.directory.known_hosts
    lines = known.read_text().splitlines()
    (own,) = (line for line in lines if line.startswith("lb2,"))
    (others,) = (line.partition(" ")[2] for line in lines if line.startswith("lb1,"))
    lines.remove(own)
    if case == "changed":
        lines.append(f"{own.partition(' ')[0]} {others}")
    copy = workplace.folder / "known_hosts"
    copy.write_text("".join(f"{line}\n" for line in lines))
    workplace.edit((f"known_hosts: {known}\n", f"known_hosts: {copy}\n"))
    before = copy.read_bytes()

    ended = workplace.apply()

    assert ended.status == 1, ended.told()
    assert {host for _, host in refusals(ended)} == {"lb2"}
    assert any("key" in seen for seen in refusals(ended).values())
    assert ended.of_kind("plan-made") == []
    assert ended.result["changed"] == 0
    assert copy.read_bytes() == before
    assert touched(bare_fleet) == {}


def test_files_that_a_mount_would_hide_stop_it_before_anything_is_changed(
    bare_fleet: RunningFleet, workplace: Workplace, faults: FaultTable
) -> None:
    """Somebody keeps files where a share is to be mounted: they stay, and are named."""
    bare_fleet.read("app2", f"mkdir -p {MOUNTED_OVER}; echo ours >{MOUNTED_OVER}/contract.pdf")
    with faults.tried("files in a directory to be mounted over") as fault:
        ended = workplace.apply()

        assert ended.status == 1, ended.told()
        assert ended.of_kind("task-intended") == []
        assert f"app2 · mounts: {MOUNTED_OVER} holds 1 entry" in ended.err
        fault.said(ended.err.partition("app2 · mounts: ")[2])
        kept = bare_fleet.read("app2", f"cat {MOUNTED_OVER}/contract.pdf")
        fault.lose([] if kept == b"ours\n" else ["contract.pdf"])
    bare_fleet.read("app2", f"rm -r {MOUNTED_OVER.rpartition('/')[0]}")
    assert touched(bare_fleet) == {}


def test_what_belongs_to_others_is_refused_at_once_and_left_alone(
    occupied_fleet: RunningFleet, workplace: Workplace
) -> None:
    """Held ports and foreign data are told together, whatever they are called; all go on."""
    ended = workplace.apply()

    assert ended.status == 1, ended.told()
    found = refusals(ended)
    assert "443 by somebody else's nginx" in found["ports", "lb1"]
    assert "payroll" in found["database-data", "db2"]
    assert "6379 by somebody else's redis-server" in found["ports", "cache1"]
    assert "/var/lib/redis/dump.rdb" in found["cache-data", "cache1"]
    assert ended.of_kind("plan-made") == []
    assert ended.result["changed"] == 0
    assert touched(occupied_fleet) == {}
    assert occupied_fleet.read("db2", READ_IT).split() == [b"4711"]
    assert occupied_fleet.read("cache1", READ_KEY).split() == [b"4711"]
    assert b"LISTEN" in occupied_fleet.read("lb1", "ss -Hltn 'sport = 443'")
