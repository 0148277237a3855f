"""Keeps one session channel open ahead of time, so that a script does not wait for its opening.

A script's bytes cannot be sent before sshd has started the command: that is one round trip more
than a plain command needs. Opening the next channel while a script runs wins it back.
"""

from __future__ import annotations

import threading
from time import monotonic

import paramiko

PATIENCE = 5.0  # seconds for the server to have room for one more session


class SpareChannel:
    """Hands out session channels of one connection; `prepare` has the next one opened."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._spare: paramiko.Channel | None = None
        self._wanted = threading.Event()
        self._pause = threading.Event()  # set only once the connection is closed
        self._stopped = False
        threading.Thread(target=self._prepare, name="ssh spare channel", daemon=True).start()

    def take(self) -> paramiko.Channel:
        """Return an open session channel nobody uses; raises what paramiko raises."""
        with self._lock:
            channel, self._spare = self._spare, None
        if channel is None or channel.closed:
            channel = self._open()
        return channel

    def prepare(self) -> None:
        """Have the next channel opened meanwhile; does not wait."""
        self._wanted.set()

    def _open(self) -> paramiko.Channel:
        until = monotonic() + PATIENCE
        while True:
            try:
                return self._transport.open_session()
            except paramiko.ChannelException:
                # Sessions that have ended count until sshd has seen it.
                if monotonic() > until or not self._transport.is_active():
                    raise
                self._pause.wait(0.05)

    def stop(self) -> None:
        """Open no more."""
        self._stopped = True
        self._pause.set()
        self._wanted.set()

    def _prepare(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._stopped:
                return
            with self._lock:
                needed = self._spare is None
            if not needed:
                continue
            try:
                channel = self._transport.open_session()
            except (OSError, EOFError, paramiko.SSHException):
                # A server that allows few sessions, or a connection that has ended: the next
                # script opens its own and is told.
                continue
            with self._lock:
                self._spare, channel = channel, self._spare
            if channel is not None:
                channel.close()
