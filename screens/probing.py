"""The live look at the hosts: in worker threads, with a person at hand for keys and passwords."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from screens.dialogs.ask_text import AskText
from screens.dialogs.host_keys import HostKeyDesk
from screens.live import way_to
from screens.provisional import provisional_site
from screens.typed import OF_LOGINS, forget_refused, with_typed
from wizard.errors import Cancelled, SetupError
from wizard.remote.cancellation import Cancellation
from wizard.site.access import Sudo
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from screens.app import SetupApp
    from wizard.facts.host import HostFacts
    from wizard.site.model import Site

_FORGOTTEN = (
    "It is used to log in to the hosts and forgotten when the program ends. F5 under Database"
    " keeps it in the keyring."
)


class Probing:
    """One look at all hosts that have an address."""

    def __init__(self, setup: SetupApp) -> None:
        self._setup = setup
        self._stop = Cancellation()
        self._desk = HostKeyDesk(setup)
        self._left: set[str] = set()  # names of hosts that this look is not done with

    def start(self) -> None:
        """Begin, unless a look is going on already or there is nothing to look at."""
        setup, live = self._setup, self._setup.live
        if live.probing:
            setup.notify("The hosts are being looked at already.", markup=False)
            return
        site = provisional_site(setup.draft)
        if site is None:
            setup.notify(
                "No host can be reached yet: give addresses here and the login under Access.",
                severity="warning",
                markup=False,
            )
            return
        live.probing = self._left = {host.name for host in site.hosts}
        live.probed_by |= {
            host.name: way_to(setup.draft, host.name, host.address) for host in site.hosts
        }
        for host in site.hosts:
            live.facts.pop(host.name, None)
        setup.step.live_changed()
        setup.run_worker(lambda: self._work(site), thread=True, group="probe", exit_on_error=False)

    def _work(self, site: Site) -> None:
        from screens.probe import probe  # noqa: PLC0415 - start-up time

        try:
            secrets = self._secrets(site)
            probe(
                site,
                [host.name for host in site.hosts],
                secrets,
                stop=self._stop,
                confirm_host_key=self._desk.ask,
                seen=lambda name, found: self._setup.call_from_thread(self._seen, name, found),
                simulation=self._setup.simulation,
            )
        except Cancelled:
            pass
        except SetupError as error:
            self._setup.call_from_thread(
                self._setup.notify, str(error), severity="error", markup=False
            )
        finally:
            if self._setup.is_running:
                self._setup.call_from_thread(self._over)

    def _secrets(self, site: Site) -> Secrets:
        """Ask for the passwords that a login needs; they are kept in memory only."""
        if self._setup.simulation:
            return Secrets()
        from wizard.remote.ssh_keys import is_locked  # noqa: PLC0415 - paramiko: start-up time

        logins = [site.ssh_for(host) for host in site.hosts]
        vault = self._setup.live.vault
        stored = vault.secrets() if vault else {}
        kept = Secrets({name: stored[name].reveal() for name in OF_LOGINS if name in stored})
        if any(one.sudo is Sudo.PASSWORD and one.user != "root" for one in logins):
            self._ask("sudo_password", "Password for sudo", kept)
        files = dict.fromkeys(one.key_file for one in logins if one.key_file)
        for path in (path for path in files if is_locked(Path(path))):
            self._ask("key_passphrase", f"Passphrase of {path}", kept)
        return with_typed(self._setup.live, kept)

    def _ask(self, name: str, title: str, kept: Secrets) -> None:
        known = self._setup.live.typed
        if name not in known and name not in kept:
            typed = self._setup.ask_from_thread(AskText(title, _FORGOTTEN, hidden=True))
            if not typed:
                raise Cancelled("no password was given")
            known[name] = typed

    def _seen(self, name: str, found: HostFacts | SetupError) -> None:
        self._setup.live.facts[name] = found
        self._left.discard(name)
        self._setup.step.live_changed()

    def _over(self) -> None:
        live = self._setup.live
        self._left.clear()
        forget_refused(live, live.facts.values())
        self._setup.step.live_changed()
