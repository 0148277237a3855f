"""What the run needs from outside, stated here so that tests and the CLI can hand it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import psycopg


class DatabaseOpener(Protocol):
    """A way to the PostgreSQL server of a host."""

    def __call__(self, host: str) -> AbstractContextManager[psycopg.Connection[Any] | None]:
        """Give a connection with autocommit on; None inside when no server answers there yet."""


class Stop(Protocol):
    """A person's wish to stop, as wizard.remote.cancellation carries it."""

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""

    def cancel(self) -> None:
        """Ask to stop."""

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled if somebody asked to stop."""

    def on_cancel(self, callback: Callable[[], None]) -> object:
        """Have the callback called once when somebody asks; at once if that has happened."""
