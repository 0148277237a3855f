"""Changing one's mind about an installed site: the plan shows it, apply makes it so, data stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fleet.person import Person
from wizard.practice.external_storage import EXPORT
from wizard.practice.fleet import EXTERNAL_STORAGE, REFERENCE

if TYPE_CHECKING:
    from tests.fleet.conftest import FirstInstall, RunningFleet
    from tests.fleet.workplace import Ended, Workplace

pytestmark = pytest.mark.fleet

SITE = "(site)"
HAPROXY = "/etc/haproxy/haproxy.cfg"
BY_HAND = "# changed by hand, late at night"
SYNC_STATE = "runuser -u postgres -- psql -qAtc 'select sync_state from pg_stat_replication'"


@pytest.fixture(scope="module")
def person(first_install: FirstInstall) -> Person:
    """Somebody who worked with the application before anything was changed."""
    assert first_install.ended.status == 0, first_install.ended.told()
    someone = Person(first_install.site, first_install.place.secrets["ca_certificate"])
    someone.begin("before the changes")
    return someone


def applied(place: Workplace, *options: str) -> Ended:
    """Apply what was changed; the proof holds, and nothing is left to change."""
    ended = place.apply(*options)
    assert ended.status == 0, ended.told()
    assert ended.result["changed"] > 0
    assert "failed" not in {event["verdict"] for event in ended.proof.values()}
    after = place.plan()
    assert after.status == 0, after.err
    assert after.out.startswith("Nothing would change"), after.out
    return ended


def part_of(plan: str, host: str) -> str:
    """What a plan says of one host; nothing if nothing changes there."""
    parts = dict(part.partition("\n")[::2] for part in f"{plan}\n".split("\n\n"))
    return parts.get(host, "")


def test_commits_wait_for_the_standby_and_an_edited_file_is_replaced_only_with_consent(
    fleet: RunningFleet, installed: FirstInstall, person: Person
) -> None:
    """The plan shows both as diffs; what was written by hand stops it, and is set aside."""
    place = installed.place
    fleet.read("lb1", f"echo '{BY_HAND}' >>{HAPROXY}")
    place.edit(
        ("replication: async", "replication: sync"),
        ("self-signed-certificate]", "self-signed-certificate, sync-replication]"),
    )

    plan = place.plan()
    refused = place.apply("--drills=never")
    before = fleet.read("lb1", f"cat {HAPROXY}")
    ended = applied(place, "--drills=never", f"--replace-edited={HAPROXY}@lb1")

    assert f"! {HAPROXY} was edited by hand after it was written" in part_of(plan.out, "lb1")
    assert f"-{BY_HAND}" in part_of(plan.out, "lb1")
    assert refused.status == 1
    assert f"--replace-edited {HAPROXY}@lb1" in refused.err
    assert refused.of_kind("task-intended") == []
    assert BY_HAND.encode() in before
    (replaced,) = ended.of_kind("edited-replaced")
    assert (replaced["host"], replaced["path"]) == ("lb1", HAPROXY)
    assert "+synchronous_standby_names" in part_of(plan.out, "db1")
    assert part_of(plan.out, "app1") == ""
    assert ended.proof["replication-sync", "db2"]["verdict"] == "ok"
    assert fleet.read("db1", SYNC_STATE).split() == [b"quorum"]
    assert BY_HAND.encode() not in fleet.read("lb1", f"cat {HAPROXY}")
    aside = fleet.read("lb1", f"cat /var/lib/minusnow-setup/replaced/*{HAPROXY}")
    assert BY_HAND.encode() in aside
    person.finds_everything()


def test_nginx_takes_over_and_the_second_app_server_stands_by(
    fleet: RunningFleet, installed: FirstInstall, person: Person
) -> None:
    """HAProxy leaves its ports to Nginx, and one app server answers as long as it lives."""
    place = installed.place
    assert person.nodes(8) == {"app1", "app2"}
    place.edit(
        ("kind: haproxy", "kind: nginx"),
        ("edition: haproxy", "edition: nginx"),
        ("mode: active-active", "mode: active-passive"),
    )

    plan = place.plan()
    ended = applied(place)

    for balancer in ("lb1", "lb2"):
        assert "install nginx" in part_of(plan.out, balancer)
        states = fleet.read(balancer, "systemctl is-active nginx haproxy; true").split()
        assert states == [b"active", b"inactive"]
    for check in ("front", "front-nodes", "drill-session", "drill-node-back", "drill-address-back"):
        (found,) = (each for (name, _), each in ended.proof.items() if name == check)
        assert found["verdict"] == "ok", found
    assert person.nodes(8) == {"app1"}
    person.finds_everything()


def test_the_files_move_to_an_external_export(
    fleet: RunningFleet, installed: FirstInstall, person: Person
) -> None:
    """Both app servers mount the other file server, and what was on the old share is on it."""
    place, server = installed.place, EXTERNAL_STORAGE.address
    share = f"{server}:{EXPORT}"
    fleet.bring_up(REFERENCE.with_hosts(EXTERNAL_STORAGE))
    (storage_host,) = (
        line
        for line in place.site_file.read_text().splitlines(keepends=True)
        if "name: st1" in line
    )
    place.edit(
        (storage_host, ""),
        (
            "  kind: nfs\n  export: /exports/minusnow\n",
            f"  kind: external\n  external: {{server: {server}, path: {EXPORT}}}\n",
        ),
    )

    plan = place.plan()
    ended = applied(place)

    for app in ("app1", "app2"):
        assert f"+What={share}/uploads" in part_of(plan.out, app)
        assert "copy the files of" in part_of(plan.out, app)
        mounted = fleet.read(app, "findmnt -rn -t nfs,nfs4 -o SOURCE").decode().split()
        assert len(mounted) == 5
        assert {source.rpartition("/")[0] for source in mounted} == {share}
        assert ended.proof["storage-mount", app]["verdict"] == "ok"
    sums = fleet.read("ext1", f"find {EXPORT}/uploads -type f -exec sha256sum {{}} +").decode()
    assert person.checksum in sums
    person.finds_everything()
