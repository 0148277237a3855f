"""Looking at hosts in parallel before anything else: machine, system, size, clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from wizard.errors import Cancelled, SetupError
from wizard.run.bus import EventBus
from wizard.run.simulated.installation import simulated_engine
from wizard.run.wiring import ssh_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wizard.facts.host import HostFacts
    from wizard.remote.cancellation import Cancellation
    from wizard.remote.endpoint import HostKeyQuestion
    from wizard.run.simulated.hosts import SimulatedFleet
    from wizard.site.model import Site
    from wizard.vault.secret import Secrets

_LANES = 16  # logins at the same time


def probe(
    site: Site,
    names: Sequence[str],
    secrets: Secrets,
    *,
    stop: Cancellation,
    confirm_host_key: Callable[[HostKeyQuestion], bool],
    seen: Callable[[str, HostFacts | SetupError], None],
    simulation: SimulatedFleet | None = None,
) -> None:
    """Connect to the named hosts side by side; `seen` is called for each, in these threads."""
    bus = EventBus(str)
    if simulation:
        engine = simulated_engine(site, secrets, bus, stop, simulation)
    else:
        engine = ssh_engine(site, secrets, bus, stop, confirm_host_key=confirm_host_key)

    def one(name: str) -> None:
        try:
            transport = engine.connect(name)
            try:
                seen(name, engine.gather(transport))
            finally:
                with suppress(SetupError, OSError):
                    transport.close()
        except Cancelled:
            return
        except SetupError as error:
            seen(name, error)

    with ThreadPoolExecutor(max_workers=min(_LANES, len(names))) as pool:
        list(pool.map(one, names))
