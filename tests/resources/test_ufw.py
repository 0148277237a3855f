"""ufw, by a table and as the real program writes its rules, in a network of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from wizard.resources.firewall_rule import Rule
from wizard.resources.ufw import Ufw
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SSH = Rule(protocol="tcp", port=22, source="10.0.0.1", purpose="SSH")
SSH6 = Rule(protocol="tcp", port=22, source="fd00::1", purpose="SSH")
HTTPS = Rule(protocol="tcp", port=443, source="", purpose="HTTPS")
DATABASE = Rule(protocol="tcp", port=5432, source="10.1.0.0/16", purpose="database")
VRRP = Rule(protocol="vrrp", port=0, source="10.0.0.11", purpose="virtual address")
ALL = (SSH, SSH6, HTTPS, DATABASE, VRRP)

ON = 'ENABLED=yes\nDEFAULT_INPUT_POLICY="DROP"\nLOADED\n'
# Written by ufw 0.36.2 for these rules.
STORED = {
    SSH: "### tuple ### allow tcp 22 0.0.0.0/0 any 10.0.0.1 in comment=",
    SSH6: "### tuple ### allow tcp 22 ::/0 any fd00::1 in comment=",
    HTTPS: "### tuple ### allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in comment=",
    DATABASE: "### tuple ### allow tcp 5432 0.0.0.0/0 any 10.1.0.0/16 in comment=",
    VRRP: "### tuple ### allow vrrp any 0.0.0.0/0 any 10.0.0.11 in comment=",
}
TWIN = "### tuple ### allow tcp 443 ::/0 any ::/0 in comment="
OURS = b"minusnow: x".hex()


def stored(*rules: Rule) -> str:
    """Return the lines of rules of ours."""
    twin = f"{TWIN}{OURS}\n" if HTTPS in rules else ""
    return "".join(f"{STORED[rule]}{OURS}\n" for rule in rules) + twin


def script(seen: str, rules: tuple[Rule, ...] = ALL, *, knows_vrrp: bool = True) -> str:
    """Return the script of the change, "" if none is due."""
    resource = Ufw(rules=rules, ssh_port=22, knows_vrrp=knows_vrrp)
    change = resource.change(seen, Secrets())
    return change.script.masked() if change else ""


def test_all_there_is_nothing_to_do() -> None:
    """A rule from anywhere is stored for IPv4 and for IPv6: both are it."""
    assert script(ON + stored(*ALL)) == ""


@pytest.mark.parametrize("gone", ["ENABLED=yes\n", "LOADED\n"])
def test_a_firewall_that_is_not_on_is_switched_on(gone: str) -> None:
    """Configured and loaded both count; the rollback is armed first."""
    text = script(ON.replace(gone, "") + stored(*ALL))

    assert "ufw --force enable" in text
    assert "systemd-run" in text.partition("ufw --force enable")[0]


def test_what_is_not_let_in_is_denied() -> None:
    """The default counts."""
    text = script(ON.replace("DROP", "ACCEPT") + stored(*ALL))

    assert "ufw default deny incoming" in text


def test_ssh_is_let_in_before_anything_else_changes() -> None:
    """Whatever ends the script in the middle, the way in is open."""
    rules = [line for line in script("", (HTTPS, DATABASE, SSH)).splitlines() if "allow" in line]

    assert "port 22" in rules[0]


def test_only_rules_of_ours_are_taken_away_and_never_one_for_ssh() -> None:
    """Ours carry a comment; somebody may be working through an old one for SSH."""
    theirs = "### tuple ### allow tcp 8080 0.0.0.0/0 any 0.0.0.0/0 in\n"
    noted = f"### tuple ### allow tcp 8081 0.0.0.0/0 any 10.9.9.9 in comment={b'mine'.hex()}\n"
    text = script(ON + stored(SSH, SSH6, HTTPS, DATABASE) + theirs + noted, (HTTPS,))

    deleted = [line for line in text.splitlines() if "ufw delete" in line]
    assert deleted == ["ufw delete allow from 10.1.0.0/16 to any port 5432 proto tcp"]


def test_before_0_36_2_a_peer_is_let_in_whole() -> None:
    """Older versions do not know the protocol vrrp."""
    assert "ufw allow from 10.0.0.11 to any comment" in script(ON, (VRRP,), knows_vrrp=False)
    assert "proto vrrp" in script(ON, (VRRP,))
    whole = STORED[VRRP].replace("allow vrrp", "allow any")
    assert script(f"{ON}{whole}{OURS}\n", (VRRP,), knows_vrrp=False) == ""


@dataclass
class RealUfw:
    """The ufw of this machine in a network and a copy of its configuration of its own.

    There is no systemd in it: what the rollback timer would run is written down instead.
    """

    namespace: int

    def run(self, text: str) -> str:
        """Run a script there; it must end well."""
        enter = ["nsenter", "-t", str(self.namespace), "-n", "-m", "bash", "-s"]
        armed = 'while [[ $1 == --* ]]; do shift; done; printf "%s\\0" "$@" >/etc/ufw/armed'
        without = f"systemctl() {{ :; }}; systemd-run() {{ {armed}; }}\nset -eo pipefail\n"
        done = subprocess.run(
            enter, input=without + text, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def look(self, resource: Ufw) -> str:
        """Return what the resource sees."""
        return self.run("set +e\n" + resource.look() + "\ntrue\n")

    def settle(self, resource: Ufw) -> None:
        """Make it true; a fresh look must find nothing to change."""
        change = resource.change(self.look(resource), Secrets())
        assert change is not None
        self.run(change.script.masked())
        again = resource.change(self.look(resource), Secrets())
        assert again is None, again.summary


@pytest.fixture
def ufw(tmp_path: Path) -> Iterator[RealUfw]:
    """A firewall that is off and has no rules."""
    if os.geteuid() != 0:
        pytest.skip("a network of one's own needs root")
    assert shutil.which("ufw"), "apt-get install ufw"
    hold = subprocess.Popen(
        ["unshare", "-n", "-m", "bash", "-c", "echo ready; read -r"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert hold.stdout
        assert hold.stdout.readline() == b"ready\n"
        real = RealUfw(hold.pid)
        real.run(
            "mount --make-rprivate /; ip link set lo up\n"
            f"cp -a /etc/ufw {tmp_path}/rules; mount --bind {tmp_path}/rules /etc/ufw\n"
            f"cp /etc/default/ufw {tmp_path}/default\n"
            f"mount --bind {tmp_path}/default /etc/default/ufw\n"
        )
        yield real
    finally:
        assert hold.stdin
        hold.stdin.close()
        hold.wait(10)


def test_the_real_program_stores_what_is_expected(ufw: RealUfw) -> None:
    """Every kind of rule, then nothing to do; another set, and the old rules are gone."""
    ufw.run("ufw allow 8080/tcp")
    ufw.settle(Ufw(rules=ALL, ssh_port=22))
    found = ufw.look(Ufw(rules=ALL, ssh_port=22))
    assert all(line in found for line in STORED.values())
    assert TWIN in found

    ufw.settle(Ufw(rules=(SSH, DATABASE), ssh_port=22))

    status = ufw.run("ufw status")
    assert "443" not in status
    assert "vrrp" not in status
    assert "8080/tcp" in status
    assert "fd00::1" in status  # for SSH: stays


def test_a_firewall_that_was_on_is_put_back_and_stays_on(ufw: RealUfw) -> None:
    """Not confirmed in time: what somebody had let in before is let in again, nothing else."""
    ufw.settle(Ufw(rules=(SSH, DATABASE), ssh_port=22))
    ufw.run("ufw allow 8080/tcp")
    before = ufw.run("ufw status")

    ufw.settle(Ufw(rules=(SSH, HTTPS), ssh_port=22))
    assert ufw.run("ufw status") != before
    ufw.run("xargs -0 env </etc/ufw/armed")

    assert ufw.run("ufw status") == before
    assert "8080" in ufw.run("iptables -S ufw-user-input")


def test_files_that_a_power_cut_took_are_there_again(ufw: RealUfw) -> None:
    """Gone or empty; what somebody has written into the others stays."""
    ufw.run(
        "rm /etc/ufw/after.rules /etc/ufw/user6.rules; : >/etc/ufw/before6.rules\n"
        "echo '# by hand' >>/etc/ufw/before.rules\n"
    )
    ufw.settle(Ufw(rules=(SSH, DATABASE), ssh_port=22))

    assert "Status: active" in ufw.run("ufw status")
    assert ufw.run("tail -n 1 /etc/ufw/before.rules") == "# by hand\n"
    ufw.run("cmp /etc/ufw/after.rules /usr/share/ufw/iptables/after.rules")


def test_a_firewall_that_lets_everything_in_is_whole_too(ufw: RealUfw) -> None:
    """Somebody's own, on and open: it is put back if ours is not confirmed, not switched off."""
    ufw.run("ufw default allow incoming; ufw --force enable")
    resource = Ufw(rules=(SSH, DATABASE), ssh_port=22)
    assert "LOADED" in ufw.look(resource)
    before = ufw.run("ufw status verbose")
    ufw.settle(resource)
    ufw.run("xargs -0 env </etc/ufw/armed")
    assert ufw.run("ufw status verbose") == before


