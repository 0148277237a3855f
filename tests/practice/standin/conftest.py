"""One PostgreSQL server and one unpacked release for all tests; a cache and nodes for each."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.practice.own_archive import unpack
from tests.practice.standin.nodes import Client, Node, run_bundle, shared_home, start_node
from tests.practice.standin.servers import (
    Cache,
    Postgres,
    accepts,
    give,
    start_postgres,
    start_standby,
)
from wizard.practice.release import build_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """A directory the unprivileged servers can reach, unlike pytest's own."""
    directory = give(Path(tempfile.mkdtemp(prefix="standin-")))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def release(ground: Path) -> Path:
    """The built release, unpacked and without its packages: the bundles must do without."""
    tarball = build_release(ground / "release.tar.gz")
    unpack(tarball, ground)
    directory = ground / "minusnow-1.4.0"
    shutil.rmtree(directory / "node_modules")
    return directory


@pytest.fixture(scope="session")
def postgres(ground: Path) -> Iterator[Postgres]:
    """A PostgreSQL server with TLS."""
    directory = ground / "postgres"
    directory.mkdir()
    server = start_postgres(give(directory))
    yield server
    server.stop()


@pytest.fixture
def replicated(ground: Path) -> Iterator[tuple[Postgres, Postgres]]:
    """A primary and its streaming standby, to be stopped and promoted by one test."""
    places = [give(Path(tempfile.mkdtemp(dir=ground, prefix="pg-"))) for _ in range(2)]
    with ExitStack() as stack:
        primary = start_postgres(places[0])
        stack.callback(stop_if_running, primary)
        standby = start_standby(places[1], primary)
        stack.callback(stop_if_running, standby)
        yield primary, standby


def stop_if_running(server: Postgres) -> None:
    """End a server that a test may have ended already."""
    if accepts(server.port):
        server.stop()


@pytest.fixture
def empty_database(postgres: Postgres) -> str:
    """The address of a database without a schema."""
    return postgres.fresh_database(f"minusnow_{uuid4().hex[:8]}")


@pytest.fixture
def database(release: Path, empty_database: str) -> str:
    """The address of a migrated database."""
    done = run_bundle(release, "migrate.cjs", {"DATABASE_URL": empty_database})
    assert done.returncode == 0, done.stderr
    return empty_database


@pytest.fixture
def cache(ground: Path) -> Iterator[Cache]:
    """A running Redis server."""
    server = Cache(ground)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def home(ground: Path) -> Path:
    """The shared directories."""
    return shared_home(ground)


@pytest.fixture
def launch(release: Path, home: Path, database: str) -> Iterator[Callable[..., Node]]:
    """Start a node on the migrated database; all nodes are ended after the test."""
    nodes: list[Node] = []

    def start(**more: str) -> Node:
        nodes.append(start_node(release, home, **{"DATABASE_URL": database, **more}))
        return nodes[-1]

    yield start
    for node in nodes:
        node.process.kill()
        node.end()


@pytest.fixture
def pair(launch: Callable[..., Node], cache: Cache) -> tuple[Node, Node]:
    """Two nodes that share database, cache and directories."""
    shared = {"REDIS_URL": cache.url, "SESSION_STORE": "redis"}
    return launch(**shared), launch(**shared)


@pytest.fixture
def client() -> Client:
    """A client without a session."""
    return Client()
