"""The keyring from the wizard: which secrets there are; typing one unseen, making or showing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from screens.dialogs.ask_text import AskText
from screens.dialogs.confirm import Confirm
from screens.dialogs.pick import Pick
from screens.provisional import provisional_site
from wizard.errors import Cancelled, SetupError, VaultError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from screens.app import SetupApp
    from wizard.site.model import Site
    from wizard.vault.catalogue import SecretSpec
    from wizard.vault.store import SecretInfo, Vault

_MADE = "generated"  # as the catalogue calls what is random
_TYPED = "asked"


@dataclass(frozen=True, slots=True)
class KeyringFiles:
    """Where an encrypted keyring is and what opens it, if not at its usual place by a question."""

    file: Path | None = None
    passphrase_file: Path | None = None


class SecretsDesk:
    """Lists the site's secrets and stores what a person types; works in a thread of its own."""

    def __init__(self, setup: SetupApp) -> None:
        self._setup = setup

    def start(self, *, title: str = "Passwords and keys", only: str = "") -> None:
        """Open the list; with `only`, of the names that begin so."""
        site = provisional_site(self._setup.draft)
        if site is None or site.site == "provisional":
            self._setup.notify("Name the site and its hosts first.", markup=False)
            return
        base = self._setup.draft.base
        self._setup.run_worker(
            lambda: self._work(site, base, title, only),
            thread=True,
            exclusive=True,
            group="secrets",
        )

    def vault(self, site: Site) -> Vault:
        """The site's vault; the passphrase of an encrypted file is asked for in a dialog."""
        live = self._setup.live
        if self._setup.simulation:
            from wizard.run.simulated.secrets import simulated_vault  # noqa: PLC0415 - start-up time

            if live.vault is None or live.vault.site_name != site.site:
                live.vault = simulated_vault(site.site)
            return live.vault
        from wizard.vault.backend import keyring_path  # noqa: PLC0415 - start-up time
        from wizard.vault.store import open_vault  # noqa: PLC0415 - as above

        files = self._setup.keyring

        def passphrase() -> str:
            path = (files.file or keyring_path(site.site)).expanduser()
            new = not path.exists()
            title = "New passphrase for the keyring" if new else "Passphrase of the keyring"
            wrong = refusal_of("keyring_passphrase") if new else None
            typed = self._asked(title, f"It protects {path}.", wrong)
            if not new:
                return typed
            if self._asked("The same passphrase again", "So that it is not mistyped.") != typed:
                raise VaultError("the two entries differ", remedy="Nothing was stored: try again.")
            return typed

        return open_vault(
            site.site,
            passphrase=passphrase,
            passphrase_file=files.passphrase_file,
            keyring_file=files.file,
        )

    def _asked(self, title: str, text: str, wrong: Callable[[str], str] | None = None) -> str:
        typed = self._setup.ask_from_thread(AskText(title, text, hidden=True, wrong=wrong))
        if not typed:
            raise Cancelled("nothing was typed")
        return typed

    def _opened(self, site: Site) -> Vault:
        """The vault that is open already, so that its passphrase is asked for once."""
        vault = self._setup.live.vault
        if vault is None or vault.site_name != site.site:
            vault = self._setup.live.vault = self.vault(site)
        return vault

    def _work(self, site: Site, base: Path, title: str, only: str) -> None:
        from wizard.vault.catalogue import needed  # noqa: PLC0415 - start-up time

        try:
            vault = self._opened(site)
            specs = {one.name: one for one in needed(site) if one.name.startswith(only)}
            while True:
                stored = {info.name: info for info in vault.describe()}
                self._setup.live.stored = stored
                self._setup.call_from_thread(self._setup.step.live_changed)
                name = self._setup.ask_from_thread(_listed(title, vault.place, specs, stored))
                if not name:
                    return
                self._do(vault, site, base, specs[name], stored.get(name))
        except Cancelled:
            return
        except SetupError as error:
            self._setup.call_from_thread(
                self._setup.notify, str(error), severity="error", markup=False, timeout=10
            )

    def _do(
        self, vault: Vault, site: Site, base: Path, spec: SecretSpec, info: SecretInfo | None
    ) -> None:
        """Type, make, show or take away one secret."""
        ways = _ways(spec, info)
        way = ways[0][0] if ways else ""
        if not ways:
            words = f"{spec.name} is issued from the site's answers when the installation begins."
            self._setup.call_from_thread(self._setup.notify, words, markup=False)
        elif len(ways) > 1 or way != "type":
            words = f"{spec.purpose}. Where it may be: {'; '.join(spec.where_used)}."
            way = self._setup.ask_from_thread(Pick(spec.name, words, ways))
        if way == "type":
            self._type(vault, spec)
        elif way == "make":
            vault.ensure(site, base=base, only=frozenset({spec.name}))
        elif way == "show":
            self._show(vault, spec)
        elif way == "drop":
            vault.delete(spec.name)

    def _type(self, vault: Vault, spec: SecretSpec) -> None:
        from wizard.vault.store import Origin  # noqa: PLC0415 - start-up time
        from wizard.vault.strength import strength  # noqa: PLC0415 - as above

        wrong = refusal_of(spec.name)

        def remark(value: str) -> str:
            if not value or wrong(value):
                return wrong(value) if value else ""
            found = strength(value)
            return f"{found.word}, about {found.bits:.0f} bits"

        dialog = AskText(spec.name, spec.purpose, hidden=True, wrong=wrong, remark=remark)
        typed = self._setup.ask_from_thread(dialog)
        if typed:
            vault.set(spec.name, typed, origin=Origin.TYPED, purpose=spec.purpose)

    def _show(self, vault: Vault, spec: SecretSpec) -> None:
        """Show a value to a person who has asked for it and confirmed that."""
        question = Confirm(
            f"Show {spec.name}?",
            "It stands on the screen in clear until you close it: for everyone who sees this"
            " terminal, and in its scrollback or recording.",
            [("no", "Keep it hidden"), ("yes", "Show it")],
        )
        secrets = vault.secrets()
        if self._setup.ask_from_thread(question) == "yes" and spec.name in secrets:
            value = secrets[spec.name].reveal()
            self._setup.ask_from_thread(Confirm(spec.name, value, [("hide", "Hide it")]))


