"""What steps do about server programs that somebody else runs on a host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.steps.assumed_site import situation, tasks
from tests.steps.variants import NGINX
from wizard.errors import RefusedOnHost
from wizard.facts.host import FoundFile
from wizard.resources.file import File
from wizard.resources.resource import BY_OTHERS
from wizard.resources.unit import Unit
from wizard.run.edited import Edited, edited_by, refuse_edited
from wizard.vault.catalogue import needed
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from wizard.steps.task import Situation, Task


def seen(found: Situation, host: str, **changes: object) -> Situation:
    """Return the situation with other facts of a host."""
    facts = replace(found.facts[host], **changes)  # type: ignore[arg-type] # any field
    return replace(found, facts={**found.facts, host: facts})


def stopped(task: Task) -> list[str]:
    """Return the units that a task wants stopped."""
    return [each.name for each in task.resources if isinstance(each, Unit) and not each.running]


@pytest.mark.parametrize(
    ("changes", "other", "mark"),
    [({}, "nginx", "nginx"), (NGINX, "haproxy", "/etc/haproxy/haproxy.cfg")],
)
def test_the_other_balancer_is_stopped_only_if_it_is_ours(
    changes: dict[str, object], other: str, mark: str
) -> None:
    """After a change of mind it holds the ports; somebody else's is left alone."""
    found = situation(changes)
    assert stopped(tasks(found)["balancer@lb1"]) == []
    begun = seen(found, "lb1", begun=frozenset({mark}))
    assert stopped(tasks(begun)["balancer@lb1"]) == [other]
    assert stopped(tasks(begun)["balancer@lb2"]) == []


def test_redis_data_of_somebody_else_stops_the_plan() -> None:
    """Redis with an append-only log would start empty, and its next save replace the dump."""
    data = (FoundFile(path="/var/lib/redis/dump.rdb", size=4711),)
    with pytest.raises(RefusedOnHost, match=r"/var/lib/redis/dump\.rdb \(4711 bytes\)") as refused:
        tasks(seen(situation(), "cache1", redis_data=data))
    assert refused.value.host == "cache1"
    assert "/var/lib/redis" in refused.value.remedy
    assert tasks(seen(situation(), "app1", redis_data=data))


@pytest.mark.parametrize(
    ("changes", "task", "path"),
    [
        ({}, "balancer@lb1", "/etc/haproxy/haproxy.cfg"),
        (NGINX, "balancer@lb1", "/etc/nginx/nginx.conf"),
        ({}, "keepalived@lb1", "/etc/keepalived/keepalived.conf"),
        ({}, "redis@cache1", "/etc/redis/redis.conf"),
    ],
)
def test_configuration_of_somebody_else_is_asked_about(
    changes: dict[str, object], task: str, path: str
) -> None:
    """As one that was edited by hand; what a package brought is replaced without."""
    found = situation(changes)
    secrets = Secrets({spec.name: "value\n" for spec in needed(found.site)})
    host = task.partition("@")[2]

    def asked(about: Situation) -> tuple[Edited, ...]:
        planned = tasks(about)[task]
        looks = [each for each in planned.resources if isinstance(each, File)]
        changed = [each.change("regular file|644|root|root\nold\n", secrets) for each in looks]
        return edited_by(planned, [each for each in changed if each])

    assert asked(found) == ()
    (file,) = asked(seen(found, host, foreign_files=frozenset({path})))
    assert (file.path, file.since) == (path, BY_OTHERS)
    with pytest.raises(RefusedOnHost, match="was written by somebody else") as refused:
        refuse_edited([file], ())
    assert f"--replace-edited {path}@{host}" in refused.value.remedy
    refuse_edited([file], {file.name})
