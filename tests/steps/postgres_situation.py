"""Sites and facts from which the PostgreSQL steps are derived."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ruamel.yaml import YAML

from wizard.facts.host import HostFacts, OperatingSystem, PostgresCluster
from wizard.facts.platform import Family
from wizard.site.model import Site
from wizard.steps.task import Situation

if TYPE_CHECKING:
    from wizard.steps.inputs import Inputs

GB = 1024**3
DEBIAN = OperatingSystem(
    id="debian", version="12", codename="bookworm", pretty="Debian 12", family=Family.DEBIAN
)
RHEL = OperatingSystem(
    id="rocky", version="9.4", codename="", pretty="Rocky Linux 9.4", family=Family.RHEL
)


def reference_site(**database: object) -> Site:
    """Return the reference site, with other values in its section `database`."""
    path = Path(__file__).parents[1] / "site" / "reference.yaml"
    data = YAML(typ="safe").load(path.read_text())
    data["database"].update(database)
    return Site.model_validate(data)


def host_facts(name: str, os: OperatingSystem = DEBIAN, **other: Any) -> HostFacts:  # noqa: ANN401 - fields of HostFacts
    """Return the facts of a host with 16 GB."""
    facts = HostFacts(
        name=name,
        hostname=name,
        os=os,
        architecture="x86_64",
        kernel="6.1",
        virtualisation="kvm",
        cpus=8,
        memory=16 * GB,
        disk_size=200 * GB,
        disk_free=150 * GB,
        machine_id=name,
        boot_id=name,
        hardware_id="",
        clock_skew=0.0,
        clock_synchronised=True,
        init="systemd",
        systemd=252,
        selinux="disabled",
        firewall="none",
    )
    return replace(facts, **other)


def situation(
    site: Site | None = None,
    os: OperatingSystem = DEBIAN,
    clusters: dict[str, tuple[PostgresCluster, ...]] | None = None,
) -> Situation:
    """Return a situation whose hosts all run the same system."""
    site = site or reference_site()
    found = clusters or {}
    return Situation(
        site=site,
        facts={
            host.name: host_facts(host.name, os, clusters=found.get(host.name, ()))
            for host in site.hosts
        },
        # The PostgreSQL steps read no local file.
        inputs=cast("Inputs", None),
    )


def cluster(**other: Any) -> PostgresCluster:  # noqa: ANN401 - fields of PostgresCluster
    """Return a running cluster of ours."""
    found = PostgresCluster(
        version="15",
        name="main",
        port=5432,
        running=True,
        data="/var/lib/postgresql/15/main",
        ours=True,
        databases=(),
        system_identifier="7",
    )
    return replace(found, **other)
