"""Where site file and servers disagree on who holds which data, nothing is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.steps.postgres_situation import cluster, reference_site, situation
from wizard.errors import RefusedOnHost, SiteError
from wizard.steps import primary, standby

if TYPE_CHECKING:
    from wizard.facts.host import PostgresCluster

PRIMARY, STANDBY = cluster(), cluster(in_recovery=True)


@pytest.mark.parametrize(
    ("clusters", "host", "said"),
    [
        ({"db1": STANDBY, "db2": PRIMARY}, "db1", "but it is a standby; db2 accepts writes now"),
        ({"db1": STANDBY}, "db1", "but it is a standby"),
        ({"db1": PRIMARY, "db2": PRIMARY}, "db2", "but it accepts writes"),
        ({"db2": PRIMARY}, "db2", "but it accepts writes"),
        (
            {"db1": PRIMARY, "db2": cluster(in_recovery=True, system_identifier="8")},
            "db2",
            "copy of another system (8) than the primary has (7)",
        ),
        ({"db1": cluster(version="14")}, "db1", "set up PostgreSQL 14, the site file wants 15"),
        ({"db2": cluster(ours=False)}, "db2", "another PostgreSQL server"),
    ],
)
def test_disagreement_is_refused(
    clusters: dict[str, PostgresCluster], host: str, said: str
) -> None:
    """Both steps refuse, and say what is where."""
    found = situation(clusters={name: (item,) for name, item in clusters.items()})
    for step in (primary.tasks, standby.tasks):
        with pytest.raises(RefusedOnHost) as caught:
            step(found)
        assert caught.value.host == host
        assert said in caught.value.seen
        assert caught.value.remedy


@pytest.mark.parametrize(
    "clusters",
    [
        {},
        {"db1": PRIMARY},
        {"db1": PRIMARY, "db2": STANDBY},
        {"db1": cluster(running=False), "db2": STANDBY},
        {"db1": cluster(ours=False, version="13", port=5433)},
    ],
)
def test_agreement_is_not(clusters: dict[str, PostgresCluster]) -> None:
    """A fresh, a half-done and an installed site are planned, foreign servers elsewhere left."""
    found = situation(clusters={name: (item,) for name, item in clusters.items()})
    assert primary.tasks(found)
    assert standby.tasks(found)


def test_the_applications_role_is_not_one_of_ours() -> None:
    """The site cannot take the name of the installer's superuser, whatever let it through."""
    site = reference_site()
    database = site.database.model_copy(update={"user": "minusnow_setup"})
    with pytest.raises(SiteError, match="minusnow_setup"):
        primary.tasks(situation(site.model_copy(update={"database": database})))
