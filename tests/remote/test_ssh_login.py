"""Logging in: keys, the agent, jump hosts, sudo, and failures that say what to do."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, make_key, processes_with, unix_user
from wizard.errors import ConnectionFailed, SetupError
from wizard.remote.ssh import connect
from wizard.remote.ssh_pool import connect_all
from wizard.vault.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sshd

PASSWORD = "Gr8-sudo pass'word"


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("phrase", ["", "open sesame"])
def test_every_kind_of_key_logs_in(server: Sshd, tmp_path: Path, kind: str, phrase: str) -> None:
    """With and without a passphrase."""
    key = make_key(tmp_path / "key", kind, phrase)
    server.authorize(key)
    passphrase = Secret("key_passphrase", phrase) if phrase else None
    connect(server.endpoint(key_file=key), passphrase=passphrase).close()


def test_a_passphrase_that_is_not_needed_does_no_harm(server: Sshd) -> None:
    """One passphrase may be stored for several keys."""
    connect(server.endpoint(), passphrase=Secret("key_passphrase", "unused")).close()


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        ("missing", "cannot be read: No such file"),
        ("open to others", r"may be read by others \(mode 0644\)"),
        ("locked", "protected by a passphrase that was not given"),
        ("wrong passphrase", "cannot be opened with the passphrase"),
        ("not a key", "is not a private key"),
        ("not authorized", "refused the login as root with the key .*/key"),
    ],
)
def test_trouble_with_a_key_is_told_plainly(
    server: Sshd,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
    expected: str,
) -> None:
    """The text names the file, and the remedy what to do; no passphrase stands in it."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    locked = trouble in {"locked", "wrong passphrase"}
    key = make_key(tmp_path / "key", passphrase="right one" if locked else "")
    if trouble == "missing":
        key.unlink()
    elif trouble == "open to others":
        key.chmod(0o644)
    elif trouble == "not a key":
        key.write_text("hello\n")
    passphrase = Secret("key_passphrase", "wr0ng one") if trouble == "wrong passphrase" else None
    with pytest.raises(ConnectionFailed, match=expected) as caught:
        connect(server.endpoint(key_file=key), passphrase=passphrase)
    assert caught.value.remedy
    assert "wr0ng" not in str(caught.value)


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start an SSH agent for the test."""
    words = subprocess.run(["ssh-agent", "-s"], check=True, capture_output=True, text=True).stdout
    values = dict(part.split("=", 1) for part in words.replace("\n", "").split(";") if "=" in part)
    monkeypatch.setenv("SSH_AUTH_SOCK", values["SSH_AUTH_SOCK"])
    yield
    os.kill(int(values["SSH_AGENT_PID"]), signal.SIGTERM)


@pytest.mark.usefixtures("agent")
def test_the_agent_is_used_without_a_key_file(server: Sshd) -> None:
    """An empty agent is refused first, with the reason."""
    with pytest.raises(ConnectionFailed, match="no key to log in"):
        connect(server.endpoint(key_file=None))
    subprocess.run(["ssh-add", "-q", str(server.user_key)], check=True)
    connect(server.endpoint(key_file=None)).close()


def test_neither_key_nor_agent_is_told_before_connecting(
    server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that happen to lie in ~/.ssh are not tried by chance."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(ConnectionFailed, match="no SSH agent is running"):
        connect(server.endpoint(key_file=None))


def test_a_jump_host_leads_on_and_its_key_is_verified_too(
    server: Sshd, own_server: Sshd, tmp_path: Path
) -> None:
    """Host keys of both are checked; both connections end with the transport."""
    jump = own_server.endpoint(name="bastion")
    host = connect(server.endpoint(jump=jump))
    assert host.run("echo there", waiting_for="x", timeout=30).out == "there\n"
    assert own_server.sessions()
    host.close()
    unknown = own_server.endpoint(name="bastion", known_hosts=tmp_path / "none")
    with pytest.raises(ConnectionFailed, match="not known") as caught:
        connect(server.endpoint(jump=unknown))
    assert caught.value.host == "bastion"


def test_a_jump_host_with_another_key_is_a_hard_stop(
    server: Sshd, own_server: Sshd, tmp_path: Path
) -> None:
    """Nobody is asked, nothing is kept, and the host behind it is not spoken to."""
    key = server.known_line().partition(" ")[2]
    file = tmp_path / "known_hosts"
    file.write_text(f"[127.0.0.1]:{own_server.port} {key}{server.known_line()}")
    before, sessions = file.read_text(), server.sessions()
    jump = own_server.endpoint(name="bastion", known_hosts=file)
    with pytest.raises(ConnectionFailed, match="CHANGED") as caught:
        connect(server.endpoint(jump=jump), confirm_host_key=lambda _question: True)
    assert caught.value.host == "bastion"
    assert caught.value.untrusted
    assert file.read_text() == before
    assert server.sessions() == sessions


def test_a_jump_host_that_cannot_reach_the_host_says_so(server: Sshd, own_server: Sshd) -> None:
    """The port behind it is closed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with pytest.raises(ConnectionFailed, match="jump host cannot reach"):
        connect(server.endpoint(port=closed, jump=own_server.endpoint(name="bastion")))


def test_what_is_not_ssh_is_told_within_the_time_limit() -> None:
    """A silent listener and a closed port."""
    server = Sshd()
    try:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with pytest.raises(ConnectionFailed, match="did not speak SSH"):
                connect(server.endpoint(port=port), timeout=1)
        with pytest.raises(ConnectionFailed, match="nothing listens"):
            connect(server.endpoint(port=port), timeout=1)
    finally:
        server.stop()


