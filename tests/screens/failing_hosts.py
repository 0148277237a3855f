"""Simulated hosts on which steps fail, and the keys that lead from the plan to the card."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import Button

from screens.dialogs.confirm import Confirm
from screens.dialogs.failure import FailureCard
from screens.widgets.plain import Plain
from screens.work import work_of
from tests.run.pieces import LocalFile, task
from tests.screens.simulated_hosts import SimulatedFleet
from tests.screens.waiting import shown, until
from wizard.steps.task import Phase
from wizard.vault.text import Text

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from screens.app import SetupApp
    from screens.work import Work
    from wizard.site.model import Site
    from wizard.steps.task import Task


class FailingFleet(SimulatedFleet):
    """Steps that rest on the port of the cache; some fail while a file `fails` is there."""

    def small(self, site: Site) -> list[Task]:
        """Return mounts, environment and service of app1, the cache, and two firewalls."""
        fails = (
            "echo run >>ran; if [ -e fails ]; then echo 'bind: Address already in use'; exit 3; fi"
        )
        port = Text(f"port {site.cache.port}")
        used = f"if [ {site.cache.port} = 6379 ]; then {fails}; fi"
        firewall = [
            replace(
                task(
                    f"firewall@{name}", LocalFile(name="rules", script=fails), phase=Phase.FIREWALL
                ),
                if_left_out=f"{name} keeps its rules.",
            )
            for name in ("lb1", "lb2")
        ]
        confirmed = replace(
            task("firewall-confirmed@lb1", LocalFile(name="sure"), after=["firewall@lb1"]),
            new_session=True,
        )
        return [
            task("mounts@app1", LocalFile(name="mounts", script="echo run >>ran")),
            task("application@app1", LocalFile(name="env", content=port)),
            task(
                "redis@cache1",
                LocalFile(name="redis", content=port, script=used),
                after=["mounts@app1", "application@app1"],
            ),
            task("service@app1", LocalFile(name="up"), after=["redis@cache1", "application@app1"]),
            *firewall,
            confirmed,
        ]


def break_on(fleet: SimulatedFleet, *hosts: str) -> None:
    """Let what can fail on these hosts fail."""
    for name in hosts:
        (fleet.folder / name).mkdir()
        (fleet.folder / name / "fails").touch()


async def failed(pilot: Pilot[int], app: SetupApp) -> Work:
    """Look at the hosts, begin to install, and wait for the card."""
    work = work_of(app)
    await app.go("review")
    await pilot.press("l")
    await until(pilot, lambda: not work.busy and work.plan, "a plan")
    await pilot.press("i")
    await agree(pilot, app, "Install acme")
    await shown(pilot, app, FailureCard)
    return work


async def agree(pilot: Pilot[int], app: SetupApp, title: str) -> str:
    """Agree to a question whose first answer is no; return its words."""
    await shown(pilot, app, Confirm, title)
    words = text_of(app)
    await pilot.press("right", "enter")
    return words


def text_of(app: SetupApp) -> str:
    """Everything that stands in the dialog."""
    return "\n".join(plain.words for plain in app.screen.query(Plain))


async def choose(pilot: Pilot[int], app: SetupApp, answer: str) -> None:
    """Press a button of the card by keys alone."""
    names = [button.id for button in app.screen.query(Button)]
    await pilot.press(*["right"] * names.index(f"answer-{answer}"), "enter")


async def another(pilot: Pilot[int], app: SetupApp, before: object) -> None:
    """Wait for another card than the one before."""
    await until(pilot, lambda: app.screen is not before, "another card")
    await shown(pilot, app, FailureCard)


async def ended(pilot: Pilot[int], work: Work) -> None:
    """Wait for the end of the run and its proof."""
    await until(pilot, lambda: not work.busy and work.result, "the end of the run")


def said(app: SetupApp) -> str:
    """The sentence at the top of the screen."""
    return app.step.query_one(".said", Plain).words
