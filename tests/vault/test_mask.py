"""No form of a secret gets through the mask, and other text is left alone."""

from __future__ import annotations

import base64
import html
import json
import pickle
import shlex
import string
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.programs import PASSWORDS
from wizard.vault.authority import new_authority
from wizard.vault.mask import Mask
from wizard.vault.scram import verifier
from wizard.vault.secret import Secrets
from wizard.vault.text import Encoding, encode

LONG = tuple(password for password in PASSWORDS if len(password) >= 4)
VALUES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=4, max_size=40
)


def forms(value: str) -> dict[str, str]:
    """Return what programs may print of a value."""
    raw = value.encode()
    return {
        "raw": value,
        "quote": quote(value, safe=""),
        "quote, default": quote(value),
        "quote_plus": quote_plus(value),
        "encodeURIComponent": quote(value, safe="!'()*"),
        "shell": shlex.quote(value),
        "sql": value.replace("'", "''"),
        "json": json.dumps(value)[1:-1],
        "json, unicode": json.dumps(value, ensure_ascii=False)[1:-1],
        "python": repr(value)[1:-1],
        "html": html.escape(value),
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        **{encoding: encode(value, encoding) for encoding in Encoding if encoding != "scram"},
    }


@given(VALUES)
def test_no_form_of_any_value_gets_through(value: str) -> None:
    """Whatever a value is, none of its printed forms remains."""
    mask = Mask({"secret": value})
    for name, form in forms(value).items():
        assert form not in mask.text(f"<<{form}>>"), name
        assert "‹secret›" in mask.text(f"<<{form}>>"), name


