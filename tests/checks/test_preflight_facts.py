"""What preflight says about facts: one table row for each thing that can be wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.facts.example import ALPINE, DEBIAN_11, ROCKY_9, all_good, good_facts, system
from tests.site.example import APP1, APP2, DB1, DB2, LB1, LB2, ST1, site
from wizard.checks.check import SITE, Finding, Verdict
from wizard.checks.preflight import judge
from wizard.facts.begun import SERVICE_FILE
from wizard.facts.host import FoundFile, Interface, Listener, PackageState, PostgresCluster

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts
    from wizard.site.model import Site

TODAY = dt.date(2026, 11, 23)
PRODUCTION = site({"application.node": 22})
REHEARSAL = site({"application.node": 22, "purpose": "rehearsal"})


def problems(
    facts: dict[str, HostFacts], where: Site = PRODUCTION, *, node_tarball: str = ""
) -> list[Finding]:
    """The findings that are not all right."""
    found = judge(where, facts, today=TODAY, node_tarball=node_tarball)
    return [each for each in found if each.verdict in {Verdict.FAILED, Verdict.WARNING}]


def changed(name: str, where: Site = PRODUCTION, **changes: Any) -> list[Finding]:  # noqa: ANN401
    """The problems when one host's facts differ."""
    facts = all_good(where)
    facts[name] = good_facts(where, where.host(name), **changes)
    return problems(facts, where)


CLUSTER = PostgresCluster(
    version="15",
    name="main",
    port=5432,
    running=True,
    data="/var/lib/postgresql/15/main",
    ours=False,
    databases=("orders",),
)


OURS = replace(CLUSTER, ours=True)


def listening(port: int, process: str) -> tuple[Listener, ...]:
    """A program on a port of every address."""
    return (Listener(address="*", port=port, process=process),)


def test_good_hosts_have_no_problem() -> None:
    """A site as the vendor recommends passes without a word."""
    assert problems(all_good(PRODUCTION)) == []


@pytest.mark.parametrize(
    ("host", "changes", "check", "verdict"),
    [
        ("app1", {"os": system(ALPINE), "packages": {}}, "platform", "failed"),
        ("app1", {"architecture": "armv7l"}, "architecture", "failed"),
        ("app2", {"architecture": "aarch64"}, "alike", "failed"),
        ("db2", {"architecture": "aarch64"}, "alike", "failed"),
        ("db2", {"os": system(ROCKY_9)}, "alike", "warning"),
        ("lb1", {"os": system(DEBIAN_11)}, "support", "warning"),
        ("db1", {"init": "runit"}, "init", "failed"),
        ("app1", {"filesystems": frozenset({"ext4"})}, "nfs", "failed"),
        ("st1", {"filesystems": frozenset({"nfs4"})}, "nfs", "failed"),
        ("app1", {"cpus": 2}, "cpu", "failed"),
        ("app1", {"cpus": 4}, "cpu", "warning"),
        ("db1", {"memory": 15 * 1024**3}, "memory", "failed"),
        ("db1", {"memory": 16 * 1024**3}, "memory", "warning"),
        ("db1", {"memory": 0}, "memory", "warning"),
        ("db1", {"disk_size": 100 * 1000**3}, "disk", "failed"),
        ("lb1", {"clock_skew": 2.0}, "clock", "warning"),
        ("lb1", {"clock_skew": -60.0}, "clock", "failed"),
        ("lb1", {"clock_synchronised": False}, "time-service", "warning"),
        ("lb1", {"clock_synchronised": None}, "time-service", "warning"),
        ("db1", {"resolves": {}}, "localhost", "failed"),
        ("app1", {"interfaces": ()}, "address", "failed"),
        ("app1", {"package_lock": "apt-get (pid 7)"}, "package-lock", "warning"),
        ("app1", {"packages": {}}, "packages", "failed"),
        ("db1", {"clusters": (CLUSTER,)}, "database-data", "failed"),
        (
            "db1",
            {"clusters": (replace(CLUSTER, version="13", port=5433),)},
            "database-data",
            "warning",
        ),
        (
            "lb1",
            {"listeners": (Listener(address="*", port=443, process="apache2"),)},
            "ports",
            "failed",
        ),
        (
            "st1",
            {"listeners": (Listener(address="*", port=2049, process="ganesha.nfsd"),)},
            "ports",
            "failed",
        ),
        ("lb2", {"boot_id": "boot-lb1", "machine_id": "machine-lb1"}, "machine", "failed"),
        ("lb2", {"machine_id": "machine-lb1"}, "machine", "warning"),
        ("lb2", {"host_key": "ssh-ed25519 lb1"}, "machine", "warning"),
        ("lb2", {"boot_id": "boot-lb1"}, "machine", "failed"),
        ("lb2", {"hardware_id": "board-lb1"}, "machine", "failed"),
    ],
)
def test_what_is_wrong_is_found(
    host: str, changes: dict[str, Any], check: str, verdict: str
) -> None:
    """One wrong fact gives one finding of that kind, with words on what to do."""
    found = [each for each in changed(host, **changes) if each.host == host]
    (finding,) = [each for each in found if each.check == check]
    assert finding.verdict == verdict
    assert finding.remedy
    assert finding.seen


