"""Looks for secrets where everybody can see them: among the processes of all machines."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from tests.detector import Detector
from wizard.practice.fleet import KNOWN, Kind
from wizard.practice.readiness import ssh_command
from wizard.site.application import Application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from wizard.practice.directory import FleetDirectory

__all__ = ["Detector", "ProcessWatch"]

PAUSE = 0.15  # seconds between two looks at all processes of this machine
KNOWN_TEXTS = 200_000  # hashes; more would be a machine that starts processes without end

# The application's own environment holds its secrets by the vendor's design; only root and its own
# account read it. Everything else of it, its command line included, is looked at.
SERVICE_UID: int = Application.model_fields["uid"].default

# One process that starts no other: on a machine with a kernel of its own each start is dear.
# Per text its length, a line end and the text; a length of 0 ends a look at everything.
ON_MACHINE = r"""
$| = 1;
my %seen;
while (1) {
  for my $place (glob "/proc/[0-9]*") {
    my $owner = (stat $place)[4];
    for my $file ("cmdline", "environ") {
      next if $file eq "environ" && defined $owner && $owner == SERVICE_UID;
      open(my $handle, "<", "$place/$file") or next;
      local $/;
      my $text = <$handle>;
      next if !defined $text || $text eq "" || $seen{$text}++;
      print length($text), "
", $text;
    }
  }
  print "0
";
  select(undef, undef, undef, 0.25);
}
""".replace("SERVICE_UID", str(SERVICE_UID))


class ProcessWatch:
    """Reads command lines and environments, on this machine and on those with their own kernel.

    The processes of containers are processes of this machine, too.
    """

    def __init__(
        self, directory: FleetDirectory, detector: Detector, machines: tuple[str, ...]
    ) -> None:
        self._detector = detector
        self._directory = directory
        self._over = threading.Event()
        self._changed = threading.Condition()
        self._commands = {
            name: ssh_command(directory, KNOWN[name], "sudo", "perl", "-") for name in machines
        }
        assert all(KNOWN[name].kind is Kind.MACHINE for name in machines)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self._texts: set[bytes] = set()
        self.looks = dict.fromkeys(("here", *machines), 0)
        """How often all processes were looked at, by machine."""
        self.leaks: dict[tuple[str, str], str] = {}
        """By machine and name of the secret: the program that showed it."""
        self.programs: dict[str, set[str]] = {name: set() for name in self.looks}

    def __enter__(self) -> Self:
        self._begin(self._look_here)
        for name, command in self._commands.items():
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            assert process.stdin
            process.stdin.write(ON_MACHINE.encode())
            process.stdin.close()
            self._processes.append(process)
            assert process.stdout
            self._begin(partial(self._listen, name, process.stdout))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for process in self._processes:
            process.kill()
            process.wait()
        for thread in self._threads:
            thread.join()

    def wait_until(self, condition: Callable[[], bool], seconds: float = 30) -> bool:
        """Wait until something holds that a further look may bring about."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _look_here(self) -> None:
        while not self._over.wait(PAUSE):
            for text in _texts_here():
                digest = hashlib.blake2b(text, digest_size=16).digest()
                if digest not in self._texts and len(self._texts) < KNOWN_TEXTS:
                    self._texts.add(digest)
                    self._judge("here", text)
            self._looked("here")

    def _listen(self, name: str, stream: IO[bytes]) -> None:
        while line := stream.readline():
            size = int(line)
            if size:
                self._judge(name, stream.read(size))
            else:
                self._looked(name)

    def _judge(self, machine: str, text: bytes) -> None:
        program = Path(text.partition(b"\0")[0].decode("utf-8", "replace")).name
        found = self._detector.found(text)
        with self._changed:
            self.programs[machine].add(program)
            for secret in found:
                self.leaks.setdefault((machine, secret), program)
            self._changed.notify_all()

    def _looked(self, machine: str) -> None:
        with self._changed:
            self.looks[machine] += 1
            self._changed.notify_all()


def _texts_here() -> Iterator[bytes]:
    for place in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                yield (place / name).read_bytes()
            except OSError:
                continue
