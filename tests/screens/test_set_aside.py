"""Answers to what is not asked any more: they hold nobody up, and none is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from screens.widgets.choice import Choice
from screens.widgets.field import FieldRow, field_id
from tests.screens.test_wizard import LARGE, SMALL, to
from tests.screens.waiting import until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from screens.app import SetupApp


def row(setup: SetupApp, path: str) -> FieldRow:
    """The row of a path."""
    return setup.step.query_one(f"#{field_id(path)}", FieldRow)


async def choose(pilot: Pilot[int], setup: SetupApp, path: str, value: object) -> None:
    """Choose with the arrows, as a person does."""
    control = row(setup, path).query_one(Choice)
    control.focus()
    await pilot.pause()
    values = [each for _, each in control.options]
    by = values.index(value) - values.index(control.value)
    await pilot.press(*["right" if by > 0 else "left"] * abs(by))
    await until(pilot, lambda: setup.draft.value(path) == value, f"{path}: {value}")


async def type_into(pilot: Pilot[int], setup: SetupApp, path: str, text: str) -> None:
    """Type an answer once it is asked for."""
    await until(pilot, lambda: row(setup, path).display, f"{path} is asked for")
    row(setup, path).query_one(Input).focus()
    await pilot.pause()
    await pilot.press(*text)
    await until(pilot, lambda: setup.draft.value(path) == text, f"{path}: {text}")


CASES = [
    ("storage", "storage.kind", "external", "nfs", "storage.external.server", "fs1"),
    ("cache", "cache.kind", "external", "redis", "cache.external.host", "no host"),
    (
        "application",
        "application.node_source.kind",
        "tarball",
        "packages",
        "application.node_source.sha256",
        "12",
    ),
    (
        "licensing",
        "licensing.components.database.licensed",
        True,
        False,
        "licensing.components.database.renewal",
        "soon",
    ),
]


@pytest.mark.parametrize(("place", "kind", "other", "usual", "path", "text"), CASES)
async def test_half_an_answer_to_another_choice_holds_nobody_up(  # noqa: PLR0917 - one way, told by its parts
    setup: SetupApp, place: str, kind: str, other: object, usual: object, path: str, text: str
) -> None:
    """It is set aside with the choice, comes back with it, and one ctrl+z takes that back."""
    setup.draft.change({"licensing.components.database": {"edition": "PostgreSQL"}})
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, place)
        await choose(pilot, setup, kind, other)
        await type_into(pilot, setup, path, text)
        assert setup.draft.site is None
        half = setup.draft.text
        await choose(pilot, setup, kind, usual)
        assert setup.draft.problems == ()
        assert setup.draft.value(path) is None
        assert not row(setup, path).display
        await pilot.press("ctrl+z")
        await until(pilot, lambda: setup.draft.text == half, "all of it is back")
        await choose(pilot, setup, kind, usual)
        await choose(pilot, setup, kind, other)
        assert setup.draft.value(path) == text
        await until(
            pilot, lambda: row(setup, path).query_one(Input).value == text, "it is shown again"
        )
        await choose(pilot, setup, kind, usual)
        here = setup.here
        await pilot.press("ctrl+n")
        await until(pilot, lambda: setup.here != here, "nothing holds one back")


async def test_a_right_answer_to_another_choice_stays_in_the_file(setup: SetupApp) -> None:
    """Nothing is set aside that holds nobody up."""
    known = {"server": "fs.example.com", "path": "/vol/minusnow"}
    setup.draft.change({"storage": {"kind": "external", "external": known}})
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "storage")
        await choose(pilot, setup, "storage.kind", "nfs")
        assert setup.draft.value("storage.external") == known
        assert not row(setup, "storage.external.server").display
        assert setup.draft.site is not None


async def test_a_file_with_half_an_answer_shows_it_until_it_is_emptied(setup: SetupApp) -> None:
    """Although it is not asked for: ctrl+n leads there, and an empty section goes altogether."""
    setup.draft.change({"storage": {"kind": "nfs", "external": {"server": "fs1"}}})
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "storage")
        server, path = row(setup, "storage.external.server"), row(setup, "storage.external.path")
        await until(pilot, lambda: server.display and path.display, "what is in the way")
        assert not row(setup, "storage.external.options").display
        row(setup, "storage.kind").query_one(Choice).focus()
        await pilot.press("ctrl+n")
        await until(pilot, lambda: path.has_focus_within, "the cursor is where it is wrong")
        assert "empty what stands here" in str(path.query_one(".wrong").render())
        await pilot.press("shift+tab", "end", *["backspace"] * 3)
        await until(pilot, lambda: setup.draft.value("storage") == {"kind": "nfs"}, "no section")
        assert setup.draft.site is not None
        assert server.display  # somebody is typing there
        await pilot.press("shift+tab")
        await until(pilot, lambda: not server.display, "it is not asked for")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: setup.here == "cache", "nothing holds one back")
