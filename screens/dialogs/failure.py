"""A failure as a card: where, what, what was seen, the likely cause, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.dialogs.confirm import Confirm
from screens.widgets.plain import Plain
from wizard.counted import counted
from wizard.run.likely import likely
from wizard.run.report_write import table
from wizard.run.visible import fit, visible

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.geometry import Size

    from screens.progress import Progress
    from wizard.run.events import TaskFailed
    from wizard.run.skips import Skip

_WIDE = 120  # columns from which on a dialog is wide
_LINES, _FEW = 8, 4  # last lines that are shown; all of them are in the log
_TALL = 30  # rows of a terminal that has room for many
_LABEL = 9  # columns before the words
_NAME = 8  # columns of a host's name that a button has room for
_FRAME = 8  # columns of a dialog that are not its text
_RESUME = "`minusnow-setup resume`"  # what the command line is told to do is a button here
Row = tuple[str, str]


class FailureCard(Confirm):
    """One failure; answers with retry, edit, skip, shell, next, stop, or "" for Escape."""

    HELP = (
        "A step failed; what was done before it is kept. Retry looks at all hosts afresh and shows"
        " what is left before anything is done. Edit answer leads to an answer that the step rests"
        " on; F9 comes back from there. Skip leaves the step out, with a reason, where no other"
        " needs it. Shell opens a shell on the host, and exit comes back to this card. Stop here,"
        " or Escape, closes the card: x under Install shows it again.\n\n"
        f"{Confirm.HELP}"
    )
    DEFAULT_CSS: ClassVar[str] = """
    FailureCard .dialog-buttons Button { min-width: 5; margin-right: 1; }
    """

    def __init__(self, progress: Progress, kept: str, *, place: int = 0, skip: Skip | None) -> None:
        failures = progress.failures
        self.failure = failure = failures[place]
        shell = f"Shell on {failure.host}" if len(failure.host) <= _NAME else "Shell"
        answers = [("retry", "Retry"), ("edit", "Edit answer")]
        answers += [("skip", "Skip…")] if skip and not skip.refused else []
        answers += [("shell", shell)]
        answers += [("next", "Next")] if failures[1:] else []
        answers += [("stop", "Stop here")]
        blocked = sum(line.state == "blocked" for line in progress.lines())
        self._skip, self._blocked, self._kept = skip, blocked, kept
        count = f" ({place + 1} of {len(failures)})" if failures[1:] else ""
        title = f"✗ {failure.host} · {failure.title} · failed after {failure.seconds:.0f} s{count}"
        super().__init__(title, "", answers)

    def compose(self) -> ComposeResult:
        """The words, as wide as there is room, and the buttons."""
        self._text = self._words(self.app.size)
        yield from super().compose()

    def on_resize(self) -> None:
        """Another width breaks the lines elsewhere."""
        self.call_after_refresh(self._write)

    def _write(self) -> None:
        if self.is_mounted:
            self.query_one(".dialog-text Plain", Plain).say(self._words(self.size))

    def _words(self, size: Size) -> str:
        widest = 100 if size.width >= _WIDE else min(76, size.width)  # as app.tcss has it
        room = widest - _FRAME
        lines = _LINES if size.height >= _TALL else _FEW
        rows = [*_known(self.failure, lines, room - _LABEL)]
        rows += _choices(self._skip, self._blocked, self._kept)
        return "\n".join(table(rows, room))


def _known(failure: TaskFailed, lines: int, width: int) -> list[Row]:
    """Return what is known of a failure; long lines are cut, for they push the rest away."""
    status = "" if failure.status is None else f" (status {failure.status})"
    room = 2 * width - len(status) - 6
    rows = [("What", f"{fit(failure.command, room)}{status}")] if failure.command else []
    rows += [("Seen", failure.seen)]
    shown = [visible(line) for line in failure.lines[-lines:]]
    rows += [("      |", fit(line, 2 * width)) for line in shown[:-1]]
    rows += [("      |", fit(line, 4 * width)) for line in shown[-1:]]  # it says the most
    cause = likely(failure)
    rows += [("Likely", cause)] if cause else []
    return [*rows, ("Do", failure.remedy.replace(_RESUME, "Retry"))]


def _choices(skip: Skip | None, blocked: int, kept: str) -> list[Row]:
    """Return what each choice means here."""
    steps = counted(blocked, "step")
    rows = [("Skip", f"not possible: {skip.refused}")] if skip and skip.refused else []
    if skip and not skip.refused:
        rows += [("Skip", f"asks for the reason, which is kept. {skip.follows}")]
    rows += [("Waiting", f"{steps} cannot start before this one is done")] if blocked else []
    return [
        *rows,
        ("Safe", f"everything that is done is kept in {kept}"),
        ("Retry", "looks at all hosts afresh and shows what is left before it is done"),
        ("Edit", "leads to an answer this rests on; what is redone is shown first"),
    ]
