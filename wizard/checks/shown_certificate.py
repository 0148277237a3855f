"""Judges a certificate that a server shows: is it the one of the keyring, and for how long?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.checks.check import Finding, Question

_APPLY = "Apply the site again."


def judge(
    question: Question,
    host: str,
    der: bytes,
    *,
    wanted: str,
    name: str,
    invalid: str,
    renewal: str,
) -> Finding:
    """Compare what was shown (DER) with what is wanted (PEM, the leaf first) and with the name.

    `invalid` and `renewal` say what to do where it is for other names or over, and where it is in
    its last 30 days.
    """
    from cryptography import x509  # noqa: PLC0415 - dear to import, needed only here

    from wizard.vault.certificates import EXPIRES_SOON, covers, summarize  # noqa: PLC0415 - as above

    shown = summarize(x509.load_der_x509_certificate(der))
    expected = summarize(x509.load_pem_x509_certificates(wanted.encode())[0])
    begin = shown.fingerprint[:23]
    if shown.fingerprint != expected.fingerprint:
        return question.failed(host, f"SHA-256 {begin}…, not {expected.fingerprint[:23]}…", _APPLY)
    days = (shown.not_after - datetime.now(tz=UTC)).days
    if days < 0 or not covers(shown.names, name):
        names = ", ".join(shown.names) or "no name"
        seen = f"valid until {shown.not_after:%Y-%m-%d}, for {names}"
        return question.failed(host, seen, invalid)
    seen = f"SHA-256 {begin}…, {shown.key}, for {name}, {days} days left"
    if days < EXPIRES_SOON.days:
        return question.warning(host, seen, renewal)
    return question.ok(host, seen)
