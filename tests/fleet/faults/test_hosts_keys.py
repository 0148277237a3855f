"""Host keys on real hosts: a person confirms each first one; the jump host's counts as much."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.fleet.workplace import PROGRAM
from wizard.practice.fleet import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Workplace

pytestmark = pytest.mark.fleet

LIMIT = 120  # seconds without a word
JUMP = REFERENCE["lb2"].address


def known_lines(fleet: RunningFleet) -> dict[str, str]:
    """The right key of each host, by its address."""
    found = {}
    for line in fleet.directory.known_hosts.read_text().splitlines():
        names, _, key = line.partition(" ")
        for host in REFERENCE.hosts:
            if str(host.address) in names.split(","):
                found[str(host.address)] = " ".join(key.split()[:2])
    assert len(found) == len(REFERENCE.hosts)
    return found


def known_by(place: Workplace, fleet: RunningFleet, lines: dict[str, str]) -> Path:
    """Have the site file name a file of known hosts that holds these lines."""
    file = place.folder / "known_hosts"
    file.write_text("".join(f"{address} {key}\n" for address, key in lines.items()))
    place.edit((f"known_hosts: {fleet.directory.known_hosts}\n", f"known_hosts: {file}\n"))
    return file


def fingerprint(key: str) -> str:
    """What `ssh-keygen -l` says of a key."""
    said = subprocess.run(
        ["ssh-keygen", "-lf", "-"], input=key, capture_output=True, text=True, check=True
    )
    return said.stdout.split()[1]


def at_terminal(place: Workplace, answers: dict[str, str]) -> str:
    """Run `check` at a terminal; answer each question by the address it names; return all words."""
    ours, theirs = pty.openpty()
    command = [*("setsid", "--ctty", "--wait"), str(PROGRAM), "check"]
    options = [
        str(place.site_file),
        "--all",
        f"--keyring-file={place.keyring}",
        f"--keyring-passphrase-file={place.passphrase_file}",
    ]
    env = {"PATH": os.environ["PATH"], "HOME": str(place.folder), "LANG": "C.UTF-8", "TERM": "dumb"}
    said, answered = "", 0
    with subprocess.Popen(
        [*command, *options], stdin=theirs, stdout=theirs, stderr=theirs, env=env
    ) as process:
        os.close(theirs)
        while select.select([ours], [], [], LIMIT)[0]:
            try:
                said += os.read(ours, 65536).decode(errors="replace")
            except OSError:  # the terminal's other end was closed: the program has ended
                break
            for question in said.split("[yes/no] ")[answered:-1]:
                address = question.rpartition("The key of ")[2].partition("(")[2].partition(":")[0]
                os.write(ours, f"{answers[address]}\n".encode())
                answered += 1
        process.kill()
    os.close(ours)
    return said.replace("\r\n", "\n")


def test_a_person_confirms_each_first_key_and_one_refused_stops_its_host(
    fleet: RunningFleet, workplace: Workplace, faults: FaultTable
) -> None:
    """Each question shows the real fingerprint; only what was confirmed is remembered."""
    right = known_lines(fleet)
    file = known_by(workplace, fleet, {})
    answers = dict.fromkeys(right, "yes") | {str(JUMP): "no"}
    with faults.tried("a host key that nobody knows") as fault:
        said = at_terminal(workplace, answers)

        asked = said.split("[yes/no] ")
        for address, key in right.items():
            (question,) = (each for each in asked if f"({address}:22) is not known yet" in each)
            assert fingerprint(key) in question
        kept = dict(line.split(" ", 1) for line in file.read_text().splitlines())
        assert kept == {address: key for address, key in right.items() if address != str(JUMP)}
        words = " ".join(said.rpartition("[yes/no] ")[2].split())
        assert "is not known" in words
        fault.said(f"the host key of {JUMP} is not known: {fingerprint(right[str(JUMP)])}")


@pytest.mark.parametrize("case", ["unknown", "changed"])
def test_nobody_is_reached_through_a_jump_host_that_cannot_prove_who_it_is(
    fleet: RunningFleet, workplace: Workplace, faults: FaultTable, case: str
) -> None:
    """Every host is refused before it is spoken to, and its key is not learned by the way."""
    right = known_lines(fleet)
    others = {address: key for address, key in right.items() if address != str(JUMP)}
    wrong = {str(JUMP): right[str(REFERENCE["lb1"].address)]} if case == "changed" else {}
    file = known_by(workplace, fleet, others | wrong)
    workplace.edit((f"known_hosts: {file}\n", f"known_hosts: {file}\n  jump: {JUMP}\n"))
    before = file.read_text()
    with faults.tried(f"the host key of the jump host is {case}") as fault:
        ended = workplace.apply()

        assert ended.status == 1, ended.told()
        seen = [e["seen"] for e in ended.of_kind("check-answered") if e["check"] == "access"]
        words = {"unknown": "is not known", "changed": "has CHANGED"}[case]
        assert len(seen) == len(right)
        assert all(words in each and str(JUMP) in each for each in seen)
        assert ended.of_kind("host-connected") == []
        assert ended.of_kind("plan-made") == []
        assert file.read_text() == before
        fault.said(seen[0])
