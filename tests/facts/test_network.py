"""How a host stands in the network: addresses, listeners, names, clock, origin."""

from __future__ import annotations

import pytest

from wizard.facts import clock, interfaces, listeners, origin, resolution
from wizard.facts.host import Interface, Listener

IP = """\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: ens192    inet 10.0.2.10/16 brd 10.0.255.255 scope global noprefixroute ens192\\       valid_lft
2: ens192    inet6 fe80::250:56ff:fe01:203/64 scope link noprefixroute \\       valid_lft forever
3: tun0    inet 10.8.0.2 peer 10.8.0.1/32 scope global tun0\\       valid_lft forever
"""
SS = """\
LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=612,fd=3))
LISTEN 0      4096   127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=1,fd=18))
LISTEN 0      64           0.0.0.0:2049      0.0.0.0:*
LISTEN 0      200             [::]:5432         [::]:*    users:(("postgres",pid=9),("x",pid=1))
LISTEN 0      511                *:80              *:*    users:(("nginx",pid=7,fd=6))
"""


def test_addresses() -> None:
    """IPv4, IPv6 and point-to-point addresses are read with their prefix lengths."""
    assert interfaces.parse(IP) == (
        Interface(name="lo", address="127.0.0.1", prefix=8),
        Interface(name="ens192", address="10.0.2.10", prefix=16),
        Interface(name="ens192", address="fe80::250:56ff:fe01:203", prefix=64),
        Interface(name="tun0", address="10.8.0.2", prefix=32),
    )


def test_listeners() -> None:
    """A socket of the kernel has no process; brackets and scopes are not part of an address."""
    assert listeners.parse(SS) == (
        Listener(address="0.0.0.0", port=22, process="sshd"),  # noqa: S104 - what ss prints
        Listener(address="127.0.0.53", port=53, process="systemd-resolve"),
        Listener(address="0.0.0.0", port=2049, process=""),  # noqa: S104 - as above
        Listener(address="::", port=5432, process="postgres"),
        Listener(address="*", port=80, process="nginx"),
    )


def test_names_that_do_not_resolve_keep_their_place() -> None:
    """Silence is the answer to an unknown name; the address behind each name keeps the order."""
    fence = "127.255.255.253 STREAM 127.255.255.253\n127.255.255.253 DGRAM\n127.255.255.253 RAW\n"
    text = (
        "10.0.1.10       STREAM app1\n10.0.1.10       DGRAM  \n10.0.1.10       RAW    \n"
        + fence
        + fence
        + "fd00::3 STREAM db1\nfd00::3 DGRAM\n10.0.2.10 STREAM\n"
        + fence
    )
    expected = {"app1": "10.0.1.10", "nosuch": "", "db1": "fd00::3", "late": ""}
    assert expected == resolution.parse(text, ["app1", "nosuch", "db1", "late"])


@pytest.mark.parametrize(
    ("first", "last", "after", "expected"),
    [
        ("103.2", "108.2", 105.4, 2.8),  # 3 s ahead; 0.2 s there and 0.2 s back
        ("97.2", "102.2", 105.4, -2.8),  # 3 s behind
        ("102.5", "103.5", 103.6, 0.0),  # right, though logging in took 2.5 s
        ("700.0", "701.0", 101.2, 599.8),
    ],
)
def test_skew_is_what_the_trip_cannot_explain(
    first: str, last: str, after: float, expected: float
) -> None:
    """However long the script and the ways take, a right clock is not called wrong."""
    assert clock.skew(first, last, before=100.0, after=after) == pytest.approx(expected)


@pytest.mark.parametrize(("first", "last"), [("", ""), ("abc", "1.5"), ("1.5", "12:00")])
def test_an_unreadable_clock_is_no_skew(first: str, last: str) -> None:
    """A clock that cannot be read is reported elsewhere, not as a huge difference."""
    assert clock.skew(first, last, before=1.0, after=2.0) == 0.0


TRACKING = "A29FC801,time,4,1732395600.1,0.000012,0.0,0.0,1.2,0.0,0.03,0.01,0.0,64.2,"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timesyncd=yes\n", True),
        ("timesyncd=no\n", False),
        (TRACKING + "Normal\n", True),
        (TRACKING + "Not synchronised\n", False),
        ("timesyncd=no\n" + TRACKING + "Normal\n", True),
        ("506 Cannot talk to daemon\n", None),
        ("", None),
    ],
)
def test_synchronised(text: str, expected: bool | None) -> None:  # noqa: FBT001 - the answer
    """One service that is content is enough; without a service it cannot be told."""
    assert expected is clock.synchronised(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1 51234 10.0.2.10 22\n", "10.0.0.1"),
        ("fd00::1%eth0 51234 fd00::2 22\n", "fd00::1"),
        ("::ffff:10.0.0.1 1 ::ffff:10.0.2.10 22\n", "10.0.0.1"),
        ("nonsense\n", ""),
        ("", ""),
    ],
)
def test_origin(text: str, expected: str) -> None:
    """The first word of SSH_CONNECTION is where the session comes from."""
    assert expected == origin.parse(text)
