"""Measures the SSH transport against bare paramiko and Fabric as shipped, on a loopback sshd.

A round-trip time is made by a relay that holds every byte back; not every kernel has netem.
"""

from __future__ import annotations

import io
import itertools
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import fabric
import paramiko

from tests.bench.figures import Row, at_least, at_most, below
from tests.remote.sshd import Sshd
from wizard.errors import ConnectionLost
from wizard.remote.cancellation import Cancellation
from wizard.remote.ssh import connect
from wizard.resources.file import File
from wizard.run.clock import Clock
from wizard.run.task_run import Surroundings, TaskRun
from wizard.steps.task import Phase, Task
from wizard.vault.secret import Secrets
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wizard.remote.transport import Transport

Figures = dict[str, float]

# The targets, each a ratio.
ONE_COMMAND = 1.35
ONE_COMMAND_DELAYED = 1.05
OUTPUT = 0.4
LINEAR = 2.6  # of what half the output takes; the noise of a busy machine is 20 %
SMALL_FILES = 20
DEAD_PEER = 5  # seconds

FILES = 20


def median_ms(ways: Mapping[str, Callable[[], object]], *, times: int, warm_up: int = 2) -> Figures:
    """Return each way's median duration in milliseconds; taken in turns, so that load hits all."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(times + warm_up):
        for name, once in ways.items():
            before = time.perf_counter()
            once()
            if turn >= warm_up:
                taken[name].append((time.perf_counter() - before) * 1000)
    return {name: statistics.median(values) for name, values in taken.items()}


def bare_client(server: Sshd) -> paramiko.SSHClient:
    """Connect with paramiko alone; TCP_NODELAY is set, which paramiko does not do."""
    client = paramiko.SSHClient()
    client.load_host_keys(str(server.known_hosts))
    client.connect("127.0.0.1", server.port, "root", key_filename=str(server.user_key))
    transport = client.get_transport()
    transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def shipped_client(server: Sshd) -> fabric.Connection:
    """Return Fabric's own connection, nothing changed."""
    return fabric.Connection(
        "127.0.0.1",
        user="root",
        port=server.port,
        connect_kwargs={"key_filename": str(server.user_key)},
    )


def bare_run(client: paramiko.SSHClient, command: str) -> int:
    """Run a command with paramiko alone; return how many bytes came back."""
    channel = client.get_transport().open_session()
    channel.exec_command(command)
    size = 0
    while data := channel.recv(1 << 18):
        size += len(data)
    channel.recv_exit_status()
    channel.close()
    return size


