"""Which answers of the site file each step rests on, the likeliest to be wrong first."""

from __future__ import annotations

_PACKAGES = ("networking.packages.mirror", "networking.packages.apt", "networking.packages.yum")
_SERVER = (
    "database.version",
    "database.port",
    "database.max_connections",
    "database.max_slot_wal_keep_size",
    "database.tls",
    "database.name",
    "database.user",
    "database.primary",
    "database.replication",
    "networking.monitoring_hosts",
)
_ENVIRONMENT = (
    "application.port",
    "application.environment",
    "networking.domain",
    "networking.smtp.host",
    "networking.smtp.port",
    "networking.smtp.user",
    "networking.support_email",
    "database.name",
    "database.user",
    "database.primary",
    "database.port",
    "database.tls",
    "cache.kind",
    "cache.port",
    "cache.external.host",
    "cache.external.port",
    "cache.external.tls",
)
_FIREWALL = (
    "networking.firewall",
    "networking.admin_networks",
    "networking.monitoring_hosts",
    "ssh.port",
    "application.port",
    "database.port",
    "cache.port",
)
_RELEASE = ("application.release", "application.release_sha256")
# How every step reaches its host.
REACH = ("ssh.user", "ssh.port", "ssh.key_file", "ssh.sudo", "ssh.known_hosts", "ssh.jump")
HOSTS = "topology.hosts"

ANSWERS: dict[str, tuple[str, ...]] = {
    "prepare": (
        *_PACKAGES,
        "networking.dns",
        "networking.domain",
        "networking.virtual_ip",
        "application.uid",
        "application.gid",
    ),
    "packages": (
        *_PACKAGES,
        "database.version",
        "application.node",
        "application.node_source.kind",
        "load_balancer.kind",
        "networking.firewall",
    ),
    "postgres": _SERVER,
    "standby": _SERVER,
    "roles": ("database.name", "database.user", "database.primary", "database.replication"),
    "streaming": ("database.tls", "database.primary"),
    "synchronous": ("database.replication",),
    "nfs-server": ("storage.export",),
    "mounts": (
        "storage.kind",
        "storage.export",
        "storage.mount_options",
        "storage.external.server",
        "storage.external.path",
        "storage.external.options",
    ),
    "redis": ("cache.port", "cache.max_memory", "cache.policy"),
    "node": (
        "application.node",
        "application.node_source.kind",
        "application.node_source.path",
        "application.node_source.sha256",
    ),
    "build": (*_RELEASE, "application.node"),
    "release": _RELEASE,
    "application": _ENVIRONMENT,
    "save": ("database.name", "database.primary", "database.version", "database.port"),
    "migrate": (*_RELEASE, "database.name", "database.primary", "application.environment"),
    "service": (*_RELEASE, *_ENVIRONMENT),
    "balancer": (
        "load_balancer.kind",
        "load_balancer.rate_limit",
        "load_balancer.max_body_size",
        "load_balancer.stats_port",
        "load_balancer.hsts_include_subdomains",
        "networking.domain",
        "networking.tls.mode",
        "networking.tls.certificate",
        "networking.tls.key",
        "networking.tls.chain",
        "application.port",
        "topology.mode",
    ),
    "keepalived": ("networking.virtual_ip", "networking.vrrp_id", "networking.domain"),
    "firewall": _FIREWALL,
    "firewall-confirmed": _FIREWALL,
}
_UNREACHED = frozenset({"ConnectionFailed", "ConnectionLost"})


def answers_of(step: str, error: str = "") -> tuple[str, ...]:
    """Return the paths of the site file that a step rests on; `error` is how it failed.

    The hosts themselves, with their addresses, belong to every step, and so does how they are
    reached: that comes first if no session could be had.
    """
    own = ANSWERS.get(step, ())
    if error in _UNREACHED:
        return (*REACH, HOSTS, *own)
    return (*own, HOSTS)
