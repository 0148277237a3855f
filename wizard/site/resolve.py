"""What the hosts' names resolve to on this machine: the only part that asks the network."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

from wizard.site.values import normal_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wizard.site.topology import Host

LONGEST_WAIT = 3.0
"""Seconds for all names together; resolvers that do not answer may take half a minute each."""


def addresses_of(name: str) -> frozenset[str]:
    """The addresses a name resolves to, in their normal spelling; none if it does not."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return frozenset()
    texts = (str(entry[4][0]).partition("%")[0] for entry in found)
    return frozenset(normal_address(text) for text in texts)


def resolve(
    hosts: Iterable[Host],
    *,
    wait: float = LONGEST_WAIT,
    look_up: Callable[[str], frozenset[str]] = addresses_of,
) -> Mapping[str, frozenset[str]]:
    """The addresses of each host whose address is a name, by host name, as far as answered.

    `wait` is in seconds, for all names together. A host that is missing was not answered in time;
    an empty set means that the name does not resolve.
    """
    named = [host for host in hosts if host.ip is None]
    answers: dict[str, frozenset[str]] = {}
    threads = [
        # Daemons: a look-up cannot be interrupted, and must not keep the program from ending.
        threading.Thread(
            target=lambda host=host: answers.__setitem__(host.name, look_up(host.address)),
            daemon=True,
        )
        for host in named
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + wait
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(answers)