@pytest.mark.parametrize(
    ("host", "changes"),
    [
        ("db1", {"memory": int(31.0 * 1024**3)}),
        ("app1", {"listeners": listening(5000, "node"), "begun": frozenset({SERVICE_FILE})}),
        ("lb1", {"listeners": listening(443, "nginx"), "begun": frozenset({"nginx"})}),
        ("lb1", {"listeners": listening(8080, "nginx")}),  # the site's balancer is HAProxy
        ("app1", {"listeners": listening(3000, "node")}),
        ("db1", {"listeners": listening(5432, "postgres"), "clusters": (OURS,)}),
        (
            "cache1",
            {
                "listeners": listening(6379, "redis-server"),
                "begun": frozenset({"/etc/redis/redis.conf"}),
            },
        ),
        ("st1", {"listeners": (Listener(address="*", port=2049, process=""),)}),
        ("lb1", {"listeners": (Listener(address="*", port=5432, process="postgres"),)}),
        ("db1", {"clusters": (OURS,)}),
        ("app1", {"clusters": (CLUSTER,)}),
        ("lb1", {"clock_skew": 0.9}),
        ("lb1", {"clock_synchronised": None, "virtualisation": "systemd-nspawn"}),
        ("lb1", {"boot_id": "", "machine_id": "", "hardware_id": "", "host_key": ""}),
    ],
)
def test_what_is_right_passes(host: str, changes: dict[str, Any]) -> None:
    """Memory the kernel keeps, ports of our own services and a container's clock are right."""
    assert changed(host, **changes) == []


@pytest.mark.parametrize(
    ("host", "port", "process", "begun"),
    [
        ("lb1", 443, "nginx", ""),
        ("lb1", 80, "haproxy", "nginx"),
        ("lb1", 8080, "haproxy", ""),  # its configuration would be replaced
        ("app1", 5000, "node", ""),
        ("app1", 5000, "MainThread", "redis-server"),
        ("cache1", 6379, "redis-server", "haproxy"),
        ("cache1", 6379, "valkey-server", ""),
        ("cache1", 7000, "redis-server", ""),
        ("db1", 5432, "postgres", ""),  # of a cluster that lies elsewhere
    ],
)
def test_a_program_of_the_right_name_is_a_stranger_where_this_installer_did_not_begin_it(
    host: str, port: int, process: str, begun: str
) -> None:
    """What was installed of another role does not make it ours."""
    ours = frozenset({begun} - {""})
    (finding,) = changed(host, listeners=listening(port, process), begun=ours)
    assert (finding.check, finding.verdict) == ("ports", Verdict.FAILED)
    assert f"{port} by somebody else's {process}" in finding.seen
    assert "Stop and disable" in finding.remedy


