"""HAProxy's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.platform import Family, platform_of
from wizard.render.template import render
from wizard.resources.file import File
from wizard.site.application import HEALTH_EVERY, HEALTH_PATH
from wizard.steps.upstream import has_ipv6, servers, sticky, version
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

CERTIFICATE = "/etc/haproxy/minusnow.pem"
# -dW makes warnings fatal; it came with HAProxy 2.2 (management guide, "-dW").
STRICT = (2, 2)
# "log stdout" came with HAProxy 1.9 (configuration manual, "log").
LOGS_TO_STDOUT = (1, 9)


def haproxy_files(situation: Situation, host: Host) -> tuple[File, ...]:
    """Return the certificate with its key, then the configuration that names it."""
    site, facts = situation.site, situation.facts[host.name]
    platform = platform_of(facts.os)
    program = platform.haproxy
    found = version(facts, "haproxy", program.version)
    content = render(
        "haproxy/haproxy.cfg.j2",
        # Debian's unit brings /dev/log into the chroot; elsewhere the journal reads stdout.
        log_stdout=platform.family is Family.RHEL and found >= LOGS_TO_STDOUT,
        socket=platform.haproxy_socket,
        user=program.user,
        group=program.group,
        binds=["*", "[::]"] if has_ipv6(facts) else ["*"],
        certificate=CERTIFICATE,
        version=found,
        rate_limit=site.load_balancer.rate_limit,
        max_body=site.load_balancer.max_body_size.bytes,
        hsts_include_subdomains=site.load_balancer.hsts_include_subdomains,
        domain=site.networking.domain,
        health_path=HEALTH_PATH,
        health_every=HEALTH_EVERY,
        sticky=sticky(site),
        servers=servers(site),
        stats_port=site.load_balancer.stats_port,
    )
    strict = " -dW" if found >= STRICT else ""
    return (
        File(
            path=CERTIFICATE,
            content=Text(SecretRef("balancer_certificate"), SecretRef("balancer_key")),
            mode=0o600,
            unit=program.unit,
        ),
        File(
            path=program.config,
            content=content,
            unit=program.unit,
            foreign=program.config in facts.foreign_files,
            check=f"haproxy -c{strict} -f {{}} >&2",
        ),
    )
