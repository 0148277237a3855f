"""Base: package sources, the service account, names of the hosts, and every package at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.needed import needed_packages
from wizard.facts.platform import Family, platform_of
from wizard.render.template import render
from wizard.resources.account import Account
from wizard.resources.block import Block
from wizard.resources.directory import Directory
from wizard.resources.file import File
from wizard.resources.packages import Packages
from wizard.resources.shell import OWN_DIRECTORY
from wizard.site.application import SERVICE_USER
from wizard.site.topology import Role
from wizard.steps.task import Phase, Task, task_id
from wizard.vault.text import Text

if TYPE_CHECKING:
    from wizard.facts.host import OperatingSystem
    from wizard.facts.platform import Platform
    from wizard.resources.resource import Resource
    from wizard.site.model import Site
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

# postgresql-common makes a cluster as soon as the package is installed; ours is made on purpose,
# with checksums, and on a standby there must be none. createcluster.conf(5).
NO_CLUSTER = (
    "# Managed by minusnow-setup: clusters are made on purpose.\ncreate_main_cluster = false\n"
)


def tasks(situation: Situation) -> tuple[Task, ...]:
    """Return two tasks a host: what packages depend on, and the packages in one transaction."""
    found: list[Task] = []
    for host in situation.site.hosts:
        os = situation.facts[host.name].os
        platform = platform_of(os)
        found.append(
            Task(
                phase=Phase.BASE,
                step="prepare",
                host=host.name,
                title="package sources, accounts, host names",
                resources=_prepare(situation.site, host, os),
            )
        )
        only = bool(situation.site.networking.packages.mirror)
        packages = Packages(
            names=needed_packages(platform, situation.site, host),
            family=platform.family,
            source=f"{platform.sources_directory}/minusnow-setup.list" if only else "",
            modules=_modules(situation.site, host, platform),
        )
        found.append(
            Task(
                phase=Phase.BASE,
                step="packages",
                host=host.name,
                title="packages of all roles of the host",
                resources=(packages,),
                after=frozenset({task_id("prepare", host.name)}),
            )
        )
    return tuple(found)


def _modules(site: Site, host: Host, platform: Platform) -> tuple[str, ...]:
    """Return the module streams to switch to; sources of the site's own bring no modules."""
    packages = site.networking.packages
    from_distribution = not packages.base_urls and not packages.yum
    wants_node = host.has(Role.APP) and site.application.node_source.kind == "packages"
    if platform.family is Family.RHEL and from_distribution and wants_node:
        return (f"nodejs:{site.application.node}",)
    return ()


def _prepare(site: Site, host: Host, os: OperatingSystem) -> tuple[Resource, ...]:
    platform = platform_of(os)
    resources: list[Resource] = [Directory(path=OWN_DIRECTORY, mode=0o700)]
    source = _package_source(site, platform, os.codename)
    if source:
        resources.append(source)
    if host.has(Role.DATABASE) and platform.family is Family.DEBIAN:
        path = "/etc/postgresql-common/createcluster.conf"
        resources.append(File(path=path, content=Text(NO_CLUSTER)))
    if host.has(Role.APP) or site.storage_host == host:
        application = site.application
        resources.append(
            Account(
                name=SERVICE_USER,
                uid=application.uid,
                gid=application.gid,
                home="/opt/minusnow",
                shell=platform.nologin,
            )
        )
    names = "" if site.networking.dns else _host_names(site)
    resources.append(Block(path="/etc/hosts", name="host names", content=names))
    return tuple(resources)


def _host_names(site: Site) -> str:
    """Return hosts(5) lines; the domain leads to the balancers' shared address."""
    lines = [f"{host.ip} {host.name}" for host in site.hosts if host.ip is not None]
    if site.networking.virtual_ip:
        lines.append(f"{site.networking.virtual_ip.ip} {site.networking.domain}")
    return "".join(f"{line}\n" for line in lines)


def _package_source(site: Site, platform: Platform, codename: str) -> File | None:
    packages = site.networking.packages
    if platform.family is Family.DEBIAN:
        lines = [*packages.apt_lines]
        lines += [f"deb {url} {codename} main" for url in packages.base_urls]
        if not lines:
            return None
        content = "# Managed by minusnow-setup: a later run puts this file back.\n"
        content += "".join(f"{line}\n" for line in lines)
        path = f"{platform.sources_directory}/minusnow-setup.list"
        return File(path=path, content=Text(content))
    urls = (*packages.base_urls, *packages.yum)
    if not urls:
        return None
    path = f"{platform.sources_directory}/minusnow-setup.repo"
    return File(path=path, content=render("system/minusnow-setup.repo.j2", urls=urls))
