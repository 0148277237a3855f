"""`minusnow-setup review` in a real terminal."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import TOP
from tests.faults.screen_terminal import Terminal
from tests.run.state_story import filled
from tests.screens.site_text import SITE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")


def terminal(folder: Path, *options: str) -> Terminal:
    """The review of the folder's site, in a terminal."""
    command = [sys.executable, "-m", "wizard.cli.main", "review", "acme.yaml", *options]
    env = {"HOME": str(folder), "LANG": "C.UTF-8", "PYTHONPATH": str(TOP)}
    return Terminal(command, folder, {"PATH": os.environ["PATH"], **env})


def test_a_site_file_alone_is_reviewed_on_screens(tmp_path: Path) -> None:
    """With what was simulated told, and followed into the installation that begins meanwhile."""
    (tmp_path / "acme.yaml").write_text(SITE, encoding="utf-8")
    filled(tmp_path / "acme.simulated.state")
    with terminal(tmp_path) as screens:
        screens.wait("before the installation", "acme-itsm", "tried on SIMULATED hosts only")
        filled(tmp_path / "acme.state")
        screens.wait("chain intact", "Events")
        screens.press("q")
        assert screens.ended() == 0


def test_a_site_file_that_is_not_finished_is_reviewed_on_screens(tmp_path: Path) -> None:
    """What is wrong stands first, and is the exit status."""
    (tmp_path / "acme.yaml").write_text(SITE.replace("port: 587", "port: 0"), encoding="utf-8")
    with terminal(tmp_path) as screens:
        screens.wait("1 missing or wrong", "networking.smtp.port")
        screens.press("C-q")
        assert screens.ended() == 2


def test_a_format_is_written_on_a_terminal_too(tmp_path: Path) -> None:
    """No screens for whoever asks for text."""
    (tmp_path / "acme.yaml").write_text(SITE, encoding="utf-8")
    with terminal(tmp_path, "--format", "md") as screens:
        assert screens.ended() == 0
        assert b"# acme-itsm" in screens.raw
