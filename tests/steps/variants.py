"""Variations of the reference site whose rendered files are looked at, by name."""

from __future__ import annotations

from tests.site.example import host

V6_HOSTS = [
    host(name, f"fd00::{number}:10", role)
    for name, number, role in (
        ("lb1", 1, "load_balancer"),
        ("lb2", 2, "load_balancer"),
        ("app1", 3, "app"),
        ("app2", 4, "app"),
        ("db1", 5, "database"),
        ("db2", 6, "database"),
        ("st1", 7, "storage"),
        ("cache1", 8, "cache"),
    )
]
NO_STORAGE = [
    host("lb1", "10.0.0.10", "load_balancer"),
    host("lb2", "10.0.0.11", "load_balancer"),
    host("app1", "10.0.1.10", "app"),
    host("app2", "10.0.1.11", "app"),
    host("db1", "10.0.2.10", "database"),
    host("db2", "10.0.2.11", "database"),
]
NGINX: dict[str, object] = {
    "load_balancer.kind": "nginx",
    "licensing.components.load_balancer.edition": "nginx",
}
PASSIVE: dict[str, object] = {"topology.mode": "active-passive"}
EXTERNAL: dict[str, object] = {
    "topology.hosts": NO_STORAGE,
    "storage": {
        "kind": "external",
        "external": {"server": "fs.example.com", "path": "/vol/minusnow"},
    },
    "cache": {"kind": "external", "external": {"host": "redis.example.com", "tls": True}},
}
STICKY: dict[str, object] = {
    "topology.hosts": [*NO_STORAGE, host("st1", "10.0.3.10", "storage")],
    "cache": {"kind": "none"},
}
IPV6: dict[str, object] = {
    "topology.hosts": V6_HOSTS,
    "networking.virtual_ip": "fd00::100/64",
    "networking.private_network": "fd00::/64",
}

VARIANTS: dict[str, tuple[str, dict[str, object]]] = {
    "debian-12": ("debian-12", {}),
    "rhel-9": ("rhel-9", {}),
    "debian-12-nginx": ("debian-12", NGINX),
    "rhel-9-nginx": ("rhel-9", NGINX),
    "debian-12-passive": ("debian-12", PASSIVE),
    "debian-12-nginx-passive": ("debian-12", {**NGINX, **PASSIVE}),
    "debian-12-sticky": ("debian-12", STICKY),
    "debian-12-nginx-sticky": ("debian-12", {**NGINX, **STICKY}),
    "debian-12-nginx-sticky-passive": ("debian-12", {**NGINX, **STICKY, **PASSIVE}),
    "debian-12-external": ("debian-12", EXTERNAL),
    "debian-12-ipv6": ("debian-12", IPV6),
    "debian-12-nginx-ipv6": ("debian-12", {**NGINX, **IPV6}),
    "debian-12-hsts": ("debian-12", {"load_balancer.hsts_include_subdomains": True}),
    "debian-12-nginx-hsts": (
        "debian-12",
        {**NGINX, "load_balancer.hsts_include_subdomains": True},
    ),
    "rhel-8": ("rhel-8", {}),
    "debian-11-nginx": ("debian-11", NGINX),
    "debian-13-nginx": ("debian-13", NGINX),
}
