"""Questions that long work asks from its own thread, where it waits for the answer."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import TYPE_CHECKING, TypeVar

from textual.worker import get_current_worker

from screens.defect import ToldApp
from wizard.errors import Cancelled

if TYPE_CHECKING:
    from textual.screen import ModalScreen

_Answer = TypeVar("_Answer")
_HALF_SECOND = 0.5  # how often a waiting thread looks whether the program ends


class AskingApp(ToldApp):
    """An application whose workers may ask."""

    @property
    def stopped(self) -> bool:
        """Whether the work that may wait for an answer was stopped."""
        return False

    def ask_from_thread(self, dialog: ModalScreen[_Answer]) -> _Answer:
        """Show a dialog from a worker's thread and wait there for the answer.

        Raises: Cancelled if the program ends, or the work is stopped, meanwhile.
        """
        worker, answer = get_current_worker(), Future[_Answer]()

        def answered(value: _Answer | None) -> None:
            if value is not None:
                answer.set_result(value)
            else:
                answer.cancel()

        self.call_from_thread(self.push_screen, dialog, answered)
        while True:
            try:
                return answer.result(timeout=_HALF_SECOND)
            except NotYet:
                if worker.is_cancelled or self.stopped or not self.is_running:
                    raise Cancelled("stopped at your request") from None
