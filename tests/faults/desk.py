"""A folder with the small site, from which the program is run as an operator would run it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.small_site import HOSTS, SITE
from tests.remote.sshd import wait_until
from wizard.run.audit import verify_chain
from wizard.run.report import gather
from wizard.run.state import StateFile

if TYPE_CHECKING:
    from tests.remote.sshd import Sshd
    from wizard.run.report import Report

TOP = Path(__file__).parent.parent.parent
LIMIT = 120  # seconds for whatever must happen, on a loaded machine
EVERYTHING = {f"{step}@{host}" for step in ("base", "work", "last") for host in HOSTS}
GATE = "touch {0}/reached; until [ -e {0}/gate ]; do sleep 0.05; done\n"


@dataclass
class Desk:
    """Site file, keyring and state file; one server stands for all hosts."""

    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)
    """What else is in the program's environment."""

    @classmethod
    def of(cls, folder: Path, server: Sshd) -> Desk:
        """Put everything into a folder."""
        where = {
            "port": server.port,
            "key": str(server.user_key),
            "known_hosts": str(server.known_hosts),
        }
        (folder / "sshd.json").write_text(json.dumps(where))
        (folder / "site.yaml").write_text(SITE)
        (folder / "phrase").touch(mode=0o600)
        (folder / "phrase").write_text("a long enough passphrase\n")
        return cls(folder)

    @property
    def state(self) -> Path:
        """The state file that `apply` makes by itself."""
        return self.folder / "site.state"

    @property
    def env(self) -> dict[str, str]:
        """What the program is started with."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **self.more,
        }

    def command(self, *words: str) -> list[str]:
        """Return a command of the program."""
        return [sys.executable, "-m", "tests.faults.small_site", str(self.folder), *words]

    def apply(self, *more: str) -> list[str]:
        """Return the command that installs and asks nothing."""
        return self.command("apply", str(self.folder / "site.yaml"), *self._options, *more)

    def resume(self, *more: str, state: Path | None = None) -> list[str]:
        """Return the command that goes on and asks nothing."""
        return self.command("resume", "--state", str(state or self.state), *self._options, *more)

    @property
    def _options(self) -> tuple[str, ...]:
        ring, phrase = self.folder / "ring", self.folder / "phrase"
        return "--yes", f"--keyring-file={ring}", f"--keyring-passphrase-file={phrase}"

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - handed on
        """Run a command to its end."""
        settings: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "capture_output": True,
            "encoding": "utf-8",
            "env": self.env,
            "timeout": LIMIT,
        }
        return subprocess.run(command, cwd=TOP, check=False, **{**settings, **options})

    def shell(self, line: str, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - as above
        """Run a line of bash; `{apply}` stands for the command that installs."""
        text = line.format(apply=shlex.join(self.apply()))
        return self.run(["bash", "-c", text], **options)

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """Begin a command; what it says is in the files `out` and `err`."""
        with (self.folder / "out").open("w") as out, (self.folder / "err").open("w") as err:
            process = subprocess.Popen(
                command,
                cwd=TOP,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                text=True,
            )
        self.started.append(process)
        return process

    def start_to_gate(self, *more: str) -> subprocess.Popen[str]:
        """Begin to install; return when the talking host waits in the middle of its second step."""
        (self.folder / "script").write_text(GATE.format(self.folder))
        process = self.start(self.apply(*more))

        def reached() -> bool:
            assert process.poll() is None, self.said
            return (self.folder / "reached").exists()

        wait_until(reached, seconds=LIMIT)
        return process

    def open_gate(self) -> None:
        """Let the talking host go on."""
        (self.folder / "gate").touch()

    @property
    def said(self) -> str:
        """What a started command has written to standard error."""
        return (self.folder / "err").read_text()

    def on_hosts(self) -> set[str]:
        """Return the tasks that have left something on a host."""
        places = (self.folder / "hosts").glob("*/*")
        return {f"{one.name}@{one.parent.name}" for one in places if one.name != "conf"}

    def recorded(self, state: Path) -> set[str]:
        """Return the hashes of the events in a state file."""
        opened = StateFile.open_read_only(state)
        try:
            return {link.hash() for link in opened.records.events()}
        finally:
            opened.close()

    def announced(self, state: Path | None = None) -> set[str]:
        """Return the tasks whose intent is in the state file."""
        opened = StateFile.open_read_only(state or self.state)
        try:
            links = list(opened.records.events())
            return {link.task for link in links if link.kind == "task-intended"}
        finally:
            opened.close()

    def report(self, state: Path | None = None) -> Report:
        """Return what the state file tells."""
        return gather(state or self.state, lines=0)

    def finish(self, state: Path | None = None) -> None:
        """Go on once the cause is gone: it comes to its end, and nothing is missing."""
        self.open_gate()
        ended = self.run(self.resume(state=state))
        assert ended.returncode == 0, ended.stderr
        assert self.on_hosts() == EVERYTHING
        assert verify_chain(state or self.state) == []

    def stop(self) -> None:
        """End what was started and is still running."""
        self.open_gate()
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait(LIMIT)

    def sentence(self, said: str) -> str:
        """Return what the program said of a fault, checked to be words for a person."""
        assert "Traceback" not in said, said
        assert "a defect of this program" not in said, said
        assert "minusnow-setup: " in said, said
        return said[said.index("minusnow-setup: ") :].strip().replace(f"{self.folder}/", "")
