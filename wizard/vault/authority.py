"""The site's own certificate authority: its key, its certificate, and what it issues."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

_AUTHORITY_LIFE = timedelta(days=3650)
# 825 days is the most that Apple's systems accept of any certificate; the first hour lies in the
# past, for hosts whose clock is behind.
_SERVER_LIFE = timedelta(days=825)
_BACKDATED = timedelta(hours=1)
RENEWAL = timedelta(days=30)  # what ends sooner is issued anew
_LONGEST_COMMON_NAME = 64  # RFC 5280, ub-common-name


@dataclass(frozen=True, slots=True)
class Issued:
    """A private key (PKCS #8) and its certificate, both PEM."""

    key: str
    certificate: str

    def __repr__(self) -> str:
        return "Issued(…)"


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:_LONGEST_COMMON_NAME])])


def _pem(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Issued:
    return Issued(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def new_authority(site_name: str, now: datetime) -> Issued:
    """Return a new authority, ECDSA P-256, valid for ten years; `now` is in UTC."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"{site_name} site authority")
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now - _BACKDATED + _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pem(key, certificate)


def general_name(name: str) -> x509.GeneralName:
    """Return an address or a DNS name as a certificate holds it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def issue(authority: Issued, names: Sequence[str], now: datetime) -> Issued:
    """Return a new server key and certificate for the names and addresses, the first one leading.

    ECDSA P-256, valid for 825 days or as long as the authority, whichever ends first.
    """
    ca_key = serialization.load_pem_private_key(authority.key.encode(), None)
    ca = x509.load_pem_x509_certificate(authority.certificate.encode())
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is an elliptic-curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    alternative = x509.SubjectAlternativeName([general_name(name) for name in dict.fromkeys(names)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(names[0]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(min(now - _BACKDATED + _SERVER_LIFE, ca.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(alternative, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    return _pem(key, certificate)


def still_good(issued: Issued, authority: Issued, names: Sequence[str], now: datetime) -> bool:
    """Return whether a stored certificate need not be issued anew.

    It belongs to its key and to this authority, names exactly what it should, and does not end
    within 30 days (unless the authority itself does).
    """
    try:
        key = serialization.load_pem_private_key(issued.key.encode(), None)
        certificate = x509.load_pem_x509_certificate(issued.certificate.encode())
        ca = x509.load_pem_x509_certificate(authority.certificate.encode())
        certificate.verify_directly_issued_by(ca)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return (
        key.public_key() == certificate.public_key()
        and set(found) == {general_name(name) for name in names}
        and certificate.not_valid_before_utc <= now
        and (
            certificate.not_valid_after_utc > now + RENEWAL
            or (
                certificate.not_valid_after_utc >= ca.not_valid_after_utc
                and certificate.not_valid_after_utc > now
            )
        )
    )


def authority_good(authority: Issued, now: datetime) -> bool:
    """Return whether a stored authority can go on issuing: it fits its key and ends not soon."""
    try:
        key = serialization.load_pem_private_key(authority.key.encode(), None)
        certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
    except (ValueError, TypeError):
        return False
    return (
        key.public_key() == certificate.public_key()
        and certificate.not_valid_after_utc > now + RENEWAL
    )
