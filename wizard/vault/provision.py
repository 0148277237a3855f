"""What has to be made or read for a site's vault to be complete; decides, stores nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import VaultError
from wizard.site.networking import TlsMode
from wizard.site.topology import Role
from wizard.vault import catalogue
from wizard.vault.authority import Issued, authority_good, issue, new_authority, still_good
from wizard.vault.catalogue import Kind, SecretSpec
from wizard.vault.certificates import check_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from wizard.site.model import Site


@dataclass(frozen=True, slots=True)
class Provision:
    """New values by name, and where those that are not made here were read."""

    values: Mapping[str, str]
    read: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Provision({sorted(self.values)})"


def generate(spec: SecretSpec) -> str:
    """Return a new random value for a generated secret."""
    return "".join(secrets.choice(spec.alphabet) for _ in range(spec.length))


def server_names(site: Site, host: str) -> tuple[str, ...]:
    """Return what a database host's certificate names: the host itself, and the loop to itself."""
    found = site.host(host)
    return tuple(dict.fromkeys((found.name, found.address, "localhost", "127.0.0.1")))


def balancer_names(site: Site) -> tuple[str, ...]:
    """Return what the balancers' own certificate names: the domain and the shared address."""
    shared = site.networking.virtual_ip
    names = (site.networking.domain, *((str(shared.ip),) if shared is not None else ()))
    return tuple(dict.fromkeys(names))


def _stored(have: Mapping[str, str], key: str, certificate: str) -> Issued | None:
    if key in have and certificate in have:
        return Issued(have[key], have[certificate])
    return None


def _balancer_from_files(site: Site, base: Path, now: datetime) -> dict[str, str]:
    checked = check_files(site.networking.tls, site.networking.domain, base=base, now=now)
    if checked.problems:
        listed = "\n".join(f"  - {problem}" for problem in checked.problems)
        raise VaultError(
            f"the certificate of {site.networking.domain} cannot be used:\n{listed}",
            remedy="Put right the files named under networking.tls, all points at once.",
        )
    return {
        catalogue.BALANCER_KEY: checked.key,
        catalogue.BALANCER_CERTIFICATE: checked.certificate,
    }


def _certificates(
    site: Site, have: Mapping[str, str], now: datetime, renew: frozenset[str]
) -> dict[str, str]:
    """Return what the site's authority has to issue, itself included."""
    made: dict[str, str] = {}
    authority = _stored(have, catalogue.CA_KEY, catalogue.CA_CERTIFICATE)
    if (
        authority is None
        or renew & {catalogue.CA_KEY, catalogue.CA_CERTIFICATE}
        or not authority_good(authority, now)
    ):
        authority = new_authority(site.site, now)
        made |= {
            catalogue.CA_KEY: authority.key,
            catalogue.CA_CERTIFICATE: authority.certificate,
        }
    servers: list[tuple[str, str, tuple[str, ...]]] = []
    if site.database.tls:
        servers += [
            (
                catalogue.tls_key(host.name),
                catalogue.tls_certificate(host.name),
                server_names(site, host.name),
            )
            for host in site.hosts_with(Role.DATABASE)
        ]
    if site.networking.tls.mode is TlsMode.SELF_SIGNED and site.load_balancer.managed:
        names = balancer_names(site)
        servers.append((catalogue.BALANCER_KEY, catalogue.BALANCER_CERTIFICATE, names))
    for key, certificate, names in servers:
        stored = _stored(have, key, certificate)
        if stored is not None and certificate == catalogue.BALANCER_CERTIFICATE:
            stored = Issued(stored.key, stored.certificate.removesuffix(authority.certificate))
        wanted = bool(renew & {key, certificate})
        if stored is None or wanted or not still_good(stored, authority, names, now):
            fresh = issue(authority, names, now)
            chain = authority.certificate if key == catalogue.BALANCER_KEY else ""
            made |= {key: fresh.key, certificate: fresh.certificate + chain}
    return made


def _only(issued: dict[str, str], only: frozenset[str] | None) -> dict[str, str]:
    """Leave out what was not asked for; a new authority makes all it issued before worthless."""
    if only is None or catalogue.CA_KEY in issued:
        return issued
    wanted = {name.replace("certificate", "key", 1) for name in only}
    return {
        name: value
        for name, value in issued.items()
        if name.replace("certificate", "key", 1) in wanted
    }


def provide(
    site: Site,
    have: Mapping[str, str],
    *,
    base: Path,
    now: datetime,
    renew: frozenset[str] = frozenset(),
    only: frozenset[str] | None = None,
) -> Provision:
    """Return every value that has to be stored so that nothing generated or derived is missing.

    What is there and still good stays, so that a second call returns nothing. Names in `renew`
    are made anew; a key and its certificate go together. With `only`, nothing is made or read
    but these names and what belongs to them.

    Raises:
        VaultError: the certificate files named by the site cannot be used; lists every problem.
    """
    specs = catalogue.needed(site)
    made = {
        spec.name: generate(spec)
        for spec in specs
        if spec.kind is Kind.GENERATED
        and (only is None or spec.name in only)
        and (spec.name not in have or spec.name in renew)
    }
    derived = {spec.name for spec in specs if spec.kind is Kind.DERIVED}
    if only is not None and not only & derived:
        return Provision(made)
    made |= _only(_certificates(site, have, now, renew), only)
    read: dict[str, str] = {}
    if site.networking.tls.mode is TlsMode.PROVIDED:
        read = {
            name: value
            for name, value in _balancer_from_files(site, base, now).items()
            if have.get(name) != value
        }
    return Provision({**made, **read}, frozenset(read))


def renewed(
    site: Site, have: Mapping[str, str], names: tuple[str, ...], *, base: Path, now: datetime
) -> dict[str, str]:
    """Return new values for what belongs together, and for nothing else.

    Raises:
        VaultError: the site's authority has to be renewed before it can issue anything.
    """
    only = frozenset(names)
    values = dict(provide(site, have, base=base, now=now, renew=only, only=only).values)
    if values.keys() != only:
        raise VaultError(
            "the site's own authority has to be renewed first: it is at its end",
            remedy="In a maintenance window: `minusnow-setup secret generate ca_key SITE"
            " --replace`, then `minusnow-setup apply`.",
        )
    return values
