"""Proof: does exactly one balancer hold the virtual address?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.site.model import Site

HELD = Question("virtual-held", "Does exactly one balancer hold the virtual address?", "one")


def held_section(site: Site) -> str:
    """Return bash that prints `held` on the host that has the virtual address."""
    shared = site.networking.virtual_ip
    if shared is None:
        return "true"
    return f"ip -o addr show to {shared.ip} | grep -q . && echo held; true"


def check(site: Site, answers: Mapping[str, str]) -> Finding:
    """Answer from what each balancer printed."""
    shared = site.networking.virtual_ip
    if shared is None:
        return HELD.skipped(SITE, "the site has no virtual address")
    holders = [name for name, text in answers.items() if "held" in text.split()]
    if len(holders) == 1:
        return HELD.ok(SITE, f"{holders[0]} holds {shared.ip}")
    if not holders:
        return HELD.failed(
            SITE,
            f"no balancer holds {shared.ip}",
            "See `journalctl -u keepalived` on the balancers.",
        )
    return HELD.failed(
        SITE,
        f"{' and '.join(holders)} both hold {shared.ip}",
        "They do not hear each other: allow VRRP (IP protocol 112) between them.",
    )
