"""Nothing in a site file becomes shell, SQL or configuration; the programs themselves are asked."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.site.example import REFERENCE, parsed, site
from tests.steps.assumed_site import situation, tasks
from tests.steps.test_odd_values import ODD, sites
from tests.steps.test_programs import apart, needs_root, placed, program
from tests.vault.programs import postgresql
from wizard.remote.sudoers import policy
from wizard.resources.file import File
from wizard.steps.placed import placed_files
from wizard.steps.postgres_files import access
from wizard.steps.postgres_files import settings as server_settings
from wizard.steps.postgres_layout import layout
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.site.model import Site

# Each with a mark that would be found where it arrived.
HOSTILE = (
    "\n[Service]\nExecStart=/bin/touch /injected",
    "\r\ninjected: yes",
    "';injected $(touch /injected) `touch /injected`--",
    '" injected || {{ 7*7 }} %n %(injected)s ${injected} #',
    "\\\0injected",
    "\u2028injected",
)
# Where people write what they like: it is kept for auditors, and shown; no host is given it.
FREE = re.compile(r"licensing\.components\.\w+\.(edition|reference)|licensing\.accepted_by")


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value of a document by its dotted path; lists are left out."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else key)
    elif not isinstance(value, list | bool) and value is not None:
        yield path, value


FIELDS = dict(leaves(YAML(typ="safe").load(REFERENCE))) | {
    "ssh.jump": "ops@10.0.0.9",
    "networking.packages.mirror": "http://mirror.example/debian",
    "storage.mount_options": "nfsvers=4.2,hard",
    "database.max_slot_wal_keep_size": "8GB",
}


def refused(path: str, hostile: str) -> bool:
    """Tell whether the site file is refused with this behind a value, and names the field."""
    outcome = parsed({path: f"{FIELDS[path]}{hostile}"})
    if outcome.site is not None:
        return False
    assert any(path in str(problem) for problem in outcome.problems), outcome.problems
    return True


# Field by field takes a fiftieth of a second each; a few at a time are enough for every run.
@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(each, marks=[] if number in {0, 2} else [pytest.mark.complete], id=ascii(each))
        for number, each in enumerate(HOSTILE)
    ],
)
def test_a_hostile_value_is_refused_or_goes_to_no_host(hostile: str) -> None:
    """Names, domains, paths, addresses, sizes, versions: each field of the reference site."""
    taken = {path for path in FIELDS if not refused(path, hostile)}
    assert {path for path in taken if not FREE.fullmatch(path)} == set()
    wanted = site({path: f"{FIELDS[path]}{hostile}" for path in taken})
    for host, files in placed_files(situation(wanted)).items():
        for path, text in files.items():
            assert "injected" not in text, (host, path)


def test_host_names_and_addresses_are_no_place_for_it_either() -> None:
    """Nor login names of single hosts; they stand in a list."""
    hosts = YAML(typ="safe").load(REFERENCE)["topology"]["hosts"]
    for hostile in HOSTILE:
        for key in ("name", "address"):
            changed = [{**hosts[0], key: f"{hosts[0][key]}{hostile}"}, *hosts[1:]]
            assert parsed({"topology.hosts": changed}).site is None, (key, hostile)
        changed = [{**hosts[0], "ssh": {"user": f"ops{hostile}"}}, *hosts[1:]]
        assert parsed({"topology.hosts": changed}).site is None, hostile


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_a_variable_of_the_application_stays_in_its_quotes(hostile: str) -> None:
    """It is refused, or read back by systemd's rules as it was written, on one line."""
    wanted = parsed({"application.environment": {"NOTE": f"x{hostile}"}}).site
    if wanted is not None:
        (line,) = (
            each
            for each in placed_files(situation(wanted))["app1"]["/opt/minusnow/.env"].splitlines()
            if "injected" in each
        )
        assert re.fullmatch(r'NOTE="[^"\\`$%]*"', line), line


