"""Questions that threads ask a person: host keys, passphrases, secrets."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widgets import Input, OptionList

from screens.dialogs.ask_text import AskText
from screens.dialogs.host_keys import HostKeyDesk, HostKeys
from screens.dialogs.pick import Pick
from screens.widgets.plain import Plain
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import shown, until
from wizard.remote.endpoint import HostKeyQuestion
from wizard.vault.catalogue import Kind, needed
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from screens.app import SetupApp
    from wizard.site.model import Site

_PASSPHRASE = "an-opener-of-keyrings-7"


def first_to_type(site: Site) -> str:
    """Return the secret that stands first in the list: one that only a person can give."""
    return next(spec.name for spec in needed(site) if spec.kind is Kind.ASKED and not spec.optional)


def question(name: str) -> HostKeyQuestion:
    """A key that a host shows for the first time."""
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
            heard[name] = desk.ask(question(name))

        threads = [threading.Thread(target=ask, args=(name,)) for name in ("lb1", "lb2")]
        threads[0].start()
        await shown(pilot, setup, HostKeys)
        threads[1].start()
        keys = setup.screen.query_one(OptionList)
        await until(pilot, lambda: keys.option_count == 2, "both keys in the list")
        await pilot.press("down", "x")
        await until(pilot, lambda: keys.option_count == 1, "one key left")
        await pilot.press("enter")
        await until(pilot, lambda: len(heard) == 2, "both threads heard their answers")
        assert heard == {"lb1": False, "lb2": True}
        await until(pilot, lambda: not isinstance(setup.screen, HostKeys), "the dialog closed")


async def test_a_password_is_typed_unseen_and_kept_in_the_keyring(
    setup: SetupApp, folder: Path
) -> None:
    """F5 under Database: the keyring gets a passphrase, and the password in it."""
    password = "wR7-plum-Kite-91-orbit"
    assert setup.draft.site is not None
    name = first_to_type(setup.draft.site)
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "database")
        await pilot.press("f5")
        await shown(pilot, setup, Pick)
        await pilot.press("enter")
        await shown(pilot, setup, AskText, name)
        await pilot.press(*password)
        remark = setup.screen.query_one(".dialog-wrong", Plain)
        await until(pilot, lambda: "strong" in remark.words, "the word 'strong' under the password")
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


async def test_what_is_typed_before_the_cursor_is_there_counts(setup: SetupApp) -> None:
    """A dialog that comes up while someone types takes every letter."""
    answers: list[str | None] = []
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        setup.push_screen(AskText("Save as", "A name."), answers.append)
        await shown(pilot, setup, AskText)
        setup.screen.set_focus(None)
        await pilot.press("a", "b", "c")
        box = setup.screen.query_one(Input)
        await until(pilot, lambda: box.value == "abc", "three letters in the box")
        await pilot.press("enter")
        await until(pilot, lambda: answers == ["abc"], "the answer")


async def test_a_stray_enter_accepts_no_key(setup: SetupApp) -> None:
    """A key is accepted only where the cursor was put: the dialog may come up while one types."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        desk, heard = HostKeyDesk(setup), list[bool]()
        thread = threading.Thread(target=lambda: heard.append(desk.ask(question("lb1"))))
        thread.start()
        await shown(pilot, setup, HostKeys)
        await pilot.press("enter", "x")
        await pilot.pause()
        assert len(desk.waiting) == 1
        await pilot.press("down", "enter")
        await until(pilot, lambda: heard == [True], "the key at the cursor was accepted")
        thread.join(timeout=60)


async def test_all_keys_are_accepted_after_the_cursor_was_put_there(setup: SetupApp) -> None:
    """A alone only goes to the list; once there, it accepts every key."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        desk, heard = HostKeyDesk(setup), list[bool]()

        def ask(name: str) -> None:
            heard.append(desk.ask(question(name)))

        threads = [threading.Thread(target=ask, args=(name,)) for name in ("lb1", "lb2")]
        for thread in threads:
            thread.start()
        await shown(pilot, setup, HostKeys)
        keys = setup.screen.query_one(OptionList)
        await until(pilot, lambda: keys.option_count == 2, "both keys in the list")
        await pilot.press("A")
        await until(pilot, lambda: keys.highlighted == 0, "the cursor in the list")
        assert len(desk.waiting) == 2
        await pilot.press("A")
        await until(pilot, lambda: heard == [True, True], "both were accepted")
        for thread in threads:
            thread.join(timeout=60)
