"""PostgreSQL accepts our verifiers, and we recognise PostgreSQL's."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from tests.vault.programs import PASSWORDS, postgresql
from wizard.vault.scram import matches, saslprep, verifier
from wizard.vault.text import Encoding, encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What SASLprep changes, prohibits or leaves to the raw bytes.
_UNUSUAL = (
    "\u00a0non-breaking\u2003space",
    "soft\u00adhyphen",
    "ﬁ ligature Ⅸ ½",
    "e\u0301 decomposed",
    "\u200bzero\u200dwidth",
    "\u00ad",
    "mixed abc \u05d0\u05d1",
    "1\u05d0\u05d1",
    "\U0001f9ff newer than Unicode 3.2",
    "\U0001f100 newer, but normalised to older",
    "private \ue000",
    "tag \U000e0041",
    "tab\tinside",
    "ascii bell \a",
)

# Blocks of 128 characters: Latin, combining, Arabic, spaces, ligatures, full width, emoji.
_STARTS = (0x80, 0x100, 0x300, 0x580, 0x600, 0xE00, 0x1E00, 0x2000, 0x2460, 0x3000, 0xAC00)
_LATER = (0xE000, 0xF900, 0xFB00, 0xFB80, 0xFE00, 0xFF00, 0xFF80, 0x1D400, 0x1F100, 0x1F600)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run one PostgreSQL for the module."""
    with postgresql(tmp_path_factory.mktemp("postgresql")) as socket:
        yield socket


def _admin(server: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(server), user="postgres", dbname="postgres", autocommit=True)


def _set_role(server: Path, password: str) -> str:
    """Give the role probe a password or verifier, and return what PostgreSQL stored."""
    with _admin(server) as admin:
        if not admin.execute("select 1 from pg_roles where rolname = 'probe'").fetchone():
            admin.execute("create role probe login")
        admin.execute(sql.SQL("alter role probe password {}").format(password))
        row = admin.execute("select rolpassword from pg_authid where rolname = 'probe'").fetchone()
    assert row is not None
    return str(row[0])


def _login(server: Path, password: str) -> None:
    psycopg.connect(host=str(server), user="probe", password=password, dbname="postgres").close()


@pytest.mark.parametrize("password", [*PASSWORDS, *_UNUSUAL], ids=ascii)
def test_postgresql_lets_in_who_knows_the_password(server: Path, password: str) -> None:
    """A login with the clear password succeeds against our verifier, and fails with another."""
    made = verifier(password)
    assert _set_role(server, made) == made
    _login(server, password)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        _login(server, password + "x")


# PostgreSQL takes a clear password of md5's stored form for one that is encrypted already.
_CLEAR = tuple(text for text in (*PASSWORDS, *_UNUSUAL) if not text.startswith("md5"))


@pytest.mark.parametrize("password", _CLEAR, ids=ascii)
def test_a_verifier_made_by_postgresql_is_recognised(server: Path, password: str) -> None:
    """What PostgreSQL stores for a clear password matches it, and no other."""
    stored = _set_role(server, password)
    assert stored.startswith("SCRAM-SHA-256$")
    assert matches(password, stored)
    assert not matches(password + "x", stored)


@pytest.mark.parametrize("password", PASSWORDS, ids=ascii)
def test_a_password_file_gives_the_password_back(
    server: Path, tmp_path: Path, password: str
) -> None:
    """The PostgreSQL client reads from its password file what was encoded into it."""
    _set_role(server, verifier(password))
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:probe:{encode(password, Encoding.PGPASS)}\n")
    file.chmod(0o600)
    psycopg.connect(host=str(server), user="probe", dbname="postgres", passfile=str(file)).close()


def test_a_connection_url_gives_the_password_back(server: Path) -> None:
    """The PostgreSQL client reads every password out of the URL it was encoded into."""
    for password in PASSWORDS:
        _set_role(server, verifier(password))
        url = f"postgresql://probe:{encode(password, Encoding.URL)}@/postgres?host={server}"
        psycopg.connect(url).close()


def test_any_text_is_prepared_as_postgresql_does(server: Path) -> None:
    """For random passwords of all of Unicode, what PostgreSQL stores matches."""
    random = Random(20261123)  # noqa: S311 - test data, the same each time
    wrong = []
    with _admin(server) as admin:
        admin.execute("create role random_probe")
        for _ in range(300):
            # Half of them of one block: mixed ones are mostly prohibited and so all alike.
            starts = random.choices(_STARTS + _LATER, k=random.randint(1, 6))
            if random.random() < 1 / 2:
                starts = starts[:1] * len(starts)
            text = "".join(chr(start + random.randrange(128)) for start in starts)
            admin.execute(sql.SQL("alter role random_probe password {}").format(text))
            row = admin.execute(
                "select rolpassword from pg_authid where rolname = 'random_probe'"
            ).fetchone()
            assert row is not None
            if not matches(text, str(row[0])):
                wrong.append(text)
    assert wrong == []


def test_the_salt_differs_each_time_and_may_be_given() -> None:
    """Two verifiers of one password differ; with the same salt they do not."""
    assert verifier("one") != verifier("one")
    assert verifier("one", salt=b"0" * 16) == verifier("one", salt=b"0" * 16)


def test_the_verifier_is_the_one_of_rfc_7677() -> None:
    """The keys of the example in RFC 7677 come out: its client proof verifies against them."""
    import base64  # noqa: PLC0415 - for this test only
    import hashlib  # noqa: PLC0415 - as above
    import hmac  # noqa: PLC0415 - as above

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    stored, server_key = verifier("pencil", salt=salt).split("$")[2].split(":")
    message = (
        b"n=user,r=rOprNGfwEbeRWgbNEkqO,"
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    signature = hmac.digest(base64.b64decode(stored), message, "sha256")
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    assert hashlib.sha256(client_key).digest() == base64.b64decode(stored)
    server_signature = hmac.digest(base64.b64decode(server_key), message, "sha256")
    expected = b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    assert base64.b64encode(server_signature) == expected


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "secret",
        "md5a7f1e0d6c4a6f3e0e0c1d2b3a4958677",
        "SCRAM-SHA-256$4096:AAAA$short:short",
        "SCRAM-SHA-256$0:AAAA$" + "A" * 44 + ":" + "A" * 44,
        "SCRAM-SHA-256$1:A===A$" + "A" * 44 + ":" + "A" * 44,
    ],
)
def test_what_is_no_verifier_matches_nothing(stored: str | None) -> None:
    """Missing, clear, md5 and damaged values are no match, and no error."""
    assert not matches("secret", stored)


def test_an_empty_password_has_no_verifier() -> None:
    """PostgreSQL refuses empty passwords; so do we."""
    with pytest.raises(ValueError, match="password"):
        verifier("")


def test_saslprep_does_what_rfc_4013_shows() -> None:
    """The examples of RFC 4013 section 3."""
    examples = ("I\u00adX", "user", "USER", "\u00aa", "\u2168", "\u0627\u0031")
    assert [saslprep(text) for text in examples] == ["IX", "user", "USER", "a", "IX", None]
