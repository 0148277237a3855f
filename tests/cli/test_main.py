"""The command line as a whole: exit statuses, one clear error, never a traceback."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.site.example import REFERENCE, varied
from wizard.cli import main as program
from wizard.cli.main import COMMANDS, main
from wizard.errors import Cancelled, CommandFailed, SetupError, SiteError

if TYPE_CHECKING:
    from pathlib import Path


def ending_with(error: BaseException) -> argparse.ArgumentParser:
    """Return a parser whose one command raises the error."""

    def run(_args: argparse.Namespace) -> int:
        raise error

    parser = argparse.ArgumentParser()
    parser.set_defaults(run=run, command="test")
    return parser


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`COMMAND --help` ends well and says how it is used."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"minusnow-setup {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SiteError("a bad field"), 2),
        (CommandFailed("it ended", status=3, host="db1"), 1),
        (Cancelled("by the operator"), 130),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_end_with_their_status_and_one_sentence(
    error: BaseException,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a person can act on goes to standard error; the status tells programs what it was."""
    monkeypatch.setattr(program, "_parser", lambda _commands: ending_with(error))
    assert main([]) == status
    said = capsys.readouterr().err
    assert said.startswith("minusnow-setup: ")
    if isinstance(error, SetupError):
        assert error.seen in said
    assert "Traceback" not in said


def test_a_defect_is_one_sentence_and_its_details_hold_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The file for the makers says where it happened, not what the values were."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    defect = RuntimeError("the password was hunter2")
    monkeypatch.setattr(program, "_parser", lambda _commands: ending_with(defect))
    assert main([]) == program.DEFECT
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "hunter2" not in said
    (details,) = tmp_path.iterdir()
    assert details.stat().st_mode & 0o777 == 0o600
    assert "RuntimeError" in details.read_text()
    assert "hunter2" not in details.read_text()


def test_a_reader_who_leaves_is_no_error_message() -> None:
    """`minusnow-setup schema | head -1` says nothing on standard error."""
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m wizard schema | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.startswith("{")
    assert ended.stderr == ""


@pytest.mark.parametrize("command", ["plan", "check", "prove"])
def test_a_bad_site_file_is_bad_input_for_every_command(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same problems as `validate` lists, exit status 2, and no host is reached."""
    site = tmp_path / "site.yaml"
    site.write_text(varied({"database.max_connections": "many", "networking.vrrp_id": 999}))
    assert main([command, str(site)]) == 2
    said = capsys.readouterr().err
    assert "database.max_connections" in said
    assert "networking.vrrp_id" in said


def test_warnings_have_to_be_acknowledged_before_anything_happens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`apply` names the line that accepts them; --yes does not accept them by itself."""
    site = tmp_path / "site.yaml"
    site.write_text(REFERENCE)
    assert main(["apply", str(site), "--yes", "--state", str(tmp_path / "s")]) == 2
    said = capsys.readouterr().err
    assert "acknowledged: [" in said
    assert "self-signed-certificate" in said
    assert not (tmp_path / "s").exists()
