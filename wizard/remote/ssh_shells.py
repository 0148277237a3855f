"""The shells that stay on a host between scripts, one session channel of the connection each."""

from __future__ import annotations

import threading
from contextlib import suppress
from time import monotonic

import paramiko

from wizard.remote.ssh_closing import CONNECTION_ERRORS
from wizard.remote.ssh_program import FAREWELL

PATIENCE = 5.0  # seconds for the server to have room for one more session
KEPT = 2  # idle shells per connection; with the scripts that run they stay below MaxSessions


class Shells:
    """Hands out idle shells and new channels; a shell serves one script at a time."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._idle: list[tuple[str, paramiko.Channel]] = []
        self._pause = threading.Event()  # set only once the connection is closed

    def take(self, kind: str) -> paramiko.Channel | None:
        """Return the channel of an idle shell of this kind, None if there is none."""
        with self._lock:
            for at in range(len(self._idle) - 1, -1, -1):
                found, channel = self._idle[at]
                if found == kind:
                    del self._idle[at]
                    if not (channel.closed or channel.eof_received):
                        return channel
        return None

    def open(self) -> paramiko.Channel:
        """Return a new session channel; raises what paramiko raises."""
        until = monotonic() + PATIENCE
        while True:
            try:
                return self._transport.open_session()
            except paramiko.ChannelException:
                # Idle shells are sessions, and those that have ended count until sshd has seen it.
                self._dismiss_idle()
                if monotonic() > until or not self._transport.is_active():
                    raise
                self._pause.wait(0.05)

    def give_back(self, kind: str, channel: paramiko.Channel) -> None:
        """Keep a shell whose script has ended for the next one, unless enough are idle."""
        with self._lock:
            if len(self._idle) < KEPT and not self._pause.is_set():
                self._idle.append((kind, channel))
                return
        dismiss(channel)

    def stop(self) -> None:
        """End the idle shells and keep none from now on."""
        self._pause.set()
        self._dismiss_idle()

    def _dismiss_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, channel in idle:
            dismiss(channel)


def dismiss(channel: paramiko.Channel) -> None:
    """End a shell that runs no script; what its scripts have left running is spared."""
    with suppress(*CONNECTION_ERRORS):
        if channel.send_ready():
            channel.send(FAREWELL)
        channel.close()
