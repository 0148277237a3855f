"""The answers that each step rests on: what a person is led to when the step fails."""

from __future__ import annotations

import dataclasses

import pytest

from tests.site.example import site
from tests.steps.assumed_site import INPUTS, RELEASE, situation, tasks
from tests.steps.variants import EXTERNAL
from wizard.resources.file import File
from wizard.site.edit import read_path
from wizard.site.explain import description_at
from wizard.steps.answers import ANSWERS, HOSTS, REACH, answers_of

# One other value for each answer; how it is reached changes no step.
OTHERS: dict[str, object] = {
    "networking.domain": "x.example.org",
    "networking.virtual_ip": "10.0.0.101/16",
    "networking.vrrp_id": 77,
    "networking.firewall": "none",
    "networking.packages.mirror": "deb http://10.0.0.1/x bookworm main",
    "networking.packages.apt": ["deb http://10.0.0.1/x bookworm main"],
    "networking.smtp.host": "mail2.example.com",
    "networking.smtp.port": 25,
    "networking.smtp.user": "a@b.example",
    "networking.support_email": "q@example.com",
    "networking.dns": True,
    "networking.admin_networks": ["10.9.0.0/24"],
    "networking.monitoring_hosts": ["10.0.7.7"],
    "database.name": "other_db",
    "database.user": "other",
    "database.version": 16,
    "database.replication": "sync",
    "database.max_connections": 321,
    "database.port": 5544,
    "database.max_slot_wal_keep_size": "20GB",
    "database.tls": False,
    "load_balancer.kind": "nginx",
    "load_balancer.rate_limit": 50,
    "load_balancer.hsts_include_subdomains": True,
    "load_balancer.max_body_size": "77mb",
    "load_balancer.stats_port": 9999,
    "storage.export": "/srv/x",
    "storage.mount_options": "rw,hard,vers=4.1",
    "cache.max_memory": "512mb",
    "cache.port": 6390,
    "application.node": 22,
    "application.port": 5001,
    "application.uid": 1200,
    "application.gid": 1200,
    "application.environment": {"A": "b"},
    "topology.mode": "active-passive",
    "ssh.port": 2222,
}


def _held(changes: dict[str, object]) -> dict[str, str]:
    """What each step holds, by task id; of resources that know the whole site only the files."""
    found = {}
    for name, task in tasks(situation(changes)).items():
        if task.step in {"postgres", "standby"}:
            found[name] = repr([each for each in task.resources if isinstance(each, File)])
        else:
            found[name] = repr(dataclasses.replace(task, after=frozenset(), if_left_out=""))
    return found


@pytest.mark.parametrize("path", OTHERS)
def test_a_step_that_an_answer_changes_names_the_answer(path: str) -> None:
    """Whoever is led from a failed step to its answers finds every one that matters."""
    before, after = _held({}), _held({path: OTHERS[path]})
    changed = {
        name.partition("@")[0]
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    }
    assert changed, "the other value changes nothing"
    assert {step for step in changed if path not in ANSWERS[step]} == set()


def test_every_step_has_answers() -> None:
    """Those of the reference site, of one whose services others provide, of one to be built."""
    unbuilt = dataclasses.replace(INPUTS, release=dataclasses.replace(RELEASE, built=False))
    steps = {task.step for task in tasks(situation()).values()}
    steps |= {task.step for task in tasks(situation(EXTERNAL)).values()}
    steps |= {task.step for task in tasks(situation({"database.replication": "sync"})).values()}
    steps |= {task.step for task in tasks(situation(inputs=unbuilt)).values()}
    assert steps == set(ANSWERS)


def test_every_answer_is_one_of_the_site_file() -> None:
    """Each path is explained by the same words as everywhere."""
    assert site()
    for path in {*REACH, HOSTS, *(path for paths in ANSWERS.values() for path in paths)}:
        assert description_at(read_path(path)), path


def test_how_a_host_is_reached_comes_first_when_it_was_not() -> None:
    """Otherwise what the step itself is about does."""
    assert answers_of("redis", "ConnectionLost")[0] == "ssh.user"
    assert answers_of("redis", "CommandFailed")[0] == "cache.port"
    assert HOSTS in answers_of("redis")
