"""What the table of hosts shows once the machines were looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import DataTable

from screens.live import way_to
from tests.facts.example import good_facts
from tests.screens.test_wizard import LARGE, SMALL, to
from tests.screens.waiting import until
from wizard.facts.host import HostFacts

if TYPE_CHECKING:
    from screens.app import SetupApp


def look_at_all(setup: SetupApp) -> None:
    """Put facts of every host in the place of a look at them; lb1's clock is off."""
    site = setup.draft.site
    assert site is not None
    for host in site.hosts:
        facts = good_facts(site, host)
        setup.live.facts[host.name] = (
            replace(facts, clock_skew=7.25) if host.name == "lb1" else facts
        )
        setup.live.probed_by[host.name] = way_to(setup.draft, host.name, host.address)


def titles(setup: SetupApp) -> list[str]:
    """The heads of the columns."""
    return [str(column.label) for column in setup.step.query_one(DataTable).ordered_columns]


async def test_a_wide_terminal_tells_clock_and_machine(setup: SetupApp) -> None:
    """Beside size and system; a clock that is off is pointed out."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "topology")
        look_at_all(setup)
        setup.step.live_changed()
        await until(pilot, lambda: len(titles(setup)) == 9, "all columns")
        assert titles(setup)[3:] == ["CPU", "RAM", "Disk", "Clock", "Machine", ""]
        row = [str(cell) for cell in setup.step.query_one(DataTable).get_row_at(0)]
        assert row[6] == "+7.2 s"
        assert len(row[7]) == 8
        assert row[8] == "! clock is +7 s off"


async def test_a_narrow_one_keeps_to_sizes(setup: SetupApp) -> None:
    """Key m shows the rest."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        look_at_all(setup)
        setup.step.live_changed()
        await until(pilot, lambda: titles(setup)[3:] == ["CPU", "RAM", "Disk", ""], "the sizes")
        await pilot.resize_terminal(*LARGE)
        await until(pilot, lambda: "Machine" in titles(setup), "the columns of a wide terminal")


async def test_a_small_machine_will_do_for_a_rehearsal(setup: SetupApp) -> None:
    """Below the minimum is wrong in production, and pointed out in a rehearsal."""
    async with setup.run_test(size=LARGE) as pilot:
        await to(pilot, setup, "topology")
        look_at_all(setup)
        seen = setup.live.facts["db1"]
        assert isinstance(seen, HostFacts)
        setup.live.facts["db1"] = replace(seen, cpus=1)
        signs = []
        for purpose in ("production", "rehearsal"):
            setup.change({"purpose": purpose})
            setup.step.live_changed()
            await pilot.pause()
            table = setup.step.query_one(DataTable)
            rows = [table.get_row_at(number) for number in range(table.row_count)]
            signs += [str(row[-1])[:9] for row in rows if str(row[0]) == "db1"]
        assert signs == ["✗ 1 of 4 ", "! 1 of 4 "]
