"""A keyring that is locked, missing or opened wrongly: the wizard says so and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import keyring
import pytest
from textual.widgets import Input

from screens.dialogs.ask_text import AskText
from screens.dialogs.pick import Pick
from screens.secrets import SecretsDesk
from screens.work import work_of
from tests.run.state_story import story
from tests.screens.waiting import shown, until
from tests.vault.keyrings import LockedKeyring
from wizard.run.state import StateFile
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from pathlib import Path

    from screens.app import SetupApp

PASSPHRASE = "correct horse battery staple"


def kept(ring: Path) -> tuple[bytes | None, bool]:
    """What is in the keyring, and whether another one was made."""
    others = [*(ring.parent / "data").rglob("*.keyring")]
    return ring.read_bytes() if ring.exists() else None, bool(others)


@pytest.fixture
def ring(setup: SetupApp, folder: Path) -> Path:
    """An encrypted keyring with a secret in it, named to the wizard with its passphrase file."""
    phrase, file = folder / "phrase", folder / "ring"
    phrase.write_text(f"{PASSPHRASE}\n")
    phrase.chmod(0o600)
    vault = open_vault("acme-itsm", passphrase_file=phrase, keyring_file=file)
    vault.set("smtp_password", "sent by mail")
    setup.keyring = replace(setup.keyring, file=file, passphrase_file=phrase)
    return file


def lock_desktop(setup: SetupApp, ring: Path) -> None:
    """Nobody unlocks the keyring of the desktop."""
    ring.unlink()
    setup.keyring = replace(setup.keyring, file=None, passphrase_file=None)
    keyring.set_keyring(LockedKeyring())


def mistype(_setup: SetupApp, ring: Path) -> None:
    """The passphrase is another one."""
    ring.with_name("phrase").write_text("something else altogether\n")


def mend(ring: Path) -> None:
    """The passphrase is the right one again."""
    ring.with_name("phrase").write_text(f"{PASSPHRASE}\n")


def lose(_setup: SetupApp, ring: Path) -> None:
    """The keyring is gone, and hosts have what it held."""
    ring.unlink()
    state = StateFile.create(
        ring.with_name("acme.state"),
        site_name="acme-itsm",
        site_text=ring.with_name("acme.yaml").read_text(),
    )
    state.take(story())
    state.close()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lock_desktop, "dismissed"),
        (mistype, "the passphrase does not open"),
        (lose, "holds no secret of acme-itsm, whose hosts were given some"),
    ],
)
async def test_the_look_at_the_hosts_ends_with_the_reason(
    setup: SetupApp, ring: Path, harm: object, words: str
) -> None:
    """Before anybody is connected to; no secret is made in the place of those that are there."""
    assert callable(harm)
    harm(setup, ring)
    before = kept(ring)
    work = work_of(setup)
    async with setup.run_test() as pilot:
        await setup.go("review")
        await pilot.press("l")
        await until(pilot, lambda: work.error and not work.busy, "the reason")
    assert work.error
    assert words in work.error.seen
    assert work.error.remedy
    assert kept(ring) == before


async def test_the_list_of_secrets_says_why_it_cannot_be_opened(
    setup: SetupApp, ring: Path
) -> None:
    """And what is typed afterwards, with the right passphrase, is judged as everywhere."""
    before = kept(ring)
    mistype(setup, ring)
    async with setup.run_test() as pilot:
        await setup.go("networking")
        SecretsDesk(setup).start(only="smtp")
        await until(
            pilot,
            lambda: any("does not open" in note.message for note in setup._notifications),  # noqa: SLF001 - what was told
            "a note",
        )
        assert kept(ring) == before
        mend(ring)
        SecretsDesk(setup).start(only="smtp")
        await shown(pilot, setup, Pick)
        await pilot.press("enter")
        await shown(pilot, setup, Pick, "smtp_password")
        await pilot.press("enter")
        await shown(pilot, setup, AskText, "smtp_password")
        setup.screen.query_one(Input).value = "x" * 129
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(setup.screen, AskText)
        await pilot.press("escape")
        await pilot.pause()
    assert kept(ring) == before
