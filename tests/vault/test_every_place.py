"""Each place that a typed password ends up in: the file as it is rendered, read by its program."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import fields, is_dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.steps.assumed_site import situation, tasks
from tests.steps.test_programs import apart, needs_root, program
from tests.vault.programs import (
    PASSWORDS,
    postgresql,
    redis,
    redis_answer,
    systemd_reads_lines,
)
from wizard.resources.file import File
from wizard.vault.scram import verifier
from wizard.vault.secret import Secrets
from wizard.vault.strength import problems
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENVIRONMENT, PASSFILE = "/opt/minusnow/.env", "/var/lib/postgresql/minusnow-replication.pgpass"
REDIS, KEEPALIVED = "/etc/redis/redis.conf", "/etc/keepalived/keepalived.conf"

# Every place of a password in the files and scripts of an installation; tests for each follow.
PLACES = {
    "app_password": {("app1", ENVIRONMENT), ("app2", ENVIRONMENT)},
    "session_secret": {("app1", ENVIRONMENT), ("app2", ENVIRONMENT)},
    "smtp_password": {("app1", ENVIRONMENT), ("app2", ENVIRONMENT)},
    "redis_password": {("app1", ENVIRONMENT), ("app2", ENVIRONMENT), ("cache1", REDIS)},
    "replication_password": {("db1", PASSFILE), ("db2", PASSFILE)},
    "vrrp_password": {("lb1", KEEPALIVED), ("lb2", KEEPALIVED)},
}

# As node-postgres and node-redis read their URLs, and as the application reads the rest.
NODE = """
const decoded = (url) => ({user: decodeURIComponent(url.username), host: url.hostname,
  password: decodeURIComponent(url.password), path: url.pathname, mode: url.search});
const read = JSON.parse(require('fs').readFileSync(0, 'utf8')).map(([database, redis, ...rest]) =>
  [decoded(new URL(database)), decoded(new URL(redis)), ...rest]);
