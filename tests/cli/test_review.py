"""`minusnow-setup review` without a terminal."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.run.state_story import filled
from tests.site.example import REFERENCE
from wizard.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state file with a small run in it."""
    found = tmp_path / "site.state"
    filled(found)
    return found


def test_json_is_for_programs(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is one JSON value with the whole story."""
    assert main(["review", "--state", str(path), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["chain"] == {"intact": True, "problems": []}
    assert told["events"][0]["kind"] == "run-started"
    assert told["output"][0]["total"] == 3


def test_the_file_is_not_touched(path: Path) -> None:
    """Reading leaves every byte as it was, also on a file that may not be written."""
    before = path.read_bytes()
    path.chmod(0o400)
    assert main(["review", "--state", str(path)]) == 0
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_broken_chain_is_an_exit_status(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script that looks can tell."""
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM events WHERE seq = 2")
    connection.commit()
    connection.close()
    assert main(["review", "--state", str(path)]) == 1
    assert "event 2 was removed" in capsys.readouterr().out


def test_a_missing_file_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback."""
    assert main(["review", "--state", str(tmp_path / "none.state")]) == 2
    assert "there is no state file" in capsys.readouterr().err


def test_a_site_file_leads_to_the_state_file_beside_it(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `apply` would name it."""
    assert main(["review", "--site", str(path.with_suffix(".yaml")), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["chain"]["intact"]


def test_a_site_for_which_nothing_was_done_is_shown_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Answers, warnings, secrets by name; nothing is made beside it."""
    file = tmp_path / "acme.yaml"
    file.write_text(REFERENCE, encoding="utf-8")

    assert main(["review", "--site", str(file)]) == 0

    told = capsys.readouterr().out
    assert "before the installation" in told
    assert "10.0.2.11" in told
    assert "redis_password" in told
    assert [found.name for found in tmp_path.iterdir()] == [file.name]
