"""What `rotate` says before it touches anything."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.test_render import add_release
from wizard.cli.main import main
from wizard.run.state import StateFile

REFERENCE = Path(__file__).parent.parent / "site" / "reference.yaml"
ACKNOWLEDGED = "acknowledged: [single-storage, self-signed-certificate]\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a site file whose warnings are accepted."""
    file = tmp_path / "site.yaml"
    file.write_text(REFERENCE.read_text() + ACKNOWLEDGED)
    return file


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ca_key", "every app server checks the database by this authority"),
        ("license_key", "no host is given it"),
        ("app_pasword", "the site needs no secret named 'app_pasword'"),
        ("app_password", "there is no state file"),
    ],
)
def test_what_cannot_be_rotated_is_said_at_once(
    site: Path, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a keyring, and without a host."""
    assert main(["rotate", name, str(site)]) == 2
    assert words in capsys.readouterr().err


def test_a_site_file_that_was_edited_is_applied_first(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One thing at a time."""
    StateFile.create(
        tmp_path / "site.state", site_name="acme-itsm", site_text=site.read_text()
    ).close()
    site.write_text(site.read_text().replace("port: 5000", "port: 5001"))
    assert main(["rotate", "app_password", str(site)]) == 2
    assert "was changed since it was applied" in capsys.readouterr().err


def test_nothing_is_rotated_that_was_never_stored(
    site: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The secret is named with the way to store it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    StateFile.create(
        tmp_path / "site.state", site_name="acme-itsm", site_text=site.read_text()
    ).close()
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o600)
    options = ["--keyring-passphrase-file", str(passphrase), "--yes"]
    assert main(["rotate", "smtp_password", str(site), *options]) == 2
    assert "secret set" in capsys.readouterr().err


def test_where_no_rotation_is_under_way_none_is_given_up(
    site: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is stored, and no host is asked."""
    add_release(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    StateFile.create(
        tmp_path / "site.state", site_name="acme-itsm", site_text=site.read_text()
    ).close()
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o600)
    options = ["--keyring-passphrase-file", str(passphrase), "--yes"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"sent by mail\n")))
    assert main(["secret", "set", "smtp_password", str(site), *options[:2]]) == 0
    assert main(["rotate", "app_password", str(site), *options, "--abandon"]) == 2
    assert "no rotation of app_password is under way" in capsys.readouterr().err
