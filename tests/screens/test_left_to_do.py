"""The list before a run goes on, the answers that were changed, and the words on the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens.draft import Draft
from screens.edit_answers import answer_options
from screens.left_to_do import left_to_do
from tests.run.local_host import LocalHost
from tests.run.pieces import LocalFile, planned, task
from tests.screens.site_text import SITE
from wizard.run.earlier import EarlierSteps
from wizard.run.events import TaskFailed, TaskLeftOut
from wizard.site.changed_answers import changed_answers
from wizard.site.edit import REMOVE, update
from wizard.steps.answers import ANSWERS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cache.port": 6390}, ["cache.port: not set → 6390"]),
        ({"networking.domain": "x.example.com"}, ["networking.domain: itsm.example.com → x.exam"]),
        ({"topology.hosts[4].address": "10.0.2.77"}, ["topology.hosts.db1.address: 10.0.2.10 → "]),
        ({"networking.virtual_ip": REMOVE}, ["networking.virtual_ip: 10.0.0.100/16 → not set"]),
        ({"acknowledged": ["single-storage"]}, ["acknowledged: single-storage, self-sig"]),
        ({}, []),
    ],
)
def test_changed_answers_are_told_with_old_and_new(
    changes: dict[str, object], words: list[str]
) -> None:
    """By path; hosts by their names."""
    found = [str(each) for each in changed_answers(SITE, update(SITE, changes))]
    assert len(found) == len(words)
    for line, start in zip(found, words, strict=True):
        assert line.startswith(start)


def test_what_is_redone_stands_apart_from_what_was_never_done(tmp_path: Path) -> None:
    """What is right already is counted, what is skipped has its reason."""
    host = LocalHost("a", tmp_path / "a")
    (tmp_path / "a" / "right").write_text("right\n")
    names = ("again", "new", "right", "out", "with")
    plan = planned([task(f"{name}@a", LocalFile(name=name)) for name in names], {"a": host})
    skipped = [
        TaskLeftOut(host="a", task="out@a", title="Step out", reason="ours", operator="ana"),
        TaskLeftOut(
            host="a",
            task="with@a",
            title="Step with",
            reason="ours",
            operator="ana",
            along_with="out@a",
        ),
    ]
    text = left_to_do(plan, behind={"again@a", "right@a"}, changed=["x: 1 → 2"], skipped=skipped)
    assert text.splitlines() == [
        "Answers that were changed:",
        "  x: 1 → 2",
        "",
        "Done again, because it is no longer what is wanted:",
        "  a · Step again: 1 change",
        "",
        "Still to be done:",
        "  a · Step new: 1 change",
        "",
        "Skipped:",
        "  a · Step out: ours",
        "  a · Step with: goes with out@a",
        "",
        "2 changes in 2 steps on 1 host; 1 step already right.",
    ]


def test_what_an_earlier_program_did_is_told_as_done_again_too(tmp_path: Path) -> None:
    """With the answers that were changed since, though this program knows of no run before."""
    plan = planned([task("again@a", LocalFile(name="f"))], {"a": LocalHost("a", tmp_path / "a")})
    earlier = EarlierSteps(redone=("again@a",), answers=("x: 1 → 2",))
    assert left_to_do(plan, earlier=earlier).splitlines()[:5] == [
        "Answers that were changed:",
        "  x: 1 → 2",
        "",
        "Done again, because it is no longer what is wanted:",
        "  a · Step again: 1 change",
    ]


@pytest.mark.parametrize("step", ANSWERS)
def test_every_failed_step_leads_to_answers(step: str) -> None:
    """Each with the screen it is on and what holds now; never to a question that is not asked."""
    failure = TaskFailed(
        host="db1", task=f"{step}@db1", title="It", error="CommandFailed", seen="", remedy=""
    )
    options = list(answer_options(Draft(SITE), failure))
    assert [path for path, _, _ in options][-2:] == ["topology.hosts[4].address", "review"]
    assert len(options) > 2
    assert all(" · " in title and words.startswith("now: ") for _, title, words in options[:-1])
    assert not any(path.startswith("storage.external") for path, _, _ in options)
