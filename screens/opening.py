"""From a finished site file to an installation that can begin: keyring, local files, engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.ask_text import AskText
from screens.dialogs.host_keys import HostKeyDesk
from screens.secrets import SecretsDesk, refusal_of
from screens.state_of import state_path
from screens.typed import with_typed
from wizard.counted import counted
from wizard.errors import Cancelled, SiteError
from wizard.run.bus import EventBus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.app import SetupApp
    from wizard.remote.cancellation import Cancellation
    from wizard.run.bus import Sink
    from wizard.run.installation import Installation
    from wizard.run.simulated.hosts import SimulatedFleet
    from wizard.run.state import StateFile
    from wizard.site.file import LoadedSite
    from wizard.vault.secret import Secrets
    from wizard.vault.store import Vault


def open_installation(
    setup: SetupApp,
    loaded: LoadedSite,
    *,
    stop: Cancellation,
    listeners: Sequence[Sink],
    journal: StateFile | None,
) -> Installation:
    """Open the keyring, make what can be made, ask for what is missing; from a worker's thread.

    Raises: SetupError, Cancelled.
    """
    from wizard.run.installation import Installation  # noqa: PLC0415 - start-up time
    from wizard.run.known_secrets import require_known  # noqa: PLC0415 - as above
    from wizard.run.seal import seal_with_key_of  # noqa: PLC0415 - as above
    from wizard.run.wiring import ssh_engine  # noqa: PLC0415 - as above
    from wizard.site.file import refuse_layout  # noqa: PLC0415 - as above
    from wizard.site.resolve import resolve  # noqa: PLC0415 - as above
    from wizard.steps.local_files import read_inputs  # noqa: PLC0415 - as above

    site = loaded.site
    if setup.simulation:
        return _simulated(setup, loaded, setup.simulation, stop, (listeners, journal))
    refuse_layout(loaded, resolve(site.hosts))
    vault = setup.live.vault
    if vault is None or vault.site_name != site.site:
        vault = setup.live.vault = SecretsDesk(setup).vault(site)
    require_known(state_path(loaded), vault)
    vault.ensure(site, base=loaded.path.parent)
    _ask_missing(setup, vault, loaded)
    secrets = with_typed(setup.live, vault.secrets())
    inputs = read_inputs(site, loaded.path.parent, smtp_password="smtp_password" in secrets)
    desk = HostKeyDesk(setup)
    if journal:
        seal_with_key_of(journal, vault, secrets)
    bus = _bus(secrets, listeners, journal)
    engine = ssh_engine(site, secrets, bus, stop, confirm_host_key=desk.ask)
    return Installation(site=site, inputs=inputs, engine=engine)


def _simulated(
    setup: SetupApp,
    loaded: LoadedSite,
    fleet: SimulatedFleet,
    stop: Cancellation,
    told: tuple[Sequence[Sink], StateFile | None],
) -> Installation:
    """Open an installation on simulated hosts: nothing is asked, nothing leaves this process."""
    from wizard.run.simulated.installation import (  # noqa: PLC0415 - start-up time
        SimulatedInstallation,
        simulated_engine,
        simulated_inputs,
    )
    from wizard.run.simulated.memory import recall  # noqa: PLC0415 - as above
    from wizard.run.simulated.secrets import fill  # noqa: PLC0415 - as above
    from wizard.site.file import refuse_layout  # noqa: PLC0415 - as above

    site, base = loaded.site, loaded.path.parent
    refuse_layout(loaded, {})
    vault = SecretsDesk(setup).vault(site)
    fill(vault, site, base=base)
    secrets = vault.secrets()
    recall(fleet, state_path(loaded, simulated=True))
    inputs = simulated_inputs(site, base, smtp_password="smtp_password" in secrets)
    engine = simulated_engine(site, secrets, _bus(secrets, *told), stop, fleet)
    return SimulatedInstallation(site=site, inputs=inputs, engine=engine, fleet=fleet)


def refuse_unread(loaded: LoadedSite) -> None:
    """Raise SiteError if there are warnings that nobody has accepted: it is not installed then."""
    from wizard.site.layout import unacknowledged  # noqa: PLC0415 - start-up time

    if waiting := unacknowledged(loaded.site):
        raise SiteError(
            f"{counted(len(waiting), 'warning')} not acknowledged:"
            f" {', '.join(w.id for w in waiting)}",
            remedy="Read and accept them under Review.",
        )


def _bus(secrets: Secrets, listeners: Sequence[Sink], journal: StateFile | None) -> EventBus:
    """Return a bus that masks the secrets and tells everyone who listens."""
    from wizard.vault.mask import Mask  # noqa: PLC0415 - start-up time

    bus = EventBus(Mask(secrets).text)
    for sink in listeners:
        bus.add(sink)
    if journal:
        bus.add(journal, journal=True)
    return bus


def _ask_missing(setup: SetupApp, vault: Vault, loaded: LoadedSite) -> None:
    """Ask for every secret that only a person knows. Raises: Cancelled."""
    for spec in vault.missing(loaded.site):
        if spec.name in setup.live.typed:
            continue
        words = f"{spec.purpose}. Kept in {vault.place}."
        dialog = AskText(spec.name, words, hidden=True, wrong=refusal_of(spec.name))
        typed = setup.ask_from_thread(dialog)
        if not typed:
            raise Cancelled(f"{spec.name} was not given")
        vault.set(spec.name, typed, purpose=spec.purpose)
