"""How the screens are opened from the command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wizard.cli.main import main

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


@pytest.mark.parametrize(
    ("typed", "told"),
    [("haproxy", "Steps are prepare, packages, "), ("standbye@db2", "did you mean standby?")],
)
def test_a_failure_of_no_step_is_refused_at_once(
    typed: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before any screen is drawn; the steps there are, and what may have been meant, are named."""
    with pytest.raises(SystemExit) as ended:
        main(["wizard", "--simulate-failure", typed])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
