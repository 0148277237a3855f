"""The installer's own task list, as plain data that Ansible and pyinfra are given to check.

Each resource becomes the peers' own kind of check where they have one. Where they have none
(a firewall's rules, mounts, a release's link) the shell command with which the installer looks is
handed to them unchanged. Not handed over, which favours them: the facts, the preflight and the
database objects.
"""

from __future__ import annotations

import io
import shlex
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

from tests.bench.installed_facts import facts_of
from wizard.cli.job import load_site
from wizard.practice.fleet import KNOWN
from wizard.practice.readiness import ssh_command
from wizard.resources.account import Account
from wizard.resources.directory import Directory, Link
from wizard.resources.file import File
from wizard.resources.packages import Packages
from wizard.resources.unit import Unit
from wizard.steps.local_files import read_inputs
from wizard.steps.sequence import tasks_for
from wizard.steps.task import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wizard.practice.directory import FleetDirectory
    from wizard.resources.resource import Resource
    from wizard.steps.task import Task

Check = dict[str, Any]


def tasks_of(site_file: Path) -> Sequence[Task]:
    """Return the tasks that the site's installation is made of."""
    loaded = load_site(site_file)
    inputs = read_inputs(loaded.site, loaded.path.parent, smtp_password=True)
    facts = facts_of(loaded.site)
    return tasks_for(Situation(site=loaded.site, facts=facts, inputs=inputs))


def checks_of(tasks: Sequence[Task]) -> dict[str, list[Check]]:
    """Return each host's checks, in order."""
    found: dict[str, list[Check]] = {}
    for task in tasks:
        mine = found.setdefault(task.host, [])
        mine += [_check(resource) for resource in task.resources]
    return found


def _check(resource: Resource) -> Check:  # noqa: PLR0911 - one per kind
    match resource:
        case File(path=path, owner=owner, group=group, mode=mode):
            return {"kind": "file", "path": path, "owner": owner, "group": group, "mode": mode}
        case Directory(path=path, owner=owner, group=group, mode=mode):
            return {"kind": "directory", "path": path, "owner": owner, "group": group, "mode": mode}
        case Link(path=path, target=target):
            return {"kind": "link", "path": path, "target": target}
        case Packages(names=names):
            return {"kind": "packages", "names": list(names)}
        # A unit that must not run need not be there at all; the peers' kinds would fail then.
        case Unit(name=name, running=True as running, enabled=enabled):
            return {"kind": "unit", "name": name, "running": running, "enabled": enabled}
        case Account(name=name, uid=uid, gid=gid, home=home, shell=shell):
            numbers = {"uid": uid, "gid": gid, "home": home, "shell": shell}
            return {"kind": "account", "name": name, **numbers}
        case _:
            return {"kind": "look", "script": resource.look()}


def fetch_files(
    directory: FleetDirectory, host: str, checks: list[Check], into: Path
) -> list[Check]:
    """Copy what is in the checked files now to `into`; return the checks with where that is.

    A file that the host does not have is left out: the peers would make it.
    """
    paths = [check["path"] for check in checks if check["kind"] == "file"]
    words = ("sudo", "tar", "-cPhf", "-", "--ignore-failed-read", *map(shlex.quote, paths))
    command = ssh_command(directory, KNOWN[host], *words)
    packed = subprocess.run(command, capture_output=True, check=False, timeout=120).stdout
    found = []
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        there = set(archive.getnames())
        for number, check in enumerate(checks):
            if check["kind"] != "file":
                found.append(check)
            elif check["path"] in there:
                member = archive.extractfile(check["path"])
                assert member is not None
                source = into / f"{host}-{number}"
                source.touch(mode=0o600)
                source.write_bytes(member.read())
                found.append({**check, "source": str(source)})
    return found
