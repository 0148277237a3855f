"""The table of hosts, its picture, and layouts that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import DataTable

from screens.diagram import diagram
from screens.dialogs.reading import Reading
from screens.draft import Draft
from screens.widgets.choice import Choice
from screens.widgets.plain import Plain
from screens.widgets.toggles import Toggles
from tests.screens.site_text import SITE
from tests.screens.test_wizard import LARGE, SMALL, settled, to
from tests.screens.waiting import until

if TYPE_CHECKING:
    from screens.app import SetupApp


def _aside(setup: SetupApp) -> str:
    return setup.step.query_one(".aside-text", Plain).words


def _told(setup: SetupApp, words: str) -> bool:
    return any(words in one.message for one in setup._notifications)  # noqa: SLF001 - Textual has no public way to list them


def test_the_picture_shows_the_whole_way() -> None:
    """Users, balancers, app servers, and what those need."""
    assert diagram(Draft(SITE)).splitlines() == [
        "users ─443▶ lb1  lb2 at 10.0.0.100",
        "  └─5000▶ app1  app2",
        "       ├─5432▶ db1 → db2",
        "       ├─2049▶ st1",
        "       └─6379▶ cache1",
    ]


def test_the_picture_shows_what_is_missing() -> None:
    """A layout without a standby, storage host and cache is drawn as what it is."""
    draft = Draft(SITE)
    draft.change({"topology.hosts": [{"name": "db1", "address": None, "roles": ["database"]}]})
    words = diagram(draft)
    assert "✗ no balancer" in words
    assert "✗ no app server" in words
    assert "! no cache host" in words


async def test_the_picture_follows_every_keystroke(setup: SetupApp) -> None:
    """A host is renamed letter by letter, and the primary with it."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press(*["down"] * 4, "e", "shift+tab", "end", *"xyz")
        await pilot.pause()
        assert "5432▶ db1xyz → db2" in _aside(setup)
        assert setup.draft.value("database.primary") == "db1xyz"


async def test_addresses_are_typed_one_after_the_other(setup: SetupApp) -> None:
    """Enter in an address leads to the next host's, after the last one to the table."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press("e", "end", "1", "enter", "end", "2", "enter")
        await pilot.pause()
        assert setup.draft.value("topology.hosts[0].address") == "10.0.0.101"
        assert setup.draft.value("topology.hosts[1].address") == "10.0.0.112"
        await pilot.press(*["enter"] * 6)
        await pilot.pause()
        assert isinstance(setup.focused, DataTable)


async def test_a_refused_layout_says_why_and_holds_one_back(setup: SetupApp) -> None:
    """Two databases at one address: the rule, the remedy, the risks; ctrl+n stays."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "topology")
        setup.change({"topology.hosts[5].address": "10.0.2.10"})
        await pilot.pause()
        assert "✗ Two database servers are on one host. (db1 and db2 are one machine)" in _aside(
            setup
        )
        await pilot.press("ctrl+n")
        await pilot.pause()
        assert setup.here == "topology"
        await pilot.press("escape", "w")
        await pilot.pause()
        assert isinstance(setup.screen, Reading)


async def test_hosts_are_added_and_taken_away(setup: SetupApp) -> None:
    """A and d at the table; ctrl+z brings a host back."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press("a")
        await pilot.pause()
        assert setup.draft.value("topology.hosts[8].name") == "host1"
        await pilot.press("escape", "d")
        await pilot.pause()
        assert setup.draft.text == SITE
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert setup.step.query_one(DataTable).row_count == 9


async def test_a_preset_takes_the_place_of_the_hosts(setup: SetupApp) -> None:
    """The third app server comes without an address, the others keep theirs."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press("p")
        await pilot.pause()
        await pilot.press("down", "enter")
        await settled(pilot, setup)
        assert setup.step.query_one(DataTable).row_count == 9
        assert setup.draft.value("topology.hosts[0].address") == "10.0.0.10"


