"""What plan, apply, resume and prove have in common: site, secrets, listeners, Ctrl-C."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.cli.host_key_question import HostKeyAsker
from wizard.cli.keyring_options import add_keyring_arguments, can_ask, vault_from_args
from wizard.cli.signals import interrupts
from wizard.cli.streams import Outlasting, say, show
from wizard.counted import counted
from wizard.errors import SetupError, SiteError, VaultError
from wizard.remote.cancellation import Cancellation

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from wizard.run.bus import EventBus
    from wizard.run.installation import Installation
    from wizard.run.state import StateFile
    from wizard.site.file import LoadedSite
    from wizard.site.model import Site
    from wizard.vault.secret import Secrets
    from wizard.vault.store import Vault


def add_job_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes that works on the hosts."""
    add_keyring_arguments(parser)
    output = parser.add_argument_group("output")
    output.add_argument(
        "--json", action="store_true", help="one JSON object per event, for programs"
    )
    output.add_argument(
        "--quiet", action="store_true", help="without the lines that the hosts' commands write"
    )


@dataclass(slots=True, kw_only=True)
class Job:
    """One command's surroundings; `installation` works on the hosts, `bus` tells of it."""

    loaded: LoadedSite
    vault: Vault
    secrets: Secrets
    bus: EventBus
    stop: Cancellation
    installation: Installation

    def record_in(self, state: StateFile) -> None:
        """Keep everything that happens from here on in a state file, sealed with the site's key."""
        from wizard.run.seal import seal_with_key_of  # noqa: PLC0415 - start-up time

        if why := seal_with_key_of(state, self.vault, self.secrets):
            say(why)
        self.bus.add(state, journal=True)

    @property
    def site(self) -> Site:
        """The site worked on."""
        return self.loaded.site


def load_site(path: str | Path) -> LoadedSite:
    """Read a site file and judge its layout with names resolved. Raises: SiteError."""
    from wizard.site.file import load, refuse_layout  # noqa: PLC0415 - pydantic is dear to import
    from wizard.site.resolve import resolve  # noqa: PLC0415 - as above

    loaded = load(path)
    refuse_layout(loaded, resolve(loaded.site.hosts))
    return loaded


def require_acknowledged(site: Site) -> None:
    """Raise SiteError for warnings of the layout that nobody has accepted yet."""
    from wizard.site.layout import unacknowledged  # noqa: PLC0415 - as above
    from wizard.site.layout_text import warning_text  # noqa: PLC0415 - as above

    found = unacknowledged(site)
    if found:
        ids = ", ".join(dict.fromkeys((*site.acknowledged, *(one.id for one in found))))
        raise SiteError(
            f"{counted(len(found), 'warning')} not acknowledged:\n{warning_text(found, ())}",
            remedy=f"Read them; to accept them write `acknowledged: [{ids}]` in the site file.",
        )


@contextmanager
def open_job(
    args: argparse.Namespace,
    loaded: LoadedSite,
    *,
    generate: bool,
    listen: bool = True,
    state: Path | None = None,
) -> Iterator[Job]:
    """Open the keyring, read the local files, and listen for Ctrl-C; close all at the end.

    With `generate` missing secrets that can be made are made and stored, but not those that the
    hosts of a state file were given; with `listen` events are printed as they happen.
    Raises: SetupError.
    """
    from wizard.run.bus import EventBus  # noqa: PLC0415 - start-up time
    from wizard.run.console import ConsoleSink, JsonSink  # noqa: PLC0415 - as above
    from wizard.run.installation import Installation  # noqa: PLC0415 - as above
    from wizard.run.known_secrets import require_known  # noqa: PLC0415 - as above
    from wizard.run.wiring import ssh_engine  # noqa: PLC0415 - as above
    from wizard.steps.local_files import read_inputs  # noqa: PLC0415 - as above
    from wizard.vault.mask import Mask  # noqa: PLC0415 - as above

    site = loaded.site
    vault = vault_from_args(args, site)
    if generate:
        if state is not None:
            require_known(state, vault)
        made = vault.ensure(site, base=loaded.path.parent)
        if made and not args.json:
            show(f"Made and stored in {vault.place}: {', '.join(made)}")
        missing = vault.missing(site)
        if missing:
            raise VaultError(
                "these secrets are not in the keyring: "
                + "; ".join(f"{spec.name} ({spec.purpose})" for spec in missing),
                remedy=f"Store each with `minusnow-setup secret set NAME {loaded.path}`.",
            )
    secrets = vault.secrets()
    inputs = read_inputs(site, loaded.path.parent, smtp_password="smtp_password" in secrets)
    stop = Cancellation()
    bus = EventBus(Mask(secrets).text)
    if listen:
        console = ConsoleSink(sys.stdout, output=not args.quiet)
        bus.add(Outlasting(JsonSink(sys.stdout) if args.json else console, sys.stdout))
    confirm = HostKeyAsker(stop) if can_ask() and not getattr(args, "yes", False) else None
    engine = ssh_engine(site, secrets, bus, stop, confirm_host_key=confirm)
    installation = Installation(site=site, inputs=inputs, engine=engine)
    try:
        with interrupts(stop):
            yield Job(
                loaded=loaded,
                vault=vault,
                secrets=secrets,
                bus=bus,
                stop=stop,
                installation=installation,
            )
    except SetupError as error:
        # It may quote what a host said, and is printed by whoever catches it.
        error.seen, error.remedy = bus.masked(error.seen), bus.masked(error.remedy)
        raise
    finally:
        installation.close()
        bus.close()
