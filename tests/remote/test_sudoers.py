"""The policy lets the installer in with real sudo, and nothing else that looks different."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.remote.sshd import Sshd, available, unix_user
from wizard.errors import ConnectionFailed
from wizard.remote.ssh import connect
from wizard.remote.sudoers import policy
from wizard.vault.secret import Secret

PASSWORD = "Gr8-sudo pass'word"
needs_sudo = pytest.mark.skipif(not shutil.which("visudo"), reason="sudo is not installed")


@needs_sudo
@pytest.mark.parametrize("user", ["ops", "svc-minusnow", "jane.doe", "DOM\\jane", "a@example.com"])
@pytest.mark.parametrize("password", [False, True])
def test_visudo_takes_the_policy(tmp_path: Path, user: str, *, password: bool) -> None:
    """Of any account, in the strict mode."""
    file = tmp_path / "policy"
    file.write_text(policy(user, password=password))
    file.chmod(0o440)
    ended = subprocess.run(
        ["visudo", "-c", "-s", "-f", str(file)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


@needs_sudo
@pytest.mark.sshd
@pytest.mark.parametrize("password", [False, True])
def test_the_policy_is_enough_and_names_nothing_else(*, password: bool) -> None:
    """Scripts, uploads and detached work run as root; another command is refused."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    server = Sshd()
    try:
        with unix_user("", password=PASSWORD) as user:
            file = Path("/etc/sudoers.d") / user
            file.write_text(policy(user, password=password))
            file.chmod(0o440)
            sudo = "password" if password else "nopasswd"
            secret = Secret("sudo_password", PASSWORD) if password else None
            host = connect(server.endpoint(user=user, sudo=sudo), sudo_password=secret)
            assert host.run("id -un", waiting_for="x", timeout=60).out == "root\n"
            host.upload(b"content", f"/run/minusnow-setup/{user}")
            job = host.run(f"cat /run/minusnow-setup/{user}", waiting_for="x", timeout=60, job=user)
            assert job.out == "content"
            host.run(f"rm /run/minusnow-setup/{user}", waiting_for="x", timeout=60)
            host.close()

            listed = subprocess.run(
                ["sudo", "-l", "-U", user, "/usr/bin/id"], capture_output=True, check=False
            )
            assert listed.returncode != 0
            other = ["sudo", "-n", "/bin/bash", "-c", "id"]
            refused = subprocess.run(
                ["runuser", "-u", user, "--", *other], capture_output=True, check=False
            )
            assert refused.returncode != 0
            file.unlink()
            with pytest.raises(ConnectionFailed):
                connect(server.endpoint(user=user, sudo=sudo), sudo_password=secret)
    finally:
        server.stop()
