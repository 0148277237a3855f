"""Shells that stay on the host: used again where that is safe, replaced where it is not."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, available, wait_until
from wizard.errors import CommandSilent
from wizard.remote.ssh import connect
from wizard.remote.transport import Result

if TYPE_CHECKING:
    from wizard.remote.transport import Transport

pytestmark = pytest.mark.sshd


def run(host: Transport, script: str) -> Result:
    """Run a script that is soon done."""
    return host.run(script, waiting_for="a test", timeout=60)


def shell_of(host: Transport) -> int:
    """Return the process of the shell that the next script would run in."""
    return int(run(host, "echo $$").out)


def test_one_shell_takes_one_script_after_the_other(host: Transport) -> None:
    """Starting one costs more than most scripts do."""
    assert len({shell_of(host) for _ in range(5)}) == 1


@pytest.mark.parametrize(
    "script",
    [
        "left=behind; export left; cd /usr; umask 0; trap 'echo bye' EXIT; exec 5>/dev/null",
        "set +e; shopt -s failglob extglob; IFS=m; LC_ALL=C; alias ls=false; ls() { false; }",
        "minusnow_tell() { :; }; minusnow_script=; minusnow_first=; kill -9 $BASHPID",
        "exec >/dev/null 2>&1 </dev/null",
        "exit 9",
    ],
)
def test_a_script_leaves_nothing_to_the_next_one(host: Transport, script: str) -> None:
    """Variables, directory, options, traps and functions end with it."""
    before = shell_of(host)
    run(host, script)
    looks = (
        "words='a me b'; echo $words ${left-none}; pwd; umask; ls -d .; ls /proc/self/fd | wc -l"
    )
    assert run(host, looks) == Result(status=0, out="a me b none\n/\n0077\n.\n4\n", err="")
    assert shell_of(host) == before


@pytest.mark.parametrize(
    "left",
    [
        "( sleep 0.3; echo stray; echo stray >&2 ) &",
        "setsid bash -c 'sleep 0.3; echo stray; echo stray >&2' &",
        "setsid --fork bash -c 'exec >/dev/null; sleep 0.3; echo stray >&2'",
    ],
)
def test_what_a_script_leaves_running_never_speaks_into_the_next_one(
    host: Transport, left: str
) -> None:
    """It is left alone, as a daemon must be, and the next script gets a shell of its own."""
    before = shell_of(host)
    assert run(host, f"{left}\necho on").out == "on\n"
    assert run(host, "sleep 0.6; echo $$ >&2; echo next").out == "next\n"
    assert shell_of(host) != before


def test_a_daemon_that_let_go_of_the_streams_costs_no_shell(host: Transport) -> None:
    """Nothing of it can be heard."""
    before = shell_of(host)
    run(host, "setsid --fork sleep 1 >/dev/null 2>&1 </dev/null; sleep 0.2")
    assert shell_of(host) == before


def test_what_was_left_running_outlives_the_connection(server: Sshd, tmp_path: Path) -> None:
    """Ending a shell after its script is not a wish to stop."""
    pid = tmp_path / "pid"
    host = connect(server.endpoint())
    run(host, f"sleep 30 & echo $! >{pid}")
    host.close()
    os.kill(int(pid.read_text()), signal.SIGKILL)  # ProcessLookupError if it is gone


def test_an_idle_shell_that_was_killed_is_replaced(host: Transport) -> None:
    """The script had not begun, so that it runs once."""
    before = shell_of(host)
    os.kill(before, signal.SIGKILL)
    assert run(host, "echo once").out == "once\n"
    assert shell_of(host) != before


def test_a_job_around_a_script_that_dies_ends_the_wait(host: Transport) -> None:
    """Nobody waits for a status that nobody is left to tell."""
    with pytest.raises(Exception, match="the connection ended"):
        run(host, "me=$BASHPID; kill -9 $(ps -o ppid= -p $me); sleep 20")


def test_an_ended_script_takes_its_shell_along(host: Transport) -> None:
    """What runs after a time limit runs in a fresh one."""
    before = shell_of(host)
    with pytest.raises(CommandSilent, match="it was ended"):
        host.run("sleep 295", waiting_for="x", timeout=0.5)
    assert shell_of(host) != before
    wait_until(lambda: not Path(f"/proc/{before}").exists())


@pytest.mark.skipif(not available(), reason="needs root and an OpenSSH server")
def test_few_allowed_sessions_are_enough() -> None:
    """Idle shells make room for an upload."""
    few = Sshd(options="MaxSessions 1")
    host = connect(few.endpoint())
    try:
        run(host, "mkdir -p /run/minusnow-setup")
        host.upload(b"x", "/run/minusnow-setup/test-few")
        assert (
            run(host, "cat /run/minusnow-setup/test-few; rm /run/minusnow-setup/test-few").out
            == "x"
        )
    finally:
        host.close()
        few.stop()


def test_scripts_side_by_side_have_a_shell_each(host: Transport) -> None:
    """None waits for another."""
    with ThreadPoolExecutor(8) as pool:
        shells = list(pool.map(lambda _: run(host, "sleep 0.5; echo $$").out, range(8)))
    assert len(set(shells)) == 8
