"""Notices a peer that has gone silent, and ends the connection so that nobody waits for ever.

TCP keep-alives and paramiko's own are answered by nobody when the peer's sshd hangs. A request
that wants a reply is; and every packet heard counts as life, so that a slow link that is busy with
a transfer is not mistaken for a dead one.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from wizard.remote.ssh_closing import close_quietly
from wizard.remote.ssh_order import OrderedPacketizer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import paramiko

ASK_WHEN_BUSY = 1.0  # seconds without a packet before asking, while somebody waits for something
ASK_WHEN_IDLE = 15.0  # the same while nobody does; also keeps firewalls from forgetting us
PATIENCE = 3.0  # seconds between asking and giving up
_TICK = 0.25


class HearingPacketizer(OrderedPacketizer):
    """Remembers when the last packet came in."""

    heard = 0.0

    def read_message(self) -> Any:  # noqa: ANN401 - paramiko's tuple
        """Read one packet, as paramiko does."""
        message = super().read_message()
        self.heard = monotonic()
        return message


class Watchdog:
    """Two threads per connection: one asks the peer, one judges; closing the transport is final."""

    def __init__(self, transport: paramiko.Transport, host: str) -> None:
        self._transport = transport
        self._busy = 0
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._ask = threading.Event()
        self._stopped = threading.Event()
        self._heard_floor = monotonic()
        self.verdict = ""  # why the connection was ended
        for role in (self._judge, self._asker):
            threading.Thread(target=role, name=f"ssh {role.__name__} {host}", daemon=True).start()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Mark that somebody waits for the peer meanwhile."""
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        self._ask.set()

    def _judge(self) -> None:
        before = monotonic()
        while not self._stopped.wait(_TICK) and self._transport.is_active():
            now = monotonic()
            if now - before > _TICK + PATIENCE / 2:
                # It was this process that stood still (stopped, or the machine overloaded).
                self._heard_floor, self._asked = now, None
            before = now
            heard = max(self._transport.packetizer.heard, self._heard_floor)
            if self._asked is not None and heard > self._asked:
                self._asked = None
            if self._asked is None:
                if now - heard > (ASK_WHEN_BUSY if self._busy else ASK_WHEN_IDLE):
                    self._asked = now
                    self._ask.set()
            elif now - self._asked > PATIENCE:
                self.verdict = f"the host has not answered for {now - heard:.0f} s"
                close_quietly(self._transport)
                return

    def _asker(self) -> None:
        while True:
            self._ask.wait()
            self._ask.clear()
            if self._stopped.is_set() or not self._transport.is_active():
                return
            try:
                self._transport.global_request("keepalive@openssh.com", wait=True)
            except Exception:  # noqa: BLE001 - any failure here is a dead connection
                return