async def test_a_host_may_have_a_login_of_its_own(setup: SetupApp) -> None:
    """It is asked for by s at the table; an emptied answer leaves nothing behind in the file."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press("s", *"ad")
        await pilot.pause()
        assert setup.draft.value("topology.hosts[0].ssh") == {"user": "ad"}
        await pilot.press("backspace", "backspace", "escape")
        await pilot.pause()
        assert setup.draft.value("topology.hosts[0].ssh") is None
        assert setup.draft.site is not None


async def test_a_host_that_cannot_be_reached_says_so(setup: SetupApp) -> None:
    """Probing is the real thing: a key file that is not there is told beside each host."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press("r")
        await settled(pilot, setup)
        shown = str(setup.step.query_one(DataTable).get_row_at(0)[-1])
        assert shown.startswith("✗")
        assert "id_ed25519 cannot be read" in shown
        assert setup.live.probing == set()


async def test_the_table_marks_the_host_that_is_wrong(setup: SetupApp) -> None:
    """By the host it is the same as, by the answer that is wrong, or as refused."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "topology")

        def marks() -> dict[str, str]:
            table = setup.step.query_one(DataTable)
            rows = [table.get_row_at(number) for number in range(table.row_count)]
            return {str(row[0]): str(row[-1]) for row in rows if str(row[-1])}

        assert marks() == {}
        setup.change({"topology.hosts[6].address": "10.0.4.10"})
        assert marks()["cache1"] == "✗ same as st1"
        setup.change({"topology.hosts[6].address": "10.0.3.999"})
        assert marks() == {"st1": "✗ address"}
        setup.change({"topology.hosts[6].address": None})
        assert "st1" not in marks()
        setup.change({"topology.hosts[6].address": "10.0.3.10"})
        setup.change({"topology.hosts[4].roles": ["app", "database"]})
        assert marks()["db1"] == "✗ refused: w"


async def test_a_primary_that_is_taken_away_has_a_successor(setup: SetupApp) -> None:
    """The other database host, which is told; one ctrl+z brings back both."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "topology")
        await pilot.press("a", "escape")
        setup.change({"topology.hosts[8].roles": ["database"]})
        setup.change({"topology.hosts[8].address": "10.0.2.12"})
        before = setup.draft.text
        setup.step.query_one(DataTable).move_cursor(row=4)
        await pilot.press("d")
        await until(pilot, lambda: setup.draft.value("database.primary") == "db2", "db2 takes over")
        assert _told(setup, "db1 is taken away; ctrl+z brings it back. db2 is the database primary")
        assert setup.draft.site is not None
        await pilot.press("ctrl+n")
        await until(pilot, lambda: setup.here == "access", "nothing holds one back")
        await pilot.press("ctrl+z")
        assert setup.draft.text == before


async def test_a_primary_that_loses_its_role_has_a_successor(setup: SetupApp) -> None:
    """Also when none was left for a moment: the next database host is the primary."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "topology")
        toggles, table = setup.step.query_one(Toggles), setup.step.query_one(DataTable)
        table.move_cursor(row=4)
        await pilot.pause()
        before = setup.draft.text
        toggles.focus()
        await pilot.press("right", "right", "space")
        await until(pilot, lambda: setup.draft.value("database.primary") == "db2", "db2 takes over")
        assert setup.draft.value("topology.hosts[4].roles") == []
        assert _told(setup, "db2 is the database primary now")
        await pilot.press("ctrl+z")
        assert setup.draft.text == before
        await pilot.press("space")
        table.move_cursor(row=5)
        await pilot.pause()
        await pilot.press("space")
        await until(pilot, lambda: setup.draft.value("topology.hosts[5].roles") == [], "no role")
        assert setup.draft.value("database.primary") == "db2"  # nobody is left to take over
        table.move_cursor(row=4)
        await pilot.pause()
        await pilot.press("space")
        await until(pilot, lambda: setup.draft.value("database.primary") == "db1", "db1 again")


async def test_a_primary_that_is_no_database_host_is_answered_where_it_is_asked(
    setup: SetupApp,
) -> None:
    """A file that says so is put right under Database; Topology tells of it and lets one go on."""
    async with setup.run_test(size=LARGE) as pilot:
        setup.change({"database.primary": "app1"})
        await to(pilot, setup, "topology")
        assert "✗ The database primary is not a database host." in _aside(setup)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: setup.here == "access", "the next screen")
        await to(pilot, setup, "database")
        await pilot.press("ctrl+n")
        row = setup.step.query_one("#field-database-primary")
        await until(pilot, lambda: row.query_one(Choice).has_focus, "the answer that is wrong")
        assert setup.here == "database"
        await pilot.press("right")
        await until(pilot, lambda: setup.draft.site is not None, "a site")
        assert setup.draft.value("database.primary") == "db1"
