"""The live look at the hosts: in worker threads, with a person at hand for keys and passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.ask_text import AskText
from screens.dialogs.host_keys import HostKeyDesk
from screens.provisional import provisional_site
from wizard.errors import Cancelled, SetupError
from wizard.remote.cancellation import Cancellation
from wizard.site.access import Sudo
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from screens.app import SetupApp
    from wizard.facts.host import HostFacts
    from wizard.site.model import Site


class Probing:
    """One look at all hosts that have an address."""

    def __init__(self, setup: SetupApp) -> None:
        self._setup = setup
        self._stop = Cancellation()
        self._desk = HostKeyDesk(setup)

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
        live.probing = {host.name for host in site.hosts}
        live.probed_at |= {host.name: host.address for host in site.hosts}
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
        """Ask for the password of sudo if it needs one; it is kept in memory only."""
        if self._setup.simulation:
            return Secrets()
        logins = [site.ssh_for(host) for host in site.hosts]
        known = self._setup.live.typed
        asks = any(one.sudo is Sudo.PASSWORD and one.user != "root" for one in logins)
        if asks and "sudo_password" not in known:
            words = "It is used to look at the hosts and forgotten when the program ends."
            typed = self._setup.ask_from_thread(AskText("Password for sudo", words, hidden=True))
            if not typed:
                raise Cancelled("no password was given")
            known["sudo_password"] = typed
        return Secrets(known)

    def _seen(self, name: str, found: HostFacts | SetupError) -> None:
        self._setup.live.facts[name] = found
        self._setup.live.probing.discard(name)
        self._setup.step.live_changed()

    def _over(self) -> None:
        self._setup.live.probing.clear()
        self._setup.step.live_changed()
