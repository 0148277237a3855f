"""What is sent after the end of its channel is not sent at all."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from paramiko import Message
from paramiko.common import (
    MSG_CHANNEL_CLOSE,
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EOF,
    MSG_CHANNEL_OPEN,
    MSG_CHANNEL_OPEN_SUCCESS,
)
from paramiko.packet import Packetizer

from wizard.remote.ssh_order import OrderedPacketizer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Line:
    """A packetizer of ours and a plain one at the other end."""

    def __init__(self, ours: socket.socket, theirs: socket.socket) -> None:
        self.ours, self.peer = OrderedPacketizer(ours), Packetizer(theirs)

    def send(self, kind: int, channel: int) -> None:
        """Send a packet that names a channel of the peer."""
        self.ours.send_message(packet(kind, channel))

    def heard(self) -> list[tuple[int, int]]:
        """Return what has arrived since, by kind and channel."""
        found: list[tuple[int, int]] = []
        self.send(MSG_CHANNEL_OPEN, 0)  # the last one, to stop at
        while True:
            kind, message = self.peer.read_message()
            if kind == MSG_CHANNEL_OPEN:
                return found
            found.append((kind, message.get_int()))


def packet(kind: int, *numbers: int) -> Message:
    """Return a packet of a kind and some numbers."""
    message = Message()
    message.add_byte(bytes([kind]))
    for number in numbers:
        message.add_int(number)
    return message


@pytest.fixture
def line() -> Iterator[Line]:
    """Two ends that are not encrypted."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Line(ours, theirs)


def test_nothing_follows_the_end_of_a_channel(line: Line) -> None:
    """An end of input and data that come late are dropped; other channels go on."""
    line.send(MSG_CHANNEL_EOF, 7)
    line.send(MSG_CHANNEL_CLOSE, 7)
    line.send(MSG_CHANNEL_EOF, 7)
    line.send(MSG_CHANNEL_DATA, 7)
    line.send(MSG_CHANNEL_DATA, 8)

    assert line.heard() == [
        (MSG_CHANNEL_EOF, 7),
        (MSG_CHANNEL_CLOSE, 7),
        (MSG_CHANNEL_DATA, 8),
    ]


def test_a_new_channel_may_have_the_number_of_an_old_one(line: Line) -> None:
    """The peer gives numbers out again: what is sent to the new channel arrives."""
    line.send(MSG_CHANNEL_CLOSE, 7)
    line.heard()
    line.peer.send_message(packet(MSG_CHANNEL_OPEN_SUCCESS, 3, 7, 1000, 1000))

    kind, message = line.ours.read_message()
    line.send(MSG_CHANNEL_DATA, 7)

    assert (kind, message.get_int(), message.get_int()) == (MSG_CHANNEL_OPEN_SUCCESS, 3, 7)
    assert line.heard() == [(MSG_CHANNEL_DATA, 7)]