@pytest.mark.parametrize("value", LONG, ids=ascii)
@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(4))
def test_base64_is_found_wherever_the_value_stands_in_it(
    value: str, before: int, after: int
) -> None:
    """In all alignments, what is left of the encoded text does not hold the value any more."""
    whole = bytes(range(65, 65 + before)) + value.encode() + bytes(range(97, 97 + after))
    mask = Mask({"secret": value})
    for encoded in (base64.b64encode(whole), base64.urlsafe_b64encode(whole)):
        masked = mask.text(encoded.decode())
        assert "‹secret›" in masked
        # At most the one character on each side that also holds bits of the neighbours is left.
        rest = masked.replace("‹secret›", "")
        assert len(rest) <= len(encoded) - (len(value.encode()) * 4 // 3 - 3)


@given(
    st.lists(st.text(string.ascii_lowercase, min_size=4, max_size=12), min_size=1, max_size=5),
    st.lists(st.text(string.digits + " .:/-", max_size=20), min_size=5, max_size=5),
)
def test_several_secrets_in_a_line(values: list[str], texts: list[str]) -> None:
    """However they stand between and against each other, no value remains; other text does."""
    mask = Mask({f"S{number}": value for number, value in enumerate(values)})
    line = "".join(text + value for text, value in zip(texts, values, strict=False))
    masked = mask.text(line)
    assert not any(value in masked for value in values)
    assert all(text in masked for text in texts[: len(values)])


def test_the_longest_secret_wins() -> None:
    """Of two secrets that begin alike the longer one is named, and nothing of it remains."""
    mask = Mask({"short": "hunter", "long": "hunter2-and-more"})
    assert mask.text("x hunter2-and-more y hunter z") == "x ‹long› y ‹short› z"


@given(st.text(string.ascii_letters + string.digits + "+/", min_size=32, max_size=32), st.data())
def test_a_value_cut_by_a_line_break_goes_in_both_parts(value: str, data: st.DataObject) -> None:
    """As it is, in a URL, in base64 that is broken at 76 columns; less than a quarter may stay."""
    mask = Mask({"secret": value})
    for form in (value, quote(value, safe=""), base64.b64encode(value.encode()).decode()):
        at = data.draw(st.integers(0, len(form)))
        parts = mask.text(f"before {form[:at]}\n{form[at:]} behind").split("\n")
        for shown, part in zip(parts, (form[:at], form[at:]), strict=True):
            assert len(part) < max(8, len(form) // 4) or part not in shown, shown
        assert parts == [mask.text(f"before {form[:at]}"), mask.text(f"{form[at:]} behind")]


def test_base64_that_is_broken_into_lines() -> None:
    """As `base64` writes it, at 76 columns: nothing of the value that is worth trying is left."""
    value = "Zx9mK4qLw7RtB2nVc8YpD5sGh3JfA6eU"
    lines = base64.encodebytes(b"x" * 40 + value.encode()).decode()
    shown = Mask({"secret": value}).text(lines)
    assert shown.count("‹secret›") == 2
    left = "".join(part for part in shown.split("‹secret›") if "eHh4" not in part)
    assert len(left.strip()) < 8


def test_common_words_at_the_edge_of_a_line_stay() -> None:
    """A part counts from eight characters on, and from a quarter of the value."""
    mask = Mask({"secret": "production-" + "x" * 50})
    assert mask.text("this is produc") == "this is produc"
    assert mask.text("this is production") == "this is production"
    assert mask.text("this is production-xxxxx") == "this is ‹secret›"
    assert mask.text("xxxxxxx\nxxxxx and") == "xxxxxxx\nxxxxx and"


def test_text_without_secrets_is_the_same() -> None:
    """Other lines come out as they went in, and a mask without secrets changes nothing."""
    line = "2026-11-23 app1 Setting up postgresql-15 (15.18-0+deb12u1) ..."
    assert Mask({"secret": "correct horse"}).text(line) == line
    assert Mask({}).text(line) == line
    assert Mask({"empty": ""}).text(line) == line


@pytest.mark.parametrize(
    ("value", "line", "masked"),
    [
        ("a", "a cat sat: a", "‹s› cat sat: ‹s›"),
        ("ab", "ab abc cab x=ab;", "‹s› abc cab x=‹s›;"),
        ("42", "port 5432, code 42", "port 5432, code ‹s›"),
        ("é", "é été", "‹s› été"),
        ("a'b", "PASSWORD 'a'b'", "PASSWORD '‹s›'"),
    ],
)
def test_a_very_short_secret_is_masked_as_a_word(value: str, line: str, masked: str) -> None:
    """Secrets below four characters go only where they stand alone; other words stay readable."""
    assert Mask({"s": value}).text(line) == masked


def test_each_line_of_a_private_key_is_masked_and_certificates_are_not() -> None:
    """A key printed line by line, escaped in JSON or inside base64 does not get through."""
    made = new_authority("site", datetime(2026, 11, 23, tzinfo=UTC))
    mask = Mask(Secrets({"ca_key": made.key, "ca_certificate": made.certificate}))
    # The third and last line of a P-256 key is the public key only.
    body = made.key.splitlines()[1:3]
    encoded = base64.b64encode(made.key.encode()).decode()
    for text in (made.key, json.dumps(made.key), encoded, *body):
        masked = mask.text(text)
        assert "‹ca_key›" in masked
        assert not any(line in masked for line in body)
    assert mask.text(made.certificate) == made.certificate


def test_a_verifier_is_masked_whatever_it_was_made_of() -> None:
    """PostgreSQL's errors quote the statement with the verifier in it."""
    line = f"STATEMENT:  ALTER ROLE \"minusnow\" PASSWORD '{verifier('any')}'"
    for mask in (Mask({}), Mask({"app_password": "any other"})):
        expected = "STATEMENT:  ALTER ROLE \"minusnow\" PASSWORD '‹SCRAM verifier›'"
        assert mask.text(line) == expected


def test_a_mask_does_not_tell() -> None:
    """It is not pickled and its repr names names only."""
    mask = Mask({"app_password": "Zx9-very-clear"})
    assert repr(mask) == "Mask(['app_password'])"
    with pytest.raises(TypeError):
        pickle.dumps(mask)
