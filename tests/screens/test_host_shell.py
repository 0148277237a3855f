"""A shell on a host, in place of the screens: the real ssh, a real server, a real terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from screens.draft import Draft, write_site
from tests.fleet.tmux import Tmux
from tests.remote.sshd import Sshd, available
from tests.screens.site_text import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(not shutil.which("tmux"), reason="there is no tmux"),
    pytest.mark.skipif(not shutil.which("ssh"), reason="there is no ssh"),
]
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[Sshd]:
    """An OpenSSH server of this machine."""
    if not available():
        pytest.skip("needs root and an OpenSSH server")
    sshd = Sshd(options=f"ListenAddress {own_address()}")
    name = f"[{own_address()}]:{sshd.port}"
    sshd.known_hosts.write_text(sshd.known_line(name), encoding="utf-8")
    yield sshd
    sshd.stop()


def own_address() -> str:
    """An address of this machine at which others reach it: a site has no loopback ones."""
    told = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout
    good = [one for one in told.split() if "." in one and not one.startswith("127.")]
    return good[0] if good else pytest.skip("this machine has no address but loopback")


def opened(folder: Path, server: Sshd) -> Tmux:
    """The wizard in a terminal, with db1 at the server and a shell on it opened."""
    draft = Draft(SITE)
    draft.change(
        {
            "topology.hosts[4].address": own_address(),
            "ssh.user": "root",
            "ssh.port": server.port,
            "ssh.key_file": str(server.user_key),
            "ssh.known_hosts": str(server.known_hosts),
        }
    )
    assert draft.site, draft.problems
    write_site(folder / "acme.yaml", draft.text)
    env = {**os.environ, "HOME": str(folder), "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-m", "tests.screens.shell_wizard", "acme.yaml", "db1"]
    return Tmux(command, folder, env)


def test_a_shell_takes_the_place_of_the_screens_until_it_ends(tmp_path: Path, server: Sshd) -> None:
    """It is the host's, at this terminal; `exit` comes back to the wizard."""
    with opened(tmp_path, server) as terminal:
        shell = terminal.wait("A shell on db1; `exit` comes back")
        assert "Welcome" not in shell
        terminal.type("echo home=$HOME; test -t 0 && echo at-$((40+2))\n")
        told = terminal.wait("at-42")
        assert f"home={server.home}" in told.replace("\n", "")
        terminal.type("exit\n")
        terminal.until(lambda now: "▸ Welcome" in now and "at-42" not in now, "the wizard")
        terminal.press("C-q")
        assert terminal.ended() == 0


def test_a_host_with_another_key_gets_no_shell(tmp_path: Path, server: Sshd) -> None:
    """OpenSSH refuses as the installer does; the wizard is there again, with how to see why."""
    other = Sshd()
    try:
        server.known_hosts.write_text(
            other.known_line(f"[{own_address()}]:{server.port}"), encoding="utf-8"
        )
        with opened(tmp_path, server) as terminal:
            told = terminal.wait("▸ Welcome", "ssh did not get to db1")
            assert "StrictHostKeyChecking" in told.replace(" ", "")
            assert "Accepted" not in server.log.read_text()
            terminal.press("C-q")
            assert terminal.ended() == 0
    finally:
        other.stop()
