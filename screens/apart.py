"""Looking at files apart from the screen: a file system that hangs holds nobody up."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.dom import DOMNode
    from textual.worker import Worker

_Answer = TypeVar("_Answer")


async def apart(work: Callable[[], _Answer], *, ended: Callable[[], None] | None = None) -> _Answer:
    """Do something in a thread of its own and return, or raise, what comes of it.

    Not in the pool that workers share: it has few threads, each of which a hung file system would
    keep, and the program would wait for them when it ends. `ended` is called on the screen's thread
    when the work ends, even if nobody waits for its answer any more.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_Answer] = loop.create_future()

    def told(result: _Answer | None, error: BaseException | None) -> None:
        if ended:
            ended()
        if answer.done():  # nobody waits any more
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type] # without an error there is one

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as caught:  # noqa: BLE001 - raised again where it is waited for
            error = caught
        with suppress(RuntimeError):  # the program has ended meanwhile
            loop.call_soon_threadsafe(told, result, error)

    threading.Thread(target=run, name="files", daemon=True).start()
    return await answer


def begin(at: DOMNode, group: str, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
    """Begin work that ends with what it belongs to."""
    # Called when its turn comes: a coroutine that never has one would be complained of.
    worker: Worker[None] = at.run_worker(work, group=group)
    return worker


class Looks:
    """Looks at files of one screen: each keystroke may want one, and only so many may hang."""

    def __init__(self, most: int = 4) -> None:
        self._free = asyncio.Semaphore(most)

    async def do(self, work: Callable[[], _Answer], *, still: Callable[[], bool]) -> _Answer | None:
        """Do it once there is a thread for it; None if its answer is no longer wanted then."""
        await self._free.acquire()
        if not still():
            self._free.release()
            return None
        return await apart(work, ended=self._free.release)
