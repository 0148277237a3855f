"""The keyring in review mode: opened when a person asks for it, only to tell names and ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.ask_text import AskText
from wizard.errors import Cancelled, VaultError

if TYPE_CHECKING:
    from screens.asking import AskingApp
    from screens.audit_source import Told
    from screens.secrets import KeyringFiles
    from wizard.vault.store import SecretInfo, Vault


class KeyringLook:
    """Tells what a site's keyring holds; asks for the passphrase in a dialog, once."""

    def __init__(self, files: KeyringFiles, opened: Vault | None = None) -> None:
        """Take `opened` if it is that site's: it asks for nothing any more."""
        self._files = files
        self._vault = opened

    def is_open(self, told: Told) -> bool:
        """Whether it can be looked at without a question."""
        return self._vault is not None and self._vault.site_name == _name(told)

    def describe(self, app: AskingApp, told: Told) -> tuple[SecretInfo, ...]:
        """Return what there is, by name; on a worker's thread.

        Raises: VaultError if it cannot be opened, Cancelled if nobody wants to.
        """
        vault = self._vault
        if vault is None or not self.is_open(told):
            vault = self._of(app, told)
        found = vault.describe()
        self._vault = vault  # only now: until here it may ask
        return found

    def _of(self, app: AskingApp, told: Told) -> Vault:
        from wizard.vault.backend import keyring_path  # noqa: PLC0415 - start-up time
        from wizard.vault.passphrase import STANDARD_INPUT  # noqa: PLC0415 - as above
        from wizard.vault.store import open_vault  # noqa: PLC0415 - as above

        name, files = _name(told), self._files
        if told.simulated:
            raise VaultError(
                "the secrets of simulated hosts were made up, and forgotten with the program",
                remedy="Their names are in this chapter; there is no keyring to open.",
            )
        if not name:
            raise VaultError(
                "it is not known whose keyring to open: the site file cannot be read",
                remedy="Finish the site file, or use the version that made the state file.",
            )
        path = (files.file or keyring_path(name)).expanduser()

        def passphrase() -> str:
            dialog = AskText("Passphrase of the keyring", f"It protects {path}.", hidden=True)
            typed = app.ask_from_thread(dialog)
            if not typed:
                raise Cancelled("nothing was typed")
            return typed

        # Standard input is the keyboard of the screens.
        brought = files.passphrase_file if files.passphrase_file != STANDARD_INPUT else None
        return open_vault(
            name, passphrase=passphrase, passphrase_file=brought, keyring_file=files.file
        )


def _name(told: Told) -> str:
    return told.site.site if told.site else ""
