"""Licences: what is bought, until when, its key in the keyring, and what is still open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from screens.dialogs.ask_text import AskText
from screens.dialogs.confirm import Confirm
from screens.dialogs.pick import Pick
from screens.widgets.plain import Plain
from tests.screens.test_wizard import LARGE, SMALL, settled, to
from tests.screens.waiting import shown, until
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from pathlib import Path

    from screens.app import SetupApp

_PASSPHRASE = "an-opener-of-keyrings-7"
_KEY = "EDB-4711-0815"
_AT = "licensing.components.database"


async def test_a_bought_products_key_goes_to_the_keyring(setup: SetupApp, folder: Path) -> None:
    """F5 under Licences: only licence keys are listed; the value is not in the site file."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "licensing")
        setup.change({f"{_AT}.edition": "EnterpriseDB", f"{_AT}.licensed": True})
        await pilot.press("f5")
        await shown(pilot, setup, Pick, "Licence keys")
        await pilot.press("down", "enter")
        await shown(pilot, setup, AskText, "license_key_database")
        await pilot.press(*_KEY, "enter")
        await shown(pilot, setup, AskText, "New passphrase")
        await pilot.press(*_PASSPHRASE, "enter")
        await shown(pilot, setup, AskText, "again")
        await pilot.press(*_PASSPHRASE, "enter")
        await shown(pilot, setup, Pick, "Licence keys")
        await pilot.press("down", "enter")
        await shown(pilot, setup, Pick, "license_key_database")
        await pilot.press("down", "enter")
        await shown(pilot, setup, Confirm, "Show")
        assert _KEY not in setup.export_screenshot()
        await pilot.press("right", "enter")
        await shown(pilot, setup, Confirm, "license_key_database")
        assert any(one.words == _KEY for one in setup.screen.query(Plain))
        await pilot.press("enter")
        await shown(pilot, setup, Pick, "Licence keys")
        await pilot.press("escape")
        await settled(pilot, setup)
        told = setup.step.query_one(".aside-text", Plain).words
        assert "✓ license_key_database" in told
        assert _KEY not in setup.draft.text
    phrase = folder / "phrase"
    phrase.write_text(f"{_PASSPHRASE}\n", encoding="utf-8")
    phrase.chmod(0o600)
    kept = open_vault("acme-itsm", passphrase_file=phrase).secrets()
    assert kept["license_key_database"].reveal() == _KEY


async def test_a_near_renewal_and_open_items_are_told_with_their_owners(setup: SetupApp) -> None:
    """Beside the form, and under Review."""
    soon = (datetime.now(UTC) + timedelta(days=20)).date()
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "licensing")
        setup.change(
            {
                f"{_AT}.edition": "EnterpriseDB",
                f"{_AT}.licensed": True,
                f"{_AT}.renewal": str(soon),
                "licensing.checklist.backup.owner": "Jane",
            }
        )
        told = setup.step.query_one(".aside-text", Plain)
        await until(pilot, lambda: f"! Database: to be renewed on {soon}" in told.words, "renewal")
        assert "Backup software (Jane)" in told.words
        assert "Database licence" not in told.words.partition("Licence keys")[0]
        assert "portal.example.com" not in told.words
        setup.change({f"{_AT}.portal": "portal.example.com"})
        portal = "Database      portal.example.com"
        await until(pilot, lambda: portal in told.words, "its vendor's portal")
        setup.change({f"{_AT}.licensed": False})
        await until(pilot, lambda: portal not in told.words, "what was not bought has none")
        setup.change({f"{_AT}.licensed": True})
        await to(pilot, setup, "review")
        page = " ".join(setup.step.query_one(".page Plain", Plain).words.split())
        assert f"to be renewed on {soon}" in page
        assert "Jane" in page
        assert "portal.example.com" in page
        await to(pilot, setup, "done")
        after = " ".join(setup.step.query_one(".after Plain", Plain).words.split())
        assert f"to be renewed on {soon}" in after
        assert "owner: Jane" in after


async def test_what_was_chosen_elsewhere_is_not_typed_again(setup: SetupApp) -> None:
    """F7 notes the products of other screens; what a person wrote stays, and the file is valid."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "licensing")
        setup.change(
            {"load_balancer.kind": "nginx", "licensing.components.cache.edition": "Redis EE"}
        )
        await pilot.press("f7")
        noted = "licensing.components.{}.edition"
        await until(
            pilot,
            lambda: setup.draft.value(noted.format("database")) == "PostgreSQL 15",
            "the database",
        )
        assert setup.draft.value(noted.format("load_balancer")) == "Nginx OSS"
        assert setup.draft.value(noted.format("cache")) == "Redis EE"
        assert setup.draft.value("licensing.checklist.load_balancer.state") == "not-needed"
        assert setup.draft.value("licensing.checklist.database.state") == "done"
        assert setup.draft.site is not None


async def test_minusnows_own_licence_is_asked_for_and_warned_of(setup: SetupApp) -> None:
    """First of all: typed with the keyboard, told beside the form, under Review and Done."""
    soon = (datetime.now(UTC) + timedelta(days=5)).date()
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "licensing")
        told = setup.step.query_one(".aside-text", Plain)
        assert "MinusNow: bought" not in told.words
        await pilot.press(*"MN GmbH", "tab", *"MN-7", "tab")
        await until(pilot, lambda: "MinusNow: bought; on which day" in told.words, "the question")
        await pilot.press(*str(soon), "tab", *"licences.example.com", "tab", *"Ana", "tab")
        words = f"! MinusNow: to be renewed on {soon}, within 7 days"
        await until(pilot, lambda: words in told.words, "the warning")
        assert "MinusNow      licences.example.com" in told.words
        assert setup.draft.site
        assert setup.draft.site.licensing.minusnow.owner == "Ana"
        await to(pilot, setup, "review")
        page = " ".join(setup.step.query_one(".page Plain", Plain).words.split())
        assert "licence: MN GmbH · MN-7 · renewal on" in page
        assert f"licence of MinusNow: to be renewed on {soon}" in page
        await to(pilot, setup, "done")
        after = " ".join(setup.step.query_one(".after Plain", Plain).words.split())
        assert f"licence of MinusNow: to be renewed on {soon}" in after
