"""The wizard that installs the small site with its long step: `python -m … FOLDER`.

The screens, the terminal and all that the command line has are real; nobody presses the keys that
lead to the installation and agree to it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from screens import app
from screens.app import SetupApp
from screens.draft import Draft
from screens.secrets import KeyringFiles
from screens.work import work_of
from tests.cli import long_site


class Installing(SetupApp):
    """Begins to install at once."""

    CSS_PATH = str(Path(app.__file__).with_name("app.tcss"))

    async def on_mount(self) -> None:
        """Show the screen, and begin."""
        await super().on_mount()
        loaded, work = self.draft.loaded(), work_of(self)
        assert loaded
        vars(work).update(_agree=lambda *_shown: None)
        work.install(loaded)


def wizard(words: list[str]) -> int:
    """Open it; in the place of the program's own commands."""
    folder = Path(words[0])
    keyring = KeyringFiles(folder / "ring", folder / "phrase")
    draft = Draft.open(folder / "site.yaml")
    return Installing(draft, start="install", keyring=keyring).run() or 0


if __name__ == "__main__":
    vars(long_site).update(main=wizard)
    sys.exit(long_site.run(Path(sys.argv[1]), [sys.argv[1]]))
