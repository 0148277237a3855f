"""The installer's own way in: a wrong sudo password, sudo and the key taken away in the middle."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.fleet.faults.back_door import BackDoor
from tests.fleet.faults.standing import card, findings, sentence

if TYPE_CHECKING:
    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.faults.standing import Standing

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

HOST = "cache1"
# A rule that is none of the layout's: it is due to go, and then a new session is.
RULE_TOO_MANY = (
    "ufw allow from 10.0.9.9 to any port 6379 proto tcp comment 'minusnow: sessions' >/dev/null"
)
RULES = "ufw status | grep -c 10.0.9.9; true"

WITH_PASSWORD = """
printf '%s' 'ops:PASSWORD' | chpasswd
echo 'ops ALL=(ALL:ALL) ALL' >/etc/sudoers.d/ops
"""
WITHOUT = """
usermod --password '*' ops
echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/ops
"""
TRIES = "journalctl -t sudo --no-pager | grep -c 'incorrect password'; true"
TAKEN_AWAY = {
    "sudo revoked midway": ("mv /etc/sudoers.d/ops /root/", "mv /root/ops /etc/sudoers.d/"),
    "ssh key removed midway": (
        "mv /home/ops/.ssh/authorized_keys /root/",
        "mv /root/authorized_keys /home/ops/.ssh/",
    ),
}


def test_a_wrong_sudo_password_is_tried_once_and_named(
    fleet: RunningFleet, standing: Standing, faults: FaultTable
) -> None:
    """With the right one the same command goes on."""
    place = standing.place
    keyring = place.keyring.read_bytes()
    right, wrong = (secrets.token_urlsafe(12) for _ in range(2))
    standing.drift(HOST)
    with (
        standing.harmed(faults, "wrong sudo password") as fault,
        BackDoor(fleet, HOST) as door,
        standing.edited(("sudo: nopasswd", "sudo: password")),
    ):
        door.run(WITH_PASSWORD.replace("PASSWORD", right))
        try:
            before = int(door.run(TRIES))
            place.store("sudo_password", wrong)
            ended = standing.apply()
            assert ended.status == 1, ended.told()
            found = {key: each for key, each in findings(ended).items() if key[0] == "access"}
            assert set(found) == {("access", HOST)}
            refusal = found["access", HOST]
            assert "sudo refused the password of ops" in refusal["seen"]
            assert "secret set sudo_password SITE --replace" in refusal["remedy"]
            assert ended.of_kind("change-done") == []
            fault.said(sentence(refusal))
            assert int(door.run(TRIES)) == before + 1
            fault.leak(standing.leaks())

            place.store("sudo_password", right, "--replace")
            standing.proven(standing.apply())
            fault.leak(standing.leaks())
        finally:
            door.run(WITHOUT)
            place.keyring.write_bytes(keyring)
    assert not standing.drifted(HOST)
    standing.proven(standing.apply())  # with the site file as it was


@pytest.mark.parametrize("name", list(TAKEN_AWAY))
def test_rights_that_are_taken_away_in_the_middle(
    fleet: RunningFleet, standing: Standing, faults: FaultTable, name: str
) -> None:
    """The next session is refused and says why; with the rights back the rest is done."""
    take, give = TAKEN_AWAY[name]
    fleet.read(HOST, RULE_TOO_MANY)
    with standing.harmed(faults, name) as fault, BackDoor(fleet, HOST) as door:
        try:
            with standing.place.start_apply("--drills=never") as run:
                run.wait_for(
                    lambda event: event["kind"] == "task-started" and event["host"] == HOST
                )
                door.run(take)
                ended = run.end()
            standing.ended.append(ended)
            found = card(ended)
            assert found["task"] == f"firewall-confirmed@{HOST}"
            fault.said(sentence(found))
            again = standing.apply()
            assert again.status == 1, again.told()
            assert set(findings(again)) >= {("access", HOST)}
        finally:
            door.run(give)
        standing.finish()
    assert fleet.read(HOST, RULES).split() == [b"0"]
