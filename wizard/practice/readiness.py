"""Waits until practice hosts are up: by asking them, never by letting time pass."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wizard.errors import PracticeError
from wizard.practice.command import TOOLS_PATH
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import PracticeHost
from wizard.practice.identity import OPERATOR
from wizard.practice.namespace import enter
from wizard.practice.record import read_record

KNOCK_SECONDS = 1.0
RETRY_SECONDS = 0.2
CONSOLE_LINES = 15
SSH_FAILED = 255
STATE_SECONDS = 60
STATE = f"""
timeout {STATE_SECONDS} systemctl is-system-running --wait >/dev/null 2>&1
systemctl is-system-running
systemctl list-units --failed --plain --no-legend | cut -d' ' -f1
"""


def ssh_command(directory: FleetDirectory, host: PracticeHost, *command: str) -> list[str]:
    """The ssh command line that reaches a host, its key verified, from the fleet's network."""
    return [
        *("ssh", "-F", "none", "-i", str(directory.key_file), "-o", "IdentitiesOnly=yes"),
        *("-o", f"UserKnownHostsFile={directory.known_hosts}", "-o", "StrictHostKeyChecking=yes"),
        *("-o", "GlobalKnownHostsFile=none", "-o", "ConnectTimeout=5", "-o", "LogLevel=ERROR"),
        f"{OPERATOR}@{host.address}",
        *command,
    ]


def answers(host: PracticeHost, seconds: float = KNOCK_SECONDS) -> bool:
    """Whether the host's sshd greets; call it from inside the fleet's network."""
    with (
        contextlib.suppress(OSError),
        socket.create_connection((str(host.address), 22), timeout=seconds) as connection,
    ):
        return connection.recv(4) == b"SSH-"
    return False


def on_host(
    directory: FleetDirectory, host: PracticeHost, script: str, *, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a shell script on a host through ssh; call it from inside the fleet's network.

    Raises:
        PracticeError: it did not end in time.
    """
    try:
        return subprocess.run(
            ssh_command(directory, host, "sh", "-s"),
            input=script,
            capture_output=True,
            text=True,
            timeout=seconds,
            env={"PATH": TOOLS_PATH},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _problem(
            f"It did not finish what it was told within {seconds:.0f} s.",
            host,
            directory.host(host.name).console,
        ) from None


def for_each_host(
    directory: FleetDirectory,
    hosts: tuple[PracticeHost, ...],
    action: Callable[[PracticeHost], None],
) -> None:
    """Do something for all hosts at once, on the fleet's network; the first problem is raised."""
    if not hosts:
        return
    with ThreadPoolExecutor(len(hosts), initializer=enter, initargs=(directory,)) as pool:
        for _ in pool.map(action, hosts):
            pass


def wait_until_ready(
    directory: FleetDirectory,
    hosts: tuple[PracticeHost, ...],
    seconds: float,
    on_ready: Callable[[PracticeHost, str], None] = lambda _host, _state: None,
) -> None:
    """Wait until every host's sshd greets, lets the operator in, and its systemd has booted.

    A host that misses something it was given, such as a share whose server is off, counts as
    booted: ``on_ready`` is told its state as systemd names it, and the units that failed.

    Raises:
        PracticeError: a host's process ended, or the time is over.
    """
    deadline = time.monotonic() + seconds

    def wait_for(host: PracticeHost) -> None:
        place = directory.host(host.name)
        while True:
            # A login is refused for a moment after sshd greets (pam_nologin), hence the loop.
            if answers(host):
                done = on_host(directory, host, STATE, seconds=STATE_SECONDS + KNOCK_SECONDS * 10)
                if done.returncode != SSH_FAILED and done.stdout:
                    on_ready(host, " ".join(done.stdout.split()))
                    return
            record = read_record(place)
            if record is None or not record.alive:
                raise _problem("The host went off while it booted.", host, place.console)
            if time.monotonic() > deadline:
                raise _problem(f"It let nobody in for {seconds:.0f} s.", host, place.console)
            time.sleep(RETRY_SECONDS)

    for_each_host(directory, hosts, wait_for)


def _problem(seen: str, host: PracticeHost, console: Path) -> PracticeError:
    lines = console.read_text(errors="replace").splitlines() if console.exists() else []
    return PracticeError(
        "\n".join((seen, *lines[-CONSOLE_LINES:])),
        remedy=f"Its whole console is in {console}; 'practice up --fresh' makes the host anew.",
        host=host.name,
    )
