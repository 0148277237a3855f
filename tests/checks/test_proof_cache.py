"""The cache as it is seen from an app server; against a real Redis."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.practice.standin.servers import CACHE_PASSWORD, Cache, free_port, give
from tests.remote.local import LocalTransport
from tests.site.example import site
from wizard.checks.check import Verdict
from wizard.checks.proof_cache import check_bound, judge_memory, talk
from wizard.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def redis() -> Iterator[Cache]:
    """A Redis server with a password, in a directory that its account can enter."""
    with tempfile.TemporaryDirectory(prefix="proof-") as folder:
        server = Cache(give(Path(folder)))
        server.start()
        yield server
        server.stop()


def test_a_real_server_turns_strangers_away_and_answers_who_knows_the_password(
    redis: Cache,
) -> None:
    """The words of Redis are what the findings quote."""
    target = ("127.0.0.1", redis.port)
    transport = LocalTransport("app1")
    assert talk(transport, target, [["PING"]])[0].startswith("-NOAUTH")
    settings = ["CONFIG", "GET", "maxmemory"]
    replies = talk(transport, target, [["AUTH", CACHE_PASSWORD], ["PING"], settings])
    assert replies == ["+OK", "+PONG", "maxmemory 0"]


def test_no_server_is_told_in_words() -> None:
    """The address stands in the message."""
    with pytest.raises(HostError, match=r"Redis at 127\.0\.0\.1:\d+ gave no answer"):
        talk(LocalTransport("app1"), ("127.0.0.1", free_port()), [["PING"]])


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("LISTEN 0 511 10.0.4.10:6379 0.0.0.0:*\n", Verdict.OK),
        ("LISTEN 0 511 [::1]:6379 [::]:*\nLISTEN 0 511 10.0.4.10:6379 0.0.0.0:*\n", Verdict.OK),
        ("LISTEN 0 511 0.0.0.0:6379 0.0.0.0:*\n", Verdict.FAILED),
        ("LISTEN 0 511 [::]:6379 [::]:*\n", Verdict.FAILED),
        ("LISTEN 0 511 *:6379 *:*\n", Verdict.FAILED),
        ("", Verdict.FAILED),
    ],
)
def test_a_wildcard_address_is_not_private(line: str, verdict: Verdict) -> None:
    """Every way in which ss writes "everywhere" is known."""
    assert check_bound("cache1", line).verdict is verdict


def test_memory_is_compared_with_the_site() -> None:
    """Size and policy both count."""
    wanted = site()
    right = f"maxmemory {256 * 1024**2}"
    policy = "maxmemory-policy volatile-ttl"
    assert judge_memory(wanted, "cache1", right, policy).verdict is Verdict.OK
    finding = judge_memory(wanted, "cache1", right, "maxmemory-policy allkeys-lru")
    assert finding.verdict is Verdict.FAILED
    assert "allkeys-lru" in finding.seen
