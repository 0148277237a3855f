"""All facts of one host, gathered in one trip."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from wizard.errors import HostError
from wizard.facts import (
    accounts,
    begun,
    capacity,
    clock,
    clusters,
    filesystems,
    identity,
    init,
    interfaces,
    listeners,
    origin,
    os_release,
    package_lock,
    packages,
    protection,
    resolution,
    sections,
    virtualisation,
)
from wizard.facts.host import HostFacts
from wizard.facts.needed import questions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wizard.facts.platform import Family
    from wizard.remote.transport import Transport
    from wizard.site.model import Site
    from wizard.site.topology import Host

TIMEOUT = 180.0  # seconds; most of it is for a package manager that has to read its lists


def gather_script(
    *,
    packages_asked: Mapping[Family, Sequence[str]],
    names: Sequence[str],
    data_path: str,
    marker: str,
) -> str:
    """Return the bash script that prints every fact; it changes nothing on the host."""
    return sections.join(
        {
            "first": clock.NOW,
            "os": os_release.SCRIPT,
            "identity": identity.SCRIPT,
            "virtualisation": virtualisation.SCRIPT,
            "capacity": capacity.script(data_path),
            "synchronised": clock.SYNCHRONISED,
            "init": init.SCRIPT,
            "protection": protection.SCRIPT,
            "filesystems": filesystems.SCRIPT,
            "accounts": accounts.SCRIPT,
            "origin": origin.SCRIPT,
            "lock": package_lock.SCRIPT,
            "interfaces": interfaces.SCRIPT,
            "listeners": listeners.SCRIPT,
            "resolution": resolution.script(names),
            "clusters": clusters.SCRIPT,
            "begun": begun.SCRIPT,
            "packages": packages.script(packages_asked),
            "last": clock.NOW,
        },
        marker,
    )


def parse(
    output: str, *, name: str, names: Sequence[str], marker: str, before: float, after: float
) -> HostFacts:
    """Return the facts that a gather script printed; what is missing is unknown, never an error.

    `before` and `after` are the local times in seconds around the trip.
    """
    seen = sections.split(output, marker)
    who = identity.parse(seen.get("identity", ""))
    size = capacity.parse(seen.get("capacity", ""))
    process, systemd = init.parse(seen.get("init", ""))
    protected = seen.get("protection", "")
    servers = begun.parse(seen.get("begun", ""))
    return HostFacts(
        name=name,
        hostname=who.hostname,
        os=os_release.parse(seen.get("os", "")),
        architecture=who.architecture,
        kernel=who.kernel,
        virtualisation=virtualisation.parse(seen.get("virtualisation", "")),
        cpus=size.cpus,
        memory=size.memory,
        disk_size=size.disk_size,
        disk_free=size.disk_free,
        machine_id=who.machine_id,
        boot_id=who.boot_id,
        hardware_id=who.hardware_id,
        host_key=who.host_key,
        clock_skew=clock.skew(
            seen.get("first", ""), seen.get("last", ""), before=before, after=after
        ),
        clock_synchronised=clock.synchronised(seen.get("synchronised", "")),
        init=process,
        systemd=systemd,
        selinux=protection.selinux(protected),
        firewall=protection.firewall(protected),
        interfaces=interfaces.parse(seen.get("interfaces", "")),
        listeners=listeners.parse(seen.get("listeners", "")),
        packages=packages.parse(seen.get("packages", "")),
        package_lock=package_lock.parse(seen.get("lock", "")),
        clusters=clusters.parse(seen.get("clusters", "")),
        begun=servers.begun,
        foreign_files=servers.foreign_files,
        redis_data=servers.redis_data,
        accounts=accounts.parse(seen.get("accounts", "")),
        resolves=resolution.parse(seen.get("resolution", ""), names),
        filesystems=filesystems.parse(seen.get("filesystems", "")),
        installer_address=origin.parse(seen.get("origin", "")),
    )


def gather(
    transport: Transport,
    *,
    host: Host,
    packages: Mapping[Family, Sequence[str]],
    names: Sequence[str],
    data_path: str,
) -> HostFacts:
    """Return the facts of a host in one trip; `data_path` is as in `needed.data_path`.

    Raises: ConnectionLost, CommandSilent, Cancelled; HostError if the script did not finish.
    """
    marker = secrets.token_hex(12)
    script = gather_script(packages_asked=packages, names=names, data_path=data_path, marker=marker)
    before = time.time()
    result = transport.run(script, waiting_for="the facts of the host", timeout=TIMEOUT)
    after = time.time()
    if not sections.complete(result.out, marker):
        words = (result.err.strip().splitlines() or ["nothing was printed"])[-1]
        raise HostError(
            f"the facts could not be gathered (status {result.status}): {words}",
            remedy="Check that bash works for root on this host: `sudo bash -c 'echo ok'`.",
            host=host.name,
        )
    return parse(result.out, name=host.name, names=names, marker=marker, before=before, after=after)


def gather_for(transport: Transport, site: Site, host: Host) -> HostFacts:
    """Return the facts of a host that its roles in the site depend on; as `gather` otherwise."""
    asked = questions(site, host)
    return gather(
        transport,
        host=host,
        packages=asked.packages,
        names=asked.names,
        data_path=asked.data_path,
    )
