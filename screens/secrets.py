"""The keyring from the wizard: which secrets there are, and typing one, unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.ask_text import AskText
from screens.dialogs.pick import Pick
from screens.provisional import provisional_site
from wizard.errors import Cancelled, SetupError, VaultError

if TYPE_CHECKING:
    from screens.app import SetupApp
    from wizard.site.model import Site
    from wizard.vault.catalogue import SecretSpec
    from wizard.vault.store import Vault


class SecretsDesk:
    """Lists the site's secrets and stores what a person types; works in a thread of its own."""

    def __init__(self, setup: SetupApp) -> None:
        self._setup = setup

    def start(self) -> None:
        """Open the list."""
        site = provisional_site(self._setup.draft)
        if site is None or site.site == "provisional":
            self._setup.notify("Name the site and its hosts first.", markup=False)
            return
        self._setup.run_worker(
            lambda: self._work(site), thread=True, exclusive=True, group="secrets"
        )

    def vault(self, site: Site) -> Vault:
        """The site's vault; the passphrase of an encrypted file is asked for in a dialog."""
        from wizard.vault.backend import keyring_path  # noqa: PLC0415 - start-up time
        from wizard.vault.encrypted_file import SHORTEST_PASSPHRASE  # noqa: PLC0415 - as above
        from wizard.vault.store import open_vault  # noqa: PLC0415 - as above

        def passphrase() -> str:
            path = keyring_path(site.site)
            new = not path.exists()
            title = "New passphrase for the keyring" if new else "Passphrase of the keyring"
            least = SHORTEST_PASSPHRASE if new else 1
            typed = self._asked(title, f"It protects {path}.", least)
            if not new:
                return typed
            if self._asked("The same passphrase again", "So that it is not mistyped.") != typed:
                raise VaultError("the two entries differ", remedy="Nothing was stored: try again.")
            return typed

        return open_vault(site.site, passphrase=passphrase)

    def _asked(self, title: str, text: str, least: int = 1) -> str:
        def wrong(typed: str) -> str:
            return "" if len(typed) >= least else f"Give at least {least} characters."

        typed = self._setup.ask_from_thread(AskText(title, text, hidden=True, wrong=wrong))
        if not typed:
            raise Cancelled("nothing was typed")
        return typed

    def _work(self, site: Site) -> None:
        from wizard.vault.catalogue import needed  # noqa: PLC0415 - start-up time

        try:
            vault = self.vault(site)
            specs = {spec.name: spec for spec in needed(site)}
            while name := self._setup.ask_from_thread(self._list(vault, specs)):
                self._type(vault, specs[name])
        except Cancelled:
            return
        except SetupError as error:
            self._setup.call_from_thread(
                self._setup.notify, str(error), severity="error", markup=False, timeout=10
            )

    def _list(self, vault: Vault, specs: dict[str, SecretSpec]) -> Pick:
        stored = {info.name: info for info in vault.describe()}
        options = []
        for spec in specs.values():
            info = stored.get(spec.name)
            if info:
                state = f"✓ stored {info.created:%Y-%m-%d}, {info.origin.value}"
            elif spec.kind.value == "asked":
                state = "· optional" if spec.optional else "! must be typed"
            else:
                state = "· made when the installation begins"
            options.append((spec.name, spec.name, f"{state}: {spec.purpose}"))
        words = f"Kept in {vault.place}. Enter types one; no value is ever shown."
        return Pick("Passwords and keys", words, options)

    def _type(self, vault: Vault, spec: SecretSpec) -> None:
        from wizard.vault.store import Origin  # noqa: PLC0415 - start-up time
        from wizard.vault.strength import problems, strength  # noqa: PLC0415 - as above

        def wrong(value: str) -> str:
            found = problems(spec.name, value)
            return found[0] if found else ""

        def remark(value: str) -> str:
            if not value or wrong(value):
                return wrong(value) if value else ""
            found = strength(value)
            return f"{found.word}, about {found.bits:.0f} bits"

        dialog = AskText(spec.name, spec.purpose, hidden=True, wrong=wrong, remark=remark)
        typed = self._setup.ask_from_thread(dialog)
        if typed:
            vault.set(spec.name, typed, origin=Origin.TYPED, purpose=spec.purpose)
