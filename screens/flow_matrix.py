"""Who talks to whom, as the firewalls will allow it; told while other answers are still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.provisional import STAND_INS, provisional_site
from wizard.site.flows import flows

if TYPE_CHECKING:
    from screens.draft import Draft
    from wizard.site.model import Site

_OPEN = "(not answered yet)"


def flows_text(draft: Draft) -> str:
    """Every flow between the hosts that have an address, whatever else is missing."""
    site = provisional_site(draft)
    if site is None:
        return "The flows are shown once a host has an address under Topology."
    hosts = draft.value("topology.hosts")
    count = len(hosts) - len(site.hosts) if isinstance(hosts, list) else 0
    left_out = f"\n\nNot in it yet: {count} without a usable address under Topology."
    return flow_matrix(site) + (left_out if count else "")


def flow_matrix(site: Site) -> str:
    """Every connection the firewalls will allow, grouped: where from, where to, port, why."""
    grouped: dict[tuple[str, str, str], tuple[list[str], list[str]]] = {}
    for flow in flows(site):
        port = f"{flow.port}/{flow.protocol}" if flow.port else flow.protocol
        sources, targets = grouped.setdefault((flow.purpose, port, ""), ([], []))
        source = flow.source
        if flow.source_address and "(" in flow.source:
            source = f"{flow.source} {_answered(flow.source_address)}"
        target = _answered(flow.target_address) if "(" in flow.target else flow.target
        for names, name in ((sources, source), (targets, target)):
            if name not in names:
                names.append(name)
    lines = ["The firewalls will allow, and nothing else:", ""]
    for (purpose, port, _), (sources, targets) in grouped.items():
        lines.append(f"{port:>10}  {purpose}")
        lines.append(f"            {', '.join(sources)} → {', '.join(targets)}")
    return "\n".join(lines)


def _answered(address: str) -> str:
    return _OPEN if address in STAND_INS else address
