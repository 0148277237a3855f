"""Looks, graphs and plans: decisions, without a run."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.run.pieces import LocalFile, task
from wizard.errors import HostError, SetupError
from wizard.run.graph import Graph
from wizard.run.look import look_script
from wizard.run.plan_text import plan_text
from wizard.run.planner import plan
from wizard.steps.task import Phase
from wizard.vault.secret import Secrets
from wizard.vault.text import SecretRef, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FRAGMENTS = [
    ("echo one", "one\n"),
    ("printf 'no newline at the end'", "no newline at the end"),
    ("printf 'two\\n\\n\\n'", "two\n\n\n"),
    ("true", ""),
    ("exit 3", ""),
    ("false; echo went on", "went on\n"),
    ("echo hidden >&2; echo shown", "shown\n"),
    ("cat; echo nothing to read", "nothing to read\n"),
    ("cat <<'END'\nin a here-document\nEND", "in a here-document\n"),
    ("echo $undefined # a comment", "\n"),
    ("cd /; export x=1", ""),
    ("echo x=$x", "x=\n"),
    ("printf 'carriage\\r\\nreturn'", "carriage\r\nreturn"),
]


def test_looks_are_split_without_loss_and_do_not_disturb_each_other() -> None:
    """Exit, directory, variables, input and errors of one stay with that one."""
    look = look_script([fragment for fragment, _ in FRAGMENTS])
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-s"],
        input=look.script.encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=30,
    )
    assert look.split("a login message\n" + run.stdout.decode()) == tuple(
        seen for _, seen in FRAGMENTS
    )


@pytest.mark.parametrize("out", ["", "TOKEN:look\nhalf", "TOKEN:look\none\nTOKEN:seen\nhalf"])
def test_half_a_look_is_refused(out: str) -> None:
    """Nothing is decided on output that was cut off."""
    look = look_script(["echo one", "echo two"], token="TOKEN")
    with pytest.raises(HostError, match="of 2 parts"):
        look.split(out)


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ({"a@h": ["b@h"], "b@h": ["a@h"]}, "wait for each other: a@h, b@h"),
        ({"a@h": ["a@h"]}, "wait for each other: a@h"),
        ({"x@h": ["a@h"], "a@h": ["b@h"], "b@h": ["a@h"]}, "each other: a@h, b@h"),
        ({"a@h": ["gone@h"]}, "a@h waits for gone@h"),
    ],
)
def test_a_graph_that_cannot_be_ordered_is_refused(
    edges: Mapping[str, Sequence[str]], words: str
) -> None:
    """The circle, or the missing task, is named."""
    with pytest.raises(SetupError, match=words):
        Graph([task(name, after=after) for name, after in edges.items()])


def test_two_tasks_of_one_name_are_refused() -> None:
    """An id belongs to one task."""
    with pytest.raises(SetupError, match="two tasks are called a@h"):
        Graph([task("a@h"), task("a@h")])


def test_the_order_is_by_dependency_then_phase_then_host() -> None:
    """It does not depend on anything that changes from run to run."""
    graph = Graph(
        [
            task("z@one", phase=Phase.PROOF),
            task("y@two", phase=Phase.BASE),
            task("x@one", phase=Phase.BASE),
            task("w@two", phase=Phase.BASE, after=["z@one"]),
        ]
    )
    assert [item.id for item in graph] == ["x@one", "y@two", "z@one", "w@two"]
    assert [item.id for item in graph.ready({"x@one"}, {"x@one"})] == ["y@two", "z@one"]
    assert graph.dependents("z@one") == ("w@two",)


def example(**seen: str) -> tuple[str, str]:
    """Return text and fingerprint of the plan of a small site."""
    secret = LocalFile(name="env", content=Text("KEY=", SecretRef("key")))
    tasks = [task("app@a", secret, LocalFile(name="f")), task("app@b", LocalFile(name="f"))]
    found = {
        "app@a": {"file env": seen.get("env", ""), "file f": "right\n"},
        "app@b": {"file f": seen.get("f", "right\n")},
    }
    made = plan(tasks, found, {}, Secrets({"key": "swordfish"}))
    return plan_text(made), made.fingerprint


def test_a_plan_shows_hosts_steps_summaries_and_diffs() -> None:
    """Secrets stand by name; what stays as it is, is counted."""
    text, _ = example()
    assert text == (
        "a\n"
        "  Base · Step app [app]\n"
        "    ~ write env\n"
        "        --- env\n"
        "        +++ env\n"
        "        @@ -0,0 +1 @@\n"
        "        +KEY=‹key›\n"
        "\n"
        "Nothing would change on: b\n"
        "1 change in 1 step on 1 host; 1 step already right.\n"
    )


def test_an_empty_plan_says_so() -> None:
    """Nothing would change."""
    text, _ = example(env="KEY=swordfish\n")
    assert text == "Nothing would change: 2 steps already right.\n"


def test_the_fingerprint_changes_with_the_plan_only() -> None:
    """The same plan has the same fingerprint, another one another."""
    assert example()[1] == example()[1]
    assert len({example()[1], example(env="KEY=swordfish\n")[1], example(f="wrong\n")[1]}) == 3


def test_a_refusal_is_part_of_the_plan() -> None:
    """All of them are known before anything is touched."""
    tasks = [task(f"app@{host}", LocalFile(name="f", precious="gold")) for host in "ab"]
    seen = {item.id: {"file f": "gold\n"} for item in tasks}
    made = plan(tasks, seen, {}, Secrets())
    assert [(problem.host, problem.step) for problem in made.problems] == [
        ("a", "app"),
        ("b", "app"),
    ]
    assert not made.empty
    assert "! f holds gold" in plan_text(made)
    assert "2 refusals" in plan_text(made)
