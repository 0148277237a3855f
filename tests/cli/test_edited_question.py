"""Each file that somebody edited by hand is asked about by itself, before the one question."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.run.pieces import LocalFile, task
from wizard.cli import run_to_end
from wizard.remote.cancellation import Cancellation
from wizard.resources.resource import Change
from wizard.run.planner import Plan, TaskPlan
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

WHEN = "2026-11-24T02:03:04Z"
FIRST, SECOND = "/etc/haproxy/haproxy.cfg@lb1", "/etc/redis/redis.conf@cache1"


def plan() -> Plan:
    """Two files that were edited, on two hosts."""
    items = []
    for name in (FIRST, SECOND):
        path, _, host = name.rpartition("@")
        change = Change(
            resource=f"file {path}", summary=f"replace {path}", script=Text(), edited=WHEN
        )
        items.append(TaskPlan(task=task(f"web@{host}", LocalFile(name="x")), changes=(change,)))
    return Plan(tasks=tuple(items))


@pytest.mark.parametrize(
    ("agreed", "answers", "follows"),
    [
        ([], ["yes", "yes"], (True, {FIRST, SECOND})),
        ([FIRST], ["yes"], (True, {FIRST, SECOND})),
        ([FIRST, SECOND], [], (True, {FIRST, SECOND})),
        ([], ["no"], (False, set())),
        ([], ["yes", "y"], (False, {FIRST})),
        ([], [""], (False, set())),
    ],
)
def test_only_a_yes_to_each_goes_on(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    agreed: list[str],
    answers: list[str],
    follows: tuple[bool, set[str]],
) -> None:
    """What was agreed to on the command line is not asked again; the question names all of it."""
    left: Iterator[str] = iter(answers)
    asked: list[str] = []

    def typed(question: str, _stop: Cancellation) -> str:
        asked.append(question)
        return next(left)

    monkeypatch.setattr(run_to_end, "typed_line", typed)
    job: Any = SimpleNamespace(
        installation=SimpleNamespace(replace_edited=frozenset(agreed)), stop=Cancellation()
    )
    goes_on = run_to_end._edited_agreed(job, plan(), [])  # noqa: SLF001 - the questions
    assert (goes_on, job.installation.replace_edited) == follows
    assert len(asked) == len(answers)
    said = capsys.readouterr().out
    if asked:
        assert "edited by hand after it was written on 2026-11-24 02:03:04 UTC" in said
        assert "/var/lib/minusnow-setup/replaced" in said
        assert all("/etc/" in question for question in asked)