def refusal_of(name: str) -> Callable[[str], str]:
    """Return what says why a value cannot be this secret, "" if it can."""
    from wizard.vault.strength import problems  # noqa: PLC0415 - start-up time

    return lambda value: " ".join(problems(name, value))


def _listed(
    title: str, place: str, specs: dict[str, SecretSpec], stored: dict[str, SecretInfo]
) -> Pick:
    # First those that only a person can give.
    ordered = sorted(specs.values(), key=lambda spec: spec.kind.value != _TYPED or spec.optional)
    options = [
        (spec.name, spec.name, f"{state(spec, stored.get(spec.name))}: {spec.purpose}")
        for spec in ordered
    ]
    return Pick(title, f"Kept in {place}. Enter opens one; nothing is shown unasked.", options)


def state(spec: SecretSpec, info: SecretInfo | None) -> str:
    """Say whether a secret is in the keyring, and how it comes there if not."""
    if info:
        return f"✓ stored {info.created:%Y-%m-%d}, {info.origin.value}"
    if spec.kind.value == _TYPED:
        return "· optional" if spec.optional else "! must be typed"
    return "· made when the installation begins"


def _ways(spec: SecretSpec, info: SecretInfo | None) -> list[tuple[str, str, str]]:
    """What can be done with a secret; keys and certificates are made from the site, not typed."""
    ways = []
    kind = spec.kind.value
    if kind in {_TYPED, _MADE}:
        new = "Type another value" if info else "Type your own"
        ways.append(("type", new, "Hidden while you type; its strength is shown."))
    if info is None and kind == _MADE:
        ways.append(("make", "Make it now", "Otherwise it is made when the installation begins."))
    if info:
        ways.append(("show", "Show it", "In clear, after one question."))
    if info and spec.optional:
        ways.append(("drop", "Take it away", "It is removed from the keyring."))
    return ways
