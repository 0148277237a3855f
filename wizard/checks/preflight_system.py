"""Preflight: what each host is. Operating system, architecture, init, file systems, Node.js."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question
from wizard.errors import HostError
from wizard.facts.platform import platform_of, supported
from wizard.site.cache import CacheKind
from wizard.site.storage import StorageKind
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts
    from wizard.site.model import Site

_ARCHITECTURES = ("x86_64", "aarch64")
# https://github.com/nodejs/release#release-schedule
NODE_SUPPORTED_UNTIL = {
    20: dt.date(2026, 4, 30),
    22: dt.date(2027, 4, 30),
    24: dt.date(2028, 4, 30),
}

PLATFORM = Question("platform", "Is the operating system supported?", f"one of {supported()}")
SUPPORT = Question("support", "Does the operating system still get security updates?")
ARCHITECTURE = Question(
    "architecture", "Can the software run on this processor?", " or ".join(_ARCHITECTURES)
)
ALIKE = Question("alike", "Are the hosts of this role alike?")
INIT = Question("init", "Is systemd what starts services?", "systemd as process 1")
NFS = Question("nfs", "Can the kernel do NFS?")
NODE = Question("node", "Is the chosen Node.js supported?", "a version that gets security updates")
CACHE = Question("cache", "Is there a place for sessions that all app servers share?")


def check(
    site: Site, facts: Mapping[str, HostFacts], *, today: dt.date, node_tarball: str = ""
) -> Iterator[Finding]:
    """Answer for every host whose facts are known; `node_tarball` is that file's version."""
    yield from _node(site, today, node_tarball)
    if site.cache.kind is CacheKind.NONE:
        yield CACHE.warning(
            SITE,
            "the site has no cache: each app server keeps its own sessions",
            "Add a host with the role cache, or users are logged out when a server is lost.",
        )
    for name, seen in facts.items():
        yield from _platform(name, seen, today)
        yield _architecture(name, seen)
        yield _init(name, seen)
    yield from _alike(site, facts)
    yield from _nfs(site, facts)


def _platform(name: str, facts: HostFacts, today: dt.date) -> Iterator[Finding]:
    try:
        platform = platform_of(facts.os)
    except HostError as error:
        yield PLATFORM.failed(name, error.seen, "Install a supported distribution on this host.")
        return
    yield PLATFORM.ok(name, facts.os.pretty or platform.title)
    if platform.supported_until >= today:
        yield SUPPORT.ok(name, f"{platform.title}, until {platform.supported_until}")
    else:
        yield SUPPORT.warning(
            name,
            f"free security updates of {platform.title} ended on {platform.supported_until}",
            "Upgrade the distribution, or subscribe to its extended updates.",
            wanted="a distribution that gets security updates",
        )


def _architecture(name: str, facts: HostFacts) -> Finding:
    if facts.architecture in _ARCHITECTURES:
        return ARCHITECTURE.ok(name, facts.architecture)
    seen = facts.architecture or "unknown"
    return ARCHITECTURE.failed(name, seen, "Use a 64-bit Intel, AMD or ARM machine.")


def _init(name: str, facts: HostFacts) -> Finding:
    if facts.init == "systemd":
        return INIT.ok(name, f"systemd {facts.systemd or ''}".strip())
    return INIT.failed(
        name, f"process 1 is {facts.init}", "Use a machine that is booted with systemd."
    )


def _alike(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """App servers share one built release; a standby copies the primary's files byte by byte."""
    for role in (Role.APP, Role.DATABASE):
        hosts = [host.name for host in site.hosts_with(role) if host.name in facts]
        if not hosts:
            continue
        first = facts[hosts[0]]
        for name in hosts[1:]:
            other = facts[name]
            if other.architecture != first.architecture:
                yield ALIKE.failed(
                    name,
                    f"{other.architecture or 'unknown'}, while {hosts[0]} is {first.architecture}",
                    f"Use machines of one architecture for all hosts with the role {role}.",
                    wanted=f"{first.architecture} as on {hosts[0]}",
                )
            elif (other.os.id, other.os.version) != (first.os.id, first.os.version):
                yield ALIKE.warning(
                    name,
                    f"{other.os.pretty}, while {hosts[0]} runs {first.os.pretty}",
                    "Use one release of one distribution: text sorts differently in another C"
                    " library, and indexes of the standby then go wrong."
                    if role is Role.DATABASE
                    else "Use one release of one distribution, so that both behave alike.",
                    wanted=f"{first.os.pretty} as on {hosts[0]}",
                )
            else:
                yield ALIKE.ok(name, f"as {hosts[0]}")


def _nfs(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    wanted = {host.name: ("nfs4", "mount") for host in site.hosts_with(Role.APP)}
    if site.storage.kind is StorageKind.NFS and site.storage_host:
        wanted[site.storage_host.name] = ("nfsd", "serve")
    for name, (kind, verb) in wanted.items():
        if name not in facts:
            continue
        if kind in facts[name].filesystems:
            yield NFS.ok(name, f"the kernel can {verb} NFS ({kind})")
        else:
            yield NFS.failed(
                name,
                f"kernel {facts[name].kernel} has no {kind}, and no module of it is installed",
                "Boot a kernel with NFS (on cloud images: install the distribution's full kernel"
                " package); a container gets it from the machine it runs on.",
                wanted=f"a kernel that can {verb} NFS version 4",
            )


def _node(site: Site, today: dt.date, tarball: str) -> Iterator[Finding]:
    version = site.application.node
    until = NODE_SUPPORTED_UNTIL[version]
    if until >= today:
        yield NODE.ok(SITE, f"Node.js {version}, supported until {until}")
    else:
        newest = [str(each) for each, end in NODE_SUPPORTED_UNTIL.items() if end >= today]
        yield NODE.warning(
            SITE,
            f"Node.js {version} has had no security updates since {until}",
            f"Set application.node to {' or '.join(newest)} once the release supports it."
            if newest
            else "Ask the vendor for a release that runs on a supported version.",
        )
    if tarball and tarball.removeprefix("v").partition(".")[0] != str(version):
        yield NODE.failed(
            SITE,
            f"the Node.js tarball holds version {tarball}",
            "Give the tarball of the version that application.node names.",
            wanted=f"a tarball of Node.js {version}",
        )
