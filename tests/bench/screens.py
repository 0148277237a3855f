"""The screens: how soon they are there, how soon they follow a key, and what is never lost."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from screens.keep_log import write_log
from tests.bench.busy_wizard import SAID
from tests.bench.figures import Row, below
from tests.bench.terminal import Terminal
from tests.screens.site_text import SITE

ROOT = Path(__file__).parent.parent.parent
PROGRAM = Path(sys.executable).with_name("minusnow-setup")
PATIENCE = 120.0  # seconds
_STARTS = 7
_IMPORTS = (
    "import time; b = time.perf_counter(); import wizard.cli.main, screens.run\n"
    "with screens.run.loading(): import screens.app, screens.draft, screens.secrets\n"
    "print(time.perf_counter() - b)"
)
# The least that Textual can do on this machine: how quick it is today.
_EMPTY = (
    "from textual.app import App; from textual.widgets import Static\n"
    "class Empty(App):\n"
    "    def compose(self): yield Static('New site')\n"
    "Empty().run()"
)
_RATE = 2_000  # lines a second of all hosts, while keys are pressed
_KEYS, _SECONDS = 200, 45
_MANY, _QUICK = 500_000, 10_000  # lines, and how many a second, while the memory is watched
_SETTLED = 5  # of this many parts of the lines the first is left for buffers to fill


def measure() -> list[Row]:
    """Measure all of it; nothing is needed but this machine."""
    return [*_start(), *_keys(), *_walk(), *_memory()]


def _start() -> list[Row]:
    """How long it is from the command to the first screen, in a warm cache."""
    paints, imports, empty = [], [], []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(_STARTS + 1):
            with Terminal([str(PROGRAM)], cwd=Path(name)) as terminal:
                paints.append(terminal.wait("New site", seconds=PATIENCE) - terminal.began)
            with Terminal([sys.executable, "-c", _EMPTY], cwd=Path(name)) as terminal:
                empty.append(terminal.wait("New site", seconds=PATIENCE) - terminal.began)
            code = [sys.executable, "-c", _IMPORTS]
            said = subprocess.run(code, capture_output=True, text=True, check=True).stdout
            imports.append(float(said))
    paint, imported = median(paints[1:]), median(imports[1:])
    apart = paint - imported
    beside = f"{median(empty[1:]) * 1000:.0f} ms an empty Textual application"
    return [
        below(f"first paint, median of {_STARTS}, without imports", apart * 1000, "ms", 500),
        Row(what="  imports", ours=f"{imported * 1000:.0f} ms"),
        # The stricter measure, which what Textual itself needs on this machine may exceed.
        below("  both: first paint after the command", paint * 1000, "ms", 500, beside=beside),
    ]


def _keys() -> list[Row]:
    """How soon a key is followed while eight hosts write, and what holds the interface up."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _busy(folder, lines=_RATE * _SECONDS, rate=_RATE) as terminal:
            terminal.wait("Unpacking", seconds=PATIENCE)
            terminal.watch(1)
            took = sorted(_press(terminal, turn) for turn in range(_KEYS))
            report = _report(folder, terminal)
        with _busy(folder, lines=8, rate=8) as terminal:
            terminal.wait("Unpacking", seconds=PATIENCE)
            terminal.watch(1)
            silent = sorted(_press(terminal, turn) for turn in range(_KEYS))
    said = f"{_RATE:,} lines a second"
    beside = f"{_share(silent, 0.95):.0f} ms while nobody writes"
    late = _share(took, 0.95)
    return [
        below(f"key to repaint at {said}, 95th percentile", late, "ms", 50, beside=beside),
        Row(what=f"  median of {_KEYS}", ours=f"{median(took):.0f} ms"),
        Row(what="  the longest", ours=f"{took[-1]:.0f} ms"),
        Row(
            what=f"interface without reaction at {said}, the longest",
            ours=f"{report['longest_ms']:.0f} ms",
        ),
    ]


def _press(terminal: Terminal, turn: int) -> float:
    """Press f, which follows the end of the log or stops to; return how soon it shows, in ms."""
    terminal.watch(random.uniform(0.03, 0.09))  # noqa: S311 - a person's rhythm
    begin = time.perf_counter()
    terminal.press(b"f")
    shown = terminal.wait("● following" if turn % 2 else "○ not following", seconds=PATIENCE)
    return (shown - begin) * 1000


def _walk() -> list[Row]:
    """What holds the interface up on the way through all screens."""
    with tempfile.TemporaryDirectory() as name:
        walking = [sys.executable, "-m", "tests.bench.walking_wizard", name]
        subprocess.run(walking, cwd=ROOT, check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)
        found: dict[str, float] = json.loads(Path(name, "walk.json").read_text(encoding="utf-8"))
    where = max(found, key=lambda place: found[place])
    return [
        Row(
            what="interface without reaction through all screens, the longest",
            ours=f"{found[where]:.0f} ms",
            beside=f"before {where}",
        )
    ]


def _memory() -> list[Row]:
    """What half a million lines need in memory, and whether all of them are kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _busy(folder, lines=_MANY, rate=_QUICK) as terminal:
            report = _report(folder, terminal)
        kept = _saved(folder)
    seen: list[float] = report["memory_mb"]
    grown = max(seen) - seen[len(seen) // _SETTLED]
    lost = report["lines"] - kept
    return [
        below(f"memory grown from {_MANY // _SETTLED:,} to {_MANY:,} lines", grown, "MB", 10),
        Row(
            what="  resident in the end",
            ours=f"{seen[-1]:.0f} MB",
            beside=f"{report['rest_mb']:.0f} MB before the first line",
        ),
        below(f"lost of {_MANY:,} lines in the saved log", lost, "lines", 0),
    ]


def _busy(folder: Path, *, lines: int, rate: int) -> Terminal:
    """Start the wizard on its Install screen, with hosts that write."""
    (folder / "acme.yaml").write_text(SITE, encoding="utf-8")
    program = [sys.executable, "-m", "tests.bench.busy_wizard"]
    return Terminal([*program, str(folder), str(lines), str(rate)], cwd=ROOT)


def _report(folder: Path, terminal: Terminal) -> dict[str, Any]:
    """Look on until all is written, and return what was seen."""
    path = folder / "report.json"
    end = time.perf_counter() + 2 * PATIENCE
    while not path.exists():
        if time.perf_counter() > end:
            raise TimeoutError("the hosts have not ended")
        terminal.watch(0.2)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _saved(folder: Path) -> int:
    """Write the whole log as a person would, and return how many of the lines are in it."""
    saved = folder / "saved.log"
    write_log(folder / "acme.state", saved)
    with saved.open(encoding="utf-8") as file:
        return len({found.groups() for line in file if (found := SAID.search(line))})


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
