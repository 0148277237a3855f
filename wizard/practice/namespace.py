"""Moves this process onto the fleet's network, where the hosts' addresses lead to the hosts."""

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from wizard.errors import PracticeError
from wizard.practice.directory import FleetDirectory, fleet_directory

CLONE_NEWNET = 0x40000000
"""From linux/sched.h; ``os.setns`` came with Python 3.12."""

OWN = Path("/proc/thread-self/ns/net")
"""The network namespace of the thread that looks."""

Result = TypeVar("Result")


def enter(directory: FleetDirectory | None = None) -> None:
    """Move the calling thread, and every thread it starts from now on, onto the fleet's network.

    Call it before other threads exist: those stay where they are.

    Raises:
        PracticeError: no fleet is up, or this is not root.
    """
    path = (directory or fleet_directory()).network_namespace
    try:
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise PracticeError(
            "The practice fleet is not up.", remedy="Start it with: minusnow-setup practice up"
        ) from None
    try:
        _set(opened)
    finally:
        os.close(opened)


def on_network(directory: FleetDirectory) -> bool:
    """Whether the calling thread is on the fleet's network."""
    try:
        return OWN.samefile(directory.network_namespace)
    except OSError:
        return False  # there is no fleet


@contextlib.contextmanager
def entered(directory: FleetDirectory | None = None) -> Iterator[None]:
    """As ``enter``, for as long as the block lasts.

    Raises:
        PracticeError: no fleet is up, or this is not root.
    """
    before = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(directory)
        try:
            yield
        finally:
            _set(before)
    finally:
        os.close(before)


def _set(opened: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(opened, CLONE_NEWNET) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise PracticeError(
            f"The practice fleet's network cannot be entered: {reason}.",
            remedy="Run the same command with sudo; if it was root, run 'practice up' first.",
        )


def inside(directory: FleetDirectory, action: Callable[[], Result]) -> Result:
    """Do something on the fleet's network, in a thread of its own, and return its result.

    Raises:
        PracticeError: no fleet is up; or whatever the action raises.
    """
    results: list[Result] = []
    problems: list[BaseException] = []

    def there() -> None:
        try:
            enter(directory)
            results.append(action())
        except BaseException as problem:  # noqa: BLE001 - handed to the caller below
            problems.append(problem)

    thread = threading.Thread(target=there, name="practice-network", daemon=True)
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
    return results[0]
