"""A condition: what a command prints must be what is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wizard.resources.condition import Condition
from wizard.vault.secret import Secrets
from wizard.vault.text import Text

if TYPE_CHECKING:
    from tests.resources.machine import Machine


def condition(seen: str, script: str = "true\n") -> Condition:
    """Return a condition on a version."""
    return Condition(name="it", seen=seen, wanted="v2", summary="make it v2", script=Text(script))


@pytest.mark.parametrize(
    ("seen", "summary"),
    [
        ("v2\n", None),
        (" v2 ", None),
        ("", "make it v2 (found: nothing)"),
        ("v1\nv0\n", "make it v2 (found: v1, v0)"),
    ],
)
def test_what_is_seen_decides(seen: str, summary: str | None) -> None:
    """White space around it does not count; what was found is said."""
    change = condition("true").change(seen, Secrets())

    assert (change.summary if change else None) == summary


def test_the_script_makes_it_so(machine: Machine) -> None:
    """Look, change, look on this machine."""
    mark = machine.folder / "mark"

    machine.settle(condition(f"cat {mark}", f"echo v2 >{mark}\n"))


def test_a_script_ends_at_its_first_failing_line(machine: Machine) -> None:
    """Nothing after it runs, and its status is the script's."""
    mark = machine.folder / "mark"
    change = machine.change(condition("true", f"(exit 3)\ntouch {mark}\n"))
    assert change is not None

    assert machine.carry_out(change).status == 3
    assert not mark.exists()
