"""The layout rules: which arrangements are refused, which are warned of."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.site.example import (
    APP1,
    APP2,
    DB1,
    DB2,
    HOSTS,
    LB1,
    ST1,
    host,
    moved,
    site,
)
from wizard.site.database import Database
from wizard.site.layout import (
    RISKS,
    RULES,
    SMALLEST_LAYOUT,
    WARNINGS,
    refusals,
)
from wizard.site.topology import Role, Topology

ROLES = [str(role) for role in Role]


def refused(
    hosts: object,
    primary: str = "db1",
    resolved: dict[str, frozenset[str]] | None = None,
    identities: dict[str, str] | None = None,
) -> list[tuple[str, tuple[str, ...]]]:
    """Ids of the broken rules with the hosts concerned."""
    found = refusals(
        Topology.model_validate({"hosts": hosts}), Database(primary=primary), resolved, identities
    )
    return [(one.rule.id, one.hosts) for one in found]


def test_the_reference_layout_is_not_refused() -> None:
    """Eight hosts as the vendor draws them."""
    assert refused(HOSTS) == []


def test_one_server_breaks_every_rule_it_can() -> None:
    """A single server is refused, and all that is wrong with it is said."""
    one = host("one", "10.0.0.1", *ROLES)
    assert [rule for rule, _ in refused([one], primary="one")] == [
        "one-server",
        "app-with-database",
        "too-few-app-servers",
        "too-few-database-servers",
        "balancer-on-database",
    ]


@pytest.mark.parametrize(
    ("hosts", "primary", "expected"),
    [
        pytest.param(
            [LB1, APP1, APP2, moved(DB1, roles=["database", "app"]), DB2, ST1],
            "db1",
            [("app-with-database", ("db1",))],
            id="app and database on one host",
        ),
        pytest.param(
            [LB1, APP1, APP2, moved(DB1, address="10.0.1.10"), DB2],
            "db1",
            [("app-with-database", ("app1", "db1"))],
            id="app and database at one address",
        ),
        pytest.param(
            [LB1, APP1, moved(APP2, address="10.0.1.10"), DB1, DB2],
            "db1",
            [("app-servers-together", ("app1", "app2"))],
            id="both app servers at one address",
        ),
        pytest.param(
            [LB1, APP1, moved(APP2, name="APP1"), DB1, DB2],
            "db1",
            [("app-servers-together", ("app1",))],
            id="both app servers of one name",
        ),
        pytest.param(
            [LB1, moved(APP1, address="fd00::1"), moved(APP2, address="FD00:0:0::0001"), DB1, DB2],
            "db1",
            [("app-servers-together", ("app1", "app2"))],
            id="both app servers at one IPv6 address, written twice",
        ),
        pytest.param(
            [LB1, APP1, APP2, DB1, moved(DB2, address="::ffff:10.0.2.10")],
            "db1",
            [("database-servers-together", ("db1", "db2"))],
            id="both databases at one address, once written as IPv6",
        ),
        pytest.param(
            [LB1, APP1, APP2, DB1, moved(DB2, address="db1")],
            "db1",
            [("database-servers-together", ("db1", "db2"))],
            id="the address of one is the name of the other",
        ),
        pytest.param(
            [LB1, APP1, DB1, DB2],
            "db1",
            [("too-few-app-servers", ("app1",))],
            id="one app server",
        ),
        pytest.param([LB1, DB1, DB2], "db1", [("too-few-app-servers", ())], id="no app server"),
        pytest.param(
            [LB1, APP1, APP2, DB1],
            "db1",
            [("too-few-database-servers", ("db1",))],
            id="one database server",
        ),
        pytest.param(
            [LB1, APP1, APP2, DB1, DB2],
            "app1",
            [("primary-not-database", ("app1",))],
            id="the primary is an app host",
        ),
        pytest.param(
            [LB1, APP1, APP2, DB1, DB2],
            "db9",
            [("primary-not-database", ("db9",))],
            id="the primary is no host",
        ),
        pytest.param(
            [APP1, APP2, DB1, moved(DB2, roles=["database", "load_balancer"])],
            "db1",
            [("balancer-on-database", ("db2",))],
            id="balancer on a database host",
        ),
        pytest.param([*HOSTS], "DB1", [], id="the primary in capitals"),
        pytest.param(
            [*HOSTS, host("app3", "10.0.1.12", "app"), host("db3", "10.0.2.12", "database")],
            "db1",
            [],
            id="three of each",
        ),
    ],
)
def test_a_layout_is_refused_for_exactly_the_rules_it_breaks(
    hosts: object, primary: str, expected: object
) -> None:
    """Each rule by itself, in each way two hosts can be one."""
    assert refused(hosts, primary) == expected


def test_hosts_that_resolve_to_one_address_are_one() -> None:
    """Two names for one machine are found out by their addresses."""
    hosts = [LB1, moved(APP1, address="a.example.com"), moved(APP2, address="b.example.com")]
    resolved = {
        "app1": frozenset({"10.0.1.10", "fd00::10"}),
        "app2": frozenset({"fd00::10"}),
    }
    assert refused([*hosts, DB1, DB2]) == []
    assert refused([*hosts, DB1, DB2], resolved=resolved) == [
        ("app-servers-together", ("app1", "app2"))
    ]


def test_a_name_that_resolves_to_another_hosts_address_is_that_host() -> None:
    """Name and address are compared with each other too."""
    hosts = [LB1, APP1, APP2, DB1, moved(DB2, address="db.example.com")]
    assert refused(hosts, resolved={"db2": frozenset({"10.0.2.10"})}) == [
        ("database-servers-together", ("db1", "db2"))
    ]


def test_hosts_with_one_machine_identity_are_one() -> None:
    """At preflight the machines themselves say who they are."""
    assert refused(HOSTS, identities={"db1": "4f2a", "db2": "4f2a", "app1": "77aa"}) == [
        ("database-servers-together", ("db1", "db2"))
    ]


def test_hosts_are_one_through_a_third() -> None:
    """Agreement is passed on: a is b and b is c makes a c."""
    hosts = [LB1, APP1, APP2, DB1, DB2, ST1]
    resolved = {"app1": frozenset({"10.9.9.1"}), "st1": frozenset({"10.9.9.1", "10.9.9.2"})}
    found = refused(hosts, resolved={**resolved, "app2": frozenset({"10.9.9.2"})})
    assert found == [("app-servers-together", ("app1", "app2"))]


def test_all_names_for_one_machine_is_one_server() -> None:
    """Five names do not make five servers."""
    found = refused(HOSTS, identities={str(one["name"]): "same" for one in HOSTS})
    assert found[0][0] == "one-server"


HOST_LISTS = st.lists(
    st.builds(
        lambda name, last, roles: host(name, f"10.0.0.{last}", *roles),
        st.sampled_from(["app1", "app2", "db1", "db2", "x"]),
        st.integers(1, 6),
        st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True),
    ),
    min_size=1,
    max_size=6,
)


@given(hosts=HOST_LISTS, seed=st.randoms(use_true_random=False))
def test_the_order_of_the_hosts_changes_no_refusal(
    hosts: list[dict[str, object]], seed: object
) -> None:
    """A layout is judged by what it is, not by how it is written down."""
    shuffled = list(hosts)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert refused(shuffled) == refused(hosts)


@given(hosts=HOST_LISTS)
def test_no_accepted_layout_has_app_or_balancer_and_database_on_one_machine(
    hosts: list[dict[str, object]],
) -> None:
    """What passes keeps the promise the rules are there for."""
    if refused(hosts):
        return
    for one, other in itertools.combinations_with_replacement(hosts, 2):
        if one["address"] == other["address"] or one["name"] == other["name"]:
            roles = {*one["roles"], *other["roles"]}  # type: ignore[misc]
            assert not ("database" in roles and roles & {"app", "load_balancer"})


def test_the_smallest_layout_breaks_no_rule() -> None:
    """What a refusal recommends is itself accepted."""
    hosts = [
        host(one.name, f"10.0.{place}.1", *one.roles) for place, one in enumerate(SMALLEST_LAYOUT)
    ]
    assert refused(hosts) == []
    assert site({"topology.hosts": hosts}).storage_host is not None


def test_every_rule_says_why_and_what_to_do() -> None:
    """Rules and warnings are complete, and their ids are their own."""
    rules = (*RULES, *WARNINGS)
    assert all(one.sentence and one.reason and one.remedy and one.wanted for one in rules)
    assert len({one.id for one in rules}) == len(rules)


def test_there_are_six_risks() -> None:
    """The vendor guide names six."""
    assert [one.risk for one in RISKS] == [
        "Hardware failure",
        "Disk failure",
        "Memory exhaustion",
        "No failover",
        "Maintenance windows",
        "Performance bottleneck",
    ]
