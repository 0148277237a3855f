"""A failure as a card: where, what, what was seen, the likely cause, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.confirm import Confirm
from wizard.run.likely import likely

if TYPE_CHECKING:
    from screens.progress import Progress
    from wizard.run.events import TaskFailed

_LINES = 8  # last lines that are shown


class FailureCard(Confirm):
    """Answers with retry, shell, stop, or "" for Escape."""

    def __init__(self, progress: Progress, kept: str) -> None:
        first = progress.failures[0]
        answers = [("retry", "Retry"), ("shell", f"Shell on {first.host}"), ("stop", "Stop here")]
        more = [
            f"\n✗ {other.host} · {other.title}\n{card(other)}" for other in progress.failures[1:]
        ]
        blocked = sum(line.state == "blocked" for line in progress.lines())
        safe = (
            [f"Waiting   {blocked} steps cannot start before this one is done"] if blocked else []
        )
        safe += [f"Safe      everything that is done is kept in {kept}"]
        safe += ["Retry     looks at all hosts afresh and shows what is left before it is done"]
        text = "\n".join([card(first), *safe, *more])
        title = f"✗ {first.host} · {first.title} · failed after {first.seconds:.0f} s"
        super().__init__(title, text, answers)


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
