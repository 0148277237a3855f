"""What is said in the terminal once the screens are gone: where the site is, and how to go on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from screens.state_of import state_beside
from screens.widgets.plain import clean

if TYPE_CHECKING:
    from pathlib import Path

    from screens.app import SetupApp


def parting(setup: SetupApp) -> str:
    """Return the sentence; "" if nothing was saved or begun."""
    path = setup.draft.path
    if not setup.chosen or path is None or not path.exists():
        return ""
    simulated = setup.simulation is not None
    state = state_beside(path, simulated=simulated)
    hosts = " of SIMULATED hosts" if simulated else ""
    record = f", its record{hosts} in {state}" if state.exists() else ""
    return clean(f"The site is in {path}{record}; go on with: {_command(setup, path)}")


def _command(setup: SetupApp, path: Path) -> str:
    words = ["minusnow-setup", "wizard", str(path)]
    if setup.simulation:
        words.append("--simulate")
    for option, file in (
        ("--keyring-file", setup.keyring.file),
        ("--keyring-passphrase-file", setup.keyring.passphrase_file),
    ):
        words += [option, str(file)] if file else []
    return shlex.join(words)
