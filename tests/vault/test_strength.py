"""What may be typed, and how strong it looks."""

from __future__ import annotations

import secrets

import pytest

from tests.vault.programs import PASSWORDS
from wizard.vault.catalogue import ALPHANUMERIC
from wizard.vault.strength import problems, strength


@pytest.mark.parametrize("password", PASSWORDS, ids=ascii)
def test_awkward_passwords_are_allowed(password: str) -> None:
    """Signs, spaces, quotes and letters of any script may be typed, for PostgreSQL too."""
    assert problems("replication_password", password) == ()
    assert problems("app_password", password) == ()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("app_password", "", "empty"),
        ("app_password", "x" * 129, "129 characters"),
        ("app_password", "a\0b", "NUL"),
        ("app_password", "a\nb", "line break"),
        ("app_password", "a\r", "line break"),
        ("app_password", "a\u2028b", "line break"),
        ("app_password", "a\tb", "U+0009"),
        ("app_password", "a\x7fb", "U+007F"),
        ("redis_password", "a\u200bb", "ZERO WIDTH SPACE"),
        ("redis_password", "\ufeffab", "invisible"),
        ("redis_password", "a\ud800b", "UTF-8"),
        ("redis_password", "a\uffffb", "systemd"),
        ("app_password", "ﬁne", "rewrites"),
        ("app_password", "e\u0301", "rewrites"),
        ("monitoring_password", "½", "rewrites"),
        ("session_secret", "x" * 31, "32 at least"),
        ("vrrp_password", "123456789", "keepalived cuts"),
        ("vrrp_password", "abc def", "letters and digits"),
        ("vrrp_password", "äöü", "letters and digits"),
        ("license_key", "x" * 4097, "4096"),
    ],
)
def test_each_refusal_gives_its_reason(name: str, value: str, words: str) -> None:
    """One flaw, one sentence that says why."""
    found = problems(name, value)
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("replication_password", "ﬁne ½"),
        ("session_secret", "x" * 32),
        ("vrrp_password", "aB3dE6g8"),
        ("license_key", "k" * 4096),
        ("license_key_database", "k" * 4096),
        ("smtp_password", "x" * 128),
        ("sudo_password", " "),
    ],
)
def test_what_is_at_the_edge_is_allowed(name: str, value: str) -> None:
    """Limits are inclusive, and rules of one secret do not bind another."""
    assert problems(name, value) == ()


def test_all_reasons_come_at_once() -> None:
    """A value with several flaws is told all of them."""
    assert len(problems("vrrp_password", "a b\nc d e f g")) == 3


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("", "weak"),
        ("a", "weak"),
        ("password", "weak"),
        ("qwertyuiop1234567890", "weak"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "weak"),
        ("abcdefghijklmnopqrstuvwxyz", "weak"),
        ("Tr0ub4dor&3", "fair"),
        ("correct horse battery staple", "strong"),
        ("x7#Kq!92mLp$Vz4&", "strong"),
    ],
)
def test_the_estimate_in_words(value: str, word: str) -> None:
    """Repetition, rows and sequences do not count as strength."""
    assert strength(value).word == word


def test_what_is_generated_is_strong_and_longer_is_stronger() -> None:
    """Thirty-two random letters and digits are strong; the estimate grows with the length."""
    value = "".join(secrets.choice(ALPHANUMERIC) for _ in range(32))
    assert strength(value).word == "strong"
    assert strength(value[:8]).bits < strength(value[:16]).bits < strength(value).bits
