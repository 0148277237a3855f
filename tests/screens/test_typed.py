"""Secrets of logins that a person typed: they serve every login, and only wrong ones are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.app import SetupApp
from screens.dialogs.ask_text import AskText
from screens.draft import Draft
from screens.live import Live
from screens.opening import open_installation
from screens.typed import forget_refused
from tests.screens.test_wizard import SMALL
from tests.screens.waiting import until
from wizard.errors import ConnectionFailed
from wizard.remote.cancellation import Cancellation
from wizard.run.simulated.secrets import simulated_vault
from wizard.steps import local_files

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from wizard.run.installation import Installation

_TYPED = {"sudo_password": "Typed-for-sudo-1", "key_passphrase": "Opens-the-key-2"}


async def test_what_was_typed_for_a_look_serves_the_installation(
    site_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked for again, it is masked like any secret, and the keyring gets none of it."""
    app = SetupApp(Draft.open(site_file))
    app.draft.change({"ssh.sudo": "password"})
    monkeypatch.setattr(local_files, "read_inputs", lambda *_site, **_more: None)
    opened: list[Installation] = []
    async with app.run_test(size=SMALL) as pilot:
        loaded = app.draft.loaded()
        assert loaded
        vault = app.live.vault = simulated_vault(loaded.site.site)
        vault.set("smtp_password", "Mail-relay-3-kite", purpose="mail")
        app.live.typed.update(_TYPED)

        def work() -> None:
            stop = Cancellation()
            opened.append(open_installation(app, loaded, stop=stop, listeners=(), journal=None))

        app.run_worker(work, thread=True)
        await until(
            pilot, lambda: opened or isinstance(app.screen, AskText), "the engine or a question"
        )
        assert opened
    engine = opened[0].engine
    assert {name: engine.secrets[name].reveal() for name in _TYPED} == _TYPED
    assert not _TYPED.keys() & vault.secrets().keys()
    assert "Typed-for-sudo-1" not in engine.bus.masked("sudo: Typed-for-sudo-1")
    engine.bus.close()


def test_only_what_was_refused_is_forgotten() -> None:
    """A host that is down says nothing about a password."""
    live = Live(typed=dict(_TYPED))
    forget_refused(live, [ConnectionFailed("timed out"), None])
    assert live.typed == _TYPED
    wrong = ConnectionFailed("sudo refused the password of ops")
    wrong.refused = "sudo_password"
    forget_refused(live, [wrong])
    assert live.typed == {"key_passphrase": _TYPED["key_passphrase"]}
