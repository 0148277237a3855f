"""A configuration as it would be placed, for hosts as they are assumed to be; for a worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.facts.host import HostFacts
from wizard.site.load_balancer import BalancerKind
from wizard.site.topology import Role

if TYPE_CHECKING:
    from screens.draft import Draft
    from screens.live import Live
    from wizard.site.model import Site

_OS, _MEMORY = "debian-12", 16 * 2**30


def balancer_text(site: Site, draft: Draft, live: Live) -> tuple[str, str]:
    """The first balancer's configuration: its path and its text, secrets by name."""
    from wizard.facts.assumed import Assumption, assumed_facts, platform_named  # noqa: PLC0415
    from wizard.steps.haproxy import haproxy_files  # noqa: PLC0415 - Jinja2: start-up time
    from wizard.steps.inputs import Inputs, ReleaseFile  # noqa: PLC0415 - as above
    from wizard.steps.nginx import nginx_files  # noqa: PLC0415 - as above
    from wizard.steps.task import Situation  # noqa: PLC0415 - as above

    hosts = site.hosts_with(Role.LOAD_BALANCER)
    platform = platform_named(_OS)
    if not hosts or platform is None or not site.load_balancer.managed:
        return "", ""
    host = hosts[0]
    assumption = Assumption(platform=platform, memory=_MEMORY, cpus=4, interface="eth0")
    facts = {each.name: assumed_facts(each, assumption) for each in site.hosts}
    seen = live.fact(draft, host.name, host.address)
    assumed = not isinstance(seen, HostFacts)
    if isinstance(seen, HostFacts):
        facts[host.name] = seen
    release = ReleaseFile(
        path=Path(site.application.release),
        sha256="0" * 64,
        size=0,
        version="0.0.0",
        top="",
        built=True,
        scripts=(),
    )
    inputs = Inputs(release=release, node=None, smtp_password=True, base=Path())
    situation = Situation(site=site, facts=facts, inputs=inputs)
    nginx = site.load_balancer.kind is BalancerKind.NGINX
    files = nginx_files(situation, host) if nginx else haproxy_files(situation, host)
    where = f"{host.name}:{files[-1].path}"
    return f"{where} (assumed: Debian 12)" if assumed else where, files[-1].content.masked()
