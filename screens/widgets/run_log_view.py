"""What a run says, line by line: of all hosts or of one, and only what is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical

from screens.run_log import KEPT
from screens.widgets.plain import Plain
from screens.widgets.text_log import TextLog

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screens.run_log import RunLog


class RunLogView(Vertical):
    """Follows a run's log; a host and a text decide which of its lines are shown."""

    DEFAULT_CSS: ClassVar[str] = """
    RunLogView .which { height: 1; color: $text-muted; }
    RunLogView TextLog { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.host = ""  # whose lines are shown; "" is all
        self.only = ""  # what a line has to contain, in any case of letters
        self._read = 0
        self._source: RunLog | None = None

    def compose(self) -> ComposeResult:
        """Which lines these are, and the lines."""
        yield Plain(classes="which")
        yield TextLog(diff=True, most=KEPT)

    @property
    def text(self) -> TextLog:
        """The lines that are shown."""
        return self.query_one(TextLog)

    def take(self, source: RunLog) -> None:
        """Show what has come since the last time."""
        if source is not self._source:
            self._source, self._read = source, 0
            self.text.clear()
        self._read, fresh = source.since(self._read)
        host, word = self.host, self.only.lower()
        lines = [
            text
            for of, text in fresh
            if (not host or host == of) and (not word or word in text.lower())
        ]
        if lines:
            self.text.write_lines(lines)

    def choose(self, *, host: str | None = None, only: str | None = None) -> None:
        """Show other lines: of a host, "" for all, or with a text in them, "" for any."""
        self.host = self.host if host is None else host
        self.only = self.only if only is None else only
        self.text.clear()
        self._read = 0
        if self._source:
            self.take(self._source)
        self.text.follow(on=True)
        self.say()

    def on_text_log_left(self) -> None:
        """Somebody reads further up."""
        self.say()

    def say(self) -> None:
        """Tell which lines are shown, and whether the end is kept in sight."""
        only = f"only lines with “{self.only}” · " if self.only else ""
        follow = "● following" if self.text.following else "○ not following"
        self.query_one(".which", Plain).say(f"{self.host or 'all hosts'} · {only}{follow}")
