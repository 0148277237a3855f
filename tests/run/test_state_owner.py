"""Who works with a state file is told right, also behind sudo."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent.parent
TELL = "from wizard.run.state_owner import login, ssh_client; print(login(), ssh_client() or '-')"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"SSH_CLIENT": "10.0.0.9 50000 22"}, "10.0.0.9"),
        ({"SSH_CONNECTION": "2001:db8::9 50000 10.0.0.1 22"}, "2001:db8::9"),
        ({}, "-"),
    ],
)
def test_the_address_comes_from_the_session(environment: dict[str, str], expected: str) -> None:
    """As sshd has put it into the environment."""
    said = subprocess.run(
        [sys.executable, "-c", TELL],
        cwd=TOP,
        env={"PATH": "/usr/bin:/bin", "HOME": "/", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split()[1] == expected


@pytest.mark.skipif(not shutil.which("sudo"), reason="sudo is not installed")
def test_the_person_and_the_address_are_known_behind_sudo() -> None:
    """The environment that sudo makes has no address, the shell above it has."""
    reset = subprocess.run(["sudo", "-n", "env"], capture_output=True, text=True, check=False)
    if reset.returncode:
        pytest.skip("sudo asks for a password here")
    said = subprocess.run(
        [
            "sudo",
            "-n",
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(TOP)!r}); {TELL}",
        ],
        cwd=TOP,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SSH_CLIENT": "10.0.0.9 50000 22"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split()[1] == "10.0.0.9"