process.stdout.write(JSON.stringify(read));
"""


def random_passwords(count: int) -> list[str]:
    """Return passwords of 1 to 128 characters that may be typed, signs before all."""
    random = Random(20261124)  # noqa: S311 - the same ones each time
    found: list[str] = []
    signs = "@/#?%'\"\\$` :;&=+{}()<>|!*~^[],.-_" * 4
    others = "aZ09éß世😀אΩ"
    while len(found) < count:
        length = random.choice((1, 2, 3, 8, 32, 127, 128))
        value = "".join(random.choice(signs + others) for _ in range(length))
        if not problems("app_password", value):
            found.append(value)
    return found


ALL = (*PASSWORDS, *random_passwords(20))


@cache
def files() -> dict[tuple[str, str], File]:
    """Return every file of the reference site by host and path."""
    found = tasks(situation()).values()
    return {
        (task.host, each.path): each
        for task in found
        for each in task.resources
        if isinstance(each, File)
    }


def rendered(host: str, path: str, password: str) -> str:
    """Return a file in which every secret is this password."""
    content = files()[host, path].content
    assert isinstance(content, Text)
    return content.reveal(Secrets(dict.fromkeys(content.names(), password)))


def lines_of(text: str, *names: str) -> list[str]:
    """Return the lines of an environment file that set these variables."""
    lines = {line.partition("=")[0]: line for line in text.splitlines()}
    return [lines[name] for name in names]


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the application has in its environment, for each password, as systemd reads its file."""
    folder = tmp_path_factory.mktemp("systemd")
    names = ("DATABASE_URL", "REDIS_URL", "SESSION_SECRET", "SMTP_PASS")
    return {
        password: systemd_reads_lines(
            folder, lines_of(rendered("app1", ENVIRONMENT, password), *names)
        )
        for password in ALL
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run one PostgreSQL for the module."""
    with postgresql(tmp_path_factory.mktemp("postgresql")) as socket:
        yield socket


def names_in(value: object) -> Iterator[str]:
    """Yield the names of the secrets anywhere in a resource."""
    if isinstance(value, Text):
        yield from value.names()
    elif is_dataclass(value):
        for field in fields(value):
            yield from names_in(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from names_in(item)


def test_no_place_of_a_password_is_forgotten_here() -> None:
    """The files and scripts of all steps hold passwords where the table says, and nowhere else."""
    found: dict[str, set[tuple[str, str]]] = {}
    for task in tasks(situation()).values():
        for resource in task.resources:
            for name in names_in(resource):
                where = resource.path if isinstance(resource, File) else resource.key
                found.setdefault(name, set()).add((task.host, where))

    issued = ("balancer_", "ca_", "tls_")
    assert {name: found[name] for name in found if not name.startswith(issued)} == PLACES


def test_the_application_reads_each_password_from_its_environment(
    environments: dict[str, list[str]],
) -> None:
    """The file as systemd reads it, the URLs as Node.js does."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    sent = json.dumps(list(environments.values()))
    done = subprocess.run([node, "-e", NODE], input=sent.encode(), capture_output=True, check=True)
    for password, (database, cache_, session, smtp) in zip(
        environments, json.loads(done.stdout), strict=True
    ):
        assert database == {
            "user": "minusnow",
            "host": "10.0.2.10",
            "password": password,
            "path": "/minusnow_db",
            "mode": "?sslmode=verify-full&sslrootcert=/etc/minusnow/ca.pem",
        }
        assert (cache_["host"], cache_["password"]) == ("10.0.4.10", password)
        assert (session, smtp) == (password, password)


def test_postgresql_lets_the_application_and_the_standby_in(
    server: Path, tmp_path: Path, environments: dict[str, list[str]]
) -> None:
    """A role with our verifier; a login with DATABASE_URL, one with the password file."""
    passfile = tmp_path / "pgpass"
    with psycopg.connect(
        host=str(server), user="postgres", dbname="postgres", autocommit=True
    ) as admin:
        admin.execute("create role probe login")
        for password, (database, *_) in environments.items():
            admin.execute(f"alter role probe password '{verifier(password)}'")
            url = database.replace("//minusnow:", "//probe:").partition("@10.0.2.10:")[0]
            psycopg.connect(f"{url}@/postgres?host={server}").close()
            text = rendered("db2", PASSFILE, password)
            fields_ = [line.split(":", 4)[4] for line in text.splitlines() if line[:1] != "#"]
            passfile.write_text("".join(f"*:*:*:probe:{each}\n" for each in fields_))
            passfile.chmod(0o600)
            psycopg.connect(
                host=str(server), user="probe", dbname="postgres", passfile=str(passfile)
            ).close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host=str(server), user="probe", password="another", dbname="postgres")


def test_redis_lets_the_application_in(tmp_path: Path) -> None:
    """By the very words of its configuration, each as an account of its own."""
    users = []
    for number, password in enumerate(ALL):
        text = rendered("cache1", REDIS, password)
        (line,) = (line for line in text.splitlines() if line.startswith("requirepass "))
        quoted = line.removeprefix('requirepass "').removesuffix('"')
        users.append(f'user u{number} on ">{quoted}" ~* +@all')
    with redis(tmp_path, "\n".join(users)) as path:
        for number, password in enumerate(ALL):
            assert redis_answer(path, "AUTH", f"u{number}", password) == "+OK", password
            assert redis_answer(path, "AUTH", f"u{number}", f"{password}x").startswith("-WRONGPASS")


@needs_root
def test_keepalived_reads_what_it_can_and_the_rest_is_refused() -> None:
    """Letters and digits, up to eight; what it would cut or misread is refused with the reason."""
    keepalived = program("keepalived")
    allowed = ["a", "aB3dE6g8", "00000000"]
    assert [password for password in allowed if problems("vrrp_password", password)] == []
    script = ""
    for number, password in enumerate(allowed):
        text = rendered("lb1", KEEPALIVED, password)
        assert f"auth_pass {password}\n" in text
        script += f"cat >/etc/keepalived/{number} <<'END'\n{text}\nEND\n"
        script += f"{keepalived} -t -f /etc/keepalived/{number} 2>&1 | grep -i -e trunc -e auth_ &&"
        script += " exit 1\n"
    result = apart(f"{script}true\n")
    assert result.returncode == 0, result.stdout + result.stderr
    refused = [one for one in ALL if not (one.isascii() and one.isalnum() and len(one) <= 8)]
    assert [one for one in refused if not problems("vrrp_password", one)] == []
