"""Host keys are verified, whatever form known_hosts has them in."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.remote.sshd import Sshd, make_key
from wizard.errors import ConnectionFailed
from wizard.remote.ssh import connect

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.remote.endpoint import HostKeyQuestion

pytestmark = pytest.mark.sshd


def shown_fingerprint(key: Path) -> str:
    """Return what OpenSSH says about a key."""
    words = subprocess.run(
        ["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True
    )
    return words.stdout.split()[1]


def known(tmp_path: Path, text: str) -> Path:
    """Write a known_hosts file."""
    file = tmp_path / "known_hosts"
    file.write_text(text)
    return file


def test_an_unknown_key_is_refused_with_its_fingerprint(server: Sshd, tmp_path: Path) -> None:
    """The person can compare it and add it; nothing is added alone."""
    file = tmp_path / "none"
    with pytest.raises(ConnectionFailed) as caught:
        connect(server.endpoint(known_hosts=file))
    assert shown_fingerprint(server.host_key) in caught.value.seen
    assert str(file) in caught.value.remedy
    assert not file.exists()


def test_a_confirmed_key_is_remembered(server: Sshd, tmp_path: Path) -> None:
    """The second connection asks nobody; the file is private and keeps what it had."""
    file = known(tmp_path, "# mine, without a newline")
    asked: list[HostKeyQuestion] = []

    def confirm(question: HostKeyQuestion) -> bool:
        asked.append(question)
        return True

    endpoint = server.endpoint(known_hosts=file)
    connect(endpoint, confirm_host_key=confirm).close()
    connect(endpoint).close()
    assert [one.fingerprint for one in asked] == [shown_fingerprint(server.host_key)]
    assert file.read_text() == f"# mine, without a newline\n{server.known_line()}"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_person_who_says_no_is_heard(server: Sshd, tmp_path: Path) -> None:
    """Nothing is remembered."""
    file = tmp_path / "none"
    with pytest.raises(ConnectionFailed, match="not known"):
        connect(server.endpoint(known_hosts=file), confirm_host_key=lambda _question: False)
    assert not file.exists()


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_changed_key_is_a_hard_stop(server: Sshd, tmp_path: Path, kind: str) -> None:
    """Nobody is asked; the text names the line of the old key and both remain as they are."""
    other = make_key(tmp_path / "other", kind).with_suffix(".pub").read_text().split()
    text = f"\n# a comment\n[127.0.0.1]:{server.port} {other[0]} {other[1]}\n"
    file = known(tmp_path, text)
    with pytest.raises(ConnectionFailed, match="CHANGED") as caught:
        connect(server.endpoint(known_hosts=file), confirm_host_key=lambda _question: True)
    assert f"{file}:3" in caught.value.seen
    assert shown_fingerprint(server.host_key) in caught.value.seen
    assert file.read_text() == text


@pytest.mark.parametrize("form", ["hashed", "wildcard", "list", "tabs", "damaged line before"])
def test_every_form_of_a_known_key_is_understood(server: Sshd, tmp_path: Path, form: str) -> None:
    """As OpenSSH reads it."""
    name = f"[127.0.0.1]:{server.port}"
    text = {
        "hashed": server.known_line(),
        "wildcard": server.known_line(f"[127.0.*]:{server.port}"),
        "list": server.known_line(f"elsewhere,{name}"),
        "tabs": server.known_line().replace(" ", "\t"),
        "damaged line before": f"{name} ssh-ed25519 !!!\n{name}\n" + server.known_line(),
    }[form]
    file = known(tmp_path, text)
    if form == "hashed":
        subprocess.run(["ssh-keygen", "-qHf", str(file)], check=True, capture_output=True)
        assert name not in file.read_text()
    connect(server.endpoint(known_hosts=file)).close()


def test_the_name_of_port_22_is_not_enough_for_another_port(server: Sshd, tmp_path: Path) -> None:
    """A key is known for the address and the port together."""
    file = known(tmp_path, server.known_line("127.0.0.1"))
    with pytest.raises(ConnectionFailed, match="not known"):
        connect(server.endpoint(known_hosts=file))


def test_a_revoked_key_is_refused(server: Sshd, tmp_path: Path) -> None:
    """Even where another line knows it."""
    line = server.known_line()
    file = known(tmp_path, line + "@revoked " + line)
    with pytest.raises(ConnectionFailed, match="revoked"):
        connect(server.endpoint(known_hosts=file))


def test_the_key_we_know_is_asked_for(tmp_path: Path) -> None:
    """A server with several keys shows the one that can be checked."""
    rsa = make_key(tmp_path / "rsa", "rsa")
    sshd = Sshd(options=f"HostKey {rsa}")
    try:
        kind, key = rsa.with_suffix(".pub").read_text().split()[:2]
        file = known(tmp_path, f"[127.0.0.1]:{sshd.port} {kind} {key}\n")
        connect(sshd.endpoint(known_hosts=file)).close()
    finally:
        sshd.stop()
