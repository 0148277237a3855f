"""Sizes come from the smallest database server."""

from __future__ import annotations

import pytest

from tests.steps.postgres_situation import GB, host_facts
from wizard.steps.postgres_sizes import sizes, sizes_for


@pytest.mark.parametrize(
    ("memory", "connections", "expected"),
    [
        # memory, connections -> shared_buffers, effective_cache_size, maintenance, work (MB)
        (1 * GB, 200, (256, 768, 64, 1)),
        (16 * GB, 200, (4096, 12288, 1024, 20)),
        (64 * GB, 100, (16384, 49152, 1024, 64)),
        (64 * GB, 1000, (16384, 49152, 1024, 16)),
    ],
)
def test_memory_is_shared_out(memory: int, connections: int, expected: tuple[int, ...]) -> None:
    """A quarter is PostgreSQL's own; no number of connections can ask for more than there is."""
    found = sizes_for(memory=memory, disk=200 * GB, max_connections=connections)
    assert expected == (
        found.shared_buffers,
        found.effective_cache_size,
        found.maintenance_work_mem,
        found.work_mem,
    )
    worst = found.shared_buffers + 3 * connections * found.work_mem
    assert worst <= memory // 1024**2


def test_a_kernel_update_does_not_change_them() -> None:
    """A few megabytes more or less give the same file."""
    one = sizes_for(memory=16 * GB - 300_000_000, disk=200 * GB, max_connections=200)
    other = sizes_for(memory=16 * GB - 305_000_000, disk=200 * GB, max_connections=200)
    assert one == other


def test_the_smallest_server_decides() -> None:
    """Both servers can do what either of them does."""
    hosts = [host_facts("db1"), host_facts("db2", memory=8 * GB, disk_size=20 * GB)]
    found = sizes(hosts, 200)
    assert found.shared_buffers == 2048
    assert found.max_wal_size == 768