def test_redis_data_of_somebody_else_is_refused_though_nothing_runs() -> None:
    """With its path and size; on another host it is nobody's concern."""
    data = (FoundFile(path="/var/lib/redis/dump.rdb", size=4711),)
    (finding,) = changed("cache1", redis_data=data)
    assert (finding.check, finding.verdict) == ("cache-data", Verdict.FAILED)
    assert finding.seen == "/var/lib/redis/dump.rdb (4711 bytes)"
    assert changed("app1", redis_data=data) == []


@pytest.mark.parametrize(
    "changes",
    [{"cpus": 1}, {"memory": 1024**3}, {"disk_size": 10**9}, {"hardware_id": "board-lb1"}],
)
def test_a_rehearsal_accepts_less(changes: dict[str, Any]) -> None:
    """What fails a production site is a warning on a rehearsal."""
    assert {each.verdict for each in changed("lb2", PRODUCTION, **changes)} == {Verdict.FAILED}
    assert {each.verdict for each in changed("lb2", REHEARSAL, **changes)} == {Verdict.WARNING}


def test_a_missing_postgres_names_the_repository_that_has_it() -> None:
    """The remedy says where the version comes from, and which one would do without."""
    found = changed("db1", packages={"openssl": PackageState(installed="3", candidate="3")})
    (finding,) = [each for each in found if each.check == "packages"]
    assert "PGDG" in finding.remedy
    assert "postgresql-15" in finding.seen


def test_another_major_version_of_node_is_refused() -> None:
    """The distribution's own Node.js is not what the site asked for."""
    packages = dict(good_facts(PRODUCTION, PRODUCTION.host("app1")).packages)
    packages["nodejs"] = PackageState(installed=None, candidate="18.19.0+dfsg-6")
    (finding,) = changed("app1", packages=packages)
    assert (finding.check, finding.verdict) == ("node-package", Verdict.FAILED)
    assert "tarball" in finding.remedy


def test_with_sources_of_its_own_a_site_may_lack_packages_now() -> None:
    """The sources are written before the packages are needed: nothing can be told yet."""
    mirror = site(
        {"application.node": 22, "networking.packages.mirror": "http://mirror.example.com/debian"}
    )
    facts = all_good(mirror)
    facts["db1"] = good_facts(mirror, mirror.host("db1"), packages={})
    (finding,) = [
        each for each in judge(mirror, facts, today=TODAY) if each.verdict is Verdict.SKIPPED
    ]
    assert (finding.host, finding.check) == ("db1", "packages")


@pytest.mark.parametrize(("node", "problem"), [(20, True), (22, False), (24, False)])
def test_an_unsupported_node_is_a_warning(node: int, *, problem: bool) -> None:
    """Node.js 20 has had no updates since April 2026."""
    where = site({"application.node": node})
    found = problems(all_good(where), where)
    assert [each.check for each in found] == (["node"] if problem else [])


def test_a_tarball_of_another_version_is_refused() -> None:
    """The file has to hold the version that the site names."""
    (finding,) = problems(all_good(PRODUCTION), node_tarball="20.20.2")
    assert (finding.check, finding.verdict) == ("node", Verdict.FAILED)


def test_when_all_hosts_agree_the_installer_is_off() -> None:
    """Then the hosts are right and this machine's clock is wrong."""
    facts = {name: replace(each, clock_skew=120.2) for name, each in all_good(PRODUCTION).items()}
    (finding,) = problems(facts)
    assert (finding.host, finding.check) == (SITE, "clock")


def test_the_virtual_address_belongs_to_no_other_host() -> None:
    """An app server that has it is a stranger to the balancers."""
    taken = Interface(name="eth0", address="10.0.0.100", prefix=16)
    facts = good_facts(PRODUCTION, PRODUCTION.host("app1"))
    found = changed("app1", interfaces=(*facts.interfaces, taken))
    assert [(each.check, each.verdict) for each in found] == [("virtual-ip", Verdict.FAILED)]


