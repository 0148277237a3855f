"""Secrets in review mode: by name, and how old they are once a person opens the keyring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from screens.audit_source import Source
from screens.audit_view import ReviewApp, ReviewScreen
from screens.dialogs.ask_text import AskText
from screens.secrets import KeyringFiles, SecretsDesk
from screens.widgets.text_log import TextLog
from tests.screens.site_text import SITE
from tests.screens.test_audit_view import text
from tests.screens.test_welcome import begun, choose
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import until
from wizard.run.state import StateFile
from wizard.vault.backend import keyring_path
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from textual.app import App

    from screens.app import SetupApp

PASSPHRASE = "correct horse battery staple"
VALUE = "sent by mail"


@pytest.fixture
def ring(folder: Path) -> Path:
    """The site's encrypted keyring at its usual place, with a secret in it."""
    del folder
    vault = open_vault("acme-itsm", passphrase=lambda: PASSPHRASE)
    vault.set("smtp_password", VALUE, purpose="Login of the mail relay")
    return keyring_path("acme-itsm")


def kept(ring: Path) -> bytes:
    """What is in the keyring's file."""
    return ring.read_bytes()


def asked(app: App[int]) -> bool:
    """Whether a passphrase is asked for, and can be typed."""
    return isinstance(app.screen, AskText) and app.screen.focused is not None


def notes(app: App[int]) -> str:
    """What was said in passing."""
    return " ".join(one.message for one in app._notifications)  # noqa: SLF001 - Textual has no public way to list them


def told(app: App[int]) -> str:
    """The chapter that is shown, whatever stands before it."""
    review = next(one for one in app.screen_stack if isinstance(one, ReviewScreen))
    return "\n".join(review.query_one(TextLog).lines)


async def test_the_keyring_is_opened_on_demand(site_file: Path, ring: Path) -> None:
    """Nothing asks before s; then the passphrase, and each secret with its age, never a value."""
    app = ReviewApp(Source(begun(site_file, "done")))
    before = kept(ring)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "acme-itsm" in text(app), "the site")
        assert not asked(app)
        await pilot.press("s")
        await until(pilot, lambda: asked(app), "the passphrase")
        assert "s opens it" in told(app)
        await pilot.press(*PASSPHRASE, "enter")
        await until(pilot, lambda: "under 1 hour" in told(app), "the ages")
        assert "Login of the mail relay (typed)" in " ".join(told(app).split())
        assert "not stored" in told(app)
        assert VALUE not in told(app)
        await pilot.press("s")  # it is open: nobody is asked again
        await app.workers.wait_for_complete()
        assert not asked(app)
    assert kept(ring) == before


async def test_a_passphrase_can_be_refused(site_file: Path, ring: Path) -> None:
    """A wrong one is told of, Escape leaves the keyring closed; both can be tried again."""
    app = ReviewApp(Source(begun(site_file, "done")))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await until(pilot, lambda: "acme-itsm" in text(app), "the site")
        await pilot.press("s")
        await until(pilot, lambda: asked(app), "the passphrase")
        await pilot.press(*"mistyped", "enter")
        await until(pilot, lambda: f"does not open the keyring file {ring}" in notes(app), "that")
        await pilot.press("s")
        await until(pilot, lambda: asked(app), "the passphrase again")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen), "the review")
        await app.workers.wait_for_complete()
        assert "s opens it" in told(app)


async def test_no_keyring_is_made_by_looking(site_file: Path) -> None:
    """On a machine that has none nobody is asked, and every secret is told to be missing."""
    app = ReviewApp(Source(site_file.with_suffix(".state"), site_file=site_file))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "acme-itsm" in text(app), "the site")
        await pilot.press("s")
        await until(pilot, lambda: "not stored" in told(app), "what is missing")
    assert not keyring_path("acme-itsm").exists()


async def test_a_passphrase_file_asks_nothing(site_file: Path, ring: Path) -> None:
    """Neither does the keyring stay closed."""
    del ring
    phrase = site_file.with_name("phrase")
    phrase.write_text(PASSPHRASE)
    phrase.chmod(0o600)
    app = ReviewApp(Source(begun(site_file, "done")), keyring=KeyringFiles(passphrase_file=phrase))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "acme-itsm" in text(app), "the site")
        await pilot.press("s")
        await until(pilot, lambda: "under 1 hour" in told(app), "the ages")


async def test_a_simulated_installation_has_no_keyring(site_file: Path, ring: Path) -> None:
    """The real one of a site of that name is not opened for it."""
    del ring
    path = site_file.with_suffix(".simulated.state")
    StateFile.create(path, site_name="acme-itsm", site_text=SITE, simulated=True).close()
    app = ReviewApp(Source(path))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await until(pilot, lambda: "acme-itsm" in text(app), "the site")
        await pilot.press("s")
        await until(pilot, lambda: "simulated hosts were made up" in notes(app), "that")
        await until(pilot, lambda: "simulated hosts had secrets" in told(app), "the chapter")
        assert not asked(app)


async def test_a_keyring_that_is_open_tells_at_once(setup: SetupApp, ring: Path) -> None:
    """In the wizard: no question and no key, once its passphrase was typed there."""
    begun(Path("acme.yaml"), "done")
    del ring
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        SecretsDesk(setup).start()
        await until(pilot, lambda: asked(setup), "the passphrase")
        await pilot.press(*PASSPHRASE, "enter")
        await until(pilot, lambda: setup.live.stored, "the secrets")
        await until(pilot, lambda: len(setup.screen_stack) > 1, "their list")
        await pilot.press("escape")
        await until(pilot, lambda: len(setup.screen_stack) == 1, "Welcome")
        await choose(pilot, setup, "review:")
        await until(pilot, lambda: isinstance(setup.screen, ReviewScreen), "the review")
        review = setup.screen
        assert isinstance(review, ReviewScreen)
        await until(pilot, lambda: review.told and "secrets" in review.told.parts, "chapters")
        review.go("secrets")
        await until(pilot, lambda: "under 1 hour" in told(setup), "the ages")
        assert isinstance(setup.screen, ReviewScreen)
