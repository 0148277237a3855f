"""What the facts of the database hosts forbid, before anything is planned for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.database.names import OWN_ROLES
from wizard.errors import RefusedOnHost, SiteError
from wizard.site.topology import Role

if TYPE_CHECKING:
    from wizard.facts.host import PostgresCluster
    from wizard.site.model import Site
    from wizard.steps.task import Situation


def refuse(situation: Situation) -> None:
    """Raise RefusedOnHost if site file and servers disagree on who holds which data."""
    site = situation.site
    if site.database.user in OWN_ROLES:
        raise SiteError(
            f"database.user is {site.database.user}, a role of this installer",
            remedy=f"Choose another name than {', '.join(OWN_ROLES)}.",
        )
    for host in site.hosts_with(Role.DATABASE):
        for cluster in situation.facts[host.name].clusters:
            _refuse_cluster(site, host.name, cluster)
    _refuse_swap(situation)


def _refuse_cluster(site: Site, host: str, cluster: PostgresCluster) -> None:
    wanted = str(site.database.version)
    if cluster.ours and cluster.version != wanted:
        raise RefusedOnHost(
            f"this installer set up PostgreSQL {cluster.version}, the site file wants {wanted}",
            remedy=f"Set database.version back to {cluster.version}: moving data to another version"
            " is an upgrade, which is no part of an installation.",
            host=host,
        )
    if not cluster.ours and cluster.running and cluster.port == site.database.port:
        raise RefusedOnHost(
            f"another PostgreSQL server ({cluster.data}, version {cluster.version}) uses port"
            f" {cluster.port}",
            remedy="Stop it for good, or set another database.port in the site file.",
            host=host,
        )


def _refuse_swap(situation: Situation) -> None:
    site = situation.site
    primary = _ours(situation, site.primary.name)
    if primary and primary.in_recovery:
        others = [
            host.name
            for host in site.standbys
            if (cluster := _ours(situation, host.name)) and not cluster.in_recovery
        ]
        now = f"; {others[0]} accepts writes now" if others else ""
        name = others[0] if others else "the server that accepts writes"
        raise RefusedOnHost(
            f"the site file names it as primary, but it is a standby{now}",
            remedy=f"The roles have been swapped since: set database.primary to {name}.",
            host=site.primary.name,
        )
    for host in site.standbys:
        cluster = _ours(situation, host.name)
        if primary and cluster and primary.system_identifier != cluster.system_identifier:
            raise RefusedOnHost(
                f"it holds a copy of another system ({cluster.system_identifier}) than the primary"
                f" has ({primary.system_identifier})",
                remedy="Find out which of the two holds your data. If it is the primary's, stop"
                f" PostgreSQL here and move {cluster.data} away: a new base backup is taken.",
                host=host.name,
            )
        if cluster and not cluster.in_recovery:
            raise RefusedOnHost(
                "the site file names it as standby, but it accepts writes",
                remedy="If it was promoted on purpose, set database.primary to"
                f" {host.name}; otherwise two servers have written, and a person must decide"
                " whose data counts.",
                host=host.name,
            )


def _ours(situation: Situation, host: str) -> PostgresCluster | None:
    version = str(situation.site.database.version)
    for cluster in situation.facts[host].clusters:
        if cluster.ours and cluster.version == version:
            return cluster
    return None
