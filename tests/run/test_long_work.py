"""Long work is a unit of its own on its host, and is known again by whoever goes on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.steps.assumed_site import INPUTS, RELEASE, resource, situation, tasks
from wizard.errors import RefusedOnHost
from wizard.resources.packages import Packages
from wizard.run.change_script import job_name
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.resources.resource import Change
    from wizard.steps.task import Task

LONG = 600.0  # seconds; what may take longer outlives a connection
UNBUILT = replace(INPUTS, release=replace(RELEASE, built=False, scripts=("build", "db:push")))


def changes(os: str) -> Iterator[tuple[Task, Change]]:
    """Yield what is done on hosts that look as if nothing was there."""
    for task in tasks(situation(os=os, inputs=UNBUILT)).values():
        for each in task.resources:
            with suppress(RefusedOnHost):
                if change := each.change("", Secrets()):
                    yield task, change


@pytest.mark.parametrize("os", ["debian-12", "rhel-9"])
def test_what_takes_long_outlives_the_connection(os: str) -> None:
    """Packages, base backup, build, dump and migrations, and whatever else may take that long."""
    detached = {task.step for task, change in changes(os) if change.detached}
    assert detached == {"packages", "standby", "build", "save", "migrate"}
    rest = [
        change.summary.partition(" postgresql")[0]
        for _, change in changes(os)
        if change.timeout > LONG and not change.detached
    ]
    assert rest == ["enable and start"]  # a server that catches up: systemd starts it without us


def test_half_an_installation_of_packages_is_the_same_work() -> None:
    """What is still missing is another script; two of them never run side by side on a host."""
    task = tasks(situation())["packages@db1"]
    (packages,) = (each for each in task.resources if isinstance(each, Packages))
    before = packages.change("", Secrets())
    later = packages.change("\n".join(packages.names[:2]), Secrets())
    assert before
    assert later
    assert before.script.masked() != later.script.masked()
    assert job_name(task, before) == job_name(task, later)


def test_works_of_one_host_have_names_of_their_own() -> None:
    """Nobody attaches to something else; the same step on another host has the same name there."""
    names: dict[str, set[str]] = {}
    for task, change in changes("debian-12"):
        if change.detached:
            name = job_name(task, change)
            assert name not in names.setdefault(task.host, set())
            names[task.host].add(name)
            assert name.startswith(f"minusnow-{task.step}-")


def test_the_base_backup_is_asked_for_in_the_same_words_each_time() -> None:
    """The transport compares scripts: the same one is attached to, and its result is fetched."""
    task = tasks(situation())["standby@db2"]
    backup = resource(task, "base backup of db1")
    first, again = (backup.change("", Secrets()) for _ in range(2))
    assert first
    assert again
    assert first.script.masked() == again.script.masked()
    assert job_name(task, first) == job_name(task, again)
