"""What becomes of a defect while screens are shown: the command line tells of it, in a sentence.

Textual would print a traceback with the values of all variables, secrets among them.
"""

from __future__ import annotations

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

    def _fatal_error(self) -> None:
        """End without a word; Textual has kept the exception."""
        self._close_messages_no_wait()
