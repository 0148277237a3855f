"""Questions that threads ask a person: host keys, passphrases, secrets."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from screens.dialogs.ask_text import AskText
from screens.dialogs.host_keys import HostKeyDesk, HostKeys
from screens.dialogs.pick import Pick
from screens.widgets.plain import Plain
from tests.screens.test_wizard import SMALL, to
from wizard.remote.endpoint import HostKeyQuestion
from wizard.vault.catalogue import needed
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    import pytest
    from textual.pilot import Pilot

    from screens.app import SetupApp

_PASSPHRASE = "an-opener-of-keyrings-7"
_LONGEST = 1200  # looks; deriving a key from a passphrase takes half a second, more under load


async def shown(pilot: Pilot[int], setup: SetupApp, kind: type, title: str = "") -> None:
    """Wait until a dialog of this kind, and with this title, is in front."""
    for _ in range(_LONGEST):
        titles = setup.screen.query(".dialog-title").results(Plain)
        if isinstance(setup.screen, kind) and title in "".join(one.words for one in titles):
            await pilot.pause()
            return
        await pilot.pause(0.05)
    raise AssertionError(f"no {kind.__name__} {title!r} was shown")


def _question(name: str) -> HostKeyQuestion:
    return HostKeyQuestion(
        host=name,
        address="10.0.0.10",
        port=22,
        key_type="ssh-ed25519",
        fingerprint=f"SHA256:{name}",
        known_hosts=Path("known_hosts"),
    )


async def test_unknown_keys_are_answered_one_by_one(setup: SetupApp) -> None:
    """Two threads wait; one key is refused, the other accepted, each thread hears its own."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        desk = HostKeyDesk(setup)
        heard: dict[str, bool] = {}

        def ask(name: str) -> None:
            heard[name] = desk.ask(_question(name))

        threads = [threading.Thread(target=ask, args=(name,)) for name in ("lb1", "lb2")]
        threads[0].start()
        await shown(pilot, setup, HostKeys)
        threads[1].start()
        while len(desk.waiting) < 2:
            await pilot.pause(0.01)
        await pilot.pause()
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        for thread in threads:
            thread.join(timeout=5)
        assert heard == {"lb1": False, "lb2": True}
        assert not isinstance(setup.screen, HostKeys)


async def test_a_password_is_typed_unseen_and_kept_in_the_keyring(
    setup: SetupApp, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """F5 under Database: the keyring gets a passphrase, and the password in it."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    password = "wR7-plum-Kite-91-orbit"
    assert setup.draft.site is not None
    name = needed(setup.draft.site)[0].name
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "database")
        await pilot.press("f5")
        await shown(pilot, setup, Pick)
        await pilot.press("enter")
        await shown(pilot, setup, AskText, name)
        await pilot.press(*password)
        await pilot.pause()
        assert "strong" in setup.screen.query_one(".dialog-wrong", Plain).words
        assert password not in setup.export_screenshot()
        await pilot.press("enter")
        await shown(pilot, setup, AskText, "New passphrase")
        await pilot.press(*_PASSPHRASE, "enter")
        await shown(pilot, setup, AskText, "again")
        await pilot.press(*_PASSPHRASE, "enter")
        await shown(pilot, setup, Pick)
        await pilot.press("escape")
        await setup.workers.wait_for_complete()
    phrase = folder / "phrase"
    phrase.write_text(f"{_PASSPHRASE}\n", encoding="utf-8")
    phrase.chmod(0o600)
    stored = open_vault("acme-itsm", passphrase_file=phrase).secrets()
    assert name in stored
