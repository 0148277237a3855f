"""Nothing is sent on a channel after its end.

Paramiko makes a packet under a lock and sends it after that: when the peer ends a channel in
between, an end of input or some data follows our own CHANNEL_CLOSE. OpenSSH forgets the channel at
the close and disconnects whoever names it again, with all their other channels.
"""

from __future__ import annotations

import threading
from typing import Any

from paramiko.common import (
    MSG_CHANNEL_CLOSE,
    MSG_CHANNEL_FAILURE,
    MSG_CHANNEL_OPEN_SUCCESS,
    MSG_CHANNEL_WINDOW_ADJUST,
)
from paramiko.packet import Packetizer

_NUMBER = 4  # bytes of a channel's number, behind the byte of the packet's kind (RFC 4254)


class OrderedPacketizer(Packetizer):  # type: ignore[misc] # paramiko has no types
    """Drops packets for channels whose end was sent already."""

    def __init__(self, sock: Any) -> None:  # noqa: ANN401 - a socket or a channel
        super().__init__(sock)
        self._order = threading.Lock()
        self._ended: set[bytes] = set()  # by the peer's numbers, which it uses again

    def send_message(self, data: Any) -> None:  # noqa: ANN401 - paramiko's message
        """Send one packet, as paramiko does, unless it comes after the end of its channel."""
        packet = data.asbytes()
        kind, channel = packet[0], packet[1 : 1 + _NUMBER]
        if not MSG_CHANNEL_WINDOW_ADJUST <= kind <= MSG_CHANNEL_FAILURE:
            super().send_message(data)
            return
        with self._order:
            if channel in self._ended:
                return
            if kind == MSG_CHANNEL_CLOSE:
                self._ended.add(channel)
            super().send_message(data)

    def read_message(self) -> Any:  # noqa: ANN401 - paramiko's tuple
        """Read one packet, as paramiko does; a new channel may have an old one's number."""
        kind, message = super().read_message()
        if kind == MSG_CHANNEL_OPEN_SUCCESS:
            # Behind our own number stands the peer's.
            number = message.get_remainder()[_NUMBER : 2 * _NUMBER]
            with self._order:
                self._ended.discard(number)
        return kind, message
