"""A whole site on one page: a label and a sentence for everything that was decided."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from wizard.site.access import Ssh
from wizard.site.cache import CacheKind
from wizard.site.layout import warnings
from wizard.site.licensing import ItemState
from wizard.site.networking import TlsMode
from wizard.site.renewals import renewals
from wizard.site.storage import StorageKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.site.licensing import Checklist
    from wizard.site.model import Site


# What the rows have in words, by path.
_IN_WORDS = (
    *("schema", "site", "purpose", "acknowledged", "licensing"),
    *("topology.mode", "topology.hosts.name", "topology.hosts.address", "topology.hosts.roles"),
    *("networking.domain", "networking.virtual_ip", "networking.private_network"),
    *("networking.firewall", "networking.support_email", "networking.tls.mode"),
    *("networking.tls.certificate", "networking.packages", "networking.smtp"),
    *("ssh.user", "ssh.port", "ssh.jump", "ssh.sudo", "ssh.key_file"),
    "ssh.known_hosts",
    *("database.version", "database.name", "database.primary", "database.replication"),
    *("load_balancer.kind", "load_balancer.rate_limit"),
    *("storage.kind", "storage.export", "storage.external.server", "storage.external.path"),
    *("cache.kind", "cache.max_memory", "cache.external.host", "cache.external.port"),
    *("application.release", "application.node", "application.port"),
    "application.node_source.kind",
)


def host_rows(site: Site) -> tuple[tuple[str, str, str], ...]:
    """Return name, address and roles of every host."""
    return tuple((h.name, h.address, ", ".join(role.value for role in h.roles)) for h in site.hosts)


def site_rows(site: Site, today: date | None = None) -> tuple[tuple[str, str], ...]:
    """Return what is wanted of everything but the hosts; nothing in it is a secret.

    Licences that end within 90, 30 or 7 days of `today`, the day of reading, are pointed out.
    """
    return (
        ("Site", f"{site.site} · {site.purpose.value} · {site.topology.mode.value}"),
        ("Users open", site.base_url),
        *_network(site),
        ("Database", _database(site)),
        ("Balancer", _balancer(site)),
        ("Storage", _storage(site)),
        ("Cache", _cache(site)),
        *_application(site),
        *_licences(site),
        *(
            ("✗ Licence" if one.ended else "! Licence", one.sentence)
            for one in renewals(site, today or datetime.now(UTC).date())
        ),
        *(("Also", f"{path}: {value}") for path, value in _others(site)),
    )


def acknowledgements(site: Site) -> tuple[tuple[str, str, str], ...]:
    """Return id, sentence and state of every warning of the layout."""
    return tuple(
        (
            one.id,
            f"{one.rule.sentence} ({one.seen})",
            "acknowledged" if one.id in site.acknowledged else "to be acknowledged",
        )
        for one in warnings(site)
    )


def open_items(site: Site) -> tuple[tuple[str, str], ...]:
    """Return what of the licence checklist is still open, and who sees to it."""
    items = site.licensing.checklist.items().items()
    return tuple(
        (_plain(name), item.owner or "nobody named")
        for name, item in items
        if item.state is ItemState.OPEN
    )


def _others(site: Site) -> Iterator[tuple[str, str]]:
    """Yield every other answer that is not the usual one, by its path in the site file."""
    given = site.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for path, value in _leaves(given, ""):
        plain = re.sub(r"\[[^]]*]", "", path)
        if not any(plain == one or plain.startswith(f"{one}.") for one in _IN_WORDS):
            yield path, value


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value):
            name = inner.get("name", number) if isinstance(inner, dict) else number
            yield from _leaves(inner, f"{path}[{name}]")
    elif isinstance(value, list):
        yield path, ", ".join(map(str, value)) or "none"
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    else:
        yield path, "not set" if value is None else str(value)


def _network(site: Site) -> Iterator[tuple[str, str]]:
    net = site.networking
    if net.virtual_ip is not None:
        yield "Virtual IP", str(net.virtual_ip)
    yield "Network", f"{net.private_network} · firewall: {net.firewall.value}"
    provided = net.tls.mode is TlsMode.PROVIDED
    file = f": {net.tls.certificate}" if provided else ""
    yield "Certificate", f"{net.tls.mode.value}{file}"
    named = {
        "mirror": net.packages.mirror,
        "apt": net.packages.apt,
        "yum": net.packages.yum,
    }
    sources = [f"{name}: {', '.join(map(str, found))}" for name, found in named.items() if found]
    yield "Packages", "; ".join(sources) or "from the hosts' own sources"
    login = f", login {net.smtp.user}" if net.smtp.user else ""
    yield "Mail relay", f"{net.smtp.host}:{net.smtp.port}, {net.smtp.tls.value}{login}"
    yield "Support", str(net.support_email)
    ssh = site.ssh
    jump = f" through {ssh.jump}" if ssh.jump else ""
    key = f"key {ssh.key_file}" if ssh.key_file else "the SSH agent's keys"
    usual = ssh.known_hosts == Ssh.model_fields["known_hosts"].default
    known = "" if usual else f", hosts known by {ssh.known_hosts}"
    yield "SSH", f"as {ssh.user}, port {ssh.port}{jump}, {key}, sudo {ssh.sudo.value}{known}"


def _database(site: Site) -> str:
    db = site.database
    standbys = ", ".join(host.name for host in site.standbys)
    return (
        f"PostgreSQL {db.version} · {db.name} · primary {db.primary}, standby {standbys or 'none'}"
        f" · {db.replication.value}"
    )


def _balancer(site: Site) -> str:
    balancer = site.load_balancer
    if not balancer.managed:
        return balancer.kind.value  # what limits its clients is not this installer's to say
    return f"{balancer.kind.value} · {balancer.rate_limit} requests at most per address"


def _storage(site: Site) -> str:
    if site.storage.kind is StorageKind.EXTERNAL and site.storage.external:
        return f"external: {site.storage.external.server}:{site.storage.external.path}"
    host = site.storage_host
    return f"NFS on {host.name}: {site.storage.export}" if host else site.storage.kind.value


def _cache(site: Site) -> str:
    if site.cache.kind is CacheKind.EXTERNAL and site.cache.external:
        return f"external: {site.cache.external.host}:{site.cache.external.port}"
    host = site.cache_host
    return f"Redis on {host.name}, {site.cache.max_memory}" if host else site.cache.kind.value


def _application(site: Site) -> Iterator[tuple[str, str]]:
    app = site.application
    yield "Release", str(app.release)
    yield "Node.js", f"{app.node} from {app.node_source.kind.value} · port {app.port}"


def _licences(site: Site) -> Iterator[tuple[str, str]]:
    licensing = site.licensing
    recorded = licensing.components.recorded()
    bought = [_plain(name) for name, one in recorded.items() if one.licensed]
    words = f"bought for {', '.join(bought)}" if bought else "open source"
    yield "Licences", f"{words} · {len(open_items(site))} of 8 checklist items open"
    if licensing.minusnow.words:
        yield "MinusNow", f"licence: {licensing.minusnow.words}"
    for name, one in recorded.items():
        yield "Product", f"{_plain(name)}: {one.words}"
    if settled := "; ".join(_settled(licensing.checklist)):
        yield "Checklist", settled
    by = f" by {licensing.accepted_by}" if licensing.accepted_by else ""
    on = f" on {licensing.accepted_on}" if licensing.accepted_on else ""
    yield "Notice", f"of licensing: {f'accepted{by}{on}' if by or on else 'not accepted yet'}"


def _settled(checklist: Checklist) -> Iterator[str]:
    """Yield the items that are done, then those that are not needed, with who saw to them."""
    for state, words in ((ItemState.DONE, "done"), (ItemState.NOT_NEEDED, "not needed")):
        names = [
            f"{_plain(name)} ({item.owner})" if item.owner else _plain(name)
            for name, item in checklist.items().items()
            if item.state is state
        ]
        if names:
            yield f"{words}: {', '.join(names)}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
