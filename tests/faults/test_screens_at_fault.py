"""The wizard in a real terminal that shrinks, hangs up or is odd, before hostile hosts."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import LIMIT, TOP
from tests.faults.hostile import SHOWN
from tests.faults.screen_terminal import Terminal
from tests.remote.sshd import wait_until
from tests.screens.site_text import SITE
from wizard.run.audit import verify_chain
from wizard.run.report import gather

if TYPE_CHECKING:
    from tests.faults.table import FaultTable

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")

_COMPLETE = pytest.mark.complete
FORMS = ("Topology", "Access", "Network", "Database", "Balancer", "Storage", "Cache")
REST = ("Application", "Licences", "Review")
HEADLINE = "minusnow-setup   SIMULATED HOSTS · acme-itsm"
# What only a hostile host would send; the screens themselves use other sequences.
OBEYED = (
    b"\x1b]52",  # the clipboard
    b"\x1b]0;",  # the title
    b"\x1b[31;5m",
    b"\x1b[H\x1b[?1049l",  # the other screen
    b"\x1bP",
    b"\x1b_",
    b"\x1bc",
    b"\x1b(0",
    b"\x0e",
    b"\x05",
    "\x9b".encode(),
    "\x9d".encode(),
    "\u202e".encode(),
    "\u2066".encode(),
    "\u061c".encode(),
    "\U000e0061".encode(),
)


def environment(folder: Path) -> dict[str, str]:
    """Return what the wizard is started with."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(TOP),
    }


def wizard(*options: str) -> list[str]:
    """Return the command of the wizard before hostile simulated hosts."""
    module = "tests.faults.hostile_wizard"
    return [sys.executable, "-m", module, "site.yaml", "--simulate", *options]


def to_review(terminal: Terminal, *, squeezing: bool = False) -> None:
    """Go through all forms to the plan."""
    terminal.wait("▸ Welcome", "site.yaml")
    if squeezing:
        terminal.squeeze("▸ Welcome", "site.yaml")
    for name in (*FORMS, *REST):
        terminal.press("C-n")
        terminal.wait(f"▸ {name}")
        if squeezing:
            terminal.squeeze(f"▸ {name}")
    terminal.press("l")
    terminal.wait("changes in", "steps on 8 hosts")


def begin_to_install(terminal: Terminal) -> None:
    """Agree to the plan."""
    terminal.press("i")
    terminal.wait("Not now", "Install acme-itsm?")
    terminal.press("Right", "Enter")
    terminal.wait("▸ Install", "gone")


@pytest.mark.parametrize(
    "forms", [pytest.param(False, id="at work"), pytest.param(True, id="forms", marks=_COMPLETE)]
)
def test_hostile_hosts_and_tiny_terminals(
    tmp_path: Path, faults: FaultTable, *, forms: bool
) -> None:
    """Every screen outlives 20x5 and 1x1; nothing that hosts say reaches the terminal raw."""
    (tmp_path / "site.yaml").write_text(SITE)
    command = wizard("--simulate-pace", "0", "--simulate-failure", "packages@lb1")
    with (
        faults.tried(f"terminal of 20x5 and of 1x1, hostile hosts{', forms' * forms}") as fault,
        Terminal(command, tmp_path, environment(tmp_path)) as terminal,
    ):
        to_review(terminal, squeezing=forms)
        terminal.squeeze(HEADLINE, "▸ Review", "changes in")
        if forms:
            terminal.press("C-n")
            terminal.wait("▸ Preflight", "0 failed")
            terminal.squeeze("▸ Preflight", "0 failed")
            terminal.press("C-b")
            terminal.wait("▸ Review")
        begin_to_install(terminal)
        card = terminal.wait("Retry", "Stop here", f"{SHOWN} 10")
        fault.said(next(line for line in card.splitlines() if "✗ lb1" in line).strip("✓│ "))
        terminal.squeeze("Retry", "Stop here", f"{SHOWN} 10")
        terminal.press("Enter")  # Retry
        terminal.wait("What is left to do")
        terminal.press("Right", "Enter")
        terminal.until(lambda now: "What is left to do" not in now, "the installation again")
        terminal.squeeze(HEADLINE, "▸ Install")
        terminal.wait("✓ proven")
        terminal.press("C-n")
        terminal.wait("▸ Done", "Walked through")
        terminal.squeeze(HEADLINE, "▸ Done", "Walked through")
        terminal.press("C-q")
        assert terminal.ended() == 0
        raw = terminal.raw
    assert [one for one in OBEYED if one in raw] == []
    assert raw.count(SHOWN.encode()) > 1
    state = tmp_path / "site.simulated.state"
    assert verify_chain(state) == []
    assert [run.outcome for run in gather(state, lines=0).runs] == ["failed", "done"]


