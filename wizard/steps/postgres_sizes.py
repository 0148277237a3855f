"""How much memory and disk PostgreSQL may use, from what the hosts have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.facts.host import HostFacts

_MB = 1024 * 1024
_GB = 1024 * _MB
# The amount a kernel reports changes a little with every update; the sizes should not.
_GRAIN = 128 * _MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Settings that depend on the machine; all in megabytes."""

    shared_buffers: int
    effective_cache_size: int
    maintenance_work_mem: int
    work_mem: int
    max_wal_size: int
    min_wal_size: int


def sizes(hosts: Iterable[HostFacts], max_connections: int) -> Sizes:
    """Return the sizes for the smallest of the hosts, the same for all of them.

    A standby must be able to do what its primary does, and becomes the primary one day.
    """
    hosts = list(hosts)
    return sizes_for(
        memory=min(host.memory for host in hosts),
        disk=min(host.disk_size for host in hosts),
        max_connections=max_connections,
    )


def sizes_for(*, memory: int, disk: int, max_connections: int) -> Sizes:
    """Return the sizes for a machine of that memory and disk (bytes).

    A quarter of the memory is PostgreSQL's own, three quarters count as cached. What is left of
    the memory is shared among all connections, each of which may sort in up to three places.
    """
    memory = max(memory // _GRAIN * _GRAIN, _GRAIN)
    buffers = memory // 4
    work = (memory - buffers) // (max_connections * 3)
    wal = disk // 25 // _GRAIN * _GRAIN
    return Sizes(
        shared_buffers=buffers // _MB,
        effective_cache_size=memory * 3 // 4 // _MB,
        maintenance_work_mem=_within(memory // 16, 32 * _MB, 1 * _GB) // _MB,
        work_mem=_within(work, 1 * _MB, 64 * _MB) // _MB,
        max_wal_size=_within(wal, 256 * _MB, 4 * _GB) // _MB,
        min_wal_size=_within(wal // 4, 80 * _MB, 1 * _GB) // _MB,
    )


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
