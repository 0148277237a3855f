"""The first key of a host, asked about at the terminal: one question at a time, each once."""

from __future__ import annotations

import os
import select
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.remote.cancellation import Cancellation
    from wizard.remote.endpoint import HostKeyQuestion

_HALF_SECOND = 0.5


class HostKeyAsker:
    """Asks the person at the terminal; hosts are connected to side by side, people are not."""

    def __init__(self, stop: Cancellation) -> None:
        self._stop = stop
        self._one = threading.Lock()
        self._answers: dict[tuple[str, int, str], bool] = {}

    def __call__(self, question: HostKeyQuestion) -> bool:
        """Return whether the key is the right one; a jump host's is asked for once, not by host."""
        about = (question.address, question.port, question.fingerprint)
        with self._one:
            if about not in self._answers:
                self._answers[about] = self._ask(question)
            return self._answers[about]

    def _ask(self, question: HostKeyQuestion) -> bool:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(terminal, _words(question).encode())
            while not self._stop.cancelled:
                ready, _, _ = select.select([terminal], [], [], _HALF_SECOND)
                if ready:
                    return os.read(terminal, 1000).strip() == b"yes"
            return False
        finally:
            os.close(terminal)


def _words(question: HostKeyQuestion) -> str:
    return (
        f"\nThe key of {question.host} ({question.address}:{question.port}) is not known yet:\n"
        f"  {question.key_type} {question.fingerprint}\n"
        "Compare it with `ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` on that host's console.\n"
        f"Is it the same, and may it be kept in {question.known_hosts}? [yes/no] "
    )
