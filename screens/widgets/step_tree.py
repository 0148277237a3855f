"""The steps of a run by phase: sign, host, title, time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.message import Message
from textual.widgets import Tree

from screens.progress import SIGNS, STYLES, clock
from screens.widgets.plain import clean
from wizard.run.visible import cells, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.widgets.tree import TreeNode

    from screens.progress import Progress, State, StepLine

# Which state speaks for a phase: the first of these that any of its steps has.
_LOUDEST: tuple[State, ...] = (
    "failed",
    "running",
    "stopped",
    "blocked",
    "waiting",
    "skipped",
    "done",
    "right",
)


_AROUND = 3  # columns beside a label: two before it, and a scrollbar that may come
_SHORTEST = 12  # columns of words, even where time has no room then


class StepTree(Tree[str]):
    """Phases and their steps; Enter on a step chooses its host."""

    DEFAULT_CSS: ClassVar[str] = """
    StepTree { background: transparent; padding: 0; scrollbar-size-horizontal: 0; }
    """

    @dataclass
    class Chosen(Message):
        """A person wants the log of a host."""

        host: str

    def __init__(self) -> None:
        super().__init__("steps")
        self.show_root = False
        self.guide_depth = 2
        self._plans = -1
        self._phases: dict[str, TreeNode[str]] = {}
        self._steps: dict[str, TreeNode[str]] = {}
        self._labels: dict[int, str] = {}
        self._progress: Progress | None = None

    @property
    def host(self) -> str:
        """The host of the step at the cursor, "" on a phase."""
        node = self.cursor_node
        return (node.data or "").rpartition("@")[2] if node else ""

    def show(self, progress: Progress) -> None:
        """Draw what has changed; phases that are at work are open."""
        self._progress, lines = progress, progress.lines()
        if (progress.plans, len(lines)) != self._plans_seen:
            self._plant(progress.plans, lines)
        now = time.monotonic()
        phases: dict[str, list[StepLine]] = {}
        for line in lines:
            phases.setdefault(line.phase, []).append(line)
            self._label(
                self._steps[line.id], line.state, f"{line.host} {line.title}", _time(line, now)
            )
        for phase, steps in phases.items():
            state = next(state for state in _LOUDEST if any(s.state == state for s in steps))
            node = self._phases[phase]
            behind = sum(step.state in {"done", "right", "skipped"} for step in steps)
            label = self._label(node, state, phase, f"{behind}/{len(steps)}")
            if label and state in {"running", "failed"}:
                node.expand()
            elif label and state in {"done", "right"}:
                node.collapse()

    def on_resize(self) -> None:
        """Words are as long as there is room beside the time."""
        self._labels = {node: text[:1] for node, text in self._labels.items()}  # signs stay
        if self._progress:
            self.show(self._progress)

    @property
    def _plans_seen(self) -> tuple[int, int]:
        return self._plans, len(self._steps)

    def _plant(self, plans: int, lines: Sequence[StepLine]) -> None:
        self._plans = plans
        self.clear()
        self._phases, self._steps, self._labels = {}, {}, {}
        for line in lines:
            if line.phase not in self._phases:
                self._phases[line.phase] = self.root.add(line.phase, data="")
            self._steps[line.id] = self._phases[line.phase].add_leaf(line.title, data=line.id)
        self.root.expand()

    def _label(self, node: TreeNode[str], state: State, words: str, more: str) -> bool:
        """Write a label; whether the sign is another one now."""
        room = self.scrollable_content_region.width - _AROUND
        more = f"  {more}" if more else ""
        said = f"{SIGNS[state]} {clean(words)}"
        text = f"{fit(said, max(room - cells(more), _SHORTEST))}{more}"
        before = self._labels.get(node.id, "")
        if text == before:
            return False
        self._labels[node.id] = text
        node.set_label(Text(text, style=STYLES[state], no_wrap=True))
        return text[0] != before[:1]

    def on_tree_node_selected(self, event: Tree.NodeSelected[str]) -> None:
        """Choose the host of a step."""
        event.stop()
        if event.node.data:
            self.post_message(self.Chosen(event.node.data.rpartition("@")[2]))


def _time(line: StepLine, now: float) -> str:
    return clock(line.took(now)) if line.state in {"running", "done", "failed"} else ""
