"""A site good enough to look at hosts with, while other answers are still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from screens.draft import Draft
    from wizard.site.model import Site

# Only for looking: nothing that is made from it is ever written or installed.
_STAND_IN: dict[str, object] = {
    "schema": 1,
    "site": "provisional",
    "networking": {
        "domain": "provisional.invalid",
        "private_network": "192.0.2.0/24",
        "smtp": {"host": "provisional.invalid"},
        "support_email": "nobody@provisional.invalid",
    },
    "application": {"release": "./provisional.tar.gz"},
}
STAND_INS = frozenset({"provisional.invalid", "192.0.2.0/24"})  # addresses that are no answers
_SECTIONS = (
    "site",
    "purpose",
    "networking",
    "load_balancer",
    "storage",
    "cache",
    "application",
    "licensing",
)


def provisional_site(draft: Draft) -> Site | None:
    """The draft's hosts and logins with stand-ins for what is not answered yet.

    Hosts without a usable address are left out; None if there is no host to look at, or the login
    itself is wrong.
    """
    if draft.site:
        return draft.site
    hosts = draft.value("topology.hosts")
    usable = [
        host
        for place, host in enumerate(hosts if isinstance(hosts, list) else [])
        if isinstance(host, dict)
        and host.get("address")
        and draft.problem_at(f"topology.hosts[{place}].address") is None
        and draft.problem_at(f"topology.hosts[{place}].name") is None
        and draft.problem_at(f"topology.hosts[{place}].roles") is None
    ]
    if not usable:
        return None
    data: dict[str, object] = {
        **_STAND_IN,
        "topology": {"hosts": usable},
        "ssh": draft.value("ssh"),
        "database": {"primary": usable[0].get("name")},
    }
    site = _valid(data)
    for section in _SECTIONS:
        value = draft.value(section)
        if site is None or value is None:
            continue
        if more := _valid({**data, section: value}):
            data[section], site = value, more
        elif isinstance(value, dict):
            site = _piece_by_piece(data, section, value) or site
    return site


def _piece_by_piece(
    data: dict[str, object], section: str, answers: Mapping[str, object]
) -> Site | None:
    """Take over what is answered of a section of which something is missing or wrong."""
    site = None
    for key, value in answers.items():
        known = data.get(section)
        merged = {**(known if isinstance(known, dict) else {}), key: value}
        if more := _valid({**data, section: merged}):
            data[section], site = merged, more
    return site


def _valid(data: dict[str, object]) -> Site | None:
    from wizard.site.model import Site  # noqa: PLC0415 - start-up time

    try:
        return Site.model_validate(data)
    except ValueError:  # pydantic's ValidationError is one
        return None
