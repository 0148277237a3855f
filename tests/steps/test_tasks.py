"""From facts and site to tasks: which there are, in which order, and what they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.steps.assumed_site import INPUTS, RELEASE, resource, situation, tasks
from tests.steps.variants import EXTERNAL, IPV6, NGINX, STICKY, VARIANTS
from wizard.facts.host import Listener, PackageState
from wizard.facts.platform import PLATFORMS
from wizard.resources.condition import Condition
from wizard.resources.file import File
from wizard.resources.firewalld import Firewalld
from wizard.resources.packages import Packages
from wizard.resources.ufw import Ufw
from wizard.resources.unit import Unit
from wizard.run.graph import Graph

if TYPE_CHECKING:
    from tests.resources.machine import Machine
    from wizard.steps.task import Situation


def names(found: Situation) -> set[str]:
    """Return the steps of the installation."""
    return {task.step for task in tasks(found).values()}


def text(found: Situation, task: str, path: str) -> str:
    """Return the content of a file of a task, secrets by name."""
    file = resource(tasks(found)[task], f"file {path}")
    assert isinstance(file, File)
    return file.content.masked()


@pytest.mark.parametrize("os", [f"{each.id}-{each.version}" for each in PLATFORMS])
def test_every_task_comes_after_tasks_that_exist(os: str) -> None:
    """Without a circle, each resource once a task, on every platform."""
    found = tasks(situation(os=os))

    assert {task.id for task in Graph(list(found.values()))} == set(found)
    for task in found.values():
        assert task.after <= set(found)
        keys = [each.key for each in task.resources]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_reading_unit_comes_after_its_files(variant: str) -> None:
    """A file that names its unit stands before it, so that one round is enough."""
    os, changes = VARIANTS[variant]
    for task in tasks(situation(changes, os)).values():
        units = {
            each.name: index for index, each in enumerate(task.resources) if isinstance(each, Unit)
        }
        for index, each in enumerate(task.resources):
            if isinstance(each, File) and each.unit in units:
                assert index < units[each.unit]


PACKAGES = [
    ("debian-12", "lb1", {"haproxy", "keepalived", "ufw"}),
    ("rhel-9", "lb1", {"haproxy", "keepalived", "firewalld", "policycoreutils-python-utils"}),
    ("debian-12", "app1", {"nodejs", "nfs-common", "ufw"}),
    ("rhel-9", "app1", {"nodejs", "nfs-utils", "firewalld"}),
    ("debian-12", "db1", {"postgresql-15", "ufw"}),
    ("debian-12", "st1", {"nfs-kernel-server", "ufw"}),
    ("rhel-8", "st1", {"nfs-utils", "firewalld"}),
    ("ubuntu-24.04", "cache1", {"redis-server", "ufw"}),
    ("rhel-9", "cache1", {"redis", "firewalld"}),
]


@pytest.mark.parametrize(("os", "host", "wanted"), PACKAGES)
def test_packages_have_the_names_of_the_platform(os: str, host: str, wanted: set[str]) -> None:
    """All roles of a host in one transaction."""
    (packages,) = tasks(situation(os=os))[f"packages@{host}"].resources
    assert isinstance(packages, Packages)

    assert wanted <= set(packages.names)
    assert {"curl", "ca-certificates"} <= set(packages.names)


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"networking.firewall": "none"}, {"firewall", "firewall-confirmed"}),
        (STICKY, {"redis"}),
        (EXTERNAL, {"redis", "nfs-server"}),
    ],
)
def test_what_others_provide_is_not_installed(changes: dict[str, object], absent: set[str]) -> None:
    """Neither the task nor its packages."""
    everything = names(situation())

    assert absent <= everything
    assert names(situation(changes)) == everything - absent


def test_nodes_that_serve_users_are_changed_in_turn() -> None:
    """One app server and one balancer at a time; a new site is installed side by side."""
    fresh = situation()
    busy = Listener(address="0.0.0.0", port=5000, process="node")  # noqa: S104 - a listener seen
    web = Listener(address="0.0.0.0", port=443, process="haproxy")  # noqa: S104 - as above
    serving = replace(
        fresh,
        facts={name: replace(facts, listeners=(busy, web)) for name, facts in fresh.facts.items()},
    )

    assert "service@app1" not in tasks(fresh)["service@app2"].after
    assert "service@app1" in tasks(serving)["service@app2"].after
    assert "balancer@lb1" not in tasks(fresh)["balancer@lb2"].after
    assert "balancer@lb1" in tasks(serving)["balancer@lb2"].after


def test_the_application_waits_for_all_it_needs() -> None:
    """Its schema, its share, its sessions."""
    after = tasks(situation())["service@app2"].after

    assert {"application@app2", "migrate@app1", "mounts@app2", "redis@cache1"} <= after
    assert {"save@db1", "streaming@db2"} <= tasks(situation())["migrate@app1"].after


def test_a_release_of_sources_is_built_once_and_read_by_its_owner() -> None:
    """The share lets root in nowhere, so the service account looks, writes and reads."""
    unbuilt = replace(INPUTS, release=replace(RELEASE, built=False))
    found = tasks(situation(inputs=unbuilt))

    assert "build@app1" in found
    assert "build@app2" not in found
    assert "build@app1" in found["release@app2"].after
    (build,) = found["build@app1"].resources
    assert build.look().startswith("runuser -u minusnow -- test -s /opt/minusnow/artifacts/")
    unpack = resource(found["release@app2"], "condition release 1.4.0")
    assert isinstance(unpack, Condition)
    assert "runuser -u minusnow -- cat /opt/minusnow/artifacts/" in unpack.script.masked()
    assert not unpack.uploads


def test_an_archive_of_the_service_account_is_unpacked(machine: Machine) -> None:
    """The very line, with `runuser` standing for an account that may read."""
    unbuilt = replace(INPUTS, release=replace(RELEASE, built=False))
    unpack = resource(tasks(situation(inputs=unbuilt))["release@app1"], "condition release 1.4.0")
    assert isinstance(unpack, Condition)
    line = next(line for line in unpack.script.masked().splitlines() if "runuser" in line)
    archive, place = f"{machine.folder}/built.tar.gz", f"{machine.folder}/place"
    words = line.split()
    line = line.replace(words[5], archive).replace(words[-1], place)

    done = machine.run(
        f"cd {machine.folder}; mkdir -p release/dist place; touch release/dist/index.cjs\n"
        f'tar -czf {archive} release\nrunuser() {{ shift 3; "$@"; }}\nset -euo pipefail\n{line}\n'
        "test -f place/dist/index.cjs\n"
    )

    assert done.status == 0, done.err


@pytest.mark.parametrize(("version", "status"), [("v20.20.2", 0), ("v18.19.0", 1)])
def test_a_node_that_was_just_unpacked_is_taken(
    machine: Machine, version: str, *, status: int
) -> None:
    """Only another version than the wanted one is refused, when the task comes to it."""
    wanted: dict[str, object] = {"application.node": 20}
    (condition,) = tasks(situation(wanted))["node@app1"].resources
    assert isinstance(condition, Condition)
    node = machine.folder / "node"
    script = condition.script.masked().replace("/usr/bin/node ", f"{node} ")

    done = machine.run(
        f"printf '#!/bin/sh\\necho {version}\\n' >{node}; chmod 0755 {node}\n{script}"
    )

    assert done.status == status
    assert (version in done.err) == bool(status)


@pytest.mark.parametrize(
    ("os", "kind", "vrrp"),
    [
        ("debian-12", Ufw, True),
        ("debian-11", Ufw, False),
        ("rhel-9", Firewalld, None),
    ],
)
def test_each_platform_gets_its_firewall(os: str, kind: type, *, vrrp: bool | None) -> None:
    """Before there is a package list the version is what the distribution brings."""
    (firewall,) = tasks(situation(os=os))["firewall@lb1"].resources

    assert isinstance(firewall, kind)
    if isinstance(firewall, Ufw):
        assert firewall.knows_vrrp is vrrp


@pytest.mark.parametrize(("version", "knows"), [("0.36.2-1", True), ("0.36-7.1", False)])
def test_the_version_on_the_host_decides_over_vrrp(version: str, *, knows: bool) -> None:
    """What is installed, or would be."""
    found = situation()
    state = {"ufw": PackageState(installed=None, candidate=version)}
    facts = {name: replace(each, packages=state) for name, each in found.facts.items()}

    (firewall,) = tasks(replace(found, facts=facts))["firewall@lb1"].resources

    assert isinstance(firewall, Ufw)
    assert firewall.knows_vrrp is knows


REDIS_URLS: list[tuple[dict[str, object], str]] = [
    ({}, 'REDIS_URL="redis://:‹redis_password›@10.0.4.10:6379"'),
    (EXTERNAL, 'REDIS_URL="rediss://:‹redis_password›@redis.example.com:6379"'),
    (IPV6, 'REDIS_URL="redis://:‹redis_password›@[fd00::8:10]:6379"'),
]


@pytest.mark.parametrize(("changes", "line"), REDIS_URLS)
def test_the_application_is_told_where_sessions_are(changes: dict[str, object], line: str) -> None:
    """With brackets around IPv6 addresses."""
    environment = text(situation(changes), "application@app1", "/opt/minusnow/.env")

    assert line in environment.splitlines()
    assert 'SESSION_STORE="redis"' in environment.splitlines()


def test_without_a_shared_cache_users_stay_on_one_server() -> None:
    """Unless there is only one that serves them: then the other takes over."""
    environment = text(situation(STICKY), "application@app1", "/opt/minusnow/.env")
    assert "REDIS_URL" not in environment
    haproxy = text(situation(STICKY), "balancer@lb1", "/etc/haproxy/haproxy.cfg")
    assert "cookie SERVERID insert indirect nocache httponly secure" in haproxy
    both = text(situation({**NGINX, **STICKY}), "balancer@lb1", "/etc/nginx/nginx.conf")
    assert "ip_hash;" in both
    passive = {**NGINX, **STICKY, "topology.mode": "active-passive"}
    one = text(situation(passive), "balancer@lb1", "/etc/nginx/nginx.conf")
    assert "ip_hash;" not in one
    assert "10.0.1.11:5000 weight=100 max_fails=2 fail_timeout=5s backup;" in one


@pytest.mark.parametrize(
    ("os", "changes", "task", "keys"),
    [
        ("rhel-9", {}, "balancer@lb1", ["SELinux boolean haproxy_connect_any"]),
        (
            "rhel-9",
            NGINX,
            "balancer@lb1",
            [
                "SELinux boolean httpd_can_network_connect",
                "SELinux boolean httpd_setrlimit",
                "SELinux port 8404",
            ],
        ),
        ("rhel-9", {}, "redis@cache1", ["SELinux port 6379"]),
        ("debian-12", NGINX, "balancer@lb1", []),
    ],
)
def test_selinux_lets_the_programs_do_their_work(
    os: str, changes: dict[str, object], task: str, keys: list[str]
) -> None:
    """Connect to the app servers, and listen on the ports of the site."""
    found = tasks(situation(changes, os))[task].resources

    assert [each.key for each in found if "SELinux" in each.key] == [
        f"condition {key}" for key in keys
    ]


@pytest.mark.parametrize(
    ("port", "seen"),
    [(8404, ""), (443, "http_port_t"), (8009, "http_port_t"), (9000, "http_port_t"), (44, "")],
)
def test_a_port_is_looked_up_as_semanage_lists_it(machine: Machine, port: int, seen: str) -> None:
    """Single ports and ranges; neither udp nor another type of nearly that name counts."""
    listed = (
        "http_cache_port_t              tcp      8404, 8080\n"
        "http_port_t                    tcp      80, 81, 443, 488, 8008-8010, 9000\n"
        "http_port_t                    udp      8404\n"
    )
    condition = resource(
        tasks(situation(NGINX, "rhel-9"))["balancer@lb1"], "condition SELinux port 8404"
    )
    look = condition.look().replace("8404", str(port))

    result = machine.run(f"semanage() {{ printf '%s' '{listed}'; }}\n{look}\n")

    assert result.out.strip() == seen


@pytest.mark.parametrize(
    ("server", "path", "what"),
    [
        ("fs.example.com", "/vol/minusnow", "fs.example.com:/vol/minusnow/data"),
        ("fs.example.com", "/", "fs.example.com:/data"),
        ("fd00::9", "/vol", "[fd00::9]:/vol/data"),
    ],
)
def test_an_external_share_is_named_as_the_kernel_names_it(
    server: str, path: str, what: str
) -> None:
    """Otherwise it would look as if another share were mounted."""
    storage = {"kind": "external", "external": {"server": server, "path": path}}
    unit = "/etc/systemd/system/opt-minusnow-data.mount"

    mount = text(situation({**EXTERNAL, "storage": storage}), "mounts@app1", unit)

    assert f"What={what}" in mount.splitlines()
    assert "Options=nfsvers=4.2,hard,_netdev,nosuid,nodev,noexec" in mount.splitlines()