def test_a_virtual_address_outside_the_balancers_network_is_noticed() -> None:
    """Nobody could reach it there."""
    narrow = Interface(name="eth0", address="10.0.0.10", prefix=28)
    (finding,) = changed("lb1", interfaces=(narrow,))
    assert (finding.check, finding.verdict) == ("virtual-ip", Verdict.WARNING)


def test_hosts_outside_the_private_network() -> None:
    """Only balancers may stand at the edge."""
    where = site({"application.node": 22, "networking.private_network": "10.0.2.0/24"})
    found = [each for each in problems(all_good(where), where) if each.check == "private-network"]
    assert {each.host: each.verdict for each in found} == {
        "lb1": Verdict.WARNING,
        "lb2": Verdict.WARNING,
        "app1": Verdict.FAILED,
        "app2": Verdict.FAILED,
        "st1": Verdict.FAILED,
        "cache1": Verdict.FAILED,
    }


def test_the_domain_has_to_lead_to_the_virtual_address() -> None:
    """Users would end elsewhere, which can be corrected later: a warning."""
    facts = {
        name: replace(each, resolves={**each.resolves, "itsm.example.com": "203.0.113.9"})
        for name, each in all_good(PRODUCTION).items()
    }
    (finding,) = problems(facts)
    assert (finding.host, finding.check, finding.verdict) == (SITE, "domain", Verdict.WARNING)
    assert "10.0.0.100" in finding.remedy


def test_with_dns_the_hosts_names_have_to_be_right() -> None:
    """A name that leads to another address is as bad as none."""
    where = site({"application.node": 22, "networking.dns": True})
    facts = all_good(where)
    resolves = {**facts["app1"].resolves, "db1": "10.0.2.99", "db2": ""}
    facts["app1"] = replace(facts["app1"], resolves=resolves)
    (finding,) = problems(facts, where)
    assert finding.check == "names"
    assert finding.seen == "db1 is 10.0.2.99 instead of 10.0.2.10; db2 is unknown"


def test_rocky_hosts_pass() -> None:
    """The other family is judged by its own names."""
    facts = {
        host.name: good_facts(PRODUCTION, host, os=system(ROCKY_9)) for host in PRODUCTION.hosts
    }
    assert problems(facts) == []
    assert "postgresql15-server" in facts["db1"].packages


def test_app_servers_that_turn_out_to_be_one_machine_are_refused() -> None:
    """Two names and addresses, one boot: the layout's rule holds here as well."""
    found = changed("app2", REHEARSAL, boot_id="boot-app1", machine_id="machine-app1")
    (finding,) = [each for each in found if each.check == "layout"]
    assert (finding.host, finding.verdict) == (SITE, Verdict.FAILED)
    assert "app1" in finding.seen


def test_names_that_lead_to_one_address_are_one_machine() -> None:
    """Addresses given as names are compared by what they resolve to, loopback aside."""
    hosts = [
        {**APP1, "address": "app1.example.com"},
        {**APP2, "address": "app2.example.com"},
    ]
    where = site({"application.node": 22, "topology.hosts": [LB1, LB2, *hosts, DB1, DB2, ST1]})
    facts = {
        name: replace(
            each,
            resolves={
                **each.resolves,
                "app1.example.com": "127.0.1.1" if name == "app1" else "10.0.1.10",
                "app2.example.com": "127.0.1.1" if name == "app2" else "10.0.1.11",
            },
        )
        for name, each in all_good(where).items()
    }
    assert "layout" not in {each.check for each in problems(facts, where)}
    same = {
        name: replace(each, resolves={**each.resolves, "app2.example.com": "10.0.1.10"})
        for name, each in facts.items()
    }
    assert "layout" in {each.check for each in problems(same, where)}
