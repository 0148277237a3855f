"""Everything at once before anything is planned: connect, gather facts, look; hosts in parallel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from wizard.counted import counted
from wizard.errors import Cancelled, ConnectionLost, HostError, SetupError, VaultError
from wizard.run.events import HostFailed
from wizard.run.failure import from_postgresql
from wizard.run.look import LOOK_TIMEOUT, look_script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Transport
    from wizard.run.bus import EventBus
    from wizard.run.clock import Clock
    from wizard.run.ports import DatabaseOpener
    from wizard.steps.task import Task

_LANES = 64  # hosts at the same time

T = TypeVar("T")


def everywhere(
    hosts: Sequence[str], work: Callable[[str], T], *, bus: EventBus, stop: Cancellation
) -> dict[str, T]:
    """Do the work for all hosts side by side; return its results by host.

    Every host is tried; each failure becomes an event, and all of them together one error.

    Raises: HostError naming each host that failed, Cancelled.
    """
    found: dict[str, T] = {}
    failed: dict[str, SetupError] = {}
    with ThreadPoolExecutor(max_workers=max(1, min(len(hosts), _LANES))) as pool:
        futures = {host: pool.submit(work, host) for host in hosts}
        try:
            for host, future in futures.items():
                try:
                    found[host] = future.result()
                except Cancelled:
                    continue
                except SetupError as error:
                    failed[host] = error
                    bus.publish(HostFailed(host=host, seen=error.seen, remedy=error.remedy))
        except KeyboardInterrupt:
            stop.cancel()
    stop.raise_if_cancelled()
    if len(failed) == 1:
        (host, only) = failed.popitem()
        only.host = only.host or host
        raise only
    if failed:
        raise HostError(
            f"{counted(len(failed), 'host')} could not be used:\n"
            + "\n".join(f"  {host}: {error.seen}" for host, error in failed.items()),
            remedy=next((error.remedy for error in failed.values() if error.remedy), ""),
        )
    return found


def look_at(
    transport: Transport, tasks: Sequence[Task], *, clock: Clock
) -> dict[str, dict[str, str]]:
    """Return what all resources of one host's tasks see, in one trip; by task id and key."""
    resources = [(task.id, resource) for task in tasks for resource in task.resources]
    seen: dict[str, dict[str, str]] = {task.id: {} for task in tasks}
    if not resources:
        return seen
    look = look_script([resource.look() for _, resource in resources])
    with clock.waiting():
        result = transport.run(
            look.script, waiting_for="a look at what is there", timeout=LOOK_TIMEOUT
        )
    for (task, resource), text in zip(resources, look.split(result.out), strict=True):
        seen[task][resource.key] = text
    return seen


def look_at_database(
    transport: Transport, tasks: Sequence[Task], *, opener: DatabaseOpener, clock: Clock
) -> Mapping[str, Mapping[str, object]]:
    """Return what all database objects of one host's tasks see; nothing without a server.

    A server that lets nobody in yet is as good as none for a plan; carrying it out says why.
    """
    tasks = [task for task in tasks if task.database]
    if not tasks:
        return {}
    with ExitStack() as stack, clock.waiting():
        try:
            connection = stack.enter_context(opener(transport))
        except ConnectionLost:
            raise
        except (HostError, VaultError):
            return {}
        if connection is None:
            return {}
        try:
            return {
                task.id: {item.key: item.look(connection) for item in task.database}
                for task in tasks
            }
        except Exception as error:
            if not from_postgresql(error):
                raise
            raise HostError(
                f"PostgreSQL did not answer a look: {error}".strip(),
                remedy="See `systemctl status postgresql` on the host, then run it again.",
                host=transport.host,
            ) from None
