"""A root shell on a host that stays open while the host is closed to everybody else."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from wizard.practice.fleet import KNOWN
from wizard.practice.readiness import ssh_command

if TYPE_CHECKING:
    from types import TracebackType

    from tests.fleet.conftest import RunningFleet

SECONDS = 60.0
END = ":end of this script:"


@dataclass
class BackDoor:
    """Opened before the host is closed; what is run through it needs no login and no sudo."""

    fleet: RunningFleet
    host: str
    _shell: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Self:
        command = ssh_command(self.fleet.directory, KNOWN[self.host], "sudo", "sh")
        self._shell = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.run("true")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._shell.kill()
        self._shell.communicate()

    def run(self, script: str) -> str:
        """Run a script as root and return what it wrote."""
        assert self._shell.stdin
        assert self._shell.stdout
        limit = threading.Timer(SECONDS, self._shell.kill)
        limit.start()
        self._shell.stdin.write(f"{{ {script}\n}} </dev/null\necho '{END}'\n")
        self._shell.stdin.flush()
        written: list[str] = []
        for line in self._shell.stdout:
            if line.strip() == END:
                limit.cancel()
                return "".join(written)
            written.append(line)
        raise AssertionError(f"the shell on {self.host} ended: {''.join(written)}")
