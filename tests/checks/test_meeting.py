"""Aliases of one machine are told from its clones by what is left on one and looked for on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.checks.test_preflight_facts import PRODUCTION, TODAY
from tests.facts.example import all_good, good_facts
from tests.run.local_host import LocalHost
from wizard.checks.check import SITE, Finding, Verdict
from wizard.checks.meeting import meet, suspects
from wizard.checks.preflight import judge
from wizard.errors import ConnectionLost
from wizard.remote.ssh_program import RUN_DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.facts.host import HostFacts
    from wizard.remote.transport import Result

PAIR = frozenset({"lb1", "lb2"})
SAME_DISK = {"machine_id": "machine-lb1"}
SAME_BOOT = {"boot_id": "boot-lb1"}
SAME_KEY = {"host_key": "ssh-ed25519 lb1"}
SAME_BOARD = {"hardware_id": "board-lb1"}
CONTAINER = {"virtualisation": "systemd-nspawn"}

ALIAS, CLONE, NEIGHBOUR = "same machine as lb1,", "clone of lb1", "runs on the same machine"


class Folder(LocalHost):
    """A way to a "host" that keeps in a folder what others keep in /run."""

    def run(self, script: str, **options: Any) -> Result:  # noqa: ANN401 - as of LocalHost
        """Run it with its own folder."""
        return super().run(script.replace(RUN_DIRECTORY, f"{self.root}/run"), **options)


class Gone(Folder):
    """A way that is cut as soon as it is used."""

    def run(self, script: str, **options: Any) -> Result:  # noqa: ARG002, ANN401 - as above
        """Fail."""
        raise ConnectionLost("the connection ended", host=self.host)


def site_with(**changes: Any) -> dict[str, HostFacts]:  # noqa: ANN401 - any fact
    """Good facts of every host, some of lb2 replaced."""
    facts = all_good(PRODUCTION)
    facts["lb2"] = good_facts(PRODUCTION, PRODUCTION.host("lb2"), **changes)
    return facts


def said_of(met: dict[frozenset[str], bool], **changes: Any) -> list[Finding]:  # noqa: ANN401
    """What is said of the hosts as machines, unless it is all right."""
    found = judge(PRODUCTION, site_with(**changes), today=TODAY, met=met)
    return [each for each in found if each.check == "machine" and each.verdict is not Verdict.OK]


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, False),
        (SAME_BOARD | CONTAINER, False),
        ({"machine_id": "", "boot_id": "", "host_key": ""}, False),
        (SAME_DISK, True),
        (SAME_BOOT, True),
        (SAME_KEY, True),
        (SAME_DISK | SAME_BOOT | SAME_KEY | SAME_BOARD, True),
    ],
)
def test_only_hosts_that_share_a_number_are_asked(changes: dict[str, str], asked: bool) -> None:  # noqa: FBT001 - a table's column
    """An ordinary site pays nothing."""
    assert suspects(site_with(**changes)) == ((PAIR,) if asked else ())


@pytest.mark.parametrize(
    ("changes", "met", "words"),
    [
        # What was left on one and found on the other decides, whatever the numbers say.
        (SAME_DISK | SAME_BOOT | SAME_KEY, True, [ALIAS]),
        (SAME_DISK, True, [ALIAS]),  # started again between the two looks
        (SAME_KEY, True, [ALIAS]),
        (SAME_DISK | SAME_BOOT, False, [NEIGHBOUR, CLONE]),  # containers of one image
        (SAME_DISK, False, [CLONE]),
        (SAME_KEY, False, [CLONE]),
        (SAME_DISK | SAME_KEY, False, [CLONE]),
        (SAME_DISK | SAME_BOARD, False, [CLONE]),  # a guest copied with its number
        (SAME_DISK | SAME_BOARD | CONTAINER, False, [NEIGHBOUR, CLONE]),
        (SAME_BOOT, False, [NEIGHBOUR]),
        # Nobody could be asked: what was booted once is one machine, what was booted apart is not.
        (SAME_DISK | SAME_BOOT, None, [ALIAS]),
        (SAME_BOOT | {"machine_id": ""}, None, [ALIAS]),
        (SAME_DISK | SAME_KEY, None, [CLONE]),
        (SAME_BOARD, None, [NEIGHBOUR]),
    ],
)
def test_aliases_clones_and_neighbours_are_told_apart(
    changes: dict[str, str],
    met: bool | None,  # noqa: FBT001 - a table's column
    words: list[str],
) -> None:
    """Each in its own words; an alias is refused, and a clone is a machine of its own."""
    found = said_of({} if met is None else {PAIR: met}, **changes)
    said = [each for each in found if each.host == "lb2"]
    assert [next(w for w in (ALIAS, CLONE, NEIGHBOUR) if w in each.seen) for each in said] == words
    verdicts = {ALIAS: "failed", CLONE: "warning", NEIGHBOUR: "failed"}
    assert [each.verdict for each in said] == [verdicts[word] for word in words]


@pytest.mark.parametrize("met", [True, False])
def test_two_databases_on_one_machine_break_the_layout_and_two_clones_do_not(
    met: bool,  # noqa: FBT001 - a table's column
) -> None:
    """The layout's rules count machines."""
    facts = all_good(PRODUCTION)
    facts["db2"] = good_facts(PRODUCTION, PRODUCTION.host("db2"), machine_id="machine-db1")
    pair = {frozenset({"db1", "db2"}): met}
    found = judge(PRODUCTION, facts, today=TODAY, met=pair)
    refused = [each.seen for each in found if each.host == SITE and each.verdict == "failed"]
    assert len(refused) == met
    assert all("db1 and db2 are one machine" in seen for seen in refused)


