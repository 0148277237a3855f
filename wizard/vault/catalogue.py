"""Every secret a site needs, as data: its name, what it is for, how it is made, where it is used.

Public certificates stand here too: they travel together with their keys, by the same road.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wizard.site.access import Sudo
from wizard.site.cache import CacheKind
from wizard.site.load_balancer import BalancerKind
from wizard.site.networking import TlsMode
from wizard.site.topology import Role

if TYPE_CHECKING:
    from wizard.site.model import Site

ALPHANUMERIC = string.ascii_letters + string.digits

CA_KEY = "ca_key"
CA_CERTIFICATE = "ca_certificate"
BALANCER_KEY = "balancer_key"
BALANCER_CERTIFICATE = "balancer_certificate"
SESSION_SECRET_LENGTH = 32  # characters at least, says the vendor
VRRP_LENGTH = 8  # keepalived cuts what is longer


def tls_key(host: str) -> str:
    """Return the name of the private key of a database host."""
    return f"tls_key_{host}"


def tls_certificate(host: str) -> str:
    """Return the name of the certificate of a database host."""
    return f"tls_certificate_{host}"


def license_key(component: str = "") -> str:
    """Return the name of a licence key: a bought product's, or MinusNow's own."""
    return f"license_key_{component}" if component else "license_key"


class Kind(StrEnum):
    """How a secret comes into being."""

    GENERATED = "generated"  # random, made here
    ASKED = "asked"  # someone else gave it out; a person types it
    DERIVED = "derived"  # keys and certificates: issued here, or read from the site's files


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSpec:
    """One secret of a site."""

    name: str
    purpose: str
    kind: Kind
    where_used: tuple[str, ...]  # "app hosts: /etc/... (owner mode)"
    length: int = 0  # characters, when generated
    alphabet: str = ALPHANUMERIC
    optional: bool = False
    database_role: bool = False  # it is the password of a PostgreSQL role


def _generated(
    name: str, purpose: str, *where: str, length: int = 32, database_role: bool = False
) -> SecretSpec:
    return SecretSpec(
        name=name,
        purpose=purpose,
        kind=Kind.GENERATED,
        where_used=where,
        length=length,
        database_role=database_role,
    )


def _asked(name: str, purpose: str, *where: str, optional: bool = False) -> SecretSpec:
    return SecretSpec(
        name=name, purpose=purpose, kind=Kind.ASKED, where_used=where, optional=optional
    )


def _derived(name: str, purpose: str, *where: str) -> SecretSpec:
    return SecretSpec(name=name, purpose=purpose, kind=Kind.DERIVED, where_used=where)


_VERIFIER_ONLY = "PostgreSQL: as a SCRAM-SHA-256 verifier"
_ENVIRONMENT = "app hosts: /opt/minusnow/.env (root:root 0600)"
_NOWHERE = "this machine only"


def _roles() -> tuple[SecretSpec, ...]:
    return (
        _generated(
            "app_password",
            "the application's PostgreSQL role",
            _VERIFIER_ONLY,
            f"{_ENVIRONMENT}, in DATABASE_URL",
            database_role=True,
        ),
        _generated(
            "replication_password",
            "the standby's replication role",
            _VERIFIER_ONLY,
            "database hosts: ~postgres/minusnow-replication.pgpass (postgres:postgres 0600)",
            database_role=True,
        ),
        _generated(
            "setup_password",
            "the PostgreSQL superuser of this installer (minusnow_setup)",
            _VERIFIER_ONLY,
            _NOWHERE,
            database_role=True,
        ),
        _generated(
            "backup_password",
            "the PostgreSQL role that backups read with",
            _VERIFIER_ONLY,
            "this machine, to be given to the backup job",
            database_role=True,
        ),
        _generated(
            "monitoring_password",
            "the PostgreSQL role that monitoring reads with",
            _VERIFIER_ONLY,
            "this machine, to be given to the monitoring system",
            database_role=True,
        ),
    )


def _application(site: Site) -> tuple[SecretSpec, ...]:
    specs = [
        _generated("session_secret", "signs the users' session cookies", _ENVIRONMENT, length=64)
    ]
    if site.cache.kind is CacheKind.REDIS:
        specs.append(
            _generated(
                "redis_password",
                "login of the application at Redis",
                f"{_ENVIRONMENT}, in REDIS_URL",
                "cache host: redis configuration (redis:redis 0640)",
            )
        )
    elif site.cache.kind is CacheKind.EXTERNAL:
        specs.append(
            _asked(
                "redis_password",
                "login of the application at the existing Redis service",
                f"{_ENVIRONMENT}, in REDIS_URL",
            )
        )
    specs.append(
        _asked(
            "smtp_password",
            "login at the mail relay",
            _ENVIRONMENT,
            optional=site.networking.smtp.user is None,
        )
    )
    return tuple(specs)


def _licences(site: Site) -> tuple[SecretSpec, ...]:
    """Kept here so that they are found again; no part of the installation needs them."""
    reference = site.licensing.minusnow.reference
    purpose = f"MinusNow's own licence key{f' ({reference})' if reference else ''}"
    own = _asked(license_key(), purpose, _NOWHERE, optional=True)
    bought = (
        _asked(
            license_key(name),
            f"licence key of {component.edition} ({name.replace('_', ' ')})",
            _NOWHERE,
            optional=True,
        )
        for name, component in site.licensing.components.recorded().items()
        if component.licensed
    )
    return own, *bought


_CERTIFICATE_PLACES = {  # key, certificate
    BalancerKind.HAPROXY: ("load balancer hosts: /etc/haproxy/minusnow.pem (root:root 0600)",) * 2,
    BalancerKind.NGINX: (
        "load balancer hosts: /etc/nginx/minusnow.key (root:root 0600)",
        "load balancer hosts: /etc/nginx/minusnow.crt (root:root 0644)",
    ),
    BalancerKind.EXTERNAL: (_NOWHERE, f"{_NOWHERE}, to check what users are shown"),
}


def _balancers(site: Site) -> tuple[SecretSpec, ...]:
    provided = site.networking.tls.mode is TlsMode.PROVIDED
    specs = []
    if site.load_balancer.managed and site.networking.virtual_ip is not None:
        specs.append(
            _generated(
                "vrrp_password",
                "tells the balancers' VRRP messages from others (8 characters, sent in clear)",
                "load balancer hosts: /etc/keepalived/keepalived.conf (root:root 0600)",
                length=VRRP_LENGTH,
            )
        )
    if site.load_balancer.managed or provided:
        domain = site.networking.domain
        origin = "read from the site's files" if provided else "issued by the site's authority"
        key_place, certificate_place = _CERTIFICATE_PLACES[site.load_balancer.kind]
        specs += [
            _derived(BALANCER_KEY, f"private key of {domain}, {origin}", key_place),
            _derived(
                BALANCER_CERTIFICATE, f"certificate of {domain} with its chain", certificate_place
            ),
        ]
    return tuple(specs)


def _authority(site: Site) -> tuple[SecretSpec, ...]:
    specs = [
        _derived(CA_KEY, "private key of the site's own certificate authority", _NOWHERE),
        _derived(
            CA_CERTIFICATE,
            "certificate of the site's own authority (public)",
            "app hosts: /etc/minusnow/ca.pem (root:root 0644)",
            "database hosts: /etc/minusnow/postgresql/ca.crt (root:root 0644)",
        ),
    ]
    if site.database.tls:
        for host in site.hosts_with(Role.DATABASE):
            place = f"{host.name}: /etc/minusnow/postgresql/server"
            specs += [
                _derived(
                    tls_key(host.name),
                    f"TLS key of {host.name}",
                    f"{place}.key (postgres:postgres 0600)",
                ),
                _derived(
                    tls_certificate(host.name),
                    f"TLS certificate of {host.name}",
                    f"{place}.crt (postgres:postgres 0644)",
                ),
            ]
    return tuple(specs)


def _access(site: Site) -> tuple[SecretSpec, ...]:
    every = [site.ssh, *(site.ssh_for(host) for host in site.hosts)]
    specs = []
    if any(ssh.sudo is Sudo.PASSWORD for ssh in every):
        specs.append(_asked("sudo_password", "sudo on the hosts", "sent to sudo, stored nowhere"))
    if any(ssh.key_file for ssh in every):
        specs.append(_asked("key_passphrase", "opens the SSH private key", _NOWHERE, optional=True))
    return tuple(specs)


def needed(site: Site) -> tuple[SecretSpec, ...]:
    """Return every secret the site needs or may have, in an order to show them in."""
    return (
        *_access(site),
        *_roles(),
        *_application(site),
        *_licences(site),
        *_balancers(site),
        *_authority(site),
    )


def markdown_table(site: Site) -> str:
    """Return the site's secrets as a Markdown table; without any value."""
    rows = ["| name | what for | made by | where it may be |", "|---|---|---|---|"]
    made = {
        Kind.GENERATED: "generated",
        Kind.ASKED: "asked",
        Kind.DERIVED: "issued or read",
    }
    for spec in needed(site):
        how = made[spec.kind] + (" (optional)" if spec.optional else "")
        rows.append(f"| `{spec.name}` | {spec.purpose} | {how} | {'; '.join(spec.where_used)} |")
    return "\n".join(rows) + "\n"
