"""An error that quotes what a host said is told without the secrets in it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_keyring_faults import COMMANDS, SITE, Ground, filled, ground
from tests.detector import Detector
from wizard.cli.main import main
from wizard.errors import HostError
from wizard.run.installation import Installation
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["filled", "ground"]


@pytest.mark.parametrize("command", ["apply", "resume", "rotate", "plan", "prove"])
def test_no_error_of_a_run_shows_a_secret(
    filled: Ground,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As it is, and in base64; in what was seen, and in what to do."""
    vault = open_vault(SITE, passphrase_file=filled.phrase, keyring_file=filled.ring)
    password = vault.secrets()["app_password"].reveal()

    def reach(_work: Installation, names: Iterable[str] = ()) -> None:
        del names
        coded = base64.b64encode(f"x:{password}".encode()).decode()
        raise HostError(f"psql said {password}", remedy=f"Try {coded}.", host="db1")

    monkeypatch.setattr(Installation, "reach", reach)
    places = {"SITE": "site.yaml", "STATE": "site.state"}
    words = [
        str(filled.folder / places.get(word, word)) if word in places else word
        for word in COMMANDS[command]
    ]
    assert main([*words, *filled.options]) == 1
    said = capsys.readouterr()
    assert "psql said ‹app_password›" in said.err
    assert Detector({"app_password": password}).found(f"{said.out}{said.err}".encode()) == set()
