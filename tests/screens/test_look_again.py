"""A changed answer marks the screens that show or fill in something else because of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.cache import CacheStep
from screens.database import DatabaseStep
from screens.diagram import hosts_of
from screens.dialogs.confirm import Confirm
from screens.dialogs.pick import Pick
from screens.draft import Draft
from screens.flow import FLOW
from screens.flow_matrix import flows_text
from screens.layout_verdict import layout_refusals
from screens.licensing import known_products
from screens.live import Live
from screens.look_again import changed_paths, look_again
from screens.presets import PRESETS
from screens.provisional import provisional_site
from screens.rendered import balancer_text
from screens.storage import StorageStep
from tests.screens.site_text import SITE
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import shown, until
from wizard.site.edit import REMOVE

if TYPE_CHECKING:
    from screens.app import SetupApp
    from screens.step import Step

_OTHERS: dict[str, object] = {
    "site": "other",
    "purpose": "rehearsal",
    "topology.mode": "active-passive",
    "topology.hosts[2].name": "front1",
    "topology.hosts[4].name": "data1",
    "topology.hosts[6].name": "files1",
    "topology.hosts[7].name": "sessions1",
    "topology.hosts[2].address": "10.0.1.12",
    "ssh.user": "other",
    "ssh.port": 2222,
    "ssh.jump": "bastion.example.com",
    "networking.domain": "desk.example.com",
    "networking.virtual_ip": "10.0.0.101/16",
    "networking.firewall": "none",
    "networking.smtp.host": "mail.example.com",
    "networking.vrrp_id": 52,
    "database.name": "other_db",
    "database.port": 5433,
    "database.version": 16,
    "database.max_connections": 300,
    "load_balancer.kind": "nginx",
    "load_balancer.rate_limit": 50,
    "storage.kind": "external",
    "storage.export": "/exports/other",
    "cache.kind": "none",
    "cache.port": 6380,
    "cache.max_memory": "512mb",
    "application.port": 5001,
    "application.node": 20,
    "application.environment": {"LOG_LEVEL": "info"},
    "licensing.accepted_by": "Jane",
}
_WITH: dict[str, dict[str, object]] = {
    "storage.kind": {"storage.external": {"server": "fs.example.com", "path": "/vol"}},
}


def _beside(step: type[Step], draft: Draft) -> str:
    """What a form says beside its questions; it needs the draft and what was seen of hosts."""
    setup = SimpleNamespace(live=Live(), host_entries=lambda: hosts_of(draft))
    kind: Any = type("Shown", (step,), {"draft": draft, "setup": setup})
    return str(kind.aside(kind.__new__(kind)))


def _shown(place: str, draft: Draft) -> object:
    """What a screen shows, or fills in, of the answers of other screens."""
    match place:
        case "topology":
            return layout_refusals(draft, Live())
        case "networking":
            return flows_text(draft)
        case "balancer":
            site = provisional_site(draft)
            assert site
            return balancer_text(site, draft, Live())
        case "licensing":
            return known_products(draft)
        case "application" | "access":
            return ""
    forms = {"database": DatabaseStep, "storage": StorageStep, "cache": CacheStep}
    return _beside(forms[place], draft)


@pytest.mark.parametrize("path", _OTHERS)
def test_every_form_that_shows_something_else_is_marked(path: str) -> None:
    """Each answer is changed on its own; what a form shows of it is compared."""
    before, after = Draft(SITE), Draft(SITE)
    after.change({path: _OTHERS[path], **_WITH.get(path, {})})
    marked = {one.id for one in look_again([one.id for one in FLOW], before.data, after.data)}
    other = {
        one.id
        for one in FLOW[1:10]
        if not one.owns(path) and _shown(one.id, before) != _shown(one.id, after)
    }
    assert other <= marked
    if path not in {"topology.mode", "licensing.accepted_by"}:
        assert {"review", "preflight"} <= marked


@pytest.mark.parametrize(
    ("changes", "marked"),
    [
        ({"database.version": 16}, {"licensing"}),
        ({"load_balancer.kind": "nginx"}, {"topology", "networking", "licensing"}),
        ({"cache.kind": "none"}, {"topology", "networking", "balancer", "licensing"}),
        ({"database.primary": "db2"}, {"topology"}),
        ({"application.port": 5001}, {"networking", "balancer"}),
        ({"ssh.user": "other"}, set()),
        ({"licensing.accepted_by": "Jane"}, set()),
    ],
)
def test_a_changed_answer_marks_these_forms(changes: dict[str, object], marked: set[str]) -> None:
    """Those on which it is asked aside."""
    draft = Draft(SITE)
    before = draft.data
    assert draft.change(changes)
    found = look_again([one.id for one in FLOW[:10]], before, draft.data)
    assert {one.id for one in found} == marked


def test_a_section_that_is_taken_out_is_all_of_its_answers() -> None:
    """Although the change names the section only."""
    draft = Draft(SITE)
    draft.change({"cache.kind": "external", "cache.external.host": "redis.example.com"})
    before = draft.data
    draft.change({"cache": REMOVE})
    assert set(changed_paths(before, draft.data)) == {"cache.kind", "cache.external.host"}


_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(_values, _values)
def test_what_differs_has_a_path_and_nothing_else_has(before: object, after: object) -> None:
    """An empty section is as good as none."""
    assert not list(changed_paths(before, before))
    found = list(changed_paths(before, after))
    assert found == [*dict.fromkeys(found)] or "" in str(found)
    if not isinstance(before, dict) and not isinstance(after, dict):
        assert bool(found) == (before != after)


async def test_undoing_a_layout_marks_what_it_changes_back(setup: SetupApp) -> None:
    """Also a change whose name is none of a path, or of several."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "licensing")
        await to(pilot, setup, "balancer")
        await to(pilot, setup, "topology")
        await pilot.press("p")
        await shown(pilot, setup, Pick, "Begin with")
        number = [one.id for one in PRESETS].index("external-cache")
        await pilot.press(*["down"] * number, "enter")
        await shown(pilot, setup, Confirm, "Redis of your own")
        await pilot.press("enter")
        await until(pilot, lambda: "licensing" in setup.affected, "what the layout changes")
        assert "balancer" in setup.affected
        setup.affected.clear()
        setup.action_undo()
        assert {"balancer", "licensing"} <= setup.affected
        setup.affected.clear()
        setup.change({"cache.kind": "none", "load_balancer.rate_limit": 50})
        setup.affected.clear()
        setup.action_undo()
        assert {"balancer", "licensing"} <= setup.affected
