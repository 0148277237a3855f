"""Fabric's way to run a command, without its polling, its threads and its quadratic joins.

fabric's `Remote` sleeps 10 ms at a time, joins all output for every chunk, decodes chunk by chunk,
reads sys.stdin and resets SIGWINCH; each override below replaces one of these. Output is read in
the caller's thread, woken by the channel itself.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Literal

import paramiko
from fabric.runners import Remote
from invoke.util import ExceptionHandlingThread
from paramiko.common import cMSG_CHANNEL_REQUEST

from wizard.remote.ssh_closing import CONNECTION_ERRORS, close_quietly
from wizard.remote.ssh_program import KILL_GRACE, NOT_RUN
from wizard.remote.ssh_shells import dismiss
from wizard.remote.ssh_stream import MarkedStream, TextCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fabric import Connection

    from wizard.remote.ssh_program import Envelope
    from wizard.remote.ssh_shells import Shells
    from wizard.remote.transport import Stream

Stopped = Literal["timeout", "silence", "cancelled"]

READ_SIZE = 256 * 1024
PIECE = 256 * 1024  # bytes sent at once: paramiko copies the rest of a piece for every packet
INLINE = 64 * 1024  # up to this size input is sent without a thread: it fits the SSH window
OUT_LIMIT = 16 << 20  # characters of output kept of a script whose lines were handed out
ERROR_LIMIT = 64 * 1024  # characters of standard error that are kept
MUCH = 1 << 20  # bytes of output from which on more of it is left to gather
FLOWING = 16 * 1024  # bytes read at once that tell that there is more
GATHER = 0.002  # seconds; a reader that wakes for each packet fights paramiko for the interpreter
KILL_WAIT = KILL_GRACE + 3.0  # seconds a host gets to end a script and to tell so


class ScriptRunner(Remote):  # type: ignore[misc] # fabric has no types
    """Runs one Envelope on an open connection; what happened is in its attributes afterwards."""

    def __init__(
        self,
        connection: Connection,
        envelope: Envelope,
        *,
        shells: Shells,
        kind: str,
        timeout: float,
        silence: float | None,
        on_line: Callable[[Stream, str], None] | None = None,
        body: Iterator[bytes] | None = None,
        sudo_prompt: str | None = None,
        sudo_password: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(connection, inline_env=False)
        self._envelope = envelope
        self._shells = shells
        self._kind = kind
        self._body = body
        self._body_wanted = threading.Event()
        self._ready = threading.Event()
        self._over = False
        self._closed_input = False
        self._deadline = monotonic() + timeout
        self._silence = silence
        self._heard = monotonic()
        self._taken = 0  # bytes of output
        self._prompt = sudo_prompt.encode() if sudo_prompt else None
        self._password = sudo_password
        self._wake = threading.Event()
        self.channel: paramiko.Channel | None = None
        self.reused = False  # whether the shell had run scripts before
        self.stopped_by: Stopped | None = None
        self.failure: Exception | None = None  # what a caller's callback raised
        self.password_refused = False
        self.texts = {
            "out": TextCollector(
                limit=OUT_LIMIT if on_line else None, on_lines=_line_sink("out", on_line)
            ),
            "err": TextCollector(limit=ERROR_LIMIT, on_lines=_line_sink("err", on_line)),
        }
        self.streams_read = {
            name: MarkedStream(envelope.start, envelope.end, text.feed)
            for name, text in self.texts.items()
        }

    @property
    def status(self) -> int | None:
        """The script's exit status; None if its end was not heard."""
        return self.streams_read["out"].status

    @property
    def started(self) -> bool:
        """Whether the program around the script was heard of."""
        return self.streams_read["out"].started

    @property
    def not_run(self) -> bool:
        """Whether the script was not begun, by a shell that could take no more of them.

        An earlier script has left something running that could write into this one's output, or
        the shell has ended while it was idle: a script that has begun says so first.
        """
        gone = self.reused and self.stopped_by is None and not self.started
        return self.status == NOT_RUN or gone

    def execute(self, command: str) -> None:
        """Run `command` through Fabric; blocks until the script has ended or was ended."""
        self.run(command, hide=True, warn=True, in_stream=False, env={})

    def interrupt(self) -> None:
        """End the script on the host; `execute` returns once that is confirmed. Any thread."""
        self._stop_for("cancelled")

    def send_body(self) -> None:
        """Let the body follow: the script has said that it wants it."""
        self._body_wanted.set()

    # What Fabric calls.

    def start(self, command: str, shell: str, env: dict[str, str], timeout: Any = None) -> None:  # noqa: ANN401, ARG002
        """Hand the script to an idle shell, or start one, without waiting for a reply."""
        idle = self._shells.take(self._kind) if self._body is None else None
        self.reused = idle is not None
        self.channel = channel = idle or self._shells.open()
        for buffer in (channel.in_buffer, channel.in_stderr_buffer):
            buffer.set_event(_Waker(self._wake))
        if idle is None:
            self.send_start_message(command)
        if self._inline and not self._asks:
            self._write(self._payload)

    def send_start_message(self, command: str) -> None:
        """Ask for the command; its reply is not waited for, which saves a round trip."""
        message = paramiko.Message()
        message.add_byte(cMSG_CHANNEL_REQUEST)
        message.add_int(self._opened.remote_chanid)
        message.add_string("exec")
        message.add_boolean(True)  # noqa: FBT003 - a refusal closes the channel
        message.add_string(command)
        self._opened.transport._send_user_message(message)  # noqa: SLF001 - exec_command waits

    def create_io_threads(self) -> tuple[dict[Any, ExceptionHandlingThread], list[str], list[str]]:
        """Make no thread but one that sends, where there is more than the SSH window takes."""
        threads = {}
        if self._body is not None or not self._inline:
            threads[self.send_input] = ExceptionHandlingThread(target=self.send_input)
        return threads, [], []

    def wait(self) -> None:
        """Read both streams to their ends, or to the deadline, silence or a cancellation."""
        taken = 0
        try:
            while not self._drain() and self.stopped_by is None:
                now = monotonic()
                quiet = self._heard + self._silence if self._silence else self._deadline
                if now >= self._deadline:
                    self._stop_for("timeout")
                elif now >= quiet:
                    self._stop_for("silence")
                else:
                    self._wake.wait(min(self._deadline, quiet) - now)
                    if self._taken > MUCH and self._taken - taken > FLOWING:
                        sleep(GATHER)
                taken = self._taken
        except CONNECTION_ERRORS:
            close_quietly(self._opened)
        finally:
            if self.status is None:
                self._end_remote()
            self._over = True
            self._ready.set()
            self._body_wanted.set()
            self._leave()

    def returncode(self) -> int:
        """Return the status the end marker carried, -1 without one."""
        return -1 if self.status is None else self.status

    def stop(self) -> None:
        """Close the channel unless it was left; unlike Fabric's, leave the terminal alone."""
        if self.channel is not None and not self._over:
            close_quietly(self.channel)

    # Input.

    def send_input(self) -> None:
        """Send the script and then the body, in pieces."""
        if not self._inline:
            if self._asks:
                self._ready.wait()
            self._write(self._payload)
        if self._body is not None:
            self._body_wanted.wait()
            if not self._over and self.stopped_by is None:
                with self._noting_failure():
                    for piece in self._body:
                        if not self._write(piece):
                            return
                self._close_input()

    def _write(self, data: bytes) -> bool:
        view = memoryview(data)
        try:
            for at in range(0, len(data), PIECE):
                self._opened.sendall(bytes(view[at : at + PIECE]))
                self._heard = monotonic()
        except CONNECTION_ERRORS:
            return False
        return True

    def _close_input(self) -> None:
        self._closed_input = True
        with suppress(*CONNECTION_ERRORS):  # it is closed already
            self._opened.shutdown_write()

    @property
    def _payload(self) -> bytes:
        return self._envelope.frame if self.reused else self._envelope.payload

    @property
    def _inline(self) -> bool:
        return len(self._payload) <= INLINE

    @property
    def _asks(self) -> bool:
        """Whether sudo stands before the shell and may ask: bytes sent now would be its answer."""
        return self._prompt is not None and not self.reused

    @property
    def _opened(self) -> paramiko.Channel:
        if self.channel is None:
            raise RuntimeError("the channel has not been opened")
        return self.channel

    # Output.

    def _drain(self) -> bool:
        """Read what has come; return whether both streams have ended."""
        channel = self._opened
        self._wake.clear()  # first: what comes from here on wakes us again
        ended = channel.eof_received or channel.closed
        while self.streams_read["out"].status is None and channel.recv_ready():
            self._take("out", channel.recv(READ_SIZE))
        while self.streams_read["err"].status is None and channel.recv_stderr_ready():
            self._take("err", channel.recv_stderr(READ_SIZE))
        if not ended and any(stream.status is None for stream in self.streams_read.values()):
            return False
        for name, stream in self.streams_read.items():
            with self._noting_failure():
                stream.close()
                self.texts[name].feed(b"", final=True)
        return True

    def _take(self, name: Stream, data: bytes) -> None:
        self._heard = monotonic()
        self._taken += len(data)
        stream = self.streams_read[name]
        with self._noting_failure():
            stream.feed(data)
        if self._asks and not self._ready.is_set():
            self._await_ready(name, stream.noise)

    def _await_ready(self, name: Stream, noise: bytes) -> None:
        """Send the script once the shell has started; answer sudo until then."""
        if name == "err":
            self._answer(noise)
        elif self._envelope.ready in noise:
            self._ready.set()
            if self._inline:
                self._write(self._payload)

    def _answer(self, noise: bytes) -> None:
        """Send the password when sudo asks; being asked again means that it was refused."""
        asked = noise.count(self._prompt or b"")
        if asked and self._password is not None:
            password, self._password = self._password, None
            self._write(password().encode() + b"\n")
        elif asked > 1 and not self.password_refused:
            self.password_refused = True
            self._close_input()

    # Ending early.

    def _stop_for(self, reason: Stopped) -> None:
        if self.stopped_by is None:
            self.stopped_by = reason
        self._wake.set()

    def _leave(self) -> None:
        """Keep the shell for the next script where this one has ended by itself."""
        kept = self.status is not None and self.status != NOT_RUN and self._body is None
        if kept and self.stopped_by is None and self.failure is None:
            self._shells.give_back(self._kind, self._opened)
        elif kept and not self._closed_input:
            dismiss(self._opened)
        else:
            close_quietly(self._opened)

    def _end_remote(self) -> None:
        """Close the shell's standard input, which makes it end the script, and wait for that."""
        self._close_input()
        until = monotonic() + KILL_WAIT
        with suppress(*CONNECTION_ERRORS):
            while not self._drain() and (left := until - monotonic()) > 0:
                self._wake.wait(left)

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        """Keep what a caller's callback raises for the caller, and end the script."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised again by who called
            self.failure = self.failure or error
            self._stop_for("cancelled")


class _Waker:
    """What paramiko sets when data comes; its clearing is ignored, as two buffers share one."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def set(self) -> None:
        self._wake.set()

    def clear(self) -> None:
        return


def _line_sink(
    name: Stream, on_line: Callable[[Stream, str], None] | None
) -> Callable[[list[str]], None] | None:
    if on_line is None:
        return None

    def deliver(lines: list[str]) -> None:
        for line in lines:
            on_line(name, line)

    return deliver
