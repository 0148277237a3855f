"""A running Redis accepts two passwords while one takes the place of the other; a real server."""

from __future__ import annotations

import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import wait_until
from tests.run.local_host import LocalHost
from wizard.errors import RefusedOnHost
from wizard.resources.redis_passwords import RedisPasswords
from wizard.vault.secret import Secrets
from wizard.vault.text import Encoding, encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD, NEW = "old 'one' \\ \"quoted\"", 'new $(id) "one" \\n'
SECRETS = Secrets({"redis_password": NEW})


class Server:
    """A Redis of our own with a configuration file of one password."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "redis.conf"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.write(OLD)
        self.process = subprocess.Popen(
            ["redis-server", str(self.config)], stdout=subprocess.DEVNULL, cwd=folder
        )
        wait_until(lambda: "NOAUTH" in self.said("PING"), seconds=60)

    def write(self, password: str) -> None:
        """Write the configuration with this password."""
        self.config.write_text(
            f"port {self.port}\nbind 127.0.0.1\nsave ''\n# requirepass \"not this one\"\n"
            f'requirepass "{encode(password, Encoding.REDIS)}"\n'
        )

    def said(self, *lines: str) -> str:
        """Return what it answers to these lines."""
        return subprocess.run(
            ["redis-cli", "-p", str(self.port)],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        ).stdout

    def lets_in(self, password: str) -> bool:
        """Return whether the password is good."""
        return "PONG" in self.said(f'AUTH "{encode(password, Encoding.REDIS)}"', "PING")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a running server."""
    if not (shutil.which("redis-server") and shutil.which("redis-cli")):
        pytest.skip("needs Redis: apt-get install redis-server redis-tools")
    found = Server(tmp_path)
    yield found
    found.process.kill()
    found.process.wait(60)


def made_so(server: Server, host: LocalHost, *, only: bool) -> bool:
    """Make it so; return whether anything had to be done, and see that nothing is left."""
    item = RedisPasswords(
        config=str(server.config), port=server.port, secret="redis_password", only=only
    )
    seen = host.run(item.look(), waiting_for="", timeout=60).out
    change = item.change(seen, SECRETS)
    if change:
        assert NEW not in change.script.masked()
        script = "set -euo pipefail\n" + change.script.reveal(SECRETS)
        ended = host.run(script, waiting_for="", timeout=60)
        assert (ended.status, ended.out, ended.err) == (0, "", "")
    seen = host.run(item.look(), waiting_for="", timeout=60).out
    assert NEW not in seen
    assert item.change(seen, SECRETS) is None
    return change is not None


def test_two_passwords_are_good_until_the_old_one_is_taken_away(
    server: Server, tmp_path: Path
) -> None:
    """The server does not restart, and its configuration may be replaced at any moment."""
    host = LocalHost("cache1", tmp_path / "host")
    assert [server.lets_in(each) for each in (OLD, NEW)] == [True, False]
    assert made_so(server, host, only=False)
    assert not made_so(server, host, only=False)
    assert [server.lets_in(each) for each in (OLD, NEW)] == [True, True]
    server.write(NEW)
    assert not made_so(server, host, only=False)
    assert made_so(server, host, only=True)
    assert not made_so(server, host, only=True)
    assert [server.lets_in(each) for each in (OLD, NEW)] == [False, True]
    assert server.process.poll() is None


def test_an_old_redis_is_refused_with_another_way() -> None:
    """Before version 6 there is one password."""
    item = RedisPasswords(config="/c", port=6379, secret="redis_password", only=False)
    with pytest.raises(RefusedOnHost, match="older than version 6") as caught:
        item.change("OK\nERR unknown command `ACL`, with args", SECRETS)
    assert "--replace" in caught.value.remedy


def test_a_plan_without_a_server_says_what_will_be_done() -> None:
    """Nobody answers: nothing is known of its passwords."""
    item = RedisPasswords(config="/c", port=6379, secret="redis_password", only=True)
    change = item.change("Could not connect to Redis", SECRETS)
    assert change
    assert "alone" in change.summary
