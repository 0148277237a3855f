"""Which secrets a site needs follows from the site alone."""

from __future__ import annotations

import pytest

from tests.vault.sites import site
from wizard.vault.catalogue import ALPHANUMERIC, Kind, markdown_table, needed

ALWAYS = {
    *("app_password", "replication_password", "setup_password", "backup_password"),
    *("monitoring_password", "session_secret", "smtp_password", "license_key"),
    *("balancer_key", "balancer_certificate", "ca_key", "ca_certificate"),
}
_DATABASE = {"tls_key_db1", "tls_certificate_db1", "tls_key_db2", "tls_certificate_db2"}
_HERE = {"redis_password", "vrrp_password"}
_PROVIDED = {"mode": "provided", "certificate": "c.pem", "key": "k.pem"}
_EXTERNAL = {"kind": "external", "external": {"host": "redis.example.com"}}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ALWAYS | _DATABASE | _HERE),
        ({"database__tls": False}, ALWAYS | _HERE),
        ({"networking__virtual_ip": None}, ALWAYS | _DATABASE | {"redis_password"}),
        (
            {"load_balancer__kind": "external"},
            (ALWAYS | _DATABASE | {"redis_password"}) - {"balancer_key", "balancer_certificate"},
        ),
        (
            {"load_balancer__kind": "external", "networking__tls": _PROVIDED},
            ALWAYS | _DATABASE | {"redis_password"},
        ),
        ({"load_balancer__kind": "nginx"}, ALWAYS | _DATABASE | _HERE),
        ({"cache__kind": "none"}, ALWAYS | _DATABASE | {"vrrp_password"}),
        ({"ssh__sudo": "password"}, ALWAYS | _DATABASE | _HERE | {"sudo_password"}),
        ({"ssh__key_file": "~/.ssh/id"}, ALWAYS | _DATABASE | _HERE | {"key_passphrase"}),
    ],
)
def test_what_a_site_needs(changes: dict[str, object], names: set[str]) -> None:
    """Each part of the site adds the secrets it uses, and none is listed twice."""
    found = [spec.name for spec in needed(site(**changes))]
    assert set(found) == names
    assert len(found) == len(set(found))


def test_a_bought_product_has_a_key_of_its_own() -> None:
    """What is open source has none; no installation waits for one."""
    bought = {"database": {"edition": "EDB", "licensed": True}, "cache": {"edition": "Redis"}}
    found = {one.name: one for one in needed(site(licensing__components=bought))}
    assert [name for name in found if name.startswith("license_key")] == [
        "license_key",
        "license_key_database",
    ]
    assert found["license_key_database"].optional
    assert "EDB" in found["license_key_database"].purpose


def test_minusnows_own_key_is_told_with_its_reference() -> None:
    """So that whoever types it knows which one; without a reference it is told as ever."""
    own = {one.name: one for one in needed(site(licensing__minusnow={"reference": "MN-7"}))}
    assert own["license_key"].purpose == "MinusNow's own licence key (MN-7)"
    bare = {one.name: one for one in needed(site())}
    assert bare["license_key"].purpose == "MinusNow's own licence key"


def _spec(name: str, **changes: object) -> tuple[Kind, bool]:
    spec = {spec.name: spec for spec in needed(site(**changes))}[name]
    return spec.kind, spec.optional


def test_who_provides_which() -> None:
    """Asked, generated or derived, and optional where the installation does without."""
    external = {f"cache__{key}": value for key, value in _EXTERNAL.items()}
    assert _spec("redis_password") == (Kind.GENERATED, False)
    assert _spec("redis_password", **external) == (Kind.ASKED, False)
    assert _spec("smtp_password") == (Kind.ASKED, False)
    assert _spec("smtp_password", networking__smtp={"host": "mail"}) == (Kind.ASKED, True)
    assert _spec("license_key") == (Kind.ASKED, True)
    assert _spec("sudo_password", ssh__sudo="password") == (Kind.ASKED, False)
    assert _spec("tls_key_db1") == (Kind.DERIVED, False)


def test_generated_ones_are_long_and_plain() -> None:
    """Letters and digits need no quoting anywhere; the length makes up for it."""
    for spec in needed(site()):
        if spec.kind is Kind.GENERATED:
            assert spec.alphabet == ALPHANUMERIC
            assert spec.length == {"vrrp_password": 8, "session_secret": 64}.get(spec.name, 32)
        assert spec.purpose
        assert spec.where_used


def test_roles_are_marked() -> None:
    """Who sends verifiers to PostgreSQL finds the five roles."""
    roles = {spec.name for spec in needed(site()) if spec.database_role}
    parts = ("app", "replication", "setup", "backup", "monitoring")
    assert roles == {f"{part}_password" for part in parts}


def test_the_table_has_a_row_for_each() -> None:
    """The documentation is printed from the same data."""
    table = markdown_table(site())
    assert len(table.splitlines()) == 2 + len(needed(site()))
    assert all(f"| `{spec.name}` |" in table for spec in needed(site()))
