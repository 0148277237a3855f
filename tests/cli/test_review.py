"""`minusnow-setup review` without a terminal."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.run.state_story import filled
from tests.site.example import REFERENCE, varied
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


@pytest.mark.parametrize("named", [[], ["--site"]])
def test_the_site_file_may_stand_alone(
    path: Path, named: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As the wizard takes it; a state file may as well."""
    assert main(["review", *named, str(path.with_suffix(".yaml"))]) == 0
    told = capsys.readouterr().out
    assert main(["review", str(path)]) == 0
    assert capsys.readouterr().out == told
    assert "chain intact" in told


def test_one_wrong_answer_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is named, everything is shown, and the exit status says it is not finished."""
    file = tmp_path / "acme.yaml"
    file.write_text(varied({"networking.domain": "no domain"}), encoding="utf-8")

    assert main(["review", str(file)]) == 2

    told = capsys.readouterr().out
    assert "networking.domain" in told
    assert "not finished" in told
    assert "10.0.2.11" in told
    assert main(["review", str(file), "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["path"] == "networking.domain"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_in_an_unfinished_file_is_not_shown(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The review of a file in which somebody has put a password is without its text."""
    file = tmp_path / "acme.yaml"
    for text in ("database: {password: hunter2}\n", "password: hunter2\n - broken: [\n"):
        file.write_text(text, encoding="utf-8")
        assert main(["review", str(file), "--format", form]) == 2
        assert "hunter2" not in capsys.readouterr().out


@pytest.mark.parametrize("command", ["review", "status"])
def test_what_was_tried_on_simulated_hosts_is_told_of(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no installation, so it is not shown unasked; the command to look at it is named."""
    file = tmp_path / "acme.yaml"
    file.write_text(REFERENCE, encoding="utf-8")
    state = tmp_path / "acme.simulated.state"
    filled(state)
    main([command, str(file)])
    told = capsys.readouterr()
    assert f"minusnow-setup {command} --state {state}" in told.out + told.err
    assert "SIMULATED" in told.out + told.err
