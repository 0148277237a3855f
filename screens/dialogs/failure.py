"""A failure as a card: where, what, what was seen, the likely cause, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from screens.dialogs.confirm import Confirm
from wizard.run.likely import likely

if TYPE_CHECKING:
    from screens.progress import Progress
    from wizard.run.events import TaskFailed
    from wizard.run.skips import Skip

_LINES = 8  # last lines that are shown
_NAME = 10  # columns of a host's name that a button has room for


class FailureCard(Confirm):
    """One failure; answers with retry, edit, skip, shell, next, stop, or "" for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "read(-1)", show=False),
        Binding("down", "read(1)", show=False),
        Binding("pageup", "read(-8)", show=False),
        Binding("pagedown", "read(8)", show=False),
    ]

    def __init__(self, progress: Progress, kept: str, *, place: int = 0, skip: Skip | None) -> None:
        failures = progress.failures
        self.failure = failure = failures[place]
        shell = f"Shell on {failure.host}" if len(failure.host) <= _NAME else "Shell"
        answers = [("retry", "Retry"), ("edit", "Edit answers")]
        answers += [("skip", "Skip…")] if skip and not skip.refused else []
        answers += [("shell", shell)]
        answers += [("next", "Next failure")] if failures[1:] else []
        answers += [("stop", "Stop here")]
        blocked = sum(line.state == "blocked" for line in progress.lines())
        text = "\n".join((card(failure), *_choices(skip, blocked, kept)))
        count = f" ({place + 1} of {len(failures)})" if failures[1:] else ""
        title = f"✗ {failure.host} · {failure.title} · failed after {failure.seconds:.0f} s{count}"
        super().__init__(title, text, answers)

    def action_read(self, lines: int) -> None:
        """Scroll the words: the buttons keep the cursor."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def card(failure: TaskFailed) -> str:
    """Return what is known of a failure."""
    status = "" if failure.status is None else f" (status {failure.status})"
    lines = [f"What      {failure.command}{status}"] if failure.command else []
    seen = failure.seen.splitlines() or [""]
    lines += [f"Seen      {seen[0]}", *(f"          {line}" for line in seen[1:])]
    lines += [f"        | {line}" for line in failure.lines[-_LINES:]]
    cause = likely(failure)
    lines += [f"Likely    {cause}"] if cause else []
    lines += [f"Do        {failure.remedy}"]
    return "\n".join(lines)


def _choices(skip: Skip | None, blocked: int, kept: str) -> list[str]:
    """Return what each choice means here."""
    lines = [f"Waiting   {blocked} steps cannot start before this one is done"] if blocked else []
    lines += [f"Safe      everything that is done is kept in {kept}"]
    lines += ["Retry     looks at all hosts afresh and shows what is left before it is done"]
    lines += ["Edit      leads to an answer this rests on; then what is redone is shown first"]
    if skip:
        lines += [
            f"Skip      not possible: {skip.refused}"
            if skip.refused
            else f"Skip      asks for the reason, which is kept. {skip.follows}"
        ]
    return lines
