"""Scripts on one open connection: sudo, the watchdog, cancellation, and what went wrong."""

from __future__ import annotations

import secrets
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import paramiko

from wizard.errors import Cancelled, CommandSilent, ConnectionFailed, ConnectionLost
from wizard.remote.ssh_closing import close_quietly
from wizard.remote.ssh_program import RUN_DIRECTORY, Envelope, sudo_command
from wizard.remote.ssh_runner import ScriptRunner
from wizard.remote.ssh_shells import Shells
from wizard.remote.ssh_watchdog import Watchdog
from wizard.remote.transport import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fabric import Connection

    from wizard.remote.cancellation import Cancellation
    from wizard.remote.endpoint import Endpoint
    from wizard.remote.ssh_program import Input
    from wizard.remote.transport import Stream
    from wizard.vault.secret import Secret

# sshd allows ten sessions on a connection (MaxSessions); some are left for people's own settings.
SESSIONS = 8

_STORE_IT = "Store the right one with `minusnow-setup secret set sudo_password SITE`."
_REPLACE_IT = f"{_STORE_IT[:-2]} --replace`."


class Session:
    """Runs envelopes on a connection that is open; safe to use from several threads."""

    def __init__(
        self,
        connection: Connection,
        endpoint: Endpoint,
        *,
        sudo_password: Secret | None,
        cancellation: Cancellation | None,
    ) -> None:
        self.connection = connection
        self.endpoint = endpoint
        self.watchdog = Watchdog(connection.transport, endpoint.name)
        self._shells = Shells(connection.transport)
        self._sudo_password = sudo_password
        self._cancellation = cancellation
        self._slots = threading.BoundedSemaphore(SESSIONS)
        self._lock = threading.Lock()
        self._running: set[ScriptRunner] = set()
        self._trips = 0
        self._token = secrets.token_hex(8)
        self._farewells: list[str] = []
        self._directories: set[bool] = set()  # for root, for the login user: were they made
        self._left = False  # a job goes on here without us
        self._forget = cancellation.on_cancel(self.abort) if cancellation else lambda: None

    @property
    def host(self) -> str:
        """The host's name in the site file."""
        return self.endpoint.name

    @property
    def trips(self) -> int:
        """Requests sent and waited for."""
        return self._trips

    def count_trip(self) -> None:
        """Count one request."""
        with self._lock:
            self._trips += 1

    def directory(self, *, root: bool) -> str:
        """Return the directory on the host for this connection's temporary files."""
        if root or self.endpoint.user == "root":
            return f"{RUN_DIRECTORY}/session-{self._token}"
        return f"/tmp/minusnow-setup-{self._token}"  # noqa: S108 - its name cannot be guessed, 0700

    def execute(
        self,
        script: str,
        *,
        waiting_for: str,
        timeout: float,
        silence: float | None = None,
        root: bool = True,
        on_line: Callable[[Stream, str], None] | None = None,
        body: Iterator[bytes] | None = None,
        on_runner: Callable[[ScriptRunner], None] | None = None,
        despite_cancel: bool = False,
    ) -> Result:
        """Run one script and return how it ended; see `Transport.run`.

        `body` is what the script reads from file descriptor 3, sent once `send_body` is called on
        the runner that `on_runner` is given.
        """
        if self._cancellation is not None and not despite_cancel:
            self._cancellation.raise_if_cancelled()
        carries: Input = "scripts" if body is None else "bytes"
        envelope = Envelope(script, self.directory(root=root), carries)
        prompt = None
        command = f"exec {envelope.command}"
        if root and self.endpoint.user != "root":
            if self.endpoint.sudo == "password":
                if self._sudo_password is None:
                    raise ConnectionFailed(
                        f"sudo asks {self.endpoint.user} for a password and none is stored",
                        remedy=_STORE_IT,
                        host=self.host,
                    )
                prompt = f"minusnow-{secrets.token_hex(12)}"
            command = f"exec {sudo_command(envelope.command, prompt=prompt)}"
        with self._slots, self.watchdog.waiting():
            while True:
                runner = ScriptRunner(
                    self.connection,
                    envelope,
                    shells=self._shells,
                    kind="root" if root else "login user",
                    timeout=timeout,
                    silence=silence,
                    on_line=on_line,
                    body=body,
                    sudo_prompt=prompt,
                    sudo_password=self._sudo_password.reveal if self._sudo_password else None,
                )
                if on_runner is not None:
                    on_runner(runner)
                self._directories.add(root)
                self._run(runner, command, waiting_for, despite_cancel=despite_cancel)
                if not (runner.not_run and self.connection.is_connected):
                    break
        if runner.failure is not None:
            raise runner.failure
        return self._outcome(runner, waiting_for=waiting_for, timeout=timeout, silence=silence)

    def _run(
        self, runner: ScriptRunner, command: str, waiting_for: str, *, despite_cancel: bool
    ) -> None:
        self.count_trip()
        with self._registered(runner, despite_cancel=despite_cancel):
            try:
                runner.execute(command)
            except (OSError, EOFError, paramiko.SSHException) as error:
                if isinstance(error, paramiko.ChannelException):
                    raise self._refused(error) from error
                raise self.lost(waiting_for) from error

    def abort(self) -> None:
        """End every script that is running."""
        with self._lock:
            running = list(self._running)
        for runner in running:
            runner.interrupt()

    def at_close(self, script: str) -> None:
        """Have a script run as root when the session is ended in order, also when cancelled."""
        with self._lock:
            self._farewells.append(script)
            self._directories |= {True}

    def leave(self) -> bool:
        """Whether a job is to go on without us; what was left for the end is then not run."""
        self._left = self._left or (self._cancellation is not None and self._cancellation.leaves)
        return self._left

    def tidy(self) -> None:
        """Run what was left for the end and remove this connection's temporary directories."""
        for root in sorted(self._directories):
            if not self.connection.is_connected:
                return
            directory = self.directory(root=root)
            due = self._farewells if root and not self._left else []
            farewells = "".join(f"( {each}\n) || true\n" for each in due)
            try:
                self.execute(
                    f"unset TMPDIR; {farewells}rm -rf -- {directory}",
                    waiting_for="the removal of temporary files",
                    timeout=5 + 10 * len(due),
                    root=root,
                    despite_cancel=True,
                )
            except (CommandSilent, ConnectionFailed, ConnectionLost, Cancelled):
                return  # /run is emptied by the next boot; nothing of value is in there

    def close(self) -> None:
        """End the connection and everything that watches it."""
        self._forget()
        self.watchdog.stop()
        self._shells.stop()
        gateway = self.connection.gateway
        close_quietly(self.connection)
        while gateway:
            close_quietly(gateway)
            gateway = gateway.gateway

    @contextmanager
    def _registered(self, runner: ScriptRunner, *, despite_cancel: bool) -> Iterator[None]:
        with self._lock:
            self._running.add(runner)
        try:
            if not despite_cancel and self._cancellation is not None:
                self._cancellation.raise_if_cancelled()
            yield
        finally:
            with self._lock:
                self._running.discard(runner)

    def _outcome(
        self, runner: ScriptRunner, *, waiting_for: str, timeout: float, silence: float | None
    ) -> Result:
        ended = runner.status is not None
        after = "it was ended" if ended else "it could not be confirmed that it has ended there"
        lost = not ended and not self.connection.is_connected
        if runner.stopped_by == "cancelled":
            raise Cancelled(f"stopped while waiting for {waiting_for}; {after}", host=self.host)
        if runner.stopped_by is not None and not lost:
            seen = (
                f"{waiting_for}: nothing was heard for {silence:g} s"
                if runner.stopped_by == "silence"
                else f"{waiting_for}: not done after {timeout:g} s"
            )
            raise CommandSilent(
                f"{seen}; {after}",
                remedy="Look on the host at what it waits for (a lock, a full disk, a prompt),"
                " then run the same command again.",
                host=self.host,
            )
        if runner.status is not None:
            out, err = (runner.texts[name].text() for name in ("out", "err"))
            return Result(status=runner.status, out=out, err=err)
        if not runner.started and not lost:
            raise self._not_started(runner)
        raise self.lost(waiting_for)

    def lost(self, waiting_for: str) -> ConnectionLost:
        """Return what to raise once the connection has ended, and why it has."""
        why = f" ({self.watchdog.verdict})" if self.watchdog.verdict else ""
        jump = self.endpoint.jump
        # Both die the same way seen from here: whoever reads it has to look at both.
        at = f"the host and its jump host {jump.place} are" if jump else "the host is"
        return ConnectionLost(
            f"the connection ended{why} while waiting for {waiting_for};"
            " how far that came is unknown",
            remedy=f"Check that {at} up and reachable, then run the same command again:"
            " it looks at what is there and does the rest.",
            host=self.host,
        )

    def _refused(self, error: paramiko.ChannelException) -> ConnectionFailed:
        return ConnectionFailed(
            f"the SSH server refused one more session: {error.text}",
            remedy="Raise MaxSessions in its sshd_config (10 is the default).",
            host=self.host,
        )

    def _not_started(self, runner: ScriptRunner) -> ConnectionFailed:
        """Say why bash or sudo did not start; from what they printed."""
        streams = runner.streams_read
        said = (streams["err"].noise + b"\n" + streams["out"].noise).decode(errors="replace")
        last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
        user = self.endpoint.user
        nopasswd = f"Give {user} `{user} ALL=(ALL) NOPASSWD: ALL` in /etc/sudoers.d"
        known = {
            "you must have a tty": (
                "sudo wants a terminal (requiretty)",
                f"Add `Defaults:{user} !requiretty` to the host's sudoers with visudo.",
            ),
            "password is required": (
                "sudo asks for a password",
                f"{nopasswd}, or set `sudo: password` in the site file.",
            ),
            "not in the sudoers": (f"{user} may not use sudo", f"{nopasswd}."),
            "not allowed to": (f"{user} may not run /bin/bash with sudo", f"{nopasswd}."),
            "/bin/bash": ("/bin/bash cannot be run", "Install bash on the host."),
            "sudo": ("sudo did not start a shell", "Install sudo, or log in as root."),
        }
        seen, remedy = next(
            (text for sign, text in known.items() if sign in said),
            ("the login shell did not start /bin/bash", f"Give {user} a login shell (chsh)."),
        )
        refused = runner.password_refused or "incorrect password attempt" in said
        if refused:
            seen = f"sudo refused the password of {user}"
            remedy = _REPLACE_IT
        quoted = f": {last}" if last and "minusnow-" not in last else ""
        error = ConnectionFailed(f"{seen}{quoted}", remedy=remedy, host=self.host)
        error.refused = "sudo_password" if refused else ""
        return error