def test_answers_outlive_a_terminal_that_is_closed(tmp_path: Path, faults: FaultTable) -> None:
    """Nothing was saved; the next start offers it, and no process stays behind."""
    (tmp_path / "site.yaml").write_text(SITE)
    command = [sys.executable, "-m", "wizard", "site.yaml", "--simulate"]
    with faults.tried("terminal closed (SIGHUP) with answers that are not saved") as fault:
        with Terminal(command, tmp_path, environment(tmp_path)) as terminal:
            terminal.wait("▸ Welcome", "site.yaml")
            terminal.press("C-n")
            terminal.wait("▸ Topology")
            terminal.press("d")  # takes a host away
            terminal.wait("not sav")
            copies = tmp_path / ".local/share/minusnow-setup/unsaved"
            wait_until(lambda: list(copies.glob("*.json")), seconds=LIMIT)
            program = terminal.pid
            terminal.hang_up()
            wait_until(lambda: not Path(f"/proc/{program}").exists(), seconds=LIMIT)
        assert (tmp_path / "site.yaml").read_text() == SITE
        again = tmp_path / "again"
        again.mkdir()
        (again / "site.yaml").symlink_to(tmp_path / "site.yaml")
        with Terminal(command, again, environment(tmp_path)) as terminal:
            offered = terminal.wait("▸ Welcome", "Take up unsaved answers")
            fault.said(next(line for line in offered.splitlines() if "unsaved" in line))
            terminal.press("C-q")
            assert terminal.ended() == 0


ODD = [
    (("env", "TERM=dumb"), "the wizard needs a terminal"),
    (("env", "LC_ALL=POSIX", "PYTHONUTF8=0", "PYTHONCOERCECLOCALE=0"), "the wizard draws in UTF-8"),
]


@pytest.mark.parametrize(("odd", "words"), ODD)
def test_a_terminal_that_cannot_show_the_wizard(
    tmp_path: Path, faults: FaultTable, odd: tuple[str, ...], words: str
) -> None:
    """It is said, with the way that does not need one."""
    command = [*odd, sys.executable, "-m", "wizard", "wizard", "--simulate"]
    with (
        faults.tried(f"terminal with {odd[1]}") as fault,
        Terminal(command, tmp_path, environment(tmp_path)) as terminal,
    ):
        assert terminal.ended() == 1
        said = terminal.raw.decode("ascii").strip()
        assert "Traceback" not in said
        fault.said(said)
        assert words in fault.sentence


def test_a_terminal_of_unknown_kind_is_a_terminal(tmp_path: Path) -> None:
    """Without TERM the screens open as ever."""
    (tmp_path / "site.yaml").write_text(SITE)
    command = ["env", "-u", "TERM", sys.executable, "-m", "wizard", "site.yaml", "--simulate"]
    with Terminal(command, tmp_path, environment(tmp_path)) as terminal:
        terminal.wait("▸ Welcome", "site.yaml")
        terminal.press("C-q")
        assert terminal.ended() == 0
