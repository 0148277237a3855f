"""A whole installation over hosts with odd surroundings, by an operator with a closed umask."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from wizard.practice.fleet import REFERENCE
from wizard.practice.identity import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.table import FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.workplace import Workplace

pytestmark = [pytest.mark.fleet, pytest.mark.complete]

# pam_env, PermitUserEnvironment, start-up files that talk, a closed umask, /tmp without programs.
ODD = rf"""
set -e
cat >>/etc/environment <<'END'
LANG=tr_TR.UTF-8
LC_ALL=tr_TR.UTF-8
LANGUAGE=de
POSIXLY_CORRECT=1
PGHOST=10.9.9.9
PGUSER=nobody
END
echo 'echo "Welcome, $USER"; echo "Last update: never" >&2; umask 077' >/etc/profile.d/chatty.sh
sed -i '1i echo Hello; echo oops >\&2; umask 077; ls() {{ false; }}; export -f ls' \
  /etc/bash.bashrc ~{OPERATOR}/.bashrc /root/.bashrc
printf 'BASH_ENV=/etc/motd\nENV=/etc/motd\nTMPDIR=/nowhere\n' >~{OPERATOR}/.ssh/environment
printf 'PermitUserEnvironment yes\nAcceptEnv *\n' >/etc/ssh/sshd_config.d/00-odd.conf
sed -i 's/^UMASK.*/UMASK 077/' /etc/login.defs
mount -t tmpfs -o noexec,nosuid,nodev none /tmp
systemctl reload ssh
"""
PUT_BACK = f"""
sed -i '/^LANG=tr_TR/d; /^LC_ALL=/d; /^LANGUAGE=/d; /^POSIXLY/d; /^PG/d' /etc/environment
rm -f /etc/profile.d/chatty.sh /etc/ssh/sshd_config.d/00-odd.conf ~{OPERATOR}/.ssh/environment
sed -i 1d /etc/bash.bashrc ~{OPERATOR}/.bashrc /root/.bashrc
umount /tmp
systemctl reload ssh
"""
LEFT = "ls -d /run/minusnow-setup/session-* /tmp/minusnow-setup-* 2>/dev/null; true"
# Folders that services have to pass, and a file that they read.
MODES = {
    "lb1": {"/etc/haproxy": "755", "/etc/haproxy/haproxy.cfg": "644"},
    "app1": {"/opt/minusnow": "755"},
    "db1": {"/etc/postgresql": "755", "/etc/postgresql/15": "755"},
}


@pytest.fixture
def odd_fleet(fleet: RunningFleet) -> Iterator[RunningFleet]:
    """Bare hosts with everything odd at once."""
    fleet.make_bare()
    fleet.bare = False
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: fleet.read(name, ODD), REFERENCE.names))
    before = os.umask(0o077)
    yield fleet
    os.umask(before)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: fleet.read(name, PUT_BACK), REFERENCE.names))


def paths(fleet: RunningFleet, host: str, script: str) -> list[str]:
    """Return the lines of paths that a script prints; its shell talks, too."""
    return [line for line in fleet.read(host, script).decode().splitlines() if line[0] == "/"]


def test_an_installation_over_odd_hosts_is_as_any_other(
    odd_fleet: RunningFleet, workplace: Workplace, faults: FaultTable
) -> None:
    """It is proven, nothing is left to change, and nothing of ours is left in the way."""
    with faults.tried("odd locales, umask, start-up files, environment and /tmp") as fault:
        ended = workplace.apply("--drills=never")

        assert ended.status == 0, ended.told()
        assert "failed" not in {event["verdict"] for event in ended.proof.values()}
        after = workplace.plan()
        assert after.out.startswith("Nothing would change"), after.out
        with ThreadPoolExecutor() as pool:
            left = list(pool.map(lambda name: paths(odd_fleet, name, LEFT), REFERENCE.names))
        assert left == [[]] * len(REFERENCE.names)
        for host, wanted in MODES.items():
            said = paths(odd_fleet, host, f"stat -c '%n %a' {' '.join(wanted)}")
            assert dict(line.split(" ") for line in said) == wanted
        fault.said(f"{ended.result['changed']} changes done and proven; nothing is left to change")
