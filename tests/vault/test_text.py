"""Every password works in every place it ends up in; texts show none."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.programs import PASSWORDS, redis, redis_answer, systemd_reads
from wizard.errors import VaultError
from wizard.vault.secret import Secrets
from wizard.vault.strength import problems
from wizard.vault.text import Encoding, SecretRef, Text, encode

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.text(min_size=1, max_size=128).filter(lambda value: not problems("x_password", value))


def test_the_passwords_of_the_table_are_all_allowed() -> None:
    """Nothing in the table of awkward passwords is refused at entry."""
    assert {value: problems("redis_password", value) for value in PASSWORDS} == dict.fromkeys(
        PASSWORDS, ()
    )


def test_systemd_reads_back_what_was_encoded(tmp_path: Path) -> None:
    """The parser of systemd gives back each password."""
    for password in PASSWORDS:
        assert systemd_reads(tmp_path, encode(password, Encoding.SYSTEMD)) == password


def test_a_password_in_a_url_in_an_environment_file_survives(tmp_path: Path) -> None:
    """DATABASE_URL: first the URL's encoding, then systemd's; read back the other way round."""
    for password in PASSWORDS:
        reference = SecretRef("app_password", (Encoding.URL, Encoding.SYSTEMD))
        text = Text("postgres://minusnow:", reference, "@10.0.0.1:5432/db?sslmode=verify-full")
        read = systemd_reads(tmp_path, text.reveal(Secrets({"app_password": password})))
        parts = urlsplit(read)
        assert (parts.username, parts.hostname, parts.port) == ("minusnow", "10.0.0.1", 5432)
        assert unquote(parts.password or "") == password


def test_redis_takes_every_password_from_its_configuration(tmp_path: Path) -> None:
    """Redis lets in whoever knows the password that was written into redis.conf."""
    users = "\n".join(
        f'user u{number} on ">{encode(password, Encoding.REDIS)}" ~* +@all'
        for number, password in enumerate(PASSWORDS)
    )
    main = PASSWORDS[14]
    required = f'requirepass "{encode(main, Encoding.REDIS)}"'
    with redis(tmp_path, f"{users}\n{required}") as path:
        assert redis_answer(path, "PING").startswith("-NOAUTH")
        assert redis_answer(path, "AUTH", main) == "+OK"
        for number, password in enumerate(PASSWORDS):
            assert redis_answer(path, "AUTH", f"u{number}", password) == "+OK", password
            assert redis_answer(path, "AUTH", f"u{number}", f"{password}x").startswith("-WRONGPASS")


def test_a_shell_reads_back_what_was_encoded() -> None:
    """/bin/sh prints each password as it was."""
    for password in PASSWORDS:
        script = f"printf %s {encode(password, Encoding.SHELL)}"
        printed = subprocess.run(
            ["/bin/sh"], input=script.encode(), capture_output=True, check=True
        )
        assert printed.stdout.decode() == password


def _systemd(text: str) -> str:
    """Undo what stands between double quotes, as env-file.c does."""
    out, rest = "", iter(text)
    for char in rest:
        assert char != '"'
        if char != "\\":
            out += char
            continue
        following = next(rest)
        out += following if following in '"\\`$' else "\\" + following
    return out


def _pgpass(text: str) -> str:
    out, rest = "", iter(text)
    for char in rest:
        assert char != ":"
        out += next(rest) if char == "\\" else char
    return out


def _redis(text: str) -> str:
    out, rest = "", iter(text)
    for char in rest:
        assert char != '"'
        if char != "\\":
            out += char
            continue
        following = next(rest)
        assert following in '\\"'  # nothing that Redis takes for \n, \x41 and the like
        out += following
    return out


@given(VALUES)
def test_every_value_comes_back(value: str) -> None:
    """Any value that may be typed comes back from each encoding."""
    assert unquote(encode(value, Encoding.URL)) == value
    assert shlex.split(encode(value, Encoding.SHELL)) == [value]
    assert _systemd(encode(value, Encoding.SYSTEMD)) == value
    assert _pgpass(encode(value, Encoding.PGPASS)) == value
    assert _redis(encode(value, Encoding.REDIS)) == value
    for encoding in Encoding:
        assert "\n" not in encode(value, encoding)


def test_a_text_shows_names_and_reveals_values() -> None:
    """Printing shows ‹name›; revealing puts the encoded value in."""
    text = "password " + Text(SecretRef("redis_password", (Encoding.URL,))) + "\n"
    assert str(text) == "password ‹redis_password›\n"
    assert text.names() == {"redis_password"}
    assert text.reveal(Secrets({"redis_password": "a/b"})) == f"password {quote('a/b', safe='')}\n"


def test_a_text_is_made_of_text_only() -> None:
    """A secret itself, or anything else, is not taken silently."""
    secrets = Secrets({"name": "value"})
    with pytest.raises(TypeError):
        Text(secrets["name"])  # type: ignore[arg-type]


def test_an_unknown_secret_is_named() -> None:
    """The error says which secret is missing and how to store it."""
    with pytest.raises(VaultError, match="redis_password"):
        Text(SecretRef("redis_password")).reveal(Secrets({}))


def test_texts_are_joined_like_strings() -> None:
    """Joining puts the separator between, and empty parts vanish."""
    joined = Text.join(", ", ["a", SecretRef("b"), Text("c", "")])
    assert joined.masked() == "a, ‹b›, c"
    assert not Text("", "")
