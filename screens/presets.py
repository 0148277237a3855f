"""The layouts to start from, and the text of a new site file in which only answers are missing."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.site.edit import update
from wizard.site.file import parse
from wizard.site.new_file import dump_new
from wizard.site.topology import Role


@dataclass(frozen=True, slots=True)
class Preset:
    """A layout: hosts with their roles, and which parts someone else provides."""

    id: str
    title: str
    words: str
    hosts: tuple[tuple[str, tuple[Role, ...]], ...]
    changes: tuple[tuple[str, object], ...]


_LB, _APP, _DB = (Role.LOAD_BALANCER,), (Role.APP,), (Role.DATABASE,)
_BALANCERS = (("lb1", _LB), ("lb2", _LB))
_APPS = (("app1", _APP), ("app2", _APP))
_DATABASES = (("db1", _DB), ("db2", _DB))
_STORAGE = (("st1", (Role.STORAGE,)),)
_CACHE = (("cache1", (Role.CACHE,)),)
_OWN = (
    ("load_balancer.kind", "haproxy"),
    ("storage.kind", "nfs"),
    ("cache.kind", "redis"),
)


def _with(path: str, value: str) -> tuple[tuple[str, object], ...]:
    return tuple((each, value if each == path else own) for each, own in _OWN)


PRESETS = (
    Preset(
        "reference",
        "Reference: 8 servers",
        "Two balancers, two app servers, primary and standby, a file server, a session cache.",
        (*_BALANCERS, *_APPS, *_DATABASES, *_STORAGE, *_CACHE),
        _OWN,
    ),
    Preset(
        "three-apps",
        "Three app servers: 9 servers",
        "As the reference, with a third app server for more people.",
        (*_BALANCERS, *_APPS, ("app3", _APP), *_DATABASES, *_STORAGE, *_CACHE),
        _OWN,
    ),
    Preset(
        "no-cache",
        "Without a cache: 7 servers",
        "Each app server keeps its own sessions: losing one logs its users out.",
        (*_BALANCERS, *_APPS, *_DATABASES, *_STORAGE),
        _with("cache.kind", "none"),
    ),
    Preset(
        "external-balancer",
        "Balancer of your own: 6 servers",
        "An F5, ALB or the like stands in front; it exists and is not touched.",
        (*_APPS, *_DATABASES, *_STORAGE, *_CACHE),
        _with("load_balancer.kind", "external"),
    ),
    Preset(
        "external-storage",
        "File share of your own: 7 servers",
        "A NetApp, EFS or Azure Files export is mounted; no file server is installed.",
        (*_BALANCERS, *_APPS, *_DATABASES, *_CACHE),
        _with("storage.kind", "external"),
    ),
    Preset(
        "external-cache",
        "Redis of your own: 7 servers",
        "A Redis service that exists holds the sessions.",
        (*_BALANCERS, *_APPS, *_DATABASES, *_STORAGE),
        _with("cache.kind", "external"),
    ),
)

# A complete site; every value that a person has to answer is taken out of it below.
_COMPLETE = """\
schema: 1
site: minusnow
purpose: production
topology: {mode: active-active, hosts: [
  {name: app1, address: 192.0.2.1, roles: [app]}, {name: app2, address: 192.0.2.2, roles: [app]},
  {name: db1, address: 192.0.2.3, roles: [database]},
  {name: db2, address: 192.0.2.4, roles: [database]},
  {name: st1, address: 192.0.2.5, roles: [storage]}]}
ssh: {user: USER, sudo: nopasswd}
networking: {domain: itsm.example.com, private_network: 192.0.2.0/24,
  tls: {mode: self-signed}, smtp: {host: smtp.example.com}, support_email: support@example.com}
load_balancer: {kind: external}
database: {primary: db1, name: minusnow_db, user: minusnow, version: 15, max_connections: 200}
application: {release: ./minusnow.tar.gz, node: 22}
"""
_ASKED = (
    "networking.domain",
    "networking.private_network",
    "networking.smtp.host",
    "networking.support_email",
    "application.release",
)


def new_site(user: str) -> str:
    """The text of a new site with the reference layout; `user` is the login on the hosts.

    What only a person knows is null, and therefore a problem until it is answered.
    """
    parsed = parse(_COMPLETE.replace("USER", user), "")
    if parsed.site is None:
        parsed = parse(_COMPLETE.replace("USER", "root"), "")
    assert parsed.site is not None  # noqa: S101 - the text above, which a test reads
    unknown = [{"name": host.name, "address": None} for host in parsed.site.hosts]
    cleared = {**dict.fromkeys(_ASKED), "topology.hosts": unknown}
    return apply(update(dump_new(parsed.site), cleared), PRESETS[0])


def apply(text: str, preset: Preset) -> str:
    """The text with the preset's hosts; hosts of the same name keep what is known of them."""
    parsed_hosts = _hosts(text)
    hosts = []
    for name, roles in preset.hosts:
        known = parsed_hosts.get(name, {"name": name, "address": None})
        hosts.append({**known, "roles": [str(role) for role in roles]})
    primary = next(name for name, roles in preset.hosts if Role.DATABASE in roles)
    changes = {**dict(preset.changes), "topology.hosts": hosts, "database.primary": primary}
    return update(text, changes)


def _hosts(text: str) -> dict[str, dict[str, object]]:
    from wizard.site.document import read  # noqa: PLC0415 - only needed where a preset is chosen

    data = read(text, "").data
    topology = data.get("topology") if isinstance(data, dict) else None
    hosts = topology.get("hosts") if isinstance(topology, dict) else None
    return {
        str(host.get("name")): dict(host)
        for host in (hosts if isinstance(hosts, list) else [])
        if isinstance(host, dict)
    }
