"""Measures the SSH transport against bare paramiko and Fabric as shipped, on a loopback sshd.

Run as root: `python -m tests.bench.ssh_bench [--rtt 0 20] [--megabytes 200]`. A round-trip time is
made by a relay that holds every byte back; not every kernel has netem.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import socket
import statistics
import subprocess
import sys
import tarfile
import threading
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import fabric
import paramiko

from tests.remote.sshd import Sshd
from wizard.errors import ConnectionLost
from wizard.remote.ssh import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wizard.remote.transport import Transport

Figures = dict[str, float]


def median_ms(ways: Mapping[str, Callable[[], object]], *, times: int) -> Figures:
    """Return each way's median duration in milliseconds; taken in turns, so that load hits all."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(times + 2):
        for name, once in ways.items():
            before = time.perf_counter()
            once()
            if turn > 1:  # the first two warm up
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


def one_command(server: Sshd, host: Transport, *, times: int) -> Figures:
    """One command on an open connection: median milliseconds of each way, taken in turns."""
    bare = bare_client(server)
    shipped = fabric.Connection(
        "127.0.0.1",
        user="root",
        port=server.port,
        connect_kwargs={"key_filename": str(server.user_key)},
    )
    figures = median_ms(
        {
            "paramiko": lambda: bare_run(bare, "true"),
            "ours": lambda: host.run("true", waiting_for="x", timeout=30),
        },
        times=times,
    )
    figures["ours against paramiko"] = figures["ours"] / figures["paramiko"]
    figures |= median_ms(
        {"fabric as shipped": lambda: shipped.run("true", hide=True)}, times=max(5, times // 5)
    )
    shipped.close()
    bare.close()
    return figures


def hundred_steps(host: Transport) -> Figures:
    """A hundred steps in one script: milliseconds per step."""
    script = "\n".join(f"( test -e /etc/hosts; echo {n} )" for n in range(100))
    whole = median_ms({"": lambda: host.run(script, waiting_for="x", timeout=30)}, times=5)
    return {"per step": whole[""] / 100}


def much_output(server: Sshd, host: Transport, megabytes: int) -> Figures:
    """Seconds for a lot of output in lines, read whole and (ours) split into lines."""
    command = f"yes {'x' * 79} | head -c {megabytes}000000"
    bare = bare_client(server)
    seconds: Figures = {}
    before = time.perf_counter()
    assert bare_run(bare, command) == megabytes * 1_000_000
    seconds["paramiko"] = time.perf_counter() - before
    bare.close()
    lines = 0

    def on_line(_stream: str, _line: str) -> None:
        nonlocal lines
        lines += 1

    for name, listener in (("ours", None), ("ours, split into lines", on_line)):
        before = time.perf_counter()
        result = host.run(f"{command} || true", waiting_for="x", timeout=600, on_line=listener)
        seconds[name] = time.perf_counter() - before
        assert len(result.out) == megabytes * 1_000_000
    assert lines >= megabytes * 12_500
    seconds["throughput against paramiko"] = seconds["paramiko"] / seconds["ours, split into lines"]
    return seconds


def small_files(host: Transport) -> Figures:
    """Seconds for twenty files of 2 KB: an upload each, and as one archive in one upload."""
    target = "/run/minusnow-setup/bench"
    host.run(f"mkdir -p {target}", waiting_for="x", timeout=30)
    before = time.perf_counter()
    for number in range(20):
        host.upload(os.urandom(2048), f"{target}/{number}")
    each = time.perf_counter() - before
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number in range(20):
            entry = tarfile.TarInfo(str(number))
            entry.size = 2048
            archive.addfile(entry, io.BytesIO(os.urandom(2048)))
    before = time.perf_counter()
    host.upload(packed.getvalue(), f"{target}/all.tar")
    host.run(f"tar -xf {target}/all.tar -C {target}", waiting_for="x", timeout=30)
    together = time.perf_counter() - before
    host.run(f"rm -r {target}", waiting_for="x", timeout=30)
    return {"twenty uploads": each, "one archive": together}


def upload_megabytes(host: Transport, megabytes: int) -> Figures:
    """Seconds to upload one large file, both checksums included."""
    data = os.urandom(1 << 20) * megabytes
    before = time.perf_counter()
    host.upload(data, "/run/minusnow-setup-bench")
    taken = time.perf_counter() - before
    host.run("rm /run/minusnow-setup-bench", waiting_for="x", timeout=30)
    return {f"{megabytes} MB up": taken}


def dead_peer(server: Sshd) -> Figures:
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
    return {"noticed after": heard[0] - before}


def measure(*, rtt: int, megabytes: int, times: int) -> dict[str, Figures]:
    """Return all figures at a round-trip time (ms)."""
    server = Sshd()
    try:
        with relay(server.port, rtt) if rtt else nullcontext(server.port) as server.port:
            server.known_hosts.write_text(server.known_line())
            host = connect(server.endpoint())
            figures = {
                "one command (ms)": one_command(server, host, times=times),
                "a hundred steps in one script (ms)": hundred_steps(host),
                "twenty files (s)": small_files(host),
            }
            if megabytes:
                figures[f"{megabytes} MB of output (s)"] = much_output(server, host, megabytes)
                figures["a large file (s)"] = upload_megabytes(host, megabytes)
            host.close()
            figures["dead peer (s)"] = dead_peer(server)
    finally:
        server.stop()
    return figures


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures of each round-trip time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rtt", type=int, nargs="+", default=[0, 20], help="milliseconds")
    parser.add_argument("--megabytes", type=int, default=200, help="of output, at no delay")
    parser.add_argument("--times", type=int, default=50, help="repetitions of one command")
    options = parser.parse_args(arguments)
    for rtt in options.rtt:
        # Large transfers only without a delay: the relay would be what is measured.
        figures = measure(rtt=rtt, megabytes=0 if rtt else options.megabytes, times=options.times)
        sys.stdout.write(f"round-trip time {rtt} ms\n")
        for title, values in figures.items():
            sys.stdout.write(f"  {title}\n")
            for name, value in values.items():
                sys.stdout.write(f"    {name:30} {value:8.3f}\n")


if __name__ == "__main__":
    main()
