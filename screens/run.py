"""Opening the wizard in this terminal; the command line calls this by name."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from screens.collector import loading
from wizard.errors import SetupError

if TYPE_CHECKING:
    from wizard.run.simulated.hosts import SimulatedFleet


def run(
    site: str = "",
    *,
    simulation: SimulatedFleet | None = None,
    keyring_file: Path | None = None,
    passphrase_file: Path | None = None,
) -> int | Path:
    """Open the wizard, with a site file if one is named; return the exit status.

    Or the practice fleet's site file, if a person goes on with it and has to be on its network.

    With `simulation` on hosts that are not there: nothing is connected to.
    Raises: SetupError if there is no terminal to draw on, or the site file cannot be read.
    """
    page = "TEXTUAL_DRIVER" in os.environ  # of `minusnow-setup serve`
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if not page and not terminal:
        raise SetupError(
            "the wizard needs a terminal",
            remedy="Use `minusnow-setup validate`, `plan` and `apply` with a site file instead.",
        )
    if not page and "utf" not in (sys.stderr.encoding or "").lower():  # what Textual draws on
        raise SetupError(
            f"the wizard draws in UTF-8, and the locale of this terminal is {sys.stderr.encoding}",
            remedy="Begin it with `LC_ALL=C.UTF-8` before the command.",
        )
    with loading():
        from screens.app import SetupApp  # noqa: PLC0415 - Textual: 0.2 s to import
        from screens.draft import Draft  # noqa: PLC0415 - as above
        from screens.secrets import KeyringFiles  # noqa: PLC0415 - as above

    draft = Draft.open(Path(site)) if site else Draft("")
    keyring = KeyringFiles(keyring_file, passphrase_file)
    setup = SetupApp(draft, simulation=simulation, keyring=keyring)
    status = setup.answer()
    from screens.parting import parting  # noqa: PLC0415 - it knows state files: start-up time

    if not page and (words := parting(setup)):  # a page has no terminal to read it in
        sys.stdout.write(f"{words}\n")
    return setup.rehearsal or status
