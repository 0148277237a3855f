"""The stand-in's migrations against a real PostgreSQL server."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.practice.standin.node_program import node_program
from tests.practice.standin.nodes import run_bundle
from tests.practice.standin.servers import free_port, program, unprivileged, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Connection

    from tests.practice.standin.servers import Postgres


def recorded(postgres: Postgres, url: str) -> list[str]:
    """Return the names of the migrations a database says it has had."""
    with postgres.connect(url.rsplit("/", 1)[1]) as connection:
        rows = connection.execute("SELECT name FROM schema_migrations ORDER BY name").fetchall()
    return [row[0] for row in rows]


def waiting(connection: Connection[tuple[Any, ...]]) -> int:
    """Return how many sessions wait for an advisory lock."""
    look = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    (count,) = connection.execute(look).fetchone() or (0,)
    return int(count)


def push(release: Path, url: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Migrate a database with a release."""
    return run_bundle(release, "migrate.cjs", {"DATABASE_URL": url, **more})


@pytest.fixture
def changeable(release: Path, ground: Path) -> Path:
    """A copy of the release whose migrations may be changed."""
    copy = ground / "changeable"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(release, copy)
    return copy


def test_a_second_run_changes_nothing(
    release: Path, postgres: Postgres, empty_database: str
) -> None:
    """Migrating is safe to repeat, and says that nothing was left to do."""
    first = push(release, empty_database)
    second = push(release, empty_database)

    assert (first.returncode, second.returncode) == (0, 0)
    assert "2 applied, 0 already there" in first.stdout
    assert "0 applied, 2 already there" in second.stdout
    assert recorded(postgres, empty_database) == ["0001_tickets.sql", "0002_attachments.sql"]


def test_npm_runs_the_migrations(release: Path, empty_database: str) -> None:
    """`npm run db:push` works in a release that holds no packages."""
    done = subprocess.run(
        [program("npm"), "run", "db:push"],
        cwd=release,
        env={
            "PATH": f"{node_program().parent}:/usr/bin:/bin",
            "HOME": str(release.parent),
            "DATABASE_URL": empty_database,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **unprivileged(),
    )

    assert done.returncode == 0, done.stderr
    assert "2 applied" in done.stdout


def test_two_runs_at_once_apply_each_migration_once(
    release: Path, postgres: Postgres, empty_database: str
) -> None:
    """The advisory lock lets one run work while the other waits and then finds it done."""
    name = empty_database.rsplit("/", 1)[1]
    command = [program("node"), "dist/migrate.cjs"]
    with postgres.connect(name) as connection:
        connection.execute("SELECT pg_advisory_lock(7310422019)")
        runs = [
            subprocess.Popen(
                command,
                cwd=release,
                env={"DATABASE_URL": empty_database},
                stdout=subprocess.PIPE,
                text=True,
                **unprivileged(),
            )
            for _ in range(2)
        ]
        wait_until(lambda: waiting(connection) == 2, "both runs wait for the lock")
        assert connection.execute("SELECT to_regclass('schema_migrations')").fetchone() == (None,)
        connection.execute("SELECT pg_advisory_unlock(7310422019)")
        said = sorted(run.communicate(timeout=60)[0].splitlines()[-1] for run in runs)

    assert [run.returncode for run in runs] == [0, 0]
    assert said == ["db:push: 0 applied, 2 already there", "db:push: 2 applied, 0 already there"]


def test_a_changed_migration_is_refused(
    changeable: Path, postgres: Postgres, empty_database: str
) -> None:
    """A file that differs from what was applied stops the run before anything is done."""
    assert push(changeable, empty_database).returncode == 0
    (changeable / "migrations/0003_more.sql").write_text("CREATE TABLE more (id int);")
    with (changeable / "migrations/0001_tickets.sql").open("a") as file:
        file.write("-- changed\n")

    done = push(changeable, empty_database)

    assert done.returncode == 1
    assert "0001_tickets.sql differs from what was applied" in done.stderr
    assert recorded(postgres, empty_database) == ["0001_tickets.sql", "0002_attachments.sql"]


def test_a_failing_migration_leaves_nothing_behind(
    changeable: Path, postgres: Postgres, empty_database: str
) -> None:
    """Each migration is one transaction: what failed is named and not recorded."""
    broken = changeable / "migrations/0003_broken.sql"
    broken.write_text("CREATE TABLE half (id int); SELECT no_such_function();")

    done = push(changeable, empty_database)

    assert done.returncode == 1
    assert "0003_broken.sql" in done.stderr
    assert "no_such_function" in done.stderr
    assert recorded(postgres, empty_database) == ["0001_tickets.sql", "0002_attachments.sql"]
    with postgres.connect(empty_database.rsplit("/", 1)[1]) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_an_older_release_leaves_a_newer_database_alone(
    changeable: Path, release: Path, empty_database: str
) -> None:
    """Going back to an older release is no error; that the database is ahead is said."""
    (changeable / "migrations/0003_more.sql").write_text("CREATE TABLE more (id int);")
    assert push(changeable, empty_database).returncode == 0

    done = push(release, empty_database)

    assert done.returncode == 0
    assert "the database is ahead of this release: 0003_more.sql" in done.stdout


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_it_connects_with_tls(
    release: Path, postgres: Postgres, empty_database: str, mode: str
) -> None:
    """The root certificate comes from the environment or from the address."""
    address = f"{empty_database}?sslmode={mode}"
    in_address = f"{address}&sslrootcert={postgres.authority}"

    assert push(release, address, PGSSLROOTCERT=str(postgres.authority)).returncode == 0
    assert push(release, in_address).returncode == 0


def test_a_certificate_of_an_unknown_authority_is_refused(
    release: Path, empty_database: str
) -> None:
    """Checking the chain means refusing what no known authority signed."""
    done = push(release, f"{empty_database}?sslmode=verify-full")

    assert done.returncode == 1
    assert "certificate" in done.stderr


def test_a_certificate_for_another_name_is_refused(
    release: Path, postgres: Postgres, empty_database: str
) -> None:
    """verify-full looks at the name: the server's certificate is for 127.0.0.1, not localhost."""
    other = empty_database.replace("127.0.0.1", "localhost")
    trusted = {"PGSSLROOTCERT": str(postgres.authority)}

    full = push(release, f"{other}?sslmode=verify-full", **trusted)
    chain = push(release, f"{other}?sslmode=verify-ca", **trusted)

    assert full.returncode == 1
    assert "localhost" in full.stderr
    assert chain.returncode == 0, chain.stderr


def test_it_finds_the_server_that_answers(
    release: Path, postgres: Postgres, empty_database: str
) -> None:
    """Several hosts in the address are tried in order."""
    name = empty_database.rsplit("/", 1)[1]
    hosts = f"127.0.0.1:{free_port()},127.0.0.1:{postgres.port}"

    done = push(release, postgres.url(name, hosts=hosts))

    assert done.returncode == 0, done.stderr


def test_a_wrong_password_is_an_error_that_does_not_show_it(
    release: Path, postgres: Postgres, empty_database: str
) -> None:
    """What the server said is shown, what was sent is not."""
    name = empty_database.rsplit("/", 1)[1]

    done = push(release, postgres.url(name, password="wrong-one"))

    assert done.returncode == 1
    assert "password authentication failed" in done.stderr
    assert "wrong-one" not in done.stdout + done.stderr
