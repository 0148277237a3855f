"""What the tests look for leaks with finds what is planted, in every form and place."""

from __future__ import annotations

import base64
import html
import json
import shlex
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

import pytest

from tests.detector import Detector
from wizard.vault.authority import new_authority
from wizard.vault.scram import verifier

SECRET = "Gr\u00fc\u00dfe @/'pa\"ss\\w`o$rd%+&#42 and more"
BASIC = base64.b64encode(f"user:{quote(SECRET)}".encode()).decode()

FORMS = {
    "as it is": SECRET,
    "in a URL": quote(SECRET, safe=""),
    "in a URL, small letters": quote(SECRET, safe="").replace("%2F", "%2f").replace("%C3", "%c3"),
    "in a form": quote_plus(SECRET),
    "in a shell": shlex.quote(SECRET),
    "in a shell, ended and begun again": SECRET.replace("'", "'\\''"),
    "in SQL": SECRET.replace("'", "''"),
    "in SQL with backslashes": "E'" + SECRET.replace("\\", "\\\\").replace("'", "\\'") + "'",
    "in JSON": json.dumps(SECRET),
    "in JSON inside JSON": json.dumps(json.dumps(SECRET, ensure_ascii=False), ensure_ascii=False),
    "in Python": repr(SECRET),
    "in HTML": html.escape(SECRET),
    "in hexadecimal": SECRET.encode().hex(),
    "in hexadecimal, capital": SECRET.encode().hex().upper(),
    "in a login of HTTP": f"Authorization: Basic {BASIC}",
    "in base64 in a URL": quote(base64.b64encode(SECRET.encode()).decode()),
    "over two lines": f"{SECRET[:20]}\n{SECRET[20:]}",
    "its first half": SECRET[:22],
    "its second half": SECRET[18:],
    "between other bytes": f"\0\xff{SECRET}\0",
    **{
        f"in base64 behind {before}, {kind.__name__}": kind(
            b"x" * before + SECRET.encode() + b"yz"
        ).decode()
        for before in range(4)
        for kind in (base64.b64encode, base64.urlsafe_b64encode)
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_a_planted_secret_is_found(form: str) -> None:
    """Whatever it went through, and whatever stands around it."""
    detector = Detector({"planted": SECRET, "other": "something else altogether"})

    assert detector.found(f"before it{FORMS[form]}; behind it".encode()) == {"planted"}


def test_what_is_no_secret_is_not_found() -> None:
    """Text, certificates and other people's passwords."""
    made = new_authority("site", datetime(2026, 11, 23, tzinfo=UTC))
    detector = Detector({"planted": SECRET, "ca_key": made.key, "ca_certificate": made.certificate})

    text = f"{made.certificate}\nport=5432 user=minusnow password=‹planted› {SECRET[:8]}"
    assert detector.found(text.encode()) == set()


def test_a_line_of_a_private_key_and_a_verifier_are_found() -> None:
    """Each line of a key alone; a verifier of any password, for whoever has it can try some."""
    made = new_authority("site", datetime(2026, 11, 23, tzinfo=UTC))
    detector = Detector({"ca_key": made.key, "ca_certificate": made.certificate})

    assert detector.found(made.key.splitlines()[2].encode()) == {"ca_key"}
    assert detector.found(f"PASSWORD '{verifier('any')}'".encode()) == {"SCRAM verifier"}
