"""The wizard that opens a shell on a host as it begins, by what a failure's card calls.

`python -m tests.screens.shell_wizard SITE HOST`
"""

from __future__ import annotations

import sys
from pathlib import Path

from screens import app
from screens.after_failure import shell
from screens.app import SetupApp
from screens.draft import Draft


class ShellWizard(SetupApp):
    """Everything but the moment is the real thing."""

    CSS_PATH = str(Path(app.__file__).with_name("app.tcss"))  # looked for beside this file else

    def on_ready(self) -> None:
        """Open the shell once the first screen stands."""
        super().on_ready()
        self.call_after_refresh(shell, self, sys.argv[2])


if __name__ == "__main__":
    sys.exit(ShellWizard(Draft.open(Path(sys.argv[1]))).answer())
