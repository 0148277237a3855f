"""What a run may load."""

from __future__ import annotations

import subprocess
import sys


def test_the_run_loads_nothing_dear() -> None:
    """Fabric, psycopg, keyring and Jinja2 are loaded by those who need them, late."""
    code = (
        "import sys, wizard.run.session, wizard.run.console, wizard.run.state, wizard.run.audit\n"
        "print(sorted({'fabric', 'paramiko', 'psycopg', 'keyring', 'jinja2', 'textual'}"
        " & sys.modules.keys()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert run.stdout == "[]\n"
