"""The reference site on hosts that are assumed, for every platform; nothing is connected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.site.example import site
from wizard.facts.assumed import Assumption, assumed_facts, platform_named
from wizard.steps.inputs import Inputs, ReleaseFile
from wizard.steps.sequence import tasks_for
from wizard.steps.task import Situation

if TYPE_CHECKING:
    from wizard.resources.resource import Resource
    from wizard.site.model import Site
    from wizard.steps.task import Task

RELEASE = ReleaseFile(
    path=Path("minusnow-1.4.0.tar.gz"),
    sha256="5" * 64,
    size=1000,
    version="1.4.0",
    top="minusnow-1.4.0",
    built=True,
    scripts=("db:push", "start"),
)
INPUTS = Inputs(release=RELEASE, node=None, smtp_password=True, base=Path())


def situation(
    changes: dict[str, object] | Site | None = None,
    os: str = "debian-12",
    inputs: Inputs = INPUTS,
) -> Situation:
    """Return the reference site, with values changed, on hosts of one platform with 16 GiB."""
    platform = platform_named(os)
    assert platform is not None
    wanted = changes if not isinstance(changes, dict | None) else site(changes)
    assumption = Assumption(platform=platform, memory=16 * 2**30, cpus=4, interface="eth0")
    return Situation(
        site=wanted,
        facts={host.name: assumed_facts(host, assumption) for host in wanted.hosts},
        inputs=inputs,
    )


def tasks(found: Situation) -> dict[str, Task]:
    """Return every task of the installation by its id."""
    return {task.id: task for task in tasks_for(found)}


def resource(task: Task, key: str) -> Resource:
    """Return the resource of a task with this key."""
    found = {each.key: each for each in task.resources}
    assert key in found, sorted(found)
    return found[key]