def one_command(server: Sshd, host: Transport, *, rtt: int, times: int) -> list[Row]:
    """One command on an open connection: median of each way, taken in turns."""
    bare = bare_client(server)
    shipped = shipped_client(server)
    figures = median_ms(
        {
            "bare": lambda: bare_run(bare, "true"),
            "ours": lambda: host.run("true", waiting_for="x", timeout=30),
        },
        times=times,
    )
    few = max(5, times // 5)
    figures |= median_ms({"shipped": lambda: shipped.run("true", hide=True)}, times=few)
    shipped.close()
    bare.close()
    ours, raw, fabric_ms = figures["ours"], figures["bare"], figures["shipped"]
    what = "one command on an open connection"
    limit = ONE_COMMAND_DELAYED if rtt else ONE_COMMAND
    return [
        at_most(what, f"{ours:.2f} ms", f"{raw:.2f} ms bare paramiko channel", ours / raw, limit),
        Row(
            what="  Fabric as shipped",
            ours=f"{ours:.2f} ms",
            beside=f"{fabric_ms:.2f} ms",
            ratio=f"{ours / fabric_ms:.2f}x",
        ),
    ]


def hundred_steps(host: Transport) -> Row:
    """A hundred steps in one script: milliseconds per step."""
    script = "\n".join(f"( test -e /etc/hosts; echo {n} )" for n in range(100))
    whole = median_ms({"": lambda: host.run(script, waiting_for="x", timeout=30)}, times=5)
    return Row(what="a hundred steps in one script", ours=f"{whole[''] / 100:.2f} ms a step")


def much_output(server: Sshd, host: Transport, megabytes: int) -> list[Row]:
    """A lot of output in lines: beside bare paramiko, and beside half as much of our own."""
    command = f"yes {'x' * 79} | head -c "
    bare = bare_client(server)
    lines = 0

    def on_line(_stream: str, _line: str) -> None:
        nonlocal lines
        lines += 1

    def ours_of(size: int) -> None:
        script = f"{command}{size}000000 || true"
        result = host.run(script, waiting_for="x", timeout=600, on_line=on_line)
        assert len(result.out) == size * 1_000_000

    def bare_of(size: int) -> None:
        assert bare_run(bare, f"{command}{size}000000") == size * 1_000_000

    ways = {
        "bare": lambda: bare_of(megabytes),
        "half": lambda: ours_of(megabytes // 2),
        "whole": lambda: ours_of(megabytes),
    }
    seconds = {name: taken / 1000 for name, taken in median_ms(ways, times=5, warm_up=0).items()}
    bare.close()
    assert lines >= megabytes * 12_500
    raw, half, ours = seconds["bare"], seconds["half"], seconds["whole"]
    growth = ours / half
    return [
        at_least(
            f"{megabytes} MB of output, split into lines: throughput",
            f"{ours:.2f} s",
            f"{raw:.2f} s bare paramiko",
            raw / ours,
            OUTPUT,
        ),
        at_most(
            "  twice the output takes (linear: 2x)",
            f"{ours:.2f} s",
            f"{half:.2f} s for half of it",
            growth,
            LINEAR,
        ),
    ]


def small_files(server: Sshd, host: Transport) -> list[Row]:
    """Twenty files of 2 KB: placed and looked at as a task of the engine; by Fabric's `put`."""
    shipped = shipped_client(server)
    shipped.open()
    target = Path("/run/minusnow-setup/bench")
    host.run(f"mkdir -p {target}", waiting_for="x", timeout=30)
    counts = itertools.count()
    trips: list[int] = []

    def ours() -> None:
        before = host.trips
        folder = target / str(next(counts))  # the host is this machine
        folder.mkdir()
        place_files(host, folder)
        trips.append(host.trips - before)

    def put() -> None:
        for number in range(FILES):
            shipped.put(io.BytesIO(os.urandom(2048)), f"{target}/put-{number}")

    taken = median_ms({"ours": ours, "put": put}, times=5, warm_up=1)
    shipped.close()
    shutil.rmtree(target)
    what = f"{FILES} files of 2 KB, placed and verified by a task ({max(trips)} trips)"
    beside = f"{taken['put'] / 1000:.2f} s Fabric put, unverified"
    ratio = taken["put"] / taken["ours"]
    return [at_least(what, f"{taken['ours'] / 1000:.3f} s", beside, ratio, SMALL_FILES)]


def place_files(host: Transport, target: Path) -> None:
    """Have the engine place twenty new files, as one task of an installation does."""
    nothing = Secrets({})
    contents = [secrets.token_hex(1023) + "\n" for _ in range(FILES)]
    files = tuple(
        File(path=f"{target}/{number}", content=Text(content))
        for number, content in enumerate(contents)
    )
    task = Task(phase=Phase.BASE, step="files", host=host.host, title="files", resources=files)
    around = Surroundings(
        secrets=nothing,
        publish=lambda _event: None,
        open_database=no_database,
        stop=Cancellation(),
        clock=Clock(),
    )
    assert TaskRun(task=task, transport=host, around=around).execute() == FILES
    assert [Path(file.path).read_text() for file in files] == contents


def no_database(*_: object) -> NoReturn:
    """Stand for the database that these tasks do not need."""
    raise AssertionError("a file needs no database")


def upload_megabytes(host: Transport, megabytes: int) -> Row:
    """One large file up, both checksums included."""
    data = os.urandom(1 << 20) * megabytes
    before = time.perf_counter()
    host.upload(data, "/run/minusnow-setup-bench")
    taken = time.perf_counter() - before
    host.run("rm /run/minusnow-setup-bench", waiting_for="x", timeout=30)
    return Row(what=f"{megabytes} MB up, checksums included", ours=f"{taken:.2f} s")


def dead_peer(server: Sshd) -> Row:
    """Seconds until a script's caller hears that the peer's sshd has been frozen."""
    host = connect(server.endpoint())
    ready = threading.Event()
    heard: list[float] = []

    def wait() -> None:
        try:
            host.run(
                "echo up; sleep 60",
                waiting_for="x",
                timeout=60,
                on_line=lambda _stream, _line: ready.set(),
            )
        except ConnectionLost:
            heard.append(time.perf_counter())

    waiter = threading.Thread(target=wait)
    waiter.start()
    ready.wait(20)
    before = time.perf_counter()
    server.signal_sessions(signal.SIGSTOP)
    waiter.join(30)
    server.signal_sessions(signal.SIGKILL)
    host.close()
    return below("a frozen sshd is noticed after", heard[0] - before, "s", DEAD_PEER)


def measure(*, rtt: int, megabytes: int, times: int) -> list[Row]:
    """Return the rows of a round-trip time (ms)."""
    server = Sshd(options="Subsystem sftp internal-sftp")
    try:
        with relay(server.port, rtt) if rtt else nullcontext(server.port) as server.port:
            server.known_hosts.write_text(server.known_line())
            host = connect(server.endpoint())
            rows = one_command(server, host, rtt=rtt, times=times)
            rows.append(hundred_steps(host))
            if rtt:
                rows += small_files(server, host)
            elif megabytes:
                # Large transfers only without a delay: the relay would be what is measured.
                rows += much_output(server, host, megabytes)
                rows.append(upload_megabytes(host, megabytes))
            host.close()
            if not rtt:
                rows.append(dead_peer(server))
    finally:
        server.stop()
    return rows


@contextmanager
def relay(port: int, rtt: int) -> Iterator[int]:
    """Give a port that leads to `port` with a round-trip time (ms); in a process of its own."""
    words = [sys.executable, "-m", "tests.bench.delay_relay", str(port), str(rtt / 2)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
