"""The fleet's network: a namespace with one bridge, the jump host's address, and no way out."""

import contextlib

from wizard.errors import PracticeError
from wizard.practice.command import run
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import GATEWAY, Kind, PracticeHost

BRIDGE = "br0"
BRIDGE_MAC = "52:54:0a:00:00:01"
"""Fixed: a bridge without one takes another address whenever a host is switched on."""

PORT_DISABLED, PORT_FORWARDS = "0", "3"
"""A bridge port's states (linux/if_bridge.h)."""


def network_stands(directory: FleetDirectory) -> bool:
    """Whether the namespace exists and its bridge has its address."""
    try:
        shown = run(("ip", "-n", directory.name, "-4", "address", "show", "dev", BRIDGE, "up"))
    except PracticeError:
        return False
    return f"inet {GATEWAY} " in shown


def make_network(directory: FleetDirectory) -> None:
    """Make the namespace and its bridge anew; what was left of an older one goes.

    Forwarding is on so that a host's packet to anywhere else is refused at once instead of lost.

    Raises:
        PracticeError: this machine's kernel refuses.
    """
    remove_network(directory)
    name = directory.name
    run(("ip", "netns", "add", name))
    run(
        ("ip", "-n", name, "-batch", "-"),
        script=f"link set lo up\n"
        f"link add {BRIDGE} address {BRIDGE_MAC} type bridge forward_delay 0\n"
        f"address add {GATEWAY} dev {BRIDGE}\n"
        f"link set {BRIDGE} up\n",
    )
    run(
        (
            "nsenter",
            f"--net={directory.network_namespace}",
            "sh",
            "-c",
            "echo 1 >/proc/sys/net/ipv4/ip_forward",
        ),
    )


def remove_network(directory: FleetDirectory) -> None:
    """Remove the namespace with everything in it, also a stale one that no longer works."""
    if directory.network_namespace.exists():
        with contextlib.suppress(PracticeError):
            run(("ip", "netns", "delete", directory.name))
        directory.network_namespace.unlink(missing_ok=True)


def has_link(directory: FleetDirectory, host: PracticeHost) -> bool:
    """Whether the host's link exists."""
    try:
        run(("ip", "-n", directory.name, "link", "show", "dev", host.link))
    except PracticeError:
        return False
    return True


def make_link(directory: FleetDirectory, host: PracticeHost) -> None:
    """Make a machine's tap device and plug it in; a container brings its own link.

    The kernel takes an ended container's link away in its own time: what is left of it goes now.

    Raises:
        PracticeError: the device cannot be made.
    """
    if host.kind is Kind.CONTAINER:
        with contextlib.suppress(PracticeError):
            run(("ip", "-n", directory.name, "link", "delete", "dev", host.link))
        return
    if has_link(directory, host):
        return
    run(("ip", "-n", directory.name, "tuntap", "add", "dev", host.link, "mode", "tap"))
    run(("ip", "-n", directory.name, "link", "set", host.link, "master", BRIDGE, "up"))


def set_link(directory: FleetDirectory, host: PracticeHost, *, up: bool) -> None:
    """Plug the host's cable in, or pull it.

    A machine's tap must stay up, or its driver gives the device up for good: its port on the
    bridge is closed instead. The machine then sees silence, where a container sees no carrier.

    Raises:
        PracticeError: the host has no link, because it is not running.
    """
    if host.kind is Kind.MACHINE:
        state = PORT_FORWARDS if up else PORT_DISABLED
        run(("bridge", "-n", directory.name, "link", "set", "dev", host.link, "state", state))
    else:
        run(("ip", "-n", directory.name, "link", "set", host.link, "up" if up else "down"))
