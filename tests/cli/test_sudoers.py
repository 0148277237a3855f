"""The printed policy is one that sudo takes, and lists what is really run as root."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.site.example import site
from tests.steps.assumed_site import situation
from tests.steps.variants import VARIANTS
from wizard.cli.main import main
from wizard.errors import RefusedOnHost
from wizard.site.topology import Role
from wizard.steps.root_commands import ROOT_COMMANDS
from wizard.steps.sequence import tasks_for
from wizard.vault.secret import Secrets

REFERENCE = Path(__file__).parent.parent / "site" / "reference.yaml"

# Where a word of shell is a command: at the start, behind what parts commands, behind a keyword.
_COMMAND = re.compile(
    r"(?:^|[;&|({\n!]|\$\(|\b(?:then|do|else|if|until|while)\b|--)\s*(?:[A-Z_a-z]\w*=\S*\s+)*"
    r"([a-z_/][\w./-]*)"
)
_HERE_DOCUMENT = re.compile(r"<<'?(\w+)'?[^\n]*\n.*?\n\1", re.DOTALL)
# Built into bash, or words of SQL, Python and options that stand where a command could.
_NO_PROGRAMS = frozenset(
    {"[", "echo", "false", "import", "kill", "locale", "printf", "program", "proven", "pwd"}
    | {"port", "print", "script", "shell", "slot", "sort", "split", "sql", "sub", "test", "true"}
    | {"column", "format", "join", "login", "time", "unit"}
)


@cache
def scripts() -> set[tuple[str, str]]:
    """Return every look and every change of every variant of a site, with the role's host."""
    found: set[tuple[str, str]] = set()
    for os, changes in VARIANTS.values():
        for task in tasks_for(situation(changes, os)):
            for resource in task.resources:
                found.add((task.host, resource.look()))
                try:
                    change = resource.change("", Secrets())
                except RefusedOnHost:
                    continue
                if change:
                    found.add((task.host, change.script.masked()))
    return found


def test_every_program_that_is_run_is_listed() -> None:
    """What a script of any variant starts, and this machine knows as a program, has a purpose."""
    listed = {program for group in ROOT_COMMANDS for program in group.programs}
    unlisted: set[str] = set()
    for _, script in scripts():
        for word in _COMMAND.findall(_HERE_DOCUMENT.sub("", script)):
            name = word.rsplit("/", 1)[-1]
            if name not in listed | _NO_PROGRAMS and shutil.which(name):
                unlisted.add(name)
    assert not unlisted


def test_what_is_listed_is_run_somewhere() -> None:
    """No program is in the list for nothing; a few are started by probes and by the transport."""
    elsewhere = {
        *("sha256sum", "ss", "ip", "df", "hostname", "uname", "flock", "sleep", "pg_lsclusters"),
        *("pg_isready", "env", "rpm", "md5sum", "redis-check-rdb"),
    }
    everything = "\n".join(script for _, script in scripts())
    listed = {program for group in ROOT_COMMANDS for program in group.programs}
    idle = {one for one in listed if not re.search(rf"(?<![\w-]){re.escape(one)}\b", everything)}
    assert idle <= elsewhere


@pytest.mark.skipif(not shutil.which("visudo"), reason="sudo is not installed")
@pytest.mark.parametrize("sudo", ["nopasswd", "password"])
def test_visudo_takes_what_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sudo: str
) -> None:
    """As a whole, comments included."""
    file = tmp_path / "site.yaml"
    file.write_text(REFERENCE.read_text().replace("sudo: nopasswd", f"sudo: {sudo}"))
    assert main(["sudoers", str(file)]) == 0
    printed = capsys.readouterr().out
    policy = tmp_path / "policy"
    policy.write_text(printed)
    policy.chmod(0o440)
    ended = subprocess.run(
        ["visudo", "-c", "-s", "-f", str(policy)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ("NOPASSWD" in printed) == (sudo == "nopasswd")
    assert "is no boundary" in " ".join(printed.replace("#", "").split())
    assert max(len(line) for line in printed.splitlines() if line.startswith("#")) <= 100


def test_only_what_concerns_the_hosts_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Users of their own have lists of their own; root needs no policy."""
    text = REFERENCE.read_text()
    text = text.replace("roles: [storage]}", "roles: [storage], ssh: {user: root}}")
    text = text.replace("roles: [cache]}", "roles: [cache], ssh: {user: cache-ops}}")
    file = tmp_path / "site.yaml"
    file.write_text(text)
    assert main(["sudoers", str(file)]) == 0
    parts = capsys.readouterr().out.split("\n\n")
    (root,) = (part for part in parts if "no policy is needed" in part)
    assert "On st1" in root
    assert "exportfs" in root
    assert "redis-cli" not in root
    (cache,) = (part for part in parts if "On cache1" in part)
    assert "redis-cli" in cache
    assert "cache-ops ALL=(root)" in cache
    assert "pg_dump" not in cache


def test_every_role_has_something_of_its_own_or_nothing() -> None:
    """A purpose names roles that exist."""
    roles = {role for group in ROOT_COMMANDS for role in group.roles}
    assert roles == set(Role)
    assert all(group.concern([Role.APP]) for group in ROOT_COMMANDS if not group.roles)
    assert site().hosts
