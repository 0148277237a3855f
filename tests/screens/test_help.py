"""F1: every screen and every field says what it is, with an example, and what if it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.dialogs.host_ssh import HostSsh, fields_of
from screens.dialogs.reading import Reading
from screens.draft import Draft
from screens.field_help import explain
from screens.flow import FLOW
from screens.form_step import FormStep
from screens.if_wrong import IF_WRONG, if_wrong
from screens.widgets.field import Field
from screens.widgets.plain import Plain
from tests.screens.site_text import SITE
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import shown

if TYPE_CHECKING:
    from screens.app import SetupApp

_EDITED = tuple(
    Field(path=f"topology.hosts[0].{key}", label=key, example="x")
    for key in ("name", "address", "roles")
)
FIELDS = (
    *(
        field
        for place in FLOW
        if issubclass(place.step, FormStep)
        for field in place.step.FIELDS
        if isinstance(field, Field)
    ),
    *fields_of(0),
    *_EDITED,
)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_every_field_is_explained(field: Field) -> None:
    """What it is, an example or the options, what happens if it is wrong."""
    words = explain(field, Draft(SITE))
    _, what, *_ = words.split("\n")
    assert len(what) > 3
    assert "Example: " in words or "To choose from: " in words
    assert "If it is wrong: " in words


def test_nothing_is_explained_that_is_not_asked() -> None:
    """Each sentence belongs to a field that there is."""
    told = {if_wrong(field.path) for field in FIELDS}
    assert set(IF_WRONG.values()) <= told


def test_minusnows_own_licence_is_explained_as_that_of_a_product() -> None:
    """Each of its fields is one of theirs."""
    own = [field.path for field in FIELDS if field.path.startswith("licensing.minusnow.")]
    assert own
    assert all(map(if_wrong, own))


async def test_f1_explains_the_address_of_a_host(setup: SetupApp) -> None:
    """In the table's editor too, and in the dialog of a host's own login."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press("e", "f1")
        await shown(pilot, setup, Reading, "Topology")
        words = setup.screen.query(Plain).last().words
        assert "topology.hosts[0].address" in words
        assert "If it is wrong: Another machine is installed" in words
        await pilot.press("escape", "escape", "s")
        await shown(pilot, setup, HostSsh)
        await pilot.press("f1")
        await shown(pilot, setup, Reading, "User")