def judged_by_systemd(wanted: Site, folder: Path) -> str:
    """Return what systemd says against the units of an app server."""
    found = tasks(situation(wanted))
    units = [
        each
        for step in ("mounts", "application")
        for each in found[f"{step}@app1"].resources
        if isinstance(each, File) and each.path.startswith("/etc/systemd/system/")
    ]
    for old in folder.iterdir():
        old.unlink()
    paths = [folder / Path(each.path).name for each in units]
    for path, each in zip(paths, units, strict=True):
        path.write_text(each.content.masked())
    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", *map(str, paths)],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": os.environ["PATH"]},
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if str(folder) in line]
    return "\n".join(said) if said or done.returncode else ""


def try_units(wanted: Site | None, folder: Path) -> None:
    """Assert that systemd takes the units of a site, if it is one."""
    if wanted is not None:
        assert judged_by_systemd(wanted, folder) == ""


FEW = settings(max_examples=4, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for units."""
    return tmp_path_factory.mktemp("units")


@FEW
@given(wanted=sites())
def test_systemd_takes_the_units(wanted: Site | None, units: Path) -> None:
    """Without a word, for whatever site."""
    try_units(wanted, units)


@pytest.mark.complete
@MANY
@given(wanted=sites())
def test_systemd_takes_the_units_of_many(wanted: Site | None, units: Path) -> None:
    """The same, for more sites."""
    try_units(wanted, units)


@needs_root
@FEW
@given(wanted=sites())
def test_keepalived_takes_its_file(wanted: Site | None) -> None:
    """By its own check, in the place where it stands."""
    if wanted is None or not wanted.load_balancer.managed or not wanted.networking.virtual_ip:
        return
    program("keepalived")
    found = tasks(situation(wanted)).get("keepalived@lb1")
    files = [each for each in (found.resources if found else ()) if isinstance(each, File)]
    checks = "".join(f"{each.check.replace('{}', each.path)}\n" for each in files if each.check)
    result = apart(f"{placed(files)}{checks}")
    assert result.returncode == 0, result.stdout + result.stderr


USERS = st.from_regex(r"[a-z_][a-z0-9_.-]{0,30}", fullmatch=True) | ODD


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(user=USERS, password=st.booleans())
def test_visudo_takes_the_policy_of_any_login_user(
    user: str,
    password: bool,  # noqa: FBT001 - drawn
    units: Path,
) -> None:
    """Of any that a site file may name."""
    wanted = parsed({"ssh.user": user}).site
    if wanted is None:
        return
    file = units / "policy"
    file.write_text(policy(wanted.ssh.user, password=password))
    file.chmod(0o440)
    done = subprocess.run(
        [program("visudo"), "-c", "-s", "-f", file], capture_output=True, text=True, check=False
    )
    file.unlink()
    assert done.returncode == 0, (user, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run one PostgreSQL; yield the folder of its data and socket."""
    with postgresql(tmp_path_factory.mktemp("postgresql")) as data:
        yield data


def judged_by_postgresql(wanted: Site, data: Path) -> list[tuple[object, ...]]:
    """Return what PostgreSQL's own views say against the files, read from where they lie."""
    found = situation(wanted)
    texts = {
        "judged.conf": server_settings(found, layout(found, wanted.primary)),
        "pg_hba.conf": access(found),
    }
    for name, text in texts.items():
        assert isinstance(text, Text)
        (data / name).write_text(text.masked())
        os.chmod(data / name, 0o644)  # noqa: PTH101 - as above
    with psycopg.connect(host=str(data), user="postgres", dbname="postgres") as connection:
        return connection.execute(
            "SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL"
            " UNION ALL SELECT line_number::text, error FROM pg_hba_file_rules"
            " WHERE error IS NOT NULL ORDER BY 1, 2"
        ).fetchall()


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(wanted=sites())
def test_postgresql_takes_its_files(wanted: Site | None, server: Path) -> None:
    """Every line of settings and of access rules, in the views that the server offers for it."""
    main, hba = server / "postgresql.conf", server / "pg_hba.conf"
    include = "include 'judged.conf'\n"
    if include not in main.read_text():
        main.write_text(main.read_text() + include)
    if wanted is None:
        return
    before = hba.read_text()
    try:
        # What this server cannot do without a restart, or without TLS, it says of any site.
        assert judged_by_postgresql(wanted, server) == judged_by_postgresql(site(), server)
    finally:
        hba.write_text(before)
