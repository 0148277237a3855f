"""What the demonstration prepares before it installs: site file, passphrase, keyring."""

from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from wizard.cli import wizard as command_line
from wizard.cli.main import main
from wizard.errors import PracticeError
from wizard.practice import demo as demonstration
from wizard.practice.demo import REHEARSAL_SMTP_PASSWORD, prepare
from wizard.practice.directory import FleetDirectory
from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from pathlib import Path


def test_its_secret_lies_in_an_encrypted_keyring_that_only_its_owner_opens(tmp_path: Path) -> None:
    """The value is stored under the generated passphrase and stands in no file or line."""
    said: list[str] = []

    demo = prepare(FleetDirectory(tmp_path), report=said.append)

    vault = open_vault("practice", passphrase_file=demo.passphrase, keyring_file=demo.keyring)
    assert vault.secrets()["smtp_password"].reveal() == REHEARSAL_SMTP_PASSWORD
    assert {stat.S_IMODE(path.stat().st_mode) for path in (demo.passphrase, demo.keyring)} == {
        0o600
    }
    written = b"".join(path.read_bytes() for path in demo.path.iterdir())
    assert REHEARSAL_SMTP_PASSWORD not in written.decode(errors="replace") + "".join(said)


def test_it_says_each_command_as_one_could_type_it(tmp_path: Path) -> None:
    """A newcomer learns the commands by watching."""
    said: list[str] = []

    prepare(FleetDirectory(tmp_path), report=said.append)

    assert said[0].startswith("$ minusnow-setup secret set smtp_password ")


def test_a_second_time_it_keeps_the_passphrase_and_what_it_opens(tmp_path: Path) -> None:
    """The keyring of the first time, with all that was made meanwhile, still opens."""
    first = prepare(FleetDirectory(tmp_path), report=lambda _line: None)
    before = first.passphrase.read_bytes()

    second = prepare(FleetDirectory(tmp_path), report=lambda _line: None)

    assert second.passphrase.read_bytes() == before


def test_a_keyring_that_does_not_open_ends_it(tmp_path: Path) -> None:
    """With another passphrase the secret cannot be stored, and nothing is installed."""
    demo = prepare(FleetDirectory(tmp_path), report=lambda _line: None)
    demo.passphrase.write_text("another one that is long enough\n")

    with pytest.raises(PracticeError, match="could not be stored"):
        prepare(FleetDirectory(tmp_path), report=lambda _line: None)


def test_what_a_person_answered_is_kept(tmp_path: Path) -> None:
    """A second time the site file is the one that was saved in the wizard."""
    demo = prepare(FleetDirectory(tmp_path), report=lambda _line: None)
    saved = demo.site_file.read_text().replace("rate_limit: 100", "rate_limit: 250")
    demo.site_file.write_text(saved)

    prepare(FleetDirectory(tmp_path), report=lambda _line: None)

    assert demo.site_file.read_text() == saved


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("schema: 1", "schema: ["),
        ("version: 15", "version: eleven"),
        ("address: 10.0.2.10,", "address: 10.0.9.99,"),
        ("key_file: ", "key_file: /elsewhere"),
    ],
)
def test_a_site_file_that_is_not_of_this_fleet_gives_way(
    tmp_path: Path, old: str, new: str
) -> None:
    """One that cannot be read, or names other hosts or another key, is put aside and told of."""
    demo = prepare(FleetDirectory(tmp_path), report=lambda _line: None)
    fresh = demo.site_file.read_text()
    other = fresh.replace(old, new)
    assert other != fresh
    demo.site_file.write_text(other)
    said: list[str] = []

    prepare(FleetDirectory(tmp_path), report=said.append)

    assert demo.site_file.read_text() == fresh
    assert demo.site_file.with_name("site.yaml.old").read_text() == other
    assert "site.yaml.old" in said[0]


Calls = list[tuple[list[str], dict[str, object]]]


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the demonstration runs: the fleet is taken for up, its release for built."""
    made: Calls = []

    def run(command: tuple[str, ...], **options: object) -> subprocess.CompletedProcess[str]:
        made.append((list(command), options))
        return subprocess.CompletedProcess(command, 0)

    def bring_up(directory: FleetDirectory, *_args: object, **_options: object) -> None:
        directory.path.mkdir(exist_ok=True)

    monkeypatch.setenv("MINUSNOW_PRACTICE_DIR", str(tmp_path / "fleet"))
    monkeypatch.setattr(demonstration, "bring_up", bring_up)
    monkeypatch.setattr(demonstration, "build_release", lambda at, **_options: at)
    monkeypatch.setattr(demonstration, "program", lambda: "minusnow-setup")
    monkeypatch.setattr(subprocess, "run", run)
    return made


def on_the_network(tmp_path: Path, *words: str) -> list[str]:
    """The command that runs the program on the fleet's network, with its keyring."""
    keyring = demonstration.DemoDirectory(tmp_path / "fleet" / "demo").keyring_options
    return ["minusnow-setup", "practice", "run", "--", "minusnow-setup", *words, *keyring]


def test_in_a_terminal_it_opens_the_wizard(
    tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the fleet's network and its site file, with the terminal for the person at it."""
    monkeypatch.setattr(command_line, "at_terminal", lambda: True)

    assert main(["practice", "demo"]) == 0

    command, options = calls[-1]
    site = str(tmp_path / "fleet" / "demo" / "site.yaml")
    assert command == on_the_network(tmp_path, "wizard", site)
    assert options["stdin"] is None
    assert [made[0][1:3] for made in calls[:-1]] == [["secret", "set"]]


def test_without_a_terminal_it_installs_and_proves(
    tmp_path: Path,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody is asked, every drill is done, and the end says so."""
    monkeypatch.setattr(command_line, "at_terminal", lambda: False)

    assert main(["practice", "demo"]) == 0

    command, options = calls[-1]
    place = tmp_path / "fleet" / "demo"
    applying = ("apply", str(place / "site.yaml"), "--state", str(place / "site.state"), "--yes")
    assert command == on_the_network(tmp_path, *applying, "--drills=always")
    assert options["stdin"] is subprocess.DEVNULL
    assert f"Installed and proven. The site file, the state and the keyring are in {place}" in (
        capsys.readouterr().out
    )
