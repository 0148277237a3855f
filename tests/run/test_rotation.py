"""Which secrets can be rotated, in which order things happen, and why others cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site.example import site
from tests.steps.assumed_site import situation
from wizard.database.names import ACTING_ROLE
from wizard.errors import VaultError
from wizard.resources.file import File
from wizard.run.graph import Graph
from wizard.run.rotation import Rotation, require_no_rotation, rotation_of
from wizard.steps.sequence import tasks_for
from wizard.vault.catalogue import needed
from wizard.vault.store import NEXT

if TYPE_CHECKING:
    from wizard.steps.task import Task

SITE = site()
PROVIDED: dict[str, object] = {
    "networking.tls": {"mode": "provided", "certificate": "c.pem", "key": "k.pem"}
}
EXTERNAL: dict[str, object] = {
    "cache": {"kind": "external", "external": {"host": "redis.example.com"}}
}


def stages(rotation: Rotation) -> list[list[str]]:
    """Return the ids of each stage's tasks in the order they are done; all of them as "all"."""
    found = situation(SITE)
    everything = [task.id for task in tasks_for(found)]
    shown = []
    for stage in rotation.stages:
        ids = [task.id for task in stage.tasks(found)]
        ordered = [task.id for task in Graph(stage.tasks(found))]
        shown.append(["all"] if ids == everything else ordered)
    return shown


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "app_password",
            [
                [
                    "acting-role@db1",
                    "application@app1",
                    "service@app1",
                    "application@app2",
                    "service@app2",
                ],
                ["roles@db1"],
                ["all"],
                ["acting-role@db1"],
            ],
        ),
        (
            "redis_password",
            [
                [
                    "redis-passwords@cache1",
                    "application@app1",
                    "service@app1",
                    "application@app2",
                    "service@app2",
                ],
                ["redis-passwords@cache1"],
            ],
        ),
        ("replication_password", [["roles@db1"], ["all"]]),
        ("setup_password", [["postgres@db1"]]),
        ("backup_password", [["roles@db1"]]),
        ("monitoring_password", [["roles@db1"]]),
        ("session_secret", [["all"]]),
        ("smtp_password", [["all"]]),
        ("vrrp_password", [["all"]]),
        ("balancer_key", [["all"]]),
        ("balancer_certificate", [["all"]]),
        ("tls_key_db1", [["all"]]),
        ("tls_certificate_db2", [["all"]]),
    ],
)
def test_the_order_in_which_things_happen(name: str, expected: list[list[str]]) -> None:
    """What a server accepts comes before what its clients use, and goes after it."""
    found = stages(rotation_of(SITE, name))
    assert [sorted(stage) for stage in found] == [sorted(stage) for stage in expected]
    for stage in found:
        if "service@app2" in stage:
            assert stage.index("service@app1") < stage.index("service@app2")


def test_one_app_server_restarts_after_the_other_even_where_none_was_seen_serving() -> None:
    """Also on facts that show no listener: the order is the rotation's own."""
    found = situation(SITE)
    for name in ("app_password", "redis_password"):
        tasks = {task.id: task for task in rotation_of(SITE, name).stages[0].tasks(found)}
        first = next(iter(tasks))
        assert tasks["service@app1"].after == {first, "application@app1"}
        assert tasks["service@app2"].after == {"service@app1", "application@app2"}
        assert tasks["application@app2"].after == {first}


def environment_of(task: Task) -> str:
    """Return the environment file that a task places, secrets by name."""
    (file,) = (
        item for item in task.resources if isinstance(item, File) and item.path.endswith(".env")
    )
    return file.content.masked()


def test_the_app_servers_come_in_by_the_second_role_in_between() -> None:
    """Nothing else of their files differs."""
    found = situation(SITE)
    rotation = rotation_of(SITE, "app_password")
    between = {task.id: task for task in rotation.stages[0].tasks(found)}["application@app1"]
    usual = {task.id: task for task in tasks_for(found)}["application@app1"]
    assert environment_of(between) == environment_of(usual).replace(
        f"postgres://{SITE.database.user}:", f"postgres://{ACTING_ROLE}:"
    )
    assert environment_of(between) != environment_of(usual)


def test_redis_is_not_restarted_for_a_new_password() -> None:
    """The file is placed for its next start, and no unit is told to read it now."""
    found = situation(SITE)
    (task,) = rotation_of(SITE, "redis_password").stages[1].tasks(found)
    file, passwords = task.resources
    assert isinstance(file, File)
    assert (file.path, file.unit) == ("/etc/redis/redis.conf", "")
    assert passwords.key == "redis passwords"


@pytest.mark.parametrize(
    ("changes", "name", "reason", "remedy"),
    [
        ({}, "ca_key", "every app server checks the database", "maintenance window"),
        ({}, "ca_certificate", "every app server checks the database", "maintenance window"),
        ({}, "key_passphrase", "no host is given it", "secret set key_passphrase"),
        ({}, "license_key", "no host is given it", "secret set license_key"),
        ({}, "app_pasword", "the site needs no secret named", "app_password"),
        (PROVIDED, "balancer_key", "your own", "networking.tls"),
        (PROVIDED, "balancer_certificate", "your own", "networking.tls"),
        ({"ssh.sudo": "password"}, "sudo_password", "no host is given it", "secret set"),
    ],
)
def test_what_cannot_be_rotated_is_refused_with_the_reason(
    changes: dict[str, object], name: str, reason: str, remedy: str
) -> None:
    """And with what to do instead."""
    with pytest.raises(VaultError, match=reason) as caught:
        rotation_of(site(changes), name)
    assert remedy in caught.value.remedy


def test_every_secret_of_a_site_is_rotated_or_refused() -> None:
    """None is forgotten, and each says what people will notice."""
    for spec in needed(SITE):
        try:
            found = rotation_of(SITE, spec.name)
        except VaultError:
            continue
        assert found.name in found.names
        assert found.effect.endswith(".")
        assert found.stages


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("tls_key_db1", {"tls_key_db1", "tls_certificate_db1"}),
        ("tls_certificate_db1", {"tls_key_db1", "tls_certificate_db1"}),
        ("balancer_key", {"balancer_key", "balancer_certificate"}),
        ("app_password", {"app_password"}),
    ],
)
def test_a_key_changes_with_its_certificate(name: str, names: set[str]) -> None:
    """One without the other is refused by every program that reads them."""
    assert set(rotation_of(SITE, name).names) == names


def test_the_password_of_an_external_redis_is_only_handed_on() -> None:
    """Its server is somebody else's, which the effect says."""
    found = rotation_of(site(EXTERNAL), "redis_password")
    assert len(found.stages) == 1
    assert "must accept both" in found.effect


def test_a_rotation_under_way_is_told_by_name() -> None:
    """Whatever else is in the keyring."""
    require_no_rotation(["app_password", "tls_key_next"])
    with pytest.raises(VaultError, match="a rotation of app_password is under way"):
        require_no_rotation(["app_password", f"app_password{NEXT}"])
