"""Storage: the NFS server, and its five directories mounted on every app server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.facts.platform import platform_of
from wizard.render.template import render
from wizard.resources.directory import Directory
from wizard.resources.file import File
from wizard.resources.mount import MOUNTS, MountPoint, Mounts, Share, mount_unit
from wizard.resources.unit import Unit, stamp
from wizard.site.application import SERVICE_USER
from wizard.site.storage import SHARED_DIRECTORIES
from wizard.site.topology import Role
from wizard.steps.task import Phase, Task, task_id

if TYPE_CHECKING:
    from wizard.resources.resource import Resource
    from wizard.site.model import Site
    from wizard.site.topology import Host
    from wizard.steps.task import Situation

HOME = "/opt/minusnow"


def shared_paths() -> tuple[str, ...]:
    """Return where the five shared directories are on an app server."""
    return tuple(f"{HOME}/{name}" for name in SHARED_DIRECTORIES)


def tasks(situation: Situation) -> tuple[Task, ...]:
    """Return the server's task, if the site has one of its own, and one a mounting app server."""
    site = situation.site
    server = site.storage_host
    found: list[Task] = []
    if server:
        found.append(
            Task(
                phase=Phase.STORAGE,
                step="nfs-server",
                host=server.name,
                title="NFS server and its five directories",
                resources=_server(situation, server),
                after=frozenset({task_id("packages", server.name)}),
            )
        )
    for app in site.hosts_with(Role.APP):
        before = {task_id("packages", app.name)}
        if server:
            before.add(task_id("nfs-server", server.name))
        found.append(
            Task(
                phase=Phase.STORAGE,
                step="mounts",
                host=app.name,
                title="mounts of the five shared directories",
                resources=_mounts(site),
                after=frozenset(before),
            )
        )
    return tuple(found)


def _server(situation: Situation, server: Host) -> tuple[Resource, ...]:
    site, platform = situation.site, platform_of(situation.facts[server.name].os)
    export = site.storage.export
    unit = platform.nfs_server.unit
    exports = File(
        path=f"{platform.exports_directory}/minusnow.exports",
        content=render(
            "nfs/minusnow.exports.j2",
            export=export,
            clients=[app.address for app in site.hosts_with(Role.APP)],
        ),
        unit=unit,
    )
    return (
        Directory(path=export),
        *(
            Directory(path=f"{export}/{name}", owner=SERVICE_USER, group=SERVICE_USER, mode=0o750)
            for name in SHARED_DIRECTORIES
        ),
        exports,
        Unit(
            name=unit,
            stamp=stamp([exports]),
            action="reload",
            probe=f"exportfs -s | grep -q '^{export} '",
        ),
    )


def source(site: Site) -> tuple[str, str]:
    """Return the share as mount(8) writes it, and its mount options."""
    external = site.storage.external
    if not site.storage.managed and external:
        server, path, options = external.server, external.path, external.options
    elif site.storage_host:
        server, path, options = (
            site.storage_host.address,
            site.storage.export,
            site.storage.mount_options,
        )
    else:
        raise ValueError("the site has neither a storage host nor an external export")
    address = f"[{server}]" if ":" in server else server
    # An export of `/` must not lead to `//data`: the kernel would show another name for it.
    return f"{address}:{path.rstrip('/')}", f"{options},_netdev,nosuid,nodev,noexec"


def _mounts(site: Site) -> tuple[Resource, ...]:
    share, options = source(site)
    files = tuple(
        File(
            path=f"/etc/systemd/system/{mount_unit(where)}",
            content=render(
                "nfs/shared.mount.j2",
                what=f"{share}/{name}",
                where=where,
                options=options,
            ),
            unit=MOUNTS,
        )
        for name, where in zip(SHARED_DIRECTORIES, shared_paths(), strict=True)
    )
    return (
        Directory(path=HOME),
        *(MountPoint(path=where) for where in shared_paths()),
        *files,
        Mounts(
            shares=tuple(
                Share(source=f"{share}/{name}", path=where)
                for name, where in zip(SHARED_DIRECTORIES, shared_paths(), strict=True)
            ),
            options=options,
            stamp=stamp(files),
            account=SERVICE_USER,
            service="minusnow",
        ),
    )
