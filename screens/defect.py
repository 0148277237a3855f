"""What becomes of a defect while screens are shown: the command line tells of it, in a sentence.

Textual would print a traceback with the values of all variables, secrets among them.
"""

from __future__ import annotations

from textual._context import active_message_pump
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.worker import WorkerFailed

from screens.newest_size import ResizableApp


class ToldApp(ResizableApp):
    """An application whose defects are raised from `answer`, once the terminal is itself again."""

    def answer(self) -> int:
        """Show it until it ends; return with what. Raises: whatever nobody expected."""
        answer = self.run()
        if self._exception is not None:
            failed = isinstance(self._exception, WorkerFailed)
            raise self._exception.error if failed else self._exception  # type: ignore[attr-defined] # of a WorkerFailed
        return answer or 0

    def _handle_exception(self, error: Exception) -> None:
        """Leave out that a part which is being taken away was never filled.

        Textual puts nothing into it any more, and still lets it look for what it would hold:
        someone left in the moment in which a screen was opening, and nothing is wrong.
        """
        part = active_message_pump.get(None)
        going = self._exit or (isinstance(part, DOMNode) and _is_taken_away(part))
        if not (going and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without a word; Textual has kept the exception."""
        self._close_messages_no_wait()


def _is_taken_away(part: DOMNode) -> bool:
    return part._closing or part._pruning  # noqa: SLF001 - Textual tells it nowhere else
