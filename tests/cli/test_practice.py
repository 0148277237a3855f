"""`practice up` leaves what a rehearsal needs; the wizard is on the fleet's network for it."""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import screens.run
from tests.fleet.tmux import Tmux
from tests.practice.own_network import network_of
from wizard.cli import practice
from wizard.cli.main import main
from wizard.cli.wizard import open_wizard
from wizard.practice import demo, lifecycle, rehearsal
from wizard.practice.directory import FleetDirectory
from wizard.practice.namespace import OWN
from wizard.practice.site_file import site_text
from wizard.site.file import load

_ROOT = Path(__file__).parents[2]
_TERMINAL = pytest.mark.skipif(not shutil.which("tmux"), reason="there is no tmux")


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetDirectory:
    """A fleet of this test's own; its hosts are taken for running, and nothing is built."""
    path = tmp_path / "fleet"
    monkeypatch.setenv("MINUSNOW_PRACTICE_DIR", str(path))

    def bring_up(at: FleetDirectory, *_args: object, **_options: object) -> None:
        at.path.mkdir(exist_ok=True)

    def build(at: Path, **_options: object) -> Path:
        at.write_bytes(b"built")
        return at

    monkeypatch.setattr(lifecycle, "bring_up", bring_up)
    monkeypatch.setattr(rehearsal, "build_release", build)
    return FleetDirectory(path)


def test_up_writes_the_site_file_and_builds_its_release(
    directory: FleetDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says both, and how to go on; the file is a site on this fleet."""
    assert main(["practice", "up"]) == 0

    site = load(directory.site_file).site
    assert site.ssh_for(site.hosts[0]).key_file == str(directory.key_file)
    assert directory.release.read_bytes() == b"built"
    told = capsys.readouterr().out
    assert f"wrote the fleet's site file, {directory.site_file}" in told
    assert f"built the stand-in's release, {directory.release}" in told
    assert f"minusnow-setup wizard {directory.site_file}\n" in told


def test_up_keeps_the_site_file_and_the_release_that_are_there(directory: FleetDirectory) -> None:
    """A person has answered in the one, and may have put another release beside it."""
    directory.path.mkdir()
    directory.site_file.write_text("answered")
    directory.release.write_text("another")

    assert main(["practice", "up"]) == 0

    assert directory.site_file.read_text() == "answered"
    assert directory.release.read_text() == "another"


def test_up_of_some_hosts_writes_no_site_file(directory: FleetDirectory) -> None:
    """It would name hosts that are not there."""
    assert main(["practice", "up", "--hosts", "db1,db2"]) == 0

    assert not directory.site_file.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may take a fleet down")
@pytest.mark.skipif(shutil.which("ip") is None, reason="needs iproute2")
def test_purge_removes_what_up_wrote_and_the_record_beside_it(directory: FleetDirectory) -> None:
    """The next fleet's site file would be taken for one that is installed already."""
    main(["practice", "up"])
    for name in ("site.state", "site.state-wal", "site.state.lock"):
        (directory.path / name).touch()

    assert main(["practice", "down", "--purge"]) == 0

    assert not directory.path.exists()


@pytest.mark.parametrize("options", [(), ("--keyring-file=k", "--keyring-passphrase-file=p q")])
def test_a_rehearsal_begins_the_wizard_anew_with_its_options(
    directory: FleetDirectory, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """This program becomes the wizard on the site file, on the fleet's network."""
    became: list[list[str]] = []

    def become(command: list[str]) -> int:
        became.append(command)
        return 0

    monkeypatch.setattr(practice, "become", become)
    monkeypatch.setattr(demo, "program", lambda: "/opt/bin/minusnow-setup")
    monkeypatch.setattr(screens.run, "run", lambda *_, **__: directory.site_file)

    assert main(["wizard", *options]) == 0

    assert became == [["/opt/bin/minusnow-setup", "wizard", str(directory.site_file), *options]]


def test_without_the_fleet_a_rehearsal_says_what_starts_it(
    directory: FleetDirectory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It may have been taken down in the moment between."""
    monkeypatch.setattr(demo, "program", lambda: "/opt/bin/minusnow-setup")
    monkeypatch.setattr(screens.run, "run", lambda *_, **__: directory.site_file)

    assert main(["wizard"]) == 1

    assert "The practice fleet is not up" in (told := capsys.readouterr().err)
    assert "minusnow-setup practice up" in told


def where_screens_open(site: Path) -> str:
    """Open the wizard in a thread of its own, which may move, and return on which network it is."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(open_wizard, str(site)).result()
        return str(thread.submit(OWN.readlink).result())


@pytest.mark.parametrize("whose", ["fleet", "demo"])
def test_a_site_file_of_the_fleet_opens_on_its_network(
    directory: FleetDirectory, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    """That of `up` and that of the demonstration; another one stays where it is."""
    monkeypatch.setattr(screens.run, "run", lambda *_, **__: 0)
    site = directory.site_file if whose == "fleet" else directory.demo / "site.yaml"
    site.parent.mkdir(parents=True)
    other = directory.path.parent / "site.yaml"
    for each in (site, other):
        each.write_text(site_text(directory))
    here = str(OWN.readlink())

    assert where_screens_open(site) == here  # there is no such network
    with network_of(directory):
        assert where_screens_open(site) != here
        assert where_screens_open(other) == here


@_TERMINAL
def test_rehearse_leads_from_the_bare_program_onto_the_fleets_network(
    directory: FleetDirectory, tmp_path: Path
) -> None:
    """In a real terminal: the entry is chosen, and the same process is the wizard there."""
    program = Path(sys.executable).with_name(demo.PROGRAM)
    if not program.exists():
        pytest.skip(f"there is no {program}")
    directory.path.mkdir()
    directory.site_file.write_text(site_text(directory))
    env = {**os.environ, "HOME": str(tmp_path), "LANG": "C.UTF-8", "PYTHONPATH": str(_ROOT)}
    pid_file = tmp_path / "pid"
    script = f"echo $$ >{pid_file}; exec {program}"
    with network_of(directory), Tmux(["sh", "-c", script], tmp_path, env) as terminal:
        terminal.wait("Rehearse on practice hosts   ")
        own = Path("/proc", pid_file.read_text().strip(), "ns/net")
        assert own.samefile(OWN)
        terminal.press("Down", "Down", "Enter")
        terminal.until(lambda _: own.samefile(directory.network_namespace), "the other network")
        terminal.wait("Go on", "practice")
        terminal.press("C-q")
        assert terminal.ended() == 0
