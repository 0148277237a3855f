"""Preflight: can the certificate that the site provides be used, and for how long?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.vault.certificates import CertificateCheck

CERTIFICATE = Question(
    "certificate",
    "Do browsers accept the site's certificate?",
    "a certificate for the domain, with its chain and its key, that is valid for a while",
)


def check(judged: CertificateCheck) -> Iterator[Finding]:
    """Answer for the files that the site names under networking.tls."""
    for problem in judged.problems:
        yield CERTIFICATE.failed(SITE, problem, "Put the files under networking.tls right.")
    for warning in judged.warnings:
        yield CERTIFICATE.warning(
            SITE, warning, "Order a new one, or name the chain's file as networking.tls.chain."
        )
    if judged.summary and not judged.problems and not judged.warnings:
        summary = judged.summary
        yield CERTIFICATE.ok(
            SITE, f"{summary.subject}, by {summary.issuer}, until {summary.not_after:%Y-%m-%d}"
        )
