"""Nginx' files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.platform import platform_of
from wizard.render.template import render
from wizard.resources.file import File
from wizard.steps.upstream import has_ipv6, servers, sticky, version
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

CERTIFICATE = "/etc/nginx/minusnow.crt"
KEY = "/etc/nginx/minusnow.key"


def nginx_files(situation: Situation, host: Host) -> tuple[File, ...]:
    """Return certificate, key, then the configuration that names them."""
    site, facts = situation.site, situation.facts[host.name]
    program = platform_of(facts.os).nginx
    content = render(
        "nginx/nginx.conf.j2",
        user=program.user,
        ipv6=has_ipv6(facts),
        certificate=CERTIFICATE,
        key=KEY,
        # The syntax of http2 changed: what matters is the version on this host.
        version=version(facts, "nginx", program.version),
        rate_limit=site.load_balancer.rate_limit,
        max_body=site.load_balancer.max_body_size.bytes,
        hsts_include_subdomains=site.load_balancer.hsts_include_subdomains,
        domain=site.networking.domain,
        sticky=sticky(site),
        servers=servers(site),
        stats_port=site.load_balancer.stats_port,
    )
    unit = program.unit
    return (
        File(path=CERTIFICATE, content=Text(SecretRef("balancer_certificate")), unit=unit),
        File(path=KEY, content=Text(SecretRef("balancer_key")), mode=0o600, unit=unit),
        File(
            path=program.config,
            content=content,
            unit=unit,
            foreign=program.config in facts.foreign_files,
            check="nginx -t -q -c {}",
        ),
    )