@pytest.mark.parametrize(
    ("changes", "remedies"),
    [
        (SAME_DISK, ["systemd-machine-id-setup"]),
        (SAME_KEY, ["ssh-keygen -A"]),
        (SAME_DISK | SAME_KEY, ["rm /etc/machine-id", "ssh_host_"]),
    ],
)
def test_a_clone_is_told_what_to_renew(changes: dict[str, str], remedies: list[str]) -> None:
    """The number, the key, or both; never what it has for itself."""
    (finding,) = said_of({PAIR: False}, **changes)
    assert all(remedy in finding.remedy for remedy in remedies)
    assert ("machine-id" in finding.remedy) == ("machine_id" in changes)
    assert ("ssh-keygen" in finding.remedy) == ("host_key" in changes)


@pytest.mark.parametrize("one", [True, False])
def test_what_is_left_is_found_where_it_is_one_machine_and_nothing_stays(
    tmp_path: Path,
    one: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Three words with each of the two, none with the others; a stranger's thing is left alone."""
    stranger = tmp_path / "lb1" / "run" / "job"
    stranger.parent.mkdir(parents=True)
    stranger.touch()
    roots = {"lb1": tmp_path / "lb1", "lb2": tmp_path / ("lb1" if one else "lb2")}
    hosts = {name: Folder(name, roots.get(name, tmp_path / name)) for name in site_with()}

    assert meet(hosts, site_with(**SAME_DISK)) == {PAIR: one}

    assert {name: host.trips for name, host in hosts.items() if host.trips} == {"lb1": 3, "lb2": 3}
    files = {path for root in roots.values() for path in (root / "run").rglob("*")}
    assert files == {stranger}
    assert one or (tmp_path / "lb2" / "run").stat().st_mode & 0o077 == 0


def test_what_was_left_goes_with_the_connection_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is stopped between leaving and removing cleans up when it closes."""
    hosts = {name: Folder(name, tmp_path / name) for name in ("lb1", "lb2")}
    run = Folder.run

    def stopped(host: Folder, script: str, **options: Any) -> Result:  # noqa: ANN401 - as above
        if script.startswith("ls"):
            raise KeyboardInterrupt
        return run(host, script, **options)

    monkeypatch.setattr(Folder, "run", stopped)
    with pytest.raises(KeyboardInterrupt):
        meet(hosts, site_with(**SAME_DISK))
    assert len(list((tmp_path / "lb1" / "run" / "machines").iterdir())) == 1
    for host in hosts.values():
        host.close()
    assert not (tmp_path / "lb1" / "run" / "machines").exists()


def test_a_host_that_cannot_be_asked_is_judged_by_its_numbers(tmp_path: Path) -> None:
    """No answer is no proof that they are two."""
    hosts = {"lb1": Folder("lb1", tmp_path / "lb1"), "lb2": Gone("lb2", tmp_path / "lb2")}
    assert meet(hosts, site_with(**SAME_DISK)) == {}
    assert not (tmp_path / "lb1" / "run" / "machines").exists()
