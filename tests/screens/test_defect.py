"""A defect while screens are shown is told in a sentence, without the values of any variable."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.screens.test_wizard import SMALL, to

if TYPE_CHECKING:
    from pathlib import Path

    from screens.app import SetupApp

PLACES = {
    "on the screen": "lambda self: fails()",
    "in a thread of its own": "lambda self: self.run_worker(fails, thread=True)",
}
PROGRAM = """
import sys
from screens.app import SetupApp
class E(Exception): pass
def fails():
    password = "hunter2-clear"
    raise E(password)
SetupApp.on_mount = {broken}
from wizard.cli.main import main
sys.exit(main(["wizard", "--simulate"]))
"""


@pytest.mark.parametrize("place", PLACES)
def test_a_defect_of_the_wizard_shows_no_value(tmp_path: Path, place: str) -> None:
    """In a real terminal: the screen is put back, the status says what it was."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(broken=PLACES[place])],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=env,
        start_new_session=True,
    )
    os.close(theirs)
    said = b""
    with suppress(OSError):  # the terminal's other end is closed
        while data := os.read(ours, 65536):
            said += data
    os.close(ours)

    assert process.wait(60) == 70
    assert b"a defect of this program (E)" in said
    assert b"hunter2" not in said
    assert b"Traceback" not in said
    (details,) = tmp_path.glob("minusnow-setup-defect-*")
    assert "hunter2" not in details.read_text()
    assert "in fails" in details.read_text()


@pytest.mark.parametrize("turns", range(10, 60, 3))
async def test_leaving_while_a_screen_opens_is_no_defect(setup: SetupApp, turns: int) -> None:
    """Wherever the opening stands: Textual takes parts away that were never filled."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        opening = asyncio.create_task(setup.go("database"))
        for _ in range(turns):
            await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
