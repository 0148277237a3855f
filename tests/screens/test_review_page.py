"""The page of Review: nothing that was answered is missing on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from screens.review import page
from tests.site.example import HOSTS, site
from wizard.site.model import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDE = 100_000  # columns: no value is broken

_PRODUCTS = (
    *("database", "cache", "directory", "smtp"),
    *("monitoring", "backup", "load_balancer", "certificates"),
)
_ITEMS = ("operating_system", *(name for name in _PRODUCTS if name != "cache"))
_NOWHERE = {"schema"}  # the format of the file, always 1


def _licence(name: str, day: int) -> dict[str, object]:
    return {
        "vendor": f"{name} GmbH",
        "reference": f"PO-{name}",
        "renewal": f"2031-06-{day}",
        "portal": f"{name}.licences.example",
        "owner": f"Owner of {name}",
    }


# Two sites, as what one sets up the other has already; together they have every answer.
OWN: dict[str, object] = {
    "purpose": "rehearsal",
    "topology.mode": "active-passive",
    "topology.hosts": [
        {
            **HOSTS[0],
            "interface": "ens77",
            "ssh": {
                "user": "lb1login",
                "port": 2201,
                "key_file": "/keys/lb1",
                "sudo": "password",
                "known_hosts": "/known/lb1",
                "jump": "lb1jump.example.com",
            },
        },
        *HOSTS[1:],
    ],
    "ssh.user": "deploy",
    "ssh.port": 2222,
    "ssh.key_file": "/keys/ours",
    "ssh.sudo": "password",
    "ssh.known_hosts": "/known/ours",
    "ssh.jump": "ops@bastion.example.com:2223",
    "networking.vrrp_id": 77,
    "networking.firewall": "none",
    "networking.packages": {
        "mirror": ["http://mirror.example.com/debian"],
        "apt": ["deb http://apt.example.com/debian bookworm main"],
        "yum": ["http://yum.example.com/el9"],
    },
    "networking.smtp": {
        "host": "relay.example.com",
        "port": 465,
        "user": "sender@example.com",
        "tls": "tls",
    },
    "networking.dns": True,
    "networking.admin_networks": ["10.9.0.0/24", "10.9.1.0/24"],
    "networking.monitoring_hosts": ["10.0.9.9"],
    "database": {
        "name": "itsm_db",
        "user": "itsm_role",
        "primary": "db2",
        "version": 16,
        "replication": "sync",
        "max_connections": 321,
        "port": 5433,
        "max_slot_wal_keep_size": "11GB",
        "tls": False,
    },
    "load_balancer": {
        "kind": "nginx",
        "rate_limit": 123,
        "hsts_include_subdomains": True,
        "max_body_size": "31MB",
        "stats_port": 8405,
    },
    "storage.export": "/exports/ours",
    "storage.mount_options": "nfsvers=4.1,hard",
    "cache": {"max_memory": "257mb", "port": 6380, "policy": "noeviction"},
    "application.release_sha256": "ab" * 32,
    "application.node": 24,
    "application.port": 5005,
    "application.uid": 991,
    "application.gid": 992,
    "application.environment": {"LOG_LEVEL": "debug"},
    "licensing": {
        "minusnow": _licence("own", 10),
        "components": {
            name: {"edition": f"Edition {name}", "licensed": True, **_licence(name, 11 + number)}
            for number, name in enumerate(_PRODUCTS)
        },
        "checklist": {
            name: {"state": ("done", "not-needed")[number % 2], "owner": f"Due to {name}"}
            for number, name in enumerate(_ITEMS)
        },
        "accepted_by": "Jane Installer",
        "accepted_on": "2026-11-23",
    },
    "acknowledged": ["single-storage"],
}
THEIRS: dict[str, object] = {
    "topology.hosts": [*HOSTS[2:6]],
    "networking.virtual_ip": None,
    "networking.tls": {
        "mode": "provided",
        "certificate": "/tls/cert.pem",
        "key": "/tls/key.pem",
        "chain": "/tls/chain.pem",
    },
    "load_balancer": {"kind": "external"},
    "storage": {
        "kind": "external",
        "external": {
            "server": "fs.example.com",
            "path": "/vol/ours",
            "options": "nfsvers=4.1,hard",
        },
    },
    "cache": {
        "kind": "external",
        "external": {"host": "redis.example.com", "port": 6381, "tls": True},
    },
    "application.node_source": {
        "kind": "tarball",
        "path": "/node/node.tar.xz",
        "sha256": "cd" * 32,
    },
    "licensing.checklist.backup": {"owner": "Somebody"},
}
SITES = {"own": OWN, "theirs": THEIRS}


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every single value, by a path without numbers."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, path)
    else:
        yield path, value


def answers(name: str) -> list[tuple[str, object]]:
    """Every answer of a site that is not the usual one."""
    told = site(SITES[name]).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return [(path, value) for path, value in leaves(told) if path not in _NOWHERE]


def shown(wanted: Site) -> str:
    """The page as it is read."""
    return "\n".join(page(wanted, _WIDE))


@pytest.mark.parametrize("name", SITES)
def test_every_answer_stands_on_the_page(name: str) -> None:
    """Whoever signs it off has seen it: values as they are, yes and no as words."""
    text = shown(site(SITES[name]))
    missing = [(path, value) for path, value in answers(name) if not stands(text, path, value)]
    assert not missing, text


def stands(text: str, path: str, value: object) -> bool:
    """Whether an answer stands in a text: for itself, or with its path where it is yes or no."""
    if path.endswith(".licensed"):
        product = path.split(".")[2].replace("_", " ")
        return bool(re.search(rf"{product}: .+ · licence bought", text))
    if isinstance(value, bool):
        return f"{path}: {'yes' if value else 'no'}" in text
    words = "not needed" if value == "not-needed" else str(value)
    return bool(re.search(rf"(?<![\w.]){re.escape(words)}(?!\w)", text))


def fields(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """The path of every answer that a site file can have, of all hosts as of one."""
    for name, field in model.model_fields.items():
        inner = f"{path}.{field.alias or name}".lstrip(".")
        found = re.findall(r"wizard\.site\.\w+\.\w+", str(field.annotation))
        models = [one for one in map(_model, found) if one]
        for one in models:
            yield from fields(one, inner)
        if not models:
            yield inner


def _model(name: str) -> type[BaseModel] | None:
    module, _, known = name.rpartition(".")
    found = getattr(__import__(module, fromlist=[known]), known)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def test_no_answer_is_forgotten_here() -> None:
    """Whatever a site file may say, one of the two sites says."""
    said = {path for name in SITES for path, _ in answers(name)}
    said |= {"application.environment" for path in said if ".environment." in path}
    assert set(fields(Site)) - _NOWHERE - said == set()


def test_a_balancer_of_others_has_no_limit_of_ours() -> None:
    """Nothing enforces it there, so it is no promise."""
    limited = {**THEIRS, "load_balancer": {"kind": "external", "rate_limit": 123}}
    assert "123" in shown(site({"load_balancer.rate_limit": 123}))
    assert "123" not in shown(site(limited))
    assert "requests" not in shown(site(limited))
