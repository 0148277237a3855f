"""`minusnow-setup secret`: fills the keyring and never shows a value."""

from __future__ import annotations

import argparse
import io
import os
import pty
import select
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from ruamel.yaml import YAML

from tests.vault.sites import PASSPHRASE, document
from wizard.cli import secret
from wizard.errors import VaultError
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLEAR = "Zx9 'very' \"clear\" $value"


class Setup:
    """A site file, a keyring file and its passphrase file, and the command on them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site = folder / "site.yaml"
        with self.site.open("w") as file:
            YAML().dump(document(), file)
        self.ring = folder / "site.keyring"
        self.phrase = folder / "phrase"
        self.phrase.write_text(f"{PASSPHRASE}\n")
        self.phrase.chmod(0o600)
        self._monkeypatch = monkeypatch

    def options(self) -> list[str]:
        """Return the options of the keyring."""
        return ["--keyring-file", str(self.ring), "--keyring-passphrase-file", str(self.phrase)]

    def __call__(self, *words: str, stdin: bytes = b"", options: list[str] | None = None) -> int:
        """Run the command and return its exit status."""
        stream = io.TextIOWrapper(io.BytesIO(stdin))
        self._monkeypatch.setattr(sys, "stdin", stream)
        parser = argparse.ArgumentParser(prog="minusnow-setup")
        secret.register(parser.add_subparsers())
        args = parser.parse_args(
            ["secret", *words, *(self.options() if options is None else options)]
        )
        status = args.run(args)
        assert isinstance(status, int)
        return status

    def value(self, name: str) -> str:
        """Return what is stored."""
        vault = open_vault("vault-test", passphrase=lambda: PASSPHRASE, keyring_file=self.ring)
        return vault.secrets()[name].reveal()


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setup]:
    """Return a site with an empty keyring file, away from the real home and keyring."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    yield Setup(tmp_path, monkeypatch)
    keyring.set_keyring(before)


def test_set_reads_standard_input_and_shows_nothing(
    setup: Setup, capfd: pytest.CaptureFixture[str]
) -> None:
    """The value is stored without the line end of echo, and not printed."""
    assert setup("set", "smtp_password", str(setup.site), stdin=f"{CLEAR}\n".encode()) == 0
    assert setup.value("smtp_password") == CLEAR
    shown = "".join(capfd.readouterr())
    assert "smtp_password is stored" in shown
    assert CLEAR not in shown


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("smtp_password", b"", "empty"),
        ("smtp_password", b"\n", "empty"),
        ("smtp_password", b"two\nlines\n", "line break"),
        ("smtp_password", b"\xff\xfe", "UTF-8"),
        ("smtp_password", b"x" * 200, "200 characters"),
        ("session_secret", b"too short", "32 at least"),
        ("vrrp_password", b"nine chars", "keepalived"),
        ("balancer_key", b"x", "networking.tls"),
        ("smtp_passwort", b"x", "'smtp_password' is near"),
    ],
)
def test_set_refuses_what_cannot_be(setup: Setup, name: str, value: bytes, words: str) -> None:
    """Bad values, keys and unknown names are refused with the reason; nothing is stored."""
    with pytest.raises(VaultError) as caught:
        setup("set", name, str(setup.site), stdin=value)
    assert words in str(caught.value)
    assert caught.value.exit_status == 2
    assert not setup.ring.exists()


def test_nothing_is_replaced_unasked(setup: Setup) -> None:
    """A stored secret stays unless --replace is given; the refusal says what replacing means."""
    site = str(setup.site)
    setup("set", "session_secret", site, stdin=b"a" * 40)
    for words in (("set", "session_secret", site), ("generate", "session_secret", site)):
        with pytest.raises(VaultError) as caught:
            setup(*words, stdin=b"b" * 40)
        assert "stored already (typed" in str(caught.value)
        assert "every user is logged out" in str(caught.value)
    assert setup.value("session_secret") == "a" * 40
    setup("set", "session_secret", site, "--replace", stdin=b"b" * 40)
    assert setup.value("session_secret") == "b" * 40
    setup("generate", "--replace", "session_secret", site)
    assert len(setup.value("session_secret")) == 64


def test_generate_makes_one(setup: Setup, capfd: pytest.CaptureFixture[str]) -> None:
    """One name, one value, which is not shown."""
    assert setup("generate", "redis_password", str(setup.site)) == 0
    value = setup.value("redis_password")
    shown = "".join(capfd.readouterr())
    assert "redis_password" in shown
    assert value not in shown