ROUNDS = 6
UNDONE = """\
ufw --force reset >/dev/null
for each in iptables ip6tables; do $each -P INPUT ACCEPT; $each -F; $each -X; done
"""


@pytest.mark.parametrize(
    "gone",
    [
        "ip6tables -P INPUT ACCEPT; ip6tables -F; ip6tables -X",
        "iptables -P INPUT ACCEPT",
        "iptables -D ufw-before-input -j ufw-user-input",
    ],
)
def test_what_is_loaded_in_part_is_loaded_again(ufw: RealUfw, gone: str) -> None:
    """The program itself would say that it had been started already."""
    resource = Ufw(rules=(SSH, DATABASE), ssh_port=22)
    ufw.settle(resource)
    ufw.run(gone)

    change = resource.change(ufw.look(resource), Secrets())
    assert change
    assert change.summary == "load all of ufw, which is loaded in part"
    ufw.settle(resource)
    assert "Status: active" in ufw.run("ufw status")


def test_killed_at_any_moment_it_is_whole_after_the_next_run(ufw: RealUfw) -> None:
    """Whatever was loaded by then, of addresses of either kind."""
    resource = Ufw(rules=(SSH, DATABASE), ssh_port=22)
    change = resource.change(ufw.look(resource), Secrets())
    assert change
    script = f"systemctl() {{ :; }}; systemd-run() {{ :; }}\n{change.script.masked()}"
    begin = time.monotonic()
    ufw.run(script)
    whole = time.monotonic() - begin
    for number in range(ROUNDS):
        ufw.run(UNDONE)
        after = whole * (0.2 + 0.7 * number / ROUNDS)
        ufw.run(f"timeout -s KILL {after:.2f} bash -s <<'SCRIPT' || true\n{script}\nSCRIPT")
        if resource.change(ufw.look(resource), Secrets()):
            ufw.settle(resource)

        assert ufw.run("ufw status | head -n 1") == "Status: active\n"
        for program in ("iptables", "ip6tables"):
            assert "-P INPUT DROP" in ufw.run(f"{program} -S INPUT")
        assert "5432" in ufw.run("iptables -S ufw-user-input")
