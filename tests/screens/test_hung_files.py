"""Files on a mount that hangs: they hold nobody up, and the program ends all the same."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input, OptionList

from screens.dialogs.ask_text import AskFile
from screens.dialogs.confirm import Confirm
from screens.widgets.plain import Plain
from tests.screens.test_forms import told
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import shown, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from screens.app import SetupApp

_AWAY = "/away"  # a folder on it
_LOCAL = {
    "access": "ssh.key_file",
    "networking": "networking.tls.certificate",
    "application": "application.release",
}
_PROVIDED = {
    "networking.tls.mode": "provided",
    "networking.tls.certificate": "a",
    "networking.tls.key": "b",
}


@dataclass
class Mount:
    """A mount whose server is away: who asks for a file there waits until it is back."""

    asked: threading.Event = field(default_factory=threading.Event)
    back: threading.Event = field(default_factory=threading.Event)
    by_the_screen: list[str] = field(default_factory=list)
    """What was asked on the screen's thread, which nothing may hold up."""


@pytest.fixture
def mount(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mount]:
    """Simulated: this machine has no mount that hangs."""
    mount, stat = Mount(), os.stat

    def slow(path: Any, *rest: Any, **named: Any) -> os.stat_result:  # noqa: ANN401 - as of os
        if isinstance(path, str | os.PathLike) and str(path).startswith(_AWAY):
            mount.asked.set()
            if threading.current_thread() is threading.main_thread():
                mount.by_the_screen.append(str(path))
            else:
                mount.back.wait()
        return stat(path, *rest, **named)

    monkeypatch.setattr(os, "stat", slow)
    yield mount
    mount.back.set()


@pytest.mark.parametrize("place", _LOCAL)
async def test_a_form_is_answered_while_the_file_it_names_hangs(
    setup: SetupApp, mount: Mount, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are taken, that there is no answer yet is said, and the program ends without one."""
    monkeypatch.setattr("screens.files_form._PATIENCE", 0.1)
    path = _LOCAL[place]
    async with setup.run_test(size=SMALL) as pilot:
        setup.change(_PROVIDED)
        await to(pilot, setup, place)
        setup.step.query_one(f"#field-{path.replace('.', '-').replace('_', '-')} Input").focus()
        await pilot.press("home", *f"{_AWAY}/x", "tab", "tab")
        await until(pilot, mount.asked.is_set, "the look at the file")
        note = setup.step.query(".file-note").results(Plain)
        await until(pilot, lambda: "No answer yet" in next(note, Plain()).words, "the word")
        assert str(setup.draft.value(path)).startswith(f"{_AWAY}/x")
        assert not mount.back.is_set()
    assert not mount.by_the_screen


async def test_only_the_newest_of_many_looks_counts(setup: SetupApp, mount: Mount) -> None:
    """Of a path that hangs letter for letter a few threads wait; the right path is told."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "access")
        before = threading.active_count()
        for number in range(30):
            setup.change({"ssh.key_file": f"{_AWAY}/{number}"})
            await pilot.pause()
        assert mount.asked.is_set()
        assert threading.active_count() - before < 10
        setup.change({"ssh.key_file": "/no/such"})
        mount.back.set()
        words = await told(pilot, setup, "There is no file /no/such")
        assert _AWAY not in words
    assert not mount.by_the_screen


async def test_saving_to_a_file_that_hangs_can_be_given_up(setup: SetupApp, mount: Mount) -> None:
    """Keys are taken meanwhile; leaving asks again, and leaves."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "access")
        setup.draft.path = Path(f"{_AWAY}/acme.yaml")
        setup.change({"ssh.user": "other"})
        await pilot.press("ctrl+s")
        await until(pilot, mount.asked.is_set, "the look at the file")
        box = setup.step.query_one("#field-ssh-user Input", Input)
        box.focus()
        await pilot.press("end", *"xyz")
        assert box.value == "otherxyz"
        await pilot.press("ctrl+q")
        await shown(pilot, setup, Confirm, "Leave?")
        await pilot.press("right", "right", "enter")
        await until(pilot, lambda: setup.return_value == 0, "the end")
    assert not mount.by_the_screen


async def test_a_name_on_a_mount_that_hangs_can_be_corrected(
    setup: SetupApp, mount: Mount, site_file: Path
) -> None:
    """The dialog says what it looks at; another line is looked at instead, and opened."""
    async with setup.run_test(size=SMALL) as pilot:
        ways = setup.step.query_one(OptionList)
        await until(pilot, lambda: ways.option_count > 1, "the ways to begin")
        ways.highlighted = [option.id for option in ways.options].index("open")
        await pilot.press("enter")
        await shown(pilot, setup, AskFile, "Open a site file")
        await pilot.press(*_AWAY, "enter")
        await until(pilot, mount.asked.is_set, "the look at the file")
        assert "looking at" in setup.screen.query_one(".dialog-wrong", Plain).words
        for _ in _AWAY:
            await pilot.press("backspace")
        assert not setup.screen.query_one(".dialog-wrong", Plain).words
        await pilot.press(*site_file.name, "enter")
        await until(pilot, lambda: setup.here != "welcome", "the file is open")
    assert not mount.by_the_screen
