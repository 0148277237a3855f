"""What the run needs from outside, stated here so that tests and the CLI can hand it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import psycopg

    from wizard.remote.transport import Transport


class DatabaseOpener(Protocol):
    """A way to the PostgreSQL server of a host, through the transport that is open already."""

    def __call__(
        self, transport: Transport, /
    ) -> AbstractContextManager[psycopg.Connection[Any] | None]:
        """Give a connection with autocommit on; None inside when no server answers there yet."""
