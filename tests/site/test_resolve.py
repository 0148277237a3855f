"""Looking host names up, in parallel and within a time limit."""

from __future__ import annotations

import threading
import time

from wizard.site.resolve import addresses_of, resolve
from wizard.site.topology import Host, Role


def named(name: str, address: str) -> Host:
    """A host with an address."""
    return Host(name=name, address=address, roles=(Role.APP,))


def test_the_resolver_of_this_machine_is_asked() -> None:
    """Localhost is known everywhere."""
    assert addresses_of("localhost") & {"127.0.0.1", "::1"}


def test_a_name_that_does_not_exist_has_no_addresses() -> None:
    """The top-level domain `invalid` never exists."""
    assert addresses_of("nowhere.invalid") == frozenset()


def test_only_names_are_looked_up_and_all_at_once() -> None:
    """Each look-up waits for the other: one after the other they would never end."""
    both = threading.Barrier(2, timeout=10)

    def look_up(name: str) -> frozenset[str]:
        both.wait()
        return frozenset({f"address of {name}"})

    hosts = [named("a", "a.example.com"), named("b", "b.example.com"), named("c", "10.0.0.1")]
    assert resolve(hosts, wait=10, look_up=look_up) == {
        "a": frozenset({"address of a.example.com"}),
        "b": frozenset({"address of b.example.com"}),
    }


def test_a_resolver_that_does_not_answer_is_not_waited_for() -> None:
    """The name is then missing from the answer."""
    release = threading.Event()

    def look_up(name: str) -> frozenset[str]:
        if name == "slow.example.com":
            release.wait(30)
        return frozenset({"10.0.0.1"})

    began = time.monotonic()
    hosts = [named("slow", "slow.example.com"), named("fast", "fast.example.com")]
    answer = resolve(hosts, wait=0.2, look_up=look_up)
    release.set()
    assert answer == {"fast": frozenset({"10.0.0.1"})}
    assert time.monotonic() - began < 10
