"""The complete way by keys alone, on simulated hosts: from an empty folder to a running site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.widgets import DataTable

from screens.app import SetupApp
from screens.dialogs.ask_text import AskText
from screens.dialogs.confirm import Confirm
from screens.dialogs.pick import Pick
from screens.dialogs.reading import Reading
from screens.draft import Draft
from screens.flow import FLOW
from screens.widgets.plain import Plain
from screens.widgets.side_list import SideList
from screens.work import work_of
from tests.screens.waiting import shown, until
from wizard.checks.check import Verdict, worst
from wizard.run.report import gather
from wizard.run.simulated.hosts import SimulatedFleet
from wizard.site.edit import REMOVE

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

SMALL = (80, 24)
ADDRESSES = (
    "10.0.0.10",
    "10.0.0.11",
    "10.0.1.10",
    "10.0.1.11",
    "10.0.2.10",
    "10.0.2.11",
    "10.0.3.10",
    "10.0.4.10",
)
# What nobody but a person knows; everything else has a default in the reference layout.
ANSWERS = {
    "networking.domain": "itsm.example.com",
    "networking.virtual_ip": "10.0.0.100/16",
    "networking.private_network": "10.0.0.0/16",
    "networking.smtp.host": "smtp.example.com",
    "networking.support_email": "support@example.com",
    "application.release": "./minusnow-1.4.0.tar.gz",
}


@dataclass
class Walk:
    """A person at the keyboard."""

    pilot: Pilot[int]
    app: SetupApp

    async def answers(self) -> None:
        """Go from the topology to Review: where ctrl+n stays, the cursor is where to type."""
        for _ in range(len(FLOW) + len(ANSWERS)):
            if self.app.here == "review":
                return
            here = self.app.here
            missing = [one.path for one in self.app.place.problems(self.app.draft)]
            await self.pilot.press("ctrl+n")
            if missing:
                await self.cursor_at(missing[0])
                await self.pilot.press(*ANSWERS[missing[0]])
                await self.pilot.pause()
            else:
                await self._beyond(here)
        raise AssertionError(f"Review was not reached: {self.app.here}")

    async def cursor_at(self, path: str) -> None:
        """Wait until the cursor is in a field."""
        row = f"#field-{path.replace('.', '-').replace('_', '-')}"

        def there() -> bool:
            found = self.app.step.query(f"{row}, #field-{path.replace('.', '-')}")
            return bool(found) and found.first().has_focus_within

        await until(self.pilot, there, f"the cursor in {path}")

    async def accept_warnings(self) -> None:
        """Read each warning of the layout and accept it."""
        await self.pilot.press("a")
        await shown(self.pilot, self.app, Pick)
        while (site := self.app.draft.site) and self.app.step.blocked():
            count = len(site.acknowledged)
            await shown(self.pilot, self.app, Pick)
            await self.pilot.press("enter")
            await self._more_than(count)
        await until(self.pilot, lambda: len(self.app.screen_stack) == 1, "the list is closed")

    async def _beyond(self, here: str) -> None:
        await until(self.pilot, lambda: self.app.here != here, f"beyond {here}")

    async def _more_than(self, count: int) -> None:
        await until(self.pilot, lambda: self._accepted() > count, "one more accepted")

    def _accepted(self) -> int:
        site = self.app.draft.site
        return len(site.acknowledged) if site else 0

    def said(self) -> str:
        """The sentence at the top of the screen that is shown."""
        return self.app.step.query_one(".said", Plain).words

    def title(self) -> str:
        """The line at the very top."""
        return self.app.screen_stack[0].query_one("#title", Plain).words


async def test_from_an_empty_folder_to_a_running_site(folder: Path) -> None:
    """Nothing but keys, at 80x24: new site, reference layout, plan, consent, proof, second run."""
    app = SetupApp(Draft(""), simulation=SimulatedFleet(pace=0))
    async with app.run_test(size=SMALL) as pilot:
        walk = Walk(pilot, app)
        await until(pilot, lambda: app.step.is_mounted, "Welcome")
        await pilot.press("enter")
        await until(pilot, lambda: app.here == "topology", "a new site")
        await pilot.press("enter")
        await until(pilot, lambda: app.focused and app.focused.id == "host-address", "an address")
        for address in ADDRESSES:
            await pilot.press(*address, "enter")
        await walk.answers()
        assert "SIMULATED HOSTS" in walk.title()
        await walk.accept_warnings()
        work = work_of(app)
        await pilot.press("l")
        await until(pilot, lambda: work.plan is not None and not work.busy, "the plan")
        assert worst(work.findings) is Verdict.OK
        await pilot.press("i")
        await shown(pilot, app, Confirm)
        await pilot.press("right", "enter")
        await shown(pilot, app, AskText)
        await pilot.press("enter")
        await until(pilot, lambda: work.result is not None and not work.busy, "the installation")
        assert work.result
        assert work.result.outcome == "done", work.error
        await until(pilot, lambda: app.here == "install" and "✓ done" in walk.said(), "it is told")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.here == "done", "Done")
        assert worst(work.proof) is Verdict.OK
        assert "simulated" in walk.said()
        assert "SIMULATED HOSTS" in walk.title()
        await pilot.press("ctrl+b")
        await until(pilot, lambda: app.here == "install", "Install again")
        # A second time: nothing is left to do.
        await pilot.press("ctrl+b", "ctrl+b")
        await until(pilot, lambda: app.here == "review", "Review again")
        await pilot.press("l")
        await until(pilot, lambda: not work.busy and work.plan is not None, "the second plan")
        assert work.plan
        assert work.plan.empty
    assert not (folder / "minusnow.state").exists()
    report = gather(folder / "minusnow.simulated.state", lines=0)
    assert report.record.simulated
    assert report.runs[0].outcome == "done"
    assert not report.broken


_LB, _APP, _DB = "load_balancer", "app", "database"


def _hosts(*hosts: tuple[str, str, list[str]]) -> list[dict[str, object]]:
    return [{"name": name, "address": ip, "roles": roles} for name, ip, roles in hosts]


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "app and database on one host": (
        {"topology.hosts[4].roles": [_DB, _APP]},
        "app-with-database",
    ),
    "app and database at one address": (
        {"topology.hosts[4].address": "10.0.1.10"},
        "app-with-database",
    ),
    "both apps on one machine": (
        {"topology.hosts[3].address": "10.0.1.10"},
        "app-servers-together",
    ),
    "one app server": ({"topology.hosts[3]": REMOVE}, "too-few-app-servers"),
    "primary and standby on one machine": (
        {"topology.hosts[5].address": "10.0.2.10"},
        "database-servers-together",
    ),
    "no standby": ({"topology.hosts[5]": REMOVE}, "too-few-database-servers"),
    "balancer on a database host": (
        {"topology.hosts[5].roles": [_DB, _LB]},
        "balancer-on-database",
    ),
    "a single server": (
        {
            "topology.hosts": _hosts(("all", "10.0.0.10", [_LB, _APP, _DB, "storage", "cache"])),
            "database.primary": "all",
        },
        "one-server",
    ),
}


async def test_nobody_gets_past_a_refused_layout(setup: SetupApp) -> None:
    """Neither with ctrl+n nor by the list at the side; w shows which rule it is and why."""
    async with setup.run_test(size=SMALL) as pilot:
        await setup.go("topology")
        for name, (changes, rule) in REFUSED.items():
            setup.change(changes)
            await pilot.press("ctrl+n")
            await pilot.pause()
            assert setup.here == "topology", name
            assert rule in {one.rule.id for one in setup.draft.parsed.refusals}, name
            side = setup.query_one(SideList)
            opened = [not side.get_option_at_index(place).disabled for place in range(len(FLOW))]
            assert opened == [True, True, *[False] * (len(FLOW) - 2)], name
            setup.step.query_one(DataTable).focus()
            await pilot.press("w")
            await shown(pilot, setup, Reading, "Why this layout is refused")
            await pilot.press("escape")
            await until(pilot, lambda: len(setup.screen_stack) == 1, "the reasons are closed")
            setup.action_undo()
            assert not setup.draft.problems, name
        await pilot.press("ctrl+n")
        await until(pilot, lambda: setup.here == "access", "beyond a good layout")
