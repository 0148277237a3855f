"""A connection that ends or falls silent is noticed, and never taken for success."""

from __future__ import annotations

import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, processes_with, wait_until
from wizard.errors import ConnectionLost
from wizard.remote.ssh import connect
from wizard.remote.ssh_program import RUN_DIRECTORY

if TYPE_CHECKING:
    from concurrent.futures import Future

    from wizard.remote.transport import Result, Transport

pytestmark = pytest.mark.sshd


def start(
    pool: ThreadPoolExecutor, host: Transport, script: str, job: str | None = None
) -> Future[Result]:
    """Run a script in a thread and return once it has said something."""
    ready = threading.Event()
    result = pool.submit(
        host.run,
        script,
        waiting_for="the base backup",
        timeout=120,
        job=job,
        on_line=lambda _stream, _line: ready.set(),
    )
    assert ready.wait(20)
    return result


def test_a_killed_session_is_a_lost_connection(own_server: Sshd, tmp_path: Path) -> None:
    """Its outcome is unknown, and the script is ended so that a retry does not run beside it."""
    pid = tmp_path / "pid"
    host = connect(own_server.endpoint())
    with ThreadPoolExecutor() as pool:
        result = start(pool, host, f"echo $BASHPID >{pid}; echo up; sleep 300")
        own_server.signal_sessions(signal.SIGKILL)
        with pytest.raises(ConnectionLost, match="waiting for the base backup") as caught:
            result.result(timeout=10)
    assert caught.value.host == "db1"
    wait_until(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists())
    with pytest.raises(ConnectionLost):
        host.run("echo never", waiting_for="more", timeout=5)
    host.close()


def test_a_program_killed_before_its_end_marker_is_no_success(own_server: Sshd) -> None:
    """Output alone proves nothing."""
    host = connect(own_server.endpoint())
    with pytest.raises(ConnectionLost):
        host.run(
            "me=$BASHPID; echo fine; kill -9 $$ $(ps -o ppid= -p $me)", waiting_for="x", timeout=10
        )
    host.close()


@pytest.mark.parametrize("what", ["script", "forward"])
def test_a_frozen_peer_is_noticed_within_five_seconds(own_server: Sshd, what: str) -> None:
    """Its sshd is stopped: packets are acknowledged by the kernel and answered by nobody."""
    host = connect(own_server.endpoint())
    with ThreadPoolExecutor() as pool, host.forward("127.0.0.1", own_server.port) as place:
        if what == "script":
            waiter = start(pool, host, "echo up; sleep 300")
        else:
            tunnel = socket.create_connection(place)
            assert tunnel.recv(8) == b"SSH-2.0-"
        own_server.signal_sessions(signal.SIGSTOP)
        before = time.monotonic()
        if what == "script":
            with pytest.raises(ConnectionLost, match="has not answered for"):
                waiter.result(timeout=20)
        else:
            tunnel.settimeout(20)
            while tunnel.recv(4096):
                continue
        assert time.monotonic() - before < 5
    own_server.signal_sessions(signal.SIGCONT)
    host.close()


def test_what_fails_at_a_forwarded_port_of_a_lost_host_is_a_lost_connection(
    own_server: Sshd,
) -> None:
    """A database's own words about its tunnel would lead people astray."""
    host = connect(own_server.endpoint())

    def ask() -> None:
        with host.forward("127.0.0.1", own_server.port) as place:
            with socket.create_connection(place) as tunnel:
                own_server.signal_sessions(signal.SIGKILL)
                while tunnel.recv(4096):
                    continue
            raise OSError("SSL error: unexpected eof while reading")

    with pytest.raises(ConnectionLost, match=f"an answer from 127.0.0.1:{own_server.port}"):
        ask()
    host.close()


def test_what_fails_at_a_forwarded_port_of_a_host_that_answers_is_told_as_it_is(
    own_server: Sshd,
) -> None:
    """The connection is not blamed for a server that refuses."""
    host = connect(own_server.endpoint())
    with (
        pytest.raises(OSError, match="duplicate key"),
        host.forward("127.0.0.1", own_server.port),
    ):
        raise OSError("duplicate key")
    host.close()


def test_a_busy_connection_is_not_taken_for_a_dead_one(own_server: Sshd) -> None:
    """A script that says nothing for longer than the watchdog's patience is left alone."""
    host = connect(own_server.endpoint())
    assert host.run("sleep 6; echo done", waiting_for="x", timeout=30).out == "done\n"
    host.close()


JOB = """
echo started >>{log}
echo first
until [[ -e {go} ]]; do sleep 0.05; done
echo second; echo bad >&2
exit {status}
"""


def test_a_job_outlives_the_connection_and_is_attached_to(own_server: Sshd, tmp_path: Path) -> None:
    """It is not started twice, and its whole output and status are told."""
    log, go = tmp_path / "log", tmp_path / "go"
    script = JOB.format(log=log, go=go, status=5)
    host = connect(own_server.endpoint())
    with ThreadPoolExecutor() as pool:
        result = start(pool, host, script, job="base-backup@db1")
        own_server.signal_sessions(signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            result.result(timeout=10)
        host.close()
        host = connect(own_server.endpoint())
        result = start(pool, host, script, job="base-backup@db1")
        go.touch()
        ended = result.result(timeout=20)
    assert (ended.status, ended.out, ended.err) == (5, "first\nsecond\n", "bad\n")
    assert log.read_text() == "started\n"
    host.run(script, waiting_for="again", timeout=20, job="base-backup@db1")
    assert log.read_text() == "started\nstarted\n", "acknowledged: the next one starts anew"
    host.close()


@pytest.mark.parametrize(
    ("status", "another", "starts"), [(0, "", 1), (0, "\n: other", 2), (5, "", 2)]
)
def test_a_job_that_ended_well_unheard_tells_its_result_later(
    own_server: Sshd, tmp_path: Path, status: int, another: str, starts: int
) -> None:
    """The same script is not run again; a different one is, and one that failed meanwhile."""
    log, go = tmp_path / "log", tmp_path / "go"
    script = JOB.format(log=log, go=go, status=status) + another
    host = connect(own_server.endpoint())
    with ThreadPoolExecutor() as pool:
        result = start(pool, host, script, job="unheard")
        own_server.signal_sessions(signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            result.result(timeout=10)
    host.close()
    go.touch()
    directory = f"{RUN_DIRECTORY}/jobs/unheard"
    wait_until(Path(directory, "status").exists)
    wait_until(lambda: processes_with(directory) == [])  # until then it is still running
    host = connect(own_server.endpoint())
    later = script.removesuffix(another) + another.replace("other", "one more")
    again = host.run(later, waiting_for="again", timeout=20, job="unheard")
    assert (again.status, again.out) == (status, "first\nsecond\n")
    assert log.read_text().count("started") == starts
    host.close()


def test_stopping_a_job_ends_it_on_the_host(own_server: Sshd) -> None:
    """A person who aborts does not leave it running."""
    host = connect(own_server.endpoint())
    with ThreadPoolExecutor() as pool:
        result = start(pool, host, "echo up; mnu_job_mark=1 sleep 300", job="stop-me")
        assert processes_with("mnu_job_mark=1")
        host.abort()
        with pytest.raises(Exception, match="stopped while waiting"):
            result.result(timeout=20)
    assert processes_with("mnu_job_mark=1") == []
    assert not Path(f"{RUN_DIRECTORY}/jobs/stop-me").exists()
    host.close()