def test_a_server_with_nothing_but_sha_1_is_named_so(tmp_path: Path) -> None:
    """Old servers fail for a reason one can act on."""
    rsa = make_key(tmp_path / "rsa", "rsa")
    server = Sshd(options=f"HostKey {rsa}\nHostKeyAlgorithms ssh-rsa")
    try:
        with pytest.raises(ConnectionFailed, match="too old") as caught:
            connect(server.endpoint())
        assert "SHA-1" in caught.value.remedy
    finally:
        server.stop()


@pytest.mark.skipif(not shutil.which("sudo"), reason="sudo is not installed")
class TestSudo:
    """A login user that becomes root with sudo."""

    def test_nopasswd(self, server: Sshd) -> None:
        """Scripts run as root, or as the user where asked for."""
        with unix_user("{user} ALL=(ALL) NOPASSWD: ALL", password=PASSWORD) as user:
            host = connect(server.endpoint(user=user))
            assert host.run("id -un", waiting_for="x", timeout=30).out == "root\n"
            mine = host.run('id -un; stat -c %a "$TMPDIR"', waiting_for="x", timeout=30, root=False)
            assert mine.out == f"{user}\n700\n"
            host.close()

    @pytest.mark.parametrize("extra", ["", "Defaults:{user} use_pty\n"])
    def test_with_a_password(self, server: Sshd, extra: str) -> None:
        """It is sent when asked for, and stands nowhere."""
        with unix_user(extra + "{user} ALL=(ALL) ALL", password=PASSWORD) as user:
            endpoint = server.endpoint(user=user, sudo="password")
            host = connect(endpoint, sudo_password=Secret("sudo_password", PASSWORD))
            result = host.run("id -u; cat; echo minusnow-", waiting_for="x", timeout=30)
            assert (result.out, result.err) == ("0\nminusnow-\n", "")
            large = "x" * 3_000_000
            assert host.run(f": '{large}'; echo ok", waiting_for="x", timeout=60).out == "ok\n"
            assert processes_with(PASSWORD) == []
            host.upload(b"content", "/run/minusnow-setup/sudo-upload")
            assert Path("/run/minusnow-setup/sudo-upload").read_bytes() == b"content"
            host.run("rm /run/minusnow-setup/sudo-upload", waiting_for="x", timeout=30)
            host.close()

    @pytest.mark.parametrize(
        ("rule", "sudo", "password", "expected"),
        [
            ("{user} ALL=(ALL) ALL", "password", "wrong", "refused the password"),
            ("{user} ALL=(ALL) ALL", "password", None, "none is stored"),
            ("{user} ALL=(ALL) ALL", "nopasswd", None, "sudo asks for a password"),
            ("", "nopasswd", None, "sudo"),
            (
                "Defaults:{user} requiretty\n{user} ALL=(ALL) NOPASSWD: ALL",
                "nopasswd",
                None,
                "requiretty",
            ),
        ],
    )
    def test_failures_say_what_to_do(
        self, server: Sshd, rule: str, sudo: str, password: str | None, expected: str
    ) -> None:
        """One password is tried once."""
        with unix_user(rule, password=PASSWORD) as user:
            secret = Secret("sudo_password", password) if password else None
            with pytest.raises(ConnectionFailed, match=expected) as caught:
                connect(server.endpoint(user=user, sudo=sudo), sudo_password=secret)
            assert caught.value.remedy

    def test_a_login_shell_that_is_not_bash(self, server: Sshd) -> None:
        """Scripts are bash all the same."""
        rule = "{user} ALL=(ALL) NOPASSWD: ALL"
        with unix_user(rule, password=PASSWORD, login_shell="/bin/sh") as user:
            host = connect(server.endpoint(user=user))
            out = host.run('[[ x ]] && echo "$BASH"', waiting_for="x", timeout=30).out
            assert out == "/bin/bash\n"
            host.close()

    def test_an_account_without_a_shell(self, server: Sshd) -> None:
        """The text says that the shell is the trouble."""
        with (
            unix_user("", password=PASSWORD, login_shell="/usr/sbin/nologin") as user,
            pytest.raises(ConnectionFailed, match="login shell"),
        ):
            connect(server.endpoint(user=user))


def test_temporary_directories_may_be_mounted_noexec() -> None:
    """Nothing is executed from /tmp, and here-documents still work."""
    server = Sshd(
        wrapper=(
            *("unshare", "--mount", "sh", "-c"),
            'mount -t tmpfs -o noexec,nosuid none /tmp && exec "$@"',
            "sshd",
        )
    )
    try:
        host = connect(server.endpoint())
        script = "findmnt -no OPTIONS /tmp | grep -o noexec; cat <<'E' | wc -c\n{}\nE"
        result = host.run(script.format("x" * 200_000), waiting_for="x", timeout=30)
        assert result.out.split() == ["noexec", "200001"]
        assert host.run("echo job", waiting_for="x", timeout=30, job="noexec").out == "job\n"
        host.close()
    finally:
        server.stop()


def test_all_hosts_are_reached_at_once_and_all_problems_told(server: Sshd, tmp_path: Path) -> None:
    """One wrong host does not hide another."""
    key = make_key(tmp_path / "stranger")
    endpoints = [
        *(server.endpoint(name=f"app{n}") for n in range(4)),
        server.endpoint(name="db1", key_file=key),
        server.endpoint(name="db2", known_hosts=tmp_path / "none"),
    ]
    found = connect_all(endpoints)
    failures = {name: one for name, one in found.items() if isinstance(one, SetupError)}
    assert set(failures) == {"db1", "db2"}
    for name, one in found.items():
        if not isinstance(one, SetupError):
            assert one.host == name
            one.close()
