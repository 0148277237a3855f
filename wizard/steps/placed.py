"""The files that the steps would place on the hosts, without looking at any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.resources.block import Block
from wizard.resources.file import File
from wizard.steps.sequence import tasks_for

if TYPE_CHECKING:
    from wizard.steps.task import Situation


def placed_files(situation: Situation) -> dict[str, dict[str, str]]:
    """Return, by host and path, the text of every file; secrets stand by name."""
    found: dict[str, dict[str, str]] = {host.name: {} for host in situation.site.hosts}
    for task in tasks_for(situation):
        for resource in task.resources:
            if isinstance(resource, File):
                found[task.host][resource.path] = resource.content.masked()
            elif isinstance(resource, Block):
                found[task.host][resource.path] = resource.applied_to("")
    return found
