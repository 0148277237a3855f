"""`python -m tests.bench [transport] [screens] [install] [noop]`: measures it beside its targets.

Run as root. It reaches the loopback address and the practice fleet only, and ends by itself. The
fleet's hosts are made anew by `install`, and changed by `noop` where nothing is installed yet.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import TYPE_CHECKING

from tests.bench import install, noop, screens, transport
from tests.bench.figures import Row, table
from tests.bench.ground import ground
from tests.bench.peers import install_peers
from wizard.practice.directory import fleet_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS = ("transport", "screens", "install", "noop")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts asked for, all without a word; a target missed is told, not failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=(__doc__ or "").partition("\n\n")[2]
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--megabytes", type=int, default=200, help="of output (transport)")
    parser.add_argument(
        "--times", type=int, default=50, help="repetitions of a command (transport)"
    )
    parser.add_argument("--floor", type=float, help="seconds, where it is known already (install)")
    options = parser.parse_args(arguments)
    parts = options.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    rows: list[Row] = []
    begin = time.perf_counter()

    def show(title: str, found: list[Row]) -> None:
        rows.extend(found)
        _say(table(title, found))

    if "transport" in parts:
        for rtt in (0, 20):
            found = transport.measure(rtt=rtt, megabytes=options.megabytes, times=options.times)
            show(f"loopback sshd, round trip {rtt} ms", found)
    if "screens" in parts:
        show("the screens, 160x45", screens.measure())
    if "install" in parts or "noop" in parts:
        # First: from the fleet's network no package index can be reached.
        programs = install_peers(fleet_directory().path / "bench")
        with ground() as on:
            if "install" in parts:
                show(
                    "practice fleet, first install",
                    install.measure(on, floor_seconds=options.floor),
                )
            if "noop" in parts:
                show("practice fleet, nothing to do", noop.measure(on, programs))
    judged = [row for row in rows if row.met is not None]
    met = sum(row.met is True for row in judged)
    minutes = (time.perf_counter() - begin) / 60
    _say(f"{met} of {len(judged)} targets met, in {minutes:.1f} minutes")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
