"""Proof: does the cache let in who has the password, from the private network, and nobody else?"""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question
from wizard.errors import HostError
from wizard.site.cache import CacheKind
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wizard.checks.proof_ground import Ground
    from wizard.remote.transport import Transport
    from wizard.site.model import Site

TIMEOUT = 5.0  # seconds
REDIS_PASSWORD = "redis_password"  # noqa: S105 - the name of a secret

LOCKED = Question("cache-locked", "Is whoever has no password turned away?", "NOAUTH")
ANSWERS = Question("cache-answers", "Is the application let in with its password?", "PONG")
MEMORY = Question("cache-memory", "Does it treat full memory as the site says?")
BOUND = Question(
    "cache-bound", "Does it listen on its private address only?", "no wildcard address"
)
_APPLY = "Apply the site again."


def listeners_section(port: int) -> str:
    """Return bash that prints where something listens on the port."""
    return f"ss -Hltn 'sport = :{port}'"


def check_bound(host: str, text: str) -> Finding:
    """Answer from what `ss` printed on the cache host."""
    ends = [fields[3] for line in text.splitlines() if len(fields := line.split()) > 3]  # noqa: PLR2004
    addresses = [end.rpartition(":")[0].strip("[]").partition("%")[0] for end in ends]
    shown = ", ".join(addresses) or "nowhere"
    if not addresses:
        return BOUND.failed(host, "nothing listens", "See `journalctl -u redis-server` there.")
    if any(address in {"0.0.0.0", "::", "*", ""} for address in addresses):  # noqa: S104 - compared
        return BOUND.failed(host, shown, _APPLY)
    return BOUND.ok(host, shown)


def check(ground: Ground) -> Iterator[Finding]:
    """Speak to the cache from an app server, as the application does; raises HostError."""
    site = ground.site
    if site.cache.kind is CacheKind.NONE:
        yield ANSWERS.skipped(SITE, "the site has no cache: each node keeps its own sessions")
        return
    nodes = ground.reached(Role.APP)
    if not nodes:
        yield ANSWERS.skipped(SITE, "no app server could be asked")
        return
    external = site.cache.external
    if site.cache.kind is CacheKind.EXTERNAL and external and external.tls:
        yield ANSWERS.skipped(SITE, "a foreign service over TLS: the nodes' own health shows it")
        return
    yield from _ask(ground, ground.transports[nodes[0].name])


def _ask(ground: Ground, transport: Transport) -> Iterator[Finding]:
    site, host = ground.site, ground.site.cache_host
    if host is not None:
        name, address, port = host.name, ground.address_of(host), site.cache.port
    elif site.cache.external:
        name, address, port = SITE, site.cache.external.host, site.cache.external.port
    else:
        return
    stranger = talk(transport, (address, port), [["PING"]])
    if stranger[0].startswith("-NOAUTH"):
        yield LOCKED.ok(name, "NOAUTH")
    else:
        yield LOCKED.failed(name, stranger[0], _APPLY)
    password = ground.secrets[REDIS_PASSWORD].reveal()
    settings = [["CONFIG", "GET", "maxmemory"], ["CONFIG", "GET", "maxmemory-policy"]]
    replies = talk(transport, (address, port), [["AUTH", password], ["PING"], *settings])
    if replies[1] == "+PONG":
        yield ANSWERS.ok(name, f"PONG, asked from {transport.host}")
    else:
        yield ANSWERS.failed(name, f"{replies[0]} {replies[1]}", _APPLY)
    if host is not None:
        yield judge_memory(site, name, replies[2], replies[3])


def judge_memory(site: Site, host: str, memory: str, policy: str) -> Finding:
    """Answer from the replies to the two CONFIG GET."""
    wanted = f"{site.cache.max_memory} and {site.cache.policy.value}"
    seen_memory, seen_policy = memory.rpartition(" ")[2], policy.rpartition(" ")[2]
    if seen_memory == str(site.cache.max_memory.bytes) and seen_policy == site.cache.policy.value:
        return MEMORY.ok(host, wanted)
    return MEMORY.failed(host, f"{seen_memory} bytes and {seen_policy}", _APPLY, wanted=wanted)


def talk(
    transport: Transport, target: tuple[str, int], commands: Sequence[Sequence[str]]
) -> list[str]:
    """Return one line per reply of a Redis server; an array's parts stand in one line.

    The commands travel inside the connection: no process on any host sees them. Raises: HostError.
    """
    sent = b"".join(_encoded(command) for command in commands)
    try:
        with (
            transport.forward(*target) as end,
            socket.create_connection(end, timeout=TIMEOUT) as line,
            line.makefile("rb") as answers,
        ):
            line.sendall(sent)
            return [_reply(answers.readline) for _ in commands]
    except OSError as error:
        raise HostError(
            f"Redis at {target[0]}:{target[1]} gave no answer: {error}",
            remedy="See whether its unit runs, and its firewall.",
            host=transport.host,
        ) from None


def _encoded(command: Sequence[str]) -> bytes:
    words = [word.encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%s\r\n" % (len(word), word) for word in words
    )


def _reply(readline: Callable[[], bytes]) -> str:
    line = readline().decode(errors="replace").rstrip("\r\n")
    if not line:
        raise ConnectionResetError("the connection was closed")
    if match := re.fullmatch(r"\*(\d+)", line):
        return " ".join(_reply(readline) for _ in range(int(match[1])))
    if re.fullmatch(r"\$\d+", line):
        return readline().decode(errors="replace").rstrip("\r\n")
    return line
