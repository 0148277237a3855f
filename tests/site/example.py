"""The reference site file, and variations of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.site.edit import update
from wizard.site.file import Parsed, parse

if TYPE_CHECKING:
    from wizard.site.model import Site

REFERENCE_PATH = Path(__file__).parent / "reference.yaml"
REFERENCE = REFERENCE_PATH.read_text(encoding="utf-8")


def varied(changes: dict[str, object]) -> str:
    """The text of the reference file with values changed."""
    return update(REFERENCE, changes)


def parsed(changes: dict[str, object]) -> Parsed:
    """The outcome of reading the reference file with values changed."""
    return parse(varied(changes), "site.yaml")


def site(changes: dict[str, object] | None = None) -> Site:
    """The reference site with values changed; the changes must leave it valid."""
    outcome = parsed(changes or {})
    assert outcome.site is not None, outcome.problems
    return outcome.site


def host(name: str, address: str, *roles: str) -> dict[str, object]:
    """An entry of `topology.hosts`."""
    return {"name": name, "address": address, "roles": list(roles)}


def moved(entry: dict[str, object], **changes: object) -> dict[str, object]:
    """An entry with some of its keys changed."""
    return {**entry, **changes}


LB1 = host("lb1", "10.0.0.10", "load_balancer")
LB2 = host("lb2", "10.0.0.11", "load_balancer")
APP1 = host("app1", "10.0.1.10", "app")
APP2 = host("app2", "10.0.1.11", "app")
DB1 = host("db1", "10.0.2.10", "database")
DB2 = host("db2", "10.0.2.11", "database")
ST1 = host("st1", "10.0.3.10", "storage")
CACHE1 = host("cache1", "10.0.4.10", "cache")
HOSTS = (LB1, LB2, APP1, APP2, DB1, DB2, ST1, CACHE1)
