"""Preflight: can the needed packages be installed?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.errors import HostError
from wizard.facts.needed import needed_packages
from wizard.facts.platform import Family, platform_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts, PackageState
    from wizard.facts.platform import Platform
    from wizard.site.model import Site
    from wizard.site.topology import Host

PACKAGES = Question("packages", "Is every needed package available?")
NODE = Question("node-package", "Is the right version of Node.js available?")
LOCK = Question("package-lock", "Is the package manager free?", "nobody holds its lock")


def check(site: Site, facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Answer for every host of a supported platform."""
    for host in site.hosts:
        seen = facts.get(host.name)
        if seen is None:
            continue
        yield _lock(host.name, seen)
        try:
            platform = platform_of(seen.os)
        except HostError:
            continue
        yield _available(site, host, platform, seen)
        if set(platform.node_packages) & set(needed_packages(platform, site, host)):
            yield from _node(site, host, platform, seen)


def own_sources(site: Site, family: Family) -> tuple[str, ...]:
    """Return the sources the site names for a family: one-line apt sources, or URLs."""
    packages = site.networking.packages
    if family is Family.DEBIAN:
        return (*packages.apt_lines, *packages.base_urls)
    return (*packages.base_urls, *packages.yum)


def _lock(name: str, facts: HostFacts) -> Finding:
    if not facts.package_lock:
        return LOCK.ok(name, "free")
    return LOCK.warning(
        name,
        f"held by {facts.package_lock}",
        "Wait until it has finished (often the nightly update); the installer would wait for it.",
    )


def _available(site: Site, host: Host, platform: Platform, facts: HostFacts) -> Finding:
    needed = needed_packages(platform, site, host)
    missing = [name for name in needed if facts.version_of(name) is None]
    if not missing:
        return PACKAGES.ok(host.name, f"all {len(needed)}")
    if own_sources(site, platform.family):
        return PACKAGES.skipped(
            host.name,
            f"{', '.join(missing)}: unknown so far; the sources of networking.packages are"
            " set up first",
        )
    return PACKAGES.failed(
        host.name,
        f"not available: {', '.join(missing)}",
        " ".join(dict.fromkeys(_remedy(site, platform, name) for name in missing)),
        wanted=", ".join(needed),
    )


def _remedy(site: Site, platform: Platform, name: str) -> str:
    if "postgresql" in name:
        version = site.database.version
        native = " or ".join(map(str, platform.native_postgres))
        choice = f", or choose database.version {native}" if native else ""
        return (
            f"{platform.title} does not bring PostgreSQL {version}: add the PostgreSQL project's"
            f" repository (PGDG) or a mirror of it in networking.packages{choice}."
        )
    if name in platform.node_packages:
        return _node_remedy(site, platform)
    where = "apt-get update" if platform.family is Family.DEBIAN else "dnf makecache"
    return f"Run `{where}`, or name the source that has it in networking.packages."


def _node_remedy(site: Site, platform: Platform) -> str:
    version = site.application.node
    if platform.family is Family.RHEL and platform.has_node(version):
        return f"Run `dnf module enable nodejs:{version}` on the app hosts."
    return (
        f"Name a source with Node.js {version} in networking.packages, or set"
        " application.node_source to a tarball."
    )


def _node(site: Site, host: Host, platform: Platform, facts: HostFacts) -> Iterator[Finding]:
    wanted = site.application.node
    states = [facts.packages[name] for name in platform.node_packages if name in facts.packages]
    versions = [version for state in states for version in _versions(state)]
    if not versions:
        return  # the missing package is reported already
    if any(major(version) == wanted for version in versions):
        yield NODE.ok(host.name, f"nodejs {versions[0]}")
    elif own_sources(site, platform.family):
        yield NODE.skipped(
            host.name,
            f"nodejs {versions[0]} so far; the sources of networking.packages are set up first",
        )
    else:
        yield NODE.failed(
            host.name,
            f"nodejs {versions[0]}",
            _node_remedy(site, platform),
            wanted=f"version {wanted}",
        )


def _versions(state: PackageState) -> tuple[str, ...]:
    return tuple(version for version in (state.candidate, state.installed) if version)


def major(version: str) -> int | None:
    """Return the first number of a package version, without its epoch: 20 of 1:20.11.0-1."""
    match = re.match(r"(?:[0-9]+:)?([0-9]+)", version)
    return int(match[1]) if match else None
