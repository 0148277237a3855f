"""A provided certificate is judged before anything is uploaded: every problem at once."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.vault.sites import site
from wizard.vault.authority import (
    Issued,
    authority_good,
    general_name,
    issue,
    new_authority,
    still_good,
)
from wizard.vault.certificates import CertificateCheck, bundle, check, check_files, covers

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
DOMAIN = "itsm.example.com"
AnyKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Made:
    """A certificate with its key, as objects and PEM."""

    certificate: x509.Certificate
    key: AnyKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, passphrase: bytes = b"") -> bytes:
        """Return the key as PEM, encrypted if a passphrase is given."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase)
            if passphrase
            else serialization.NoEncryption(),
        )


def make(
    name: str,
    issuer: Made | None = None,
    *,
    names: tuple[str, ...] = (DOMAIN,),
    ca: bool = False,
    days: tuple[int, int] = (-1, 365),
    key: AnyKey | None = None,
    usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.SERVER_AUTH,
) -> Made:
    """Return a certificate with the properties a test is about."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names and not ca:
        alternative = x509.SubjectAlternativeName([general_name(each) for each in names])
        builder = builder.add_extension(alternative, critical=False)
    if usage and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    signer = issuer.key if issuer else key
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Made(builder.sign(signer, algorithm), key)


ROOT = make("Root", ca=True)
MIDDLE = make("Middle", ROOT, ca=True)
LOWER = make("Lower", MIDDLE, ca=True)
LEAF = make(DOMAIN, LOWER)
WEAK_RSA = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused


def judge(certificate: bytes, key: bytes, chain: bytes = b"") -> CertificateCheck:
    """Return the judgement at the time of the tests."""
    return check(certificate, key, chain, domain=DOMAIN, now=NOW)


def _only(found: CertificateCheck, words: str) -> None:
    assert len(found.problems) == 1, found.problems
    assert words in found.problems[0]


@pytest.mark.parametrize(
    ("certificate", "chain"),
    [
        (LEAF.pem, LOWER.pem + MIDDLE.pem),
        (LEAF.pem, LOWER.pem + MIDDLE.pem + ROOT.pem),
        (LEAF.pem + LOWER.pem + MIDDLE.pem, b""),
        (LEAF.pem, LEAF.pem + LOWER.pem + MIDDLE.pem),
        (LEAF.pem, b"\n\n" + LOWER.pem),
    ],
    ids=["apart", "with its root", "inside", "repeated", "after empty lines"],
)
def test_a_good_certificate_has_no_problem(certificate: bytes, chain: bytes) -> None:
    """Chain apart, chain inside, chain that repeats the leaf: the result is leaf, then chain."""
    found = judge(certificate, LEAF.key_pem(), chain)
    assert (found.problems, found.warnings) == ((), ())
    order = x509.load_pem_x509_certificates(found.certificate.encode())
    assert order[:2] == [LEAF.certificate, LOWER.certificate]
    assert len(set(order)) == len(order)
    assert found.summary is not None
    assert (found.summary.subject, found.summary.issuer) == (DOMAIN, "Lower")
    assert found.summary.names == (DOMAIN,)
    assert found.summary.key == "ECDSA P-256"
    assert "PRIVATE" not in repr(found)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (make(DOMAIN, LOWER, days=(-400, -1)), "expired on 2026-11-22"),
        (make(DOMAIN, LOWER, days=(2, 400)), "not valid before 2026-11-25"),
        (make(DOMAIN, LOWER, names=("other.example.com",)), "it names other.example.com"),
        (make(DOMAIN, LOWER, names=()), "no subject alternative name"),
        (make(DOMAIN, LOWER, names=("*.example.org",)), "not for itsm.example.com"),
        (
            make(DOMAIN, LOWER, usage=ExtendedKeyUsageOID.CLIENT_AUTH),
            "not meant for servers",
        ),
        (make(DOMAIN, LOWER, key=WEAK_RSA), "RSA with 1024 bits"),
        (make(DOMAIN, LOWER, key=ec.generate_private_key(ec.SECP192R1())), "192 bits"),
        (make(DOMAIN, LOWER, key=ed25519.Ed25519PrivateKey.generate()), "Ed25519"),
    ],
)
def test_each_flaw_of_the_certificate_is_a_sentence(made: Made, words: str) -> None:
    """One flaw, one problem that names it."""
    _only(judge(made.pem, made.key_pem(), LOWER.pem + MIDDLE.pem), words)


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ((MIDDLE, LOWER), "order is wrong"),
        ((MIDDLE,), "certificate of Lower is missing"),
        ((ROOT,), "certificate of Lower is missing"),
        ((LOWER, ROOT), "certificate of Middle is missing"),
        ((make("Lower", ROOT, ca=True),), "is missing or is another one"),
        ((make("other.example.com", LOWER),), "is no authority's certificate"),
        ((LOWER, make("Middle", ROOT, ca=True, days=(-9, -1), key=MIDDLE.key)), "expired"),
    ],
)
def test_each_flaw_of_the_chain_is_named(chain: tuple[Made, ...], words: str) -> None:
    """Wrong order, a gap, a stranger, an expired link."""
    found = judge(LEAF.pem, LEAF.key_pem(), b"".join(made.pem for made in chain))
    assert any(words in problem for problem in found.problems), found.problems


def test_the_key_must_belong() -> None:
    """Another key is a problem; one that fits a certificate further down says which."""
    _only(judge(LEAF.pem, MIDDLE.key_pem()), "does not belong")
    found = judge(LOWER.pem + LEAF.pem, LEAF.key_pem())
    assert any("belongs to itsm.example.com, further down" in one for one in found.problems)


def test_an_encrypted_key_says_how_to_decrypt_it() -> None:
    """A balancer cannot type a passphrase: the sentence names the command."""
    found = judge(LEAF.pem, LEAF.key_pem(b"phrase"), LOWER.pem)
    _only(found, "openssl pkey")
    assert found.key == ""


@pytest.mark.parametrize("garbage", [b"", b"text", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"\xff"])
def test_what_is_no_pem_is_said(garbage: bytes) -> None:
    """Unreadable files are problems, never exceptions."""
    assert any("cannot be read" in one for one in judge(garbage, LEAF.key_pem()).problems)
    assert any("cannot be read" in one for one in judge(LEAF.pem, garbage).problems)


def test_all_problems_are_told_at_once() -> None:
    """Expired, wrong name, wrong key: three sentences."""
    bad = make("x", LOWER, names=("other.example.com",), days=(-9, -1))
    assert len(judge(bad.pem, LEAF.key_pem(), LOWER.pem).problems) == 3


def test_warnings_do_not_stop() -> None:
    """Ends soon, self-signed, no chain: usable, and said."""
    soon = make(DOMAIN, LOWER, days=(-1, 20))
    found = judge(soon.pem, soon.key_pem(), LOWER.pem)
    assert found.problems == ()
    assert "in 20 days" in found.warnings[0]
    own = make(DOMAIN)
    assert "self-signed" in judge(own.pem, own.key_pem()).warnings[0]
    alone = judge(LEAF.pem, LEAF.key_pem())
    assert alone.problems == ()
    assert "No chain" in alone.warnings[0]


@pytest.mark.parametrize(
    ("names", "domain", "covered"),
    [
        (("itsm.example.com",), "itsm.example.com", True),
        (("ITSM.Example.com",), "itsm.example.com", True),
        (("*.example.com",), "itsm.example.com", True),
        (("*.example.com",), "example.com", False),
        (("*.example.com",), "a.b.example.com", False),
        (("i*.example.com",), "itsm.example.com", False),
        (("*.com",), "example.com", False),
        (("10.0.0.1",), "itsm.example.com", False),
        (("other.example.com", "itsm.example.com"), "itsm.example.com", True),
        ((), "itsm.example.com", False),
    ],
)
def test_wildcards_cover_one_label(names: tuple[str, ...], domain: str, *, covered: bool) -> None:
    """As RFC 6125 and browsers have it."""
    assert covers(names, domain) is covered


def test_files_that_are_not_there_are_problems(tmp_path: Path) -> None:
    """Each missing, empty or oversized file is named with its full path."""
    tls = site(
        networking__tls={
            "mode": "provided",
            "certificate": "cert.pem",
            "key": "key.pem",
            "chain": "chain.pem",
        }
    ).networking.tls
    (tmp_path / "key.pem").write_bytes(b"")
    (tmp_path / "chain.pem").write_bytes(b"x" * 2_000_000)
    found = check_files(tls, DOMAIN, base=tmp_path, now=NOW)
    assert len(found.problems) == 3
    assert all(str(tmp_path) in problem for problem in found.problems)


def test_files_are_read_relative_to_the_site_file(tmp_path: Path) -> None:
    """Good files give the certificate with its chain and the key."""
    tls = site(
        networking__tls={
            "mode": "provided",
            "certificate": "tls/cert.pem",
            "key": str(tmp_path / "key.pem"),
            "chain": "tls/chain.pem",
        }
    ).networking.tls
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls/cert.pem").write_bytes(LEAF.pem)
    (tmp_path / "key.pem").write_bytes(LEAF.key_pem())
    (tmp_path / "tls/chain.pem").write_bytes(LOWER.pem)
    found = check_files(tls, DOMAIN, base=tmp_path, now=NOW)
    assert found.problems == ()
    assert found.certificate.encode() == LEAF.pem + LOWER.pem


def test_the_bundle_is_leaf_chain_key() -> None:
    """HAProxy's one file: in this order, each part ended by a line end."""
    assert bundle("LEAF\nCHAIN", "KEY\n\n") == "LEAF\nCHAIN\nKEY\n"