def test_generate_all_makes_the_rest(setup: Setup, capfd: pytest.CaptureFixture[str]) -> None:
    """Everything missing that can be made; what must be typed is named with its command."""
    setup("set", "app_password", str(setup.site), stdin=CLEAR.encode())
    assert setup("generate", "--all", str(setup.site)) == 0
    shown = capfd.readouterr().out
    assert "tls_certificate_db2" in shown
    assert f"minusnow-setup secret set smtp_password {setup.site}" in shown
    assert setup.value("app_password") == CLEAR
    assert setup("generate", "--all", str(setup.site)) == 0
    assert "Nothing was missing" in capfd.readouterr().out


def test_generate_does_not_make_what_others_give_out(setup: Setup) -> None:
    """The mail relay's password is typed."""
    with pytest.raises(VaultError, match="someone else gave it out"):
        setup("generate", "smtp_password", str(setup.site))


@pytest.mark.parametrize(
    "words", [("redis_password",), ("--all", "redis_password", "S"), ("--all", "--replace", "S")]
)
def test_generate_wants_a_name_or_all(setup: Setup, words: tuple[str, ...]) -> None:
    """Anything else is a usage error."""
    with pytest.raises(SystemExit) as caught:
        setup("generate", *words)
    assert caught.value.code == 2


def test_list_shows_all_but_values(setup: Setup, capfd: pytest.CaptureFixture[str]) -> None:
    """Name, whether stored, age, origin and purpose of each; values of none."""
    setup("set", "app_password", str(setup.site), stdin=CLEAR.encode())
    setup("generate", "redis_password", str(setup.site))
    redis_value = setup.value("redis_password")
    capfd.readouterr()
    assert setup("list", str(setup.site)) == 0
    rows = {line.split()[0]: line for line in capfd.readouterr().out.splitlines()}
    assert rows["app_password"].split()[1:5] == ["yes", "just", "now", "typed"]
    assert "generated" in rows["redis_password"]
    assert rows["smtp_password"].split()[1] == "MISSING"
    assert rows["license_key"].split()[1] == "optional"
    assert not any(CLEAR in row or redis_value in row for row in rows.values())


def test_passphrase_and_value_on_one_standard_input(setup: Setup) -> None:
    """With `-` the first line is the passphrase, also when the keyring is new."""
    options = ["--keyring-file", str(setup.ring), "--keyring-passphrase-file", "-"]
    stdin = f"{PASSPHRASE}\n{CLEAR}\n".encode()
    setup("set", "smtp_password", str(setup.site), stdin=stdin, options=options)
    assert setup.value("smtp_password") == CLEAR


def test_a_wrong_passphrase_is_an_error_in_words(setup: Setup) -> None:
    """The file is named, nothing of it changes."""
    setup("generate", "redis_password", str(setup.site))
    setup.phrase.write_text("something else\n")
    with pytest.raises(VaultError, match="passphrase does not open"):
        setup("list", str(setup.site))


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=5, minutes=59), "5 hours"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_ages_in_their_largest_unit(span: timedelta, words: str) -> None:
    """Whole numbers, singular and plural."""
    assert secret.age(span) == words


SCRIPT = """
import argparse, sys
import keyring
from keyring.backends.fail import Keyring
keyring.set_keyring(Keyring())
from wizard.cli import secret
parser = argparse.ArgumentParser()
secret.register(parser.add_subparsers())
args = parser.parse_args(sys.argv[1:])
sys.exit(args.run(args))
"""


def _talk(command: list[str], answers: dict[bytes, bytes]) -> tuple[int, bytes]:
    """Run a command on a terminal of its own, answer its prompts, return status and screen."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)  # noqa: S606 - no shell is the point
    screen, answered = b"", b""
    while True:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, screen
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        screen += data
        answered += data
        for prompt, answer in answers.items():
            if prompt in answered:
                answered = b""
                os.write(terminal, answer + b"\n")
                break
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen


def test_at_a_terminal_nothing_typed_is_seen(setup: Setup) -> None:
    """Passphrase and value are asked for twice each, and neither appears on the screen."""
    command = [sys.executable, "-c", SCRIPT, "secret", "set", "smtp_password", str(setup.site)]
    status, screen = _talk(
        [*command, "--keyring-file", str(setup.ring)],
        {
            b"New passphrase": PASSPHRASE.encode(),
            b"(login at the mail relay)": CLEAR.encode(),
        },
    )
    assert status == 0, screen
    assert screen.count(b"passphrase for") == 2
    assert screen.count(b"again") == 2
    assert CLEAR.encode() not in screen
    assert PASSPHRASE.encode() not in screen
    assert setup.value("smtp_password") == CLEAR


def test_without_a_terminal_a_missing_passphrase_is_said(setup: Setup) -> None:
    """In a job without a terminal nothing waits for an answer that cannot come."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "secret", "generate", "redis_password", str(setup.site)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert b"--keyring-passphrase-file" in done.stderr
