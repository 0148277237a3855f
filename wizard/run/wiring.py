"""The engine with its real parts: SSH, facts, the sequence of steps, PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.remote.endpoint import Endpoint
from wizard.run.session import Engine
from wizard.steps.sequence import tasks_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.facts.host import HostFacts
    from wizard.remote.cancellation import Cancellation
    from wizard.remote.endpoint import HostKeyQuestion
    from wizard.remote.transport import Transport
    from wizard.run.bus import EventBus
    from wizard.site.model import Site
    from wizard.site.topology import Host
    from wizard.vault.secret import Secrets


def endpoint(site: Site, host: Host) -> Endpoint:
    """Return how a host is reached, its own SSH settings included."""
    ssh = site.ssh_for(host)
    known_hosts = Path(ssh.known_hosts).expanduser()
    key_file = Path(ssh.key_file).expanduser() if ssh.key_file else None
    jump = ssh.jump_host
    return Endpoint(
        name=host.name,
        address=host.address,
        port=ssh.port,
        user=ssh.user,
        key_file=key_file,
        known_hosts=known_hosts,
        sudo=ssh.sudo.value,
        jump=Endpoint(
            name=f"jump host of {host.name}",
            address=jump.host,
            port=jump.port,
            user=jump.user or ssh.user,
            key_file=key_file,
            known_hosts=known_hosts,
        )
        if jump
        else None,
    )


def ssh_engine(
    site: Site,
    secrets: Secrets,
    bus: EventBus,
    stop: Cancellation,
    *,
    confirm_host_key: Callable[[HostKeyQuestion], bool] | None = None,
) -> Engine:
    """Return the engine that works on the site's real hosts."""
    # Imported here: Fabric, psycopg and Jinja2 are not needed to start the program.
    from wizard.database.connect import DatabaseAccess  # noqa: PLC0415
    from wizard.facts.gather import gather_for  # noqa: PLC0415
    from wizard.remote.ssh import connect  # noqa: PLC0415

    def one(name: str) -> Transport:
        return connect(
            endpoint(site, site.host(name)),
            passphrase=secrets.known("key_passphrase"),
            sudo_password=secrets.known("sudo_password"),
            confirm_host_key=confirm_host_key,
            cancellation=stop,
        )

    def gather(transport: Transport) -> HostFacts:
        return gather_for(transport, site, site.host(transport.host))

    return Engine(
        connect=one,
        gather=gather,
        tasks_for=tasks_for,
        open_database=DatabaseAccess(site=site, secrets=secrets),
        secrets=secrets,
        bus=bus,
        stop=stop,
    )
