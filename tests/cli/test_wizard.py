"""How the screens are opened from the command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = [sys.executable, "-m", "wizard.cli.main"]


def test_without_a_terminal_the_bare_program_shows_its_help() -> None:
    """Nothing can be drawn: the commands are listed, and the status says bad input."""
    run = subprocess.run(
        PROGRAM, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 2
    assert run.stdout.startswith("usage: minusnow-setup")
    assert "wizard" in run.stdout


@pytest.mark.parametrize("site", [(), ("site.yaml",)])
def test_without_a_terminal_the_wizard_says_what_to_use(site: tuple[str, ...]) -> None:
    """The remedy names the commands that need no screen."""
    run = subprocess.run(
        [*PROGRAM, "wizard", *site],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 1
    assert "the wizard needs a terminal" in run.stderr
    assert "Traceback" not in run.stderr
