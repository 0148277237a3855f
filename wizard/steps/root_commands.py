"""Which programs the installer runs as root on a host of a role, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class RootCommands:
    """Programs that need root for one purpose."""

    purpose: str
    programs: tuple[str, ...]
    roles: tuple[Role, ...] = ()  # () stands for every host

    def concern(self, roles: Iterable[Role]) -> bool:
        """Return whether a host with these roles runs them."""
        return not self.roles or bool({*self.roles} & {*roles})


ROOT_COMMANDS: tuple[RootCommands, ...] = (
    RootCommands(
        purpose="install packages, and finish what an interrupted installation left",
        programs=("apt-get", "dpkg", "dpkg-query", "dnf", "rpm"),
    ),
    RootCommands(
        purpose="place files with their owners, set aside what they replace, make accounts",
        programs=(
            *("install", "mkdir", "rmdir", "cp", "mv", "rm", "ln", "chmod", "chown", "touch"),
            *("useradd", "groupadd", "getent", "restorecon"),
        ),
    ),
    RootCommands(
        purpose="look at what is there",
        programs=(
            *("stat", "cat", "find", "ls", "readlink", "findmnt", "sha256sum", "ss", "ip", "df"),
            *("hostname", "uname", "grep", "sed", "awk", "head", "tail", "wc", "date", "env"),
            *("md5sum",),
        ),
    ),
    RootCommands(
        purpose="start, stop and watch services; run long work that outlives the connection",
        programs=("systemctl", "systemd-run", "journalctl", "sync", "sleep", "flock", "curl"),
    ),
    RootCommands(
        purpose="let in what the site needs and nothing else",
        programs=("ufw", "firewall-cmd", "firewall-offline-cmd"),
    ),
    RootCommands(
        purpose="allow services their ports and connections where SELinux is enforced",
        programs=("semanage", "setsebool", "getsebool"),
        roles=(Role.LOAD_BALANCER, Role.CACHE),
    ),
    RootCommands(
        purpose="check configurations before they go live",
        programs=("haproxy", "nginx", "keepalived"),
        roles=(Role.LOAD_BALANCER,),
    ),
    RootCommands(
        purpose="unpack the release; build and migrate as the account minusnow",
        programs=("tar", "node", "runuser", "tee"),
        roles=(Role.APP,),
    ),
    RootCommands(
        purpose="make the cluster, its copies and dumps, as the account postgres",
        programs=(
            *("runuser", "psql", "initdb", "pg_basebackup", "pg_controldata"),
            *("pg_dump", "pg_restore", "pg_ctl", "pg_lsclusters", "pg_isready"),
        ),
        roles=(Role.DATABASE,),
    ),
    RootCommands(purpose="export the share", programs=("exportfs",), roles=(Role.STORAGE,)),
    RootCommands(
        purpose="ask Redis whether it answers and whether a dump is empty, tell it a new password",
        programs=("redis-cli", "redis-check-rdb"),
        roles=(Role.CACHE,),
    ),
)