@pytest.mark.parametrize("address", ["10.0.2.10", "fd00::10", "db1.example.com"])
def test_openssl_accepts_what_the_authority_issues(tmp_path: Path, address: str) -> None:
    """OpenSSL verifies chain, purpose and each name of a server certificate."""
    now = datetime.now(UTC)
    authority = new_authority("acme", now)
    issued = issue(authority, ["db1", address, "localhost", "127.0.0.1"], now)
    (tmp_path / "ca.pem").write_text(authority.certificate)
    (tmp_path / "cert.pem").write_text(issued.certificate)
    options: list[str | Path] = [
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        tmp_path / "ca.pem",
    ]
    flag = "-verify_hostname" if address.startswith("db1") else "-verify_ip"
    for check_name in (["-verify_hostname", "db1"], [flag, address], ["-verify_ip", "127.0.0.1"]):
        subprocess.run(
            ["openssl", "verify", *options, *check_name, tmp_path / "cert.pem"],
            check=True,
            capture_output=True,
        )


def test_what_is_issued_lives_no_longer_than_allowed() -> None:
    """825 days for servers, ten years for the authority, and never longer than it."""
    authority = new_authority("acme", NOW)
    ca = x509.load_pem_x509_certificate(authority.certificate.encode())
    leaf = x509.load_pem_x509_certificate(issue(authority, ["db1"], NOW).certificate.encode())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=825)
    assert ca.not_valid_after_utc - ca.not_valid_before_utc == timedelta(days=3650)
    late = NOW + timedelta(days=3600)
    last = x509.load_pem_x509_certificate(issue(authority, ["db1"], late).certificate.encode())
    assert last.not_valid_after_utc == ca.not_valid_after_utc


def test_a_long_domain_fits() -> None:
    """A domain longer than a common name may be stands in the alternative names whole."""
    domain = ".".join(["a" * 60] * 4)
    authority = new_authority("s" * 63, NOW)
    issued = issue(authority, [domain], NOW)
    assert still_good(issued, authority, [domain], NOW)


def test_when_a_certificate_is_still_good() -> None:
    """Time, names, key and authority all count."""
    authority, other = new_authority("a", NOW), new_authority("a", NOW)
    issued, second = issue(authority, ["db1"], NOW), issue(authority, ["db1"], NOW)
    assert still_good(issued, authority, ["db1"], NOW)
    assert not still_good(issued, other, ["db1"], NOW)
    assert not still_good(issued, authority, ["db1", "db2"], NOW)
    assert not still_good(issued, authority, ["db1"], NOW + timedelta(days=796))
    assert not still_good(Issued(second.key, issued.certificate), authority, ["db1"], NOW)
    assert not still_good(Issued("x", "y"), authority, ["db1"], NOW)
    assert authority_good(authority, NOW)
    assert not authority_good(Issued(other.key, authority.certificate), NOW)
    assert not authority_good(authority, NOW + timedelta(days=3640))
    assert "PRIVATE" not in repr(issued)
