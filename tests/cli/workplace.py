"""One operator's folder for the small site, and the program started as they would start it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import subprocess
import sys
import termios
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.small_site import SITE
from tests.remote.sshd import wait_until
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.sshd import Sshd

TOP = Path(__file__).parent.parent.parent
LIMIT = 120  # seconds for whatever must happen


@dataclass
class Workplace:
    """Site file, keyring and state file, and a server that stands for all hosts."""

    folder: Path
    server: Sshd
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    terminal: int = -1
    """The other end of the terminal of whatever was started at one."""
    screen: str = ""
    """What was read there."""

    def __post_init__(self) -> None:
        self.site.write_text(SITE)
        (self.folder / "phrase").touch(mode=0o600)
        (self.folder / "phrase").write_text("a long enough passphrase\n")
        self.lead_to(self.server)

    def lead_to(self, server: Sshd) -> None:
        """Let every host be this server."""
        where = {
            "port": server.port,
            "key": str(server.user_key),
            "known_hosts": str(server.known_hosts),
        }
        (self.folder / "sshd.json").write_text(json.dumps(where))

    @property
    def site(self) -> Path:
        """What is to be installed."""
        return self.folder / "site.yaml"

    @property
    def state(self) -> Path:
        """The record of what was done."""
        return self.folder / "site.state"

    @property
    def options(self) -> list[str]:
        """The options of the keyring."""
        return [
            f"--keyring-file={self.folder / 'ring'}",
            f"--keyring-passphrase-file={self.folder / 'phrase'}",
        ]

    def command(self, *words: str) -> list[str]:
        """Return a command of the program on the small site with its long step."""
        return [sys.executable, "-m", "tests.cli.long_site", str(self.folder), *words]

    def apply(self, *more: str) -> list[str]:
        """Return the command that installs."""
        return self.command(
            *("apply", str(self.site), "--state", str(self.state)), *self.options, *more
        )

    def resume(self, *more: str) -> list[str]:
        """Return the command that goes on."""
        return self.command("resume", "--state", str(self.state), *self.options, *more)

    def say(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the program that needs no keyring."""
        return self.end([*self.command(*words)])

    def end(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, without a terminal."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            timeout=LIMIT,
            check=False,
        )

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """Start a command without a terminal; what it says is in FOLDER/said."""
        with (self.folder / "said").open("w") as said:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                text=True,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def start_at_terminal(self, command: list[str]) -> subprocess.Popen[str]:
        """Start a command on a terminal of its own."""
        self.terminal, theirs = pty.openpty()
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - as login does
        )
        os.close(theirs)
        self.started.append(process)
        return process

    def close_terminal(self) -> None:
        """Close the terminal under whatever was started at it."""
        os.close(self.terminal)
        self.terminal = -1

    def until(self, condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
        """Wait for a condition, reading the screen; fail if the program ends before."""

        def met() -> bool:
            with suppress(OSError):  # nobody has the terminal any more
                while self.terminal >= 0 and select.select([self.terminal], [], [], 0)[0]:
                    self.screen += os.read(self.terminal, 65536).decode(errors="replace")
            ended = process.poll() is not None
            if condition():
                return True
            assert not ended, f"it ended with {process.returncode}: {self.screen}{self.said}"
            return False

        wait_until(met, seconds=LIMIT)

    @property
    def _env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(TOP),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
        }

    @property
    def said(self) -> str:
        """What the command that was started last without a terminal has said so far."""
        file = self.folder / "said"
        return file.read_text() if file.exists() else ""

    @property
    def begun(self) -> int:
        """How often the long step was begun on its host."""
        file = self.folder / "begun"
        return len(file.read_text().splitlines()) if file.exists() else 0

    def open_gate(self) -> None:
        """Let the long step come to its end."""
        (self.folder / "gate").touch()

    def wait_for_long_step(self, process: subprocess.Popen[str], *, times: int = 1) -> None:
        """Wait until the long step is at work and was heard of, so often in all runs."""
        self.until(lambda: self.begun and self.lines().count("up") >= times, process)

    def lines(self) -> list[str]:
        """Return the output that the state file holds."""
        state = StateFile.open_read_only(self.state)
        try:
            return [line.text for line in state.records.output()]
        finally:
            state.close()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return what the events of a kind say, with their tasks, from the state file."""
        state = StateFile.open_read_only(self.state)
        try:
            return [
                {"task": link.task, "run": link.run, **json.loads(link.body)}
                for link in state.records.events()
                if link.kind == kind
            ]
        finally:
            state.close()

    def close(self) -> None:
        """End what a test that failed has left, on this side and on the host."""
        self.open_gate()
        if self.terminal >= 0:
            self.close_terminal()
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
