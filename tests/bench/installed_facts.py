"""The facts that the practice fleet's hosts are assumed to have, for listing their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.assumed import Assumption, assumed_facts, platform_named

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts
    from wizard.site.model import Site


def facts_of(site: Site) -> dict[str, HostFacts]:
    """Return assumed facts by host: Debian 12 with the memory of a small practice host."""
    platform = platform_named("debian-12")
    assert platform is not None
    assumption = Assumption(platform=platform, memory=2**30, cpus=2, interface="host0")
    return {host.name: assumed_facts(host, assumption) for host in site.hosts}
