"""What is typed into a box, and what stands in the site file for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from screens.widgets.field import Field, FieldRow
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import until
from wizard.site.edit import REMOVE

if TYPE_CHECKING:
    from screens.app import SetupApp

PAIRS = Field(path="application.environment", label="Environment", kind="pairs")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("", REMOVE),
        ("LOG_LEVEL=info", {"LOG_LEVEL": "info"}),
        ("A=1, B=2", {"A": "1", "B": "2"}),
        ("A=one,two, B=x=y", {"A": "one,two", "B": "x=y"}),
        ("LOG", {"LOG": ""}),
        ("A=1,", {"A": "1"}),
    ],
)
def test_variables_are_typed_as_pairs(typed: str, value: object) -> None:
    """A comma inside a value stays; a name without a value is there, to be complained of."""
    assert PAIRS.written(typed) == value


def test_variables_are_shown_as_they_are_typed() -> None:
    """What stands in the file can be edited."""
    assert PAIRS.shown({"A": "one,two", "B": "2"}) == "A=one,two, B=2"
    assert PAIRS.written(PAIRS.shown({"A": "one,two", "B": "2"})) == {"A": "one,two", "B": "2"}


async def test_a_variable_is_added_under_application(setup: SetupApp) -> None:
    """Typed key by key, the file is valid at the end; the installer's own names are refused."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "application")
        row = setup.step.query_one("#field-application-environment", FieldRow)
        row.query_one(Input).focus()
        await pilot.press(*"LOG_LEVEL=info, MODE=a")
        await until(
            pilot,
            lambda: (
                setup.draft.value("application.environment") == {"LOG_LEVEL": "info", "MODE": "a"}
            ),
            "both variables in the file",
        )
        assert setup.draft.site is not None
        assert setup.draft.site.application.environment["LOG_LEVEL"] == "info"
        await pilot.press(*", PORT=1", "tab")
        await until(pilot, lambda: row.has_class("-wrong"), "PORT is refused")
