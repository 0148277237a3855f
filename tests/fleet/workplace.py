"""One operator's place: a site file, a keyring, a state file, and the installer as a program."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wizard.vault.store import open_vault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

PROGRAM = Path(sys.executable).with_name("minusnow-setup")
SITE = "practice"

Event = dict[str, Any]


class Over(AssertionError):  # noqa: N818 - named for what happened
    """A run has ended before what was waited for."""


@dataclass(frozen=True)
class Ended:
    """A run of the installer that is over."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[Event]:
        """What it told in JSON."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def of_kind(self, kind: str) -> list[Event]:
        """The events of one kind."""
        return [event for event in self.events if event["kind"] == kind]

    @property
    def result(self) -> Event:
        """How carrying out the plan ended."""
        (finished,) = self.of_kind("run-finished")
        return finished

    @property
    def proof(self) -> dict[tuple[str, str], Event]:
        """What the proof found after the run, by question and host ("" is the site)."""
        kinds = [event["kind"] for event in self.events]
        after = self.events[kinds.index("run-finished") :]
        return {
            (event["check"], event["host"]): event
            for event in after
            if event["kind"] == "check-answered"
        }

    def told(self) -> str:
        """The end of what it said, for a test that failed."""
        failed = [json.dumps(event, indent=1) for event in self.of_kind("task-failed")]
        wrong = [
            f"{event['host']} {event['check']}: {event['seen']}"
            for event in self.of_kind("check-answered")
            if event["verdict"] == "failed"
        ]
        return "\n".join([f"status {self.status}", *failed, *wrong, self.err[-3000:]])


class Running:
    """A run of the installer that goes on; at the latest its time limit ends it."""

    def __init__(
        self, command: list[str], env: Mapping[str, str], seconds: float, *, typed: str = ""
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=env,
            start_new_session=True,
        )
        assert self._process.stdin
        with suppress(BrokenPipeError), self._process.stdin as inlet:
            inlet.write(typed)
        self._limit = threading.Timer(seconds, self._process.kill)
        self._limit.start()
        self._told: list[str] = []
        self._err: list[str] = []
        self._errors = threading.Thread(target=self._read_errors)
        self._errors.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.end()

    def _read_errors(self) -> None:
        assert self._process.stderr
        self._err.extend(self._process.stderr)

    def wait_for(self, wanted: Callable[[Event], bool]) -> Event:
        """Read on until an event comes up to what is wanted."""
        assert self._process.stdout
        for line in self._process.stdout:
            self._told.append(line)
            if line.startswith("{") and wanted(event := json.loads(line)):
                found: Event = event
                return found
        raise Over(f"it ended before that: {''.join(self._err)[-2000:]}")

    def follow(self, take: Callable[[Event], None]) -> Ended:
        """Read on until it ends, and hand each event out as soon as it was read."""

        def hand_out(event: Event) -> bool:
            take(event)
            return False

        with suppress(Over):
            self.wait_for(hand_out)
        return self.end()

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it without giving it a chance to say or save anything."""
        self._process.kill()

    def end(self) -> Ended:
        """Read on until it ends."""
        assert self._process.stdout
        if not self._process.stdout.closed:
            self._told.extend(self._process.stdout)
            self._process.stdout.close()
        status = self._process.wait()
        self._errors.join()
        self._limit.cancel()
        return Ended(status, "".join(self._told), "".join(self._err))


@dataclass(frozen=True)
class Workplace:
    """The files of one operator, and the program started as they would start it."""

    folder: Path

    @property
    def site_file(self) -> Path:
        """What is to be installed."""
        return self.folder / "site.yaml"

    @property
    def state(self) -> Path:
        """The record of what was done."""
        return self.folder / "site.state"

    @property
    def passphrase_file(self) -> Path:
        """What opens the keyring."""
        return self.folder / "passphrase"

    @property
    def keyring(self) -> Path:
        """The encrypted secrets."""
        return self.folder / "keyring"

    def furnish(self, text: str) -> None:
        """Write the site file, make a keyring and fill it."""
        self.site_file.write_text(text)
        self.passphrase_file.touch(mode=0o600)
        self.passphrase_file.write_text(secrets.token_urlsafe(24) + "\n")
        self.store("smtp_password", secrets.token_urlsafe(20) + "/+ 'x")
        self._secret("generate", "--all", str(self.site_file))

    def store(self, name: str, value: str, *options: str) -> None:
        """Put a secret into the keyring."""
        self._secret("set", name, str(self.site_file), *options, value=value)

    def _secret(self, *arguments: str, value: str = "") -> None:
        done = subprocess.run(
            [PROGRAM, "secret", *arguments, *self._options],
            input=value,
            capture_output=True,
            text=True,
            env=self._env,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def edit(self, *edits: tuple[str, str]) -> None:
        """Change passages of the site file, each of which stands there once."""
        text = self.site_file.read_text()
        for old, new in edits:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the site file"
            text = text.replace(old, new)
        self.site_file.write_text(text)

    @property
    def secrets(self) -> dict[str, str]:
        """Every secret of the site, and what opens the keyring."""
        vault = open_vault(
            SITE, passphrase_file=self.passphrase_file, keyring_file=self.keyring
        ).secrets()
        return {
            **{name: vault[name].reveal() for name in vault},
            "keyring_passphrase": self.passphrase_file.read_text().strip(),
        }

    @property
    def _options(self) -> list[str]:
        return [
            f"--keyring-file={self.keyring}",
            f"--keyring-passphrase-file={self.passphrase_file}",
        ]

    @property
    def _env(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def start(self, *arguments: str, seconds: float = 600, typed: str = "") -> Running:
        """Start a command of the installer that works on hosts; it tells in JSON what happens.

        `typed` is what it finds on its standard input.
        """
        command = [str(PROGRAM), *arguments, "--json", *self._options]
        return Running(command, self._env, seconds, typed=typed)

    def run(self, *arguments: str, seconds: float = 600, typed: str = "") -> Ended:
        """Run such a command to its end."""
        with self.start(*arguments, seconds=seconds, typed=typed) as running:
            return running.end()

    def say(self, *arguments: str, keyring: bool = True, seconds: float = 120) -> Ended:
        """Run a command as a person does who reads its text."""
        options = self._options if keyring else []
        with Running([str(PROGRAM), *arguments, *options], self._env, seconds) as running:
            return running.end()

    def start_apply(self, *options: str) -> Running:
        """Start to install what the site file says."""
        arguments = ("--state", str(self.state), "--yes", *options)
        return self.start("apply", str(self.site_file), *arguments)

    def apply(self, *options: str) -> Ended:
        """Install what the site file says."""
        with self.start_apply(*options) as running:
            return running.end()

    def start_resume(self, *options: str) -> Running:
        """Start to go on with what an earlier run began."""
        return self.start("resume", "--state", str(self.state), "--yes", *options)

    def elsewhere(self, folder: Path) -> Workplace:
        """Return the workplace of a colleague: the same site and keyring, a state of their own.

        It stands for another jump host: another home, another state file.
        """
        folder.mkdir()
        other = Workplace(folder)
        for name in ("site_file", "passphrase_file", "keyring"):
            shutil.copy2(getattr(self, name), getattr(other, name))
        return other

    def resume(self, *options: str) -> Ended:
        """Go on with what an earlier run began."""
        with self.start_resume(*options) as running:
            return running.end()

    def plan(self) -> Ended:
        """Ask what would change."""
        return self.say("plan", str(self.site_file))
