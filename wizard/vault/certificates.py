"""Reads and checks a certificate that the site provides; every problem at once, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from wizard.site.networking import Tls

EXPIRES_SOON = timedelta(days=30)
_SHORTEST_RSA = 2048  # bits, CA/Browser Forum Baseline Requirements 6.1.5
_SHORTEST_EC = 256  # bits, as above
_LARGEST_FILE = 1024 * 1024  # bytes; a certificate with its chain has a few thousand


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSummary:
    """What people want to see of a certificate."""

    subject: str
    issuer: str
    names: tuple[str, ...]  # subject alternative names
    not_before: datetime  # UTC
    not_after: datetime  # UTC
    fingerprint: str  # SHA-256, as 4F:1A:...
    key: str  # "ECDSA P-256"
    self_signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateCheck:
    """The outcome: usable if there is no problem; `certificate` is the leaf, then its chain."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    summary: CertificateSummary | None
    certificate: str  # PEM, "" if unreadable
    key: str  # PEM, unencrypted PKCS #8, "" if unreadable

    def __repr__(self) -> str:
        return f"CertificateCheck(problems={self.problems}, warnings={self.warnings})"


def key_text(key: object) -> str:
    """Return the kind and size of a key, private or public, in words."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return f"RSA {key.key_size} bits"
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        curve = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
        return f"ECDSA {curve.get(key.curve.name, key.curve.name)}"
    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return "Ed25519"
    if isinstance(key, ed448.Ed448PrivateKey | ed448.Ed448PublicKey):
        return "Ed448"
    return "DSA" if isinstance(key, dsa.DSAPrivateKey | dsa.DSAPublicKey) else "unknown kind"


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string() or "(no name)"


def _alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    names = found.get_values_for_type(x509.DNSName)
    return (*names, *(str(ip) for ip in found.get_values_for_type(x509.IPAddress)))


def summarize(certificate: x509.Certificate) -> CertificateSummary:
    """Return what people want to see of a certificate."""
    return CertificateSummary(
        subject=_name(certificate.subject),
        issuer=_name(certificate.issuer),
        names=_alternative_names(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        key=key_text(certificate.public_key()),
        self_signed=certificate.subject == certificate.issuer,
    )


def covers(names: tuple[str, ...], domain: str) -> bool:
    """Return whether a name is the domain, or a wildcard for exactly its first label (RFC 6125)."""
    domain = domain.lower().removesuffix(".")
    parent = domain.partition(".")[2]
    wanted = {domain, f"*.{parent}"} if "." in parent else {domain}
    return any(name.lower().removesuffix(".") in wanted for name in names)


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _read_key(pem: bytes) -> tuple[PrivateKeyTypes | None, str]:
    """Return the key, or None and the problem."""
    try:
        return serialization.load_pem_private_key(pem, None), ""
    except TypeError:
        return None, (
            "The private key is encrypted with a passphrase; a balancer starts without anyone to"
            " type it: provide the key unencrypted (`openssl pkey -in KEY -out NEW`)."
        )
    except (ValueError, UnsupportedAlgorithm):
        return None, "The private key cannot be read as PEM."


def _key_problems(key: object) -> list[str]:
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < _SHORTEST_RSA:
        return [f"The key is too weak: RSA with {key.key_size} bits, at least 2048 are wanted."]
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size < _SHORTEST_EC:
        return [f"The key is too weak: a curve of {key.key_size} bits, at least 256 are wanted."]
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        return [f"Browsers do not accept keys of the kind {key_text(key)}; use RSA or ECDSA."]
    return []


def _time_problems(certificate: x509.Certificate, what: str, now: datetime) -> list[str]:
    ends, begins = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if ends <= now:
        return [f"{what} expired on {ends:%Y-%m-%d %H:%M} UTC."]
    if begins > now:
        return [f"{what} is not valid before {begins:%Y-%m-%d %H:%M} UTC."]
    return []


def _leaf_problems(leaf: x509.Certificate, domain: str, now: datetime) -> list[str]:
    problems = _time_problems(leaf, "The certificate", now)
    names = _alternative_names(leaf)
    if domain and not covers(names, domain):
        listed = ", ".join(names) if names else "no subject alternative name at all"
        problems.append(f"The certificate is not for {domain}: it names {listed}.")
    algorithm = leaf.signature_hash_algorithm
    if isinstance(algorithm, hashes.SHA1 | hashes.MD5):
        problems.append(f"The certificate is signed with {algorithm.name}, which is broken.")
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return problems
    if ExtendedKeyUsageOID.SERVER_AUTH not in usage:
        problems.append("The certificate is not meant for servers (no serverAuth usage).")
    return problems


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _chain_problems(certificates: list[x509.Certificate], now: datetime) -> list[str]:
    problems = []
    for place, (child, issuer) in enumerate(pairwise(certificates), 2):
        title = f"Certificate {place} of the chain ({_name(issuer.subject)})"
        problems += _time_problems(issuer, title, now)
        if not _may_sign(issuer):
            problems.append(f"{title} is no authority's certificate.")
        elif not _issued_by(child, issuer):
            elsewhere = any(_issued_by(child, other) for other in certificates)
            why = (
                "the order is wrong: the server's certificate first, then each one's issuer"
                if elsewhere
                else f"the certificate of {_name(child.issuer)} is missing or is another one"
            )
            problems.append(f"{title} did not issue {_name(child.subject)}: {why}.")
    return problems


def _warnings(certificates: list[x509.Certificate], now: datetime) -> list[str]:
    leaf = certificates[0]
    warnings = [
        f"The certificate of {_name(one.subject)} expires on"
        f" {one.not_valid_after_utc:%Y-%m-%d}, in {(one.not_valid_after_utc - now).days} days."
        for one in certificates
        if now < one.not_valid_after_utc <= now + EXPIRES_SOON
    ]
    if leaf.subject == leaf.issuer:
        warnings.append("The certificate is self-signed: browsers will warn every user.")
    elif len(certificates) == 1:
        warnings.append(
            f"No chain is given: clients that do not know {_name(leaf.issuer)} will refuse the"
            " certificate, unless that is a root they trust."
        )
    return warnings


def _load(pem: bytes, what: str, problems: list[str]) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        problems.append(f"The {what} cannot be read as PEM.")
        return []


def check(
    certificate: bytes, key: bytes, chain: bytes, *, domain: str, now: datetime
) -> CertificateCheck:
    """Return every problem and warning of a certificate, its key and its chain (`b""`: none).

    The certificate file may hold the chain already; a chain file may repeat the certificate.
    """
    problems: list[str] = []
    every = _load(certificate, "certificate", problems)
    every += _load(chain, "chain", problems) if chain.strip() else []
    every = list(dict.fromkeys(every))
    private, key_problem = _read_key(key)
    if key_problem:
        problems.append(key_problem)
    else:
        problems += _key_problems(private)
    if not every or not certificate.strip():
        return CertificateCheck(
            problems=tuple(problems), warnings=(), summary=None, certificate="", key=""
        )
    leaf = every[0]
    if private is not None and private.public_key() != leaf.public_key():
        other = next((c for c in every if c.public_key() == private.public_key()), None)
        hint = f"; it belongs to {_name(other.subject)}, further down in the file" if other else ""
        problems.append(f"The private key does not belong to the certificate{hint}.")
    problems += _leaf_problems(leaf, domain, now) + _chain_problems(every, now)
    return CertificateCheck(
        problems=tuple(problems),
        warnings=tuple(_warnings(every, now)),
        summary=summarize(leaf),
        certificate="".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in every),
        key=""
        if private is None
        else private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    )


def _read(base: Path, path: str | None, what: str, problems: list[str]) -> bytes:
    if path is None:
        return b""
    full = base / Path(path).expanduser()
    try:
        if full.stat().st_size > _LARGEST_FILE:
            problems.append(f"The {what} {full} is too large to be one.")
            return b""
        data = full.read_bytes()
    except OSError as error:
        problems.append(f"The {what} {full} cannot be read: {error.strerror}.")
        return b""
    if not data.strip():
        problems.append(f"The {what} {full} is empty.")
    return data


def check_files(tls: Tls, domain: str, *, base: Path, now: datetime) -> CertificateCheck:
    """Return the check of the files a site names; relative paths start at `base`.

    Without a domain, "", it is not asked whether the certificate is made for it.
    """
    problems: list[str] = []
    certificate = _read(base, tls.certificate, "certificate", problems)
    key = _read(base, tls.key, "private key", problems)
    chain = _read(base, tls.chain, "chain", problems)
    if problems or tls.certificate is None or tls.key is None:
        missing = [
            f"The site names no {what} under networking.tls."
            for what, path in (("certificate", tls.certificate), ("key", tls.key))
            if path is None
        ]
        return CertificateCheck(
            problems=(*missing, *problems), warnings=(), summary=None, certificate="", key=""
        )
    return check(certificate, key, chain, domain=domain, now=now)


def bundle(certificate: str, key: str) -> str:
    """Return what HAProxy reads as one file: the certificate, its chain, then the key, all PEM."""
    return "".join(part.rstrip("\n") + "\n" for part in (certificate, key))
