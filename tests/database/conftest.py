"""Real PostgreSQL servers for the tests of what is done inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.database.servers import Server, running
from tests.steps.postgres_situation import reference_site
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from wizard.site.model import Site

SECRETS = Secrets(
    {
        "app_password": "first / % ' secret",
        "replication_password": "replica:tion",
        "setup_password": "of the installer",
    }
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of a module."""
    with running(tmp_path_factory.mktemp("postgresql") / "one") as found:
        yield found


@pytest.fixture
def connection(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to it."""
    with server.connect() as found:
        yield found


@pytest.fixture
def reference() -> Site:
    """The reference site."""
    return reference_site()
