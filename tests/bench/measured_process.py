"""A program run to its end: wall time, exit status, output, and its largest resident memory."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of a program."""

    status: int
    seconds: float
    megabytes: float  # largest resident memory, 10^6 bytes
    out: str
    timed_out: bool


def measured(
    command: Sequence[str | Path],
    *,
    seconds: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Measured:
    """Run a program, standard error joined with its output; end it when `seconds` are over."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=env,
        cwd=cwd,
    )
    ended = threading.Event()
    peak = [0.0]

    def watch() -> None:
        # VmHWM is the process's own high-water mark; rusage would count who started it as well.
        while True:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                return
            peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
            peak[0] = max([peak[0], *(int(kib) * 1024 / 1e6 for kib in peaks)])
            if ended.wait(0.1):
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    timed_out = False
    try:
        out, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        timed_out = True
        process.kill()
        out, _ = process.communicate()
    except BaseException:
        # Whoever stops the bench stops what it runs: an installer ends in an orderly way.
        process.terminate()
        raise
    finally:
        ended.set()
    taken = time.perf_counter() - begin
    watcher.join()
    return Measured(
        status=process.returncode,
        seconds=taken,
        megabytes=peak[0],
        out=out,
        timed_out=timed_out,
    )
