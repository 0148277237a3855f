"""Whether a layout will do, from the draft and from what was seen of the machines; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.diagram import hosts_of
from screens.provisional import provisional_site
from wizard.errors import ConnectionFailed
from wizard.facts.host import HostFacts
from wizard.site.layout import PRIMARY_ELSEWHERE, refusals, warnings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.draft import Draft
    from screens.live import Live
    from wizard.site.layout import Refusal


def layout_refusals(draft: Draft, live: Live) -> tuple[Refusal, ...]:
    """The rules that are broken; hosts that turned out to be one machine count as one."""
    if draft.parsed.refusals or not live.facts:
        return draft.parsed.refusals
    site = draft.site
    if site is None:
        # With other answers missing only complete tables of hosts can be judged by machine.
        provisional = provisional_site(draft)
        hosts = draft.value("topology.hosts")
        if provisional is None or len(provisional.hosts) != len(
            hosts if isinstance(hosts, list) else []
        ):
            return ()
        site = provisional
        primary = str(draft.value("database.primary") or site.database.primary)
        database = site.database.model_copy(update={"primary": primary})
    else:
        database = site.database
    identities = {
        host.name: f"{seen.boot_id} {seen.machine_id}"
        for host in site.hosts
        if isinstance(seen := live.fact(draft, host.name, host.address), HostFacts) and seen.boot_id
    }
    return refusals(site.topology, database, {}, identities)


def holding(draft: Draft, live: Live) -> tuple[Refusal, ...]:
    """The broken rules that nobody gets past in Topology; a wrong primary is answered later."""
    refused = layout_refusals(draft, live)
    return tuple(one for one in refused if one.rule is not PRIMARY_ELSEWHERE)


def untrusted(draft: Draft, live: Live) -> str:
    """The host that shows another key than the known one, in a sentence; "" if there is none."""
    for host in hosts_of(draft):
        seen = live.fact(draft, str(host.get("name")), host.get("address"))
        if isinstance(seen, ConnectionFailed) and seen.untrusted:
            return f"{host.get('name')}: {seen.seen}. {seen.remedy}"
    return ""


def held(draft: Draft, live: Live) -> str:
    """The id of the place that what was seen of the machines lets nobody pass; "" if none."""
    if holding(draft, live):
        return "topology"
    return "access" if untrusted(draft, live) else ""


def verdict_text(draft: Draft, refused: Sequence[Refusal]) -> str:
    """What is wrong, why that is bad and what would make it right; then what is warned of."""
    told = [
        f"✗ {one.rule.sentence} ({one.seen})\n  {one.rule.reason}\n  {one.rule.remedy}"
        for one in refused
    ]
    if draft.site:
        told += [
            f"! {one.rule.sentence} ({one.seen})\n  {one.rule.reason}"
            for one in warnings(draft.site)
        ]
    own = [one for one in draft.problems if one.path.startswith("topology.hosts[")]
    if not told and own:
        count = len({one.path.partition("]")[0] for one in own})
        what = "host is" if count == 1 else "hosts are"
        return f"· {count} {what} not complete yet"
    return "\n".join(told) or "✓ No layout rule is broken."
