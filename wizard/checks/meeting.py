"""Whether two hosts of the site are one machine: what is left on one is looked for on the other.

Numbers can be copied with a machine's disk, and one machine can be reached by several addresses.
Only hosts whose numbers agree are asked, so that ordinary sites pay nothing for it.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import TYPE_CHECKING

from wizard.errors import Cancelled, SetupError
from wizard.remote.ssh_program import RUN_DIRECTORY
from wizard.resources.shell import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wizard.facts.host import HostFacts
    from wizard.remote.transport import Transport

TIMEOUT = 30.0  # seconds for a word with a host
_OLD = 10  # minutes after which what a killed installer has left is removed
_FOLDER = f"{RUN_DIRECTORY}/machines"

# Two hosts by name -> whether what was left on one was found on the other.
Met = dict[frozenset[str], bool]


def suspects(facts: Mapping[str, HostFacts]) -> tuple[frozenset[str], ...]:
    """Return the pairs of hosts with a number in common that each machine has for itself.

    The board's number is none of these: containers have that of the machine they run on.
    """
    return tuple(
        frozenset(pair)
        for pair in combinations(sorted(facts), 2)
        if any(
            getattr(facts[pair[0]], signal) and len({getattr(facts[n], signal) for n in pair}) == 1
            for signal in ("boot_id", "machine_id", "host_key")
        )
    )


def meet(transports: Mapping[str, Transport], facts: Mapping[str, HostFacts]) -> Met:
    """Return, for each suspected pair that could be asked, whether it is one machine.

    Three words with each host of such a pair; all of it is removed again. Raises: Cancelled.
    """
    pairs = [pair for pair in suspects(facts) if pair <= transports.keys()]
    names = sorted(frozenset().union(*pairs))
    if not names:
        return {}
    nonces = {name: secrets.token_hex(16) for name in names}
    with ThreadPoolExecutor(max_workers=len(names), thread_name_prefix="meeting") as pool:

        def everywhere(script: Callable[[str], str], among: list[str]) -> dict[str, str]:
            """Return what each host says to its script; nothing of one that cannot be asked."""
            asked = {n: pool.submit(_ask, transports[n], script(n)) for n in among}
            said = {name: answer.result() for name, answer in asked.items()}
            return {name: text for name, text in said.items() if text is not None}

        for name in names:
            transports[name].at_close(_remove(nonces[name]))
        left = everywhere(lambda name: _leave(nonces[name]), names)
        found = everywhere(lambda _name: f"ls -A {_FOLDER} 2>/dev/null || true", sorted(left))
        everywhere(lambda name: _remove(nonces[name]), sorted(left))
    met: Met = {}
    for pair in pairs:
        one, other = sorted(pair)
        if {one, other} <= found.keys():
            met[pair] = nonces[one] in found[other].split() or nonces[other] in found[one].split()
    return met


def _ask(transport: Transport, script: str) -> str | None:
    try:
        result = transport.run(
            script, waiting_for="whether two hosts are one machine", timeout=TIMEOUT
        )
    except Cancelled:
        raise
    except SetupError:
        return None
    return None if result.status else result.out


def _leave(nonce: str) -> str:
    return (
        f"umask 077; mkdir -p -m 0700 {RUN_DIRECTORY} {_FOLDER}\n"
        f"find {_FOLDER} -type f -mmin +{_OLD} -delete\n: >{words(f'{_FOLDER}/{nonce}')}"
    )


def _remove(nonce: str) -> str:
    # The folder goes with the last one in it.
    return (
        f"rm -f {words(f'{_FOLDER}/{nonce}')}; rmdir --ignore-fail-on-non-empty {_FOLDER}"
        " 2>/dev/null || true"
    )
