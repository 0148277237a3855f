"""Keys that come faster than screens are drawn, as over a slow line."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import DataTable, Input

from screens.form_step import FormStep
from screens.install import InstallStep
from screens.widgets.choice import Choice
from screens.widgets.text_log import TextLog
from screens.work import work_of
from tests.screens.test_wizard import SMALL, to
from tests.screens.waiting import until

if TYPE_CHECKING:
    from screens.app import SetupApp

ADDRESSES = [f"10.20.{number}.{number + 100}" for number in range(8)]
NAMED = {"enter", "tab", "left", "right", "end", "backspace", "ctrl+n"}
RELAY = "smtp.relay.acme.example"


def send(setup: SetupApp, *keys: str) -> None:
    """Press all of them at once; a text is a key for each of its characters."""
    for key in keys:
        for each in [key] if key in NAMED else key:
            setup.post_message(events.Key(each, None if each in NAMED else each))


def box(setup: SetupApp, path: str) -> Input:
    """Return the box of a path."""
    assert isinstance(setup.step, FormStep)
    return setup.step.row(path).query_one(Input)


async def test_eight_addresses_in_one_burst(setup: SetupApp) -> None:
    """Each stands at its own host, whole, in the table and in the draft."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "topology")
        for place in range(len(ADDRESSES)):
            setup.change({f"topology.hosts[{place}].address": None})
        setup.step.query_one(DataTable).move_cursor(row=0)
        send(setup, "e", *(key for address in ADDRESSES for key in (address, "enter")))
        await until(
            pilot,
            lambda: [host["address"] for host in setup.host_entries()] == ADDRESSES,
            "every address at its host",
        )


@pytest.mark.parametrize("leave", ["tab", "enter"])
async def test_a_burst_over_two_fields(setup: SetupApp, leave: str) -> None:
    """What was typed before the key that goes on, and after it, is where it belongs."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        setup.change({"networking.domain": None, "networking.virtual_ip": None})
        box(setup, "networking.domain").focus()
        await pilot.pause()
        send(setup, "itsm.acme.example", leave, "10.9.8.7/24")
        await until(
            pilot,
            lambda: setup.draft.value("networking.virtual_ip") == "10.9.8.7/24",
            "the second answer",
        )
        assert setup.draft.value("networking.domain") == "itsm.acme.example"
        assert box(setup, "networking.domain").value == "itsm.acme.example"
        assert box(setup, "networking.virtual_ip").value == "10.9.8.7/24"


async def test_going_on_judges_what_was_typed_just_before(setup: SetupApp) -> None:
    """Not what stood there some keys earlier."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        setup.change({"networking.domain": None})
        box(setup, "networking.domain").focus()
        await pilot.pause()
        send(setup, "itsm.acme.example", "ctrl+n")
        await until(pilot, lambda: setup.here == "database", "the next screen")
        assert setup.draft.value("networking.domain") == "itsm.acme.example"


async def test_a_burst_with_corrections(setup: SetupApp) -> None:
    """Keys that move and delete find the text that they were meant for."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        setup.change({"networking.smtp.host": None})
        box(setup, "networking.smtp.host").focus()
        await pilot.pause()
        send(setup, "smtpx", "backspace", ".rely", "left", "a", "end", ".acme.example")
        await until(pilot, lambda: setup.draft.value("networking.smtp.host") == RELAY, "the answer")
        assert box(setup, "networking.smtp.host").value == RELAY


async def test_a_box_that_has_just_come_is_the_next_one(
    setup: SetupApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not drawn yet when the key comes that goes on to it."""
    # As seldom as on a machine that has a lot to do.
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 1.0)
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "networking")
        setup.step.query_one("#field-networking-tls-mode Choice", Choice).focus()
        await pilot.pause()
        send(setup, "right", "tab", "/etc/ssl/acme.pem")
        certificate = box(setup, "networking.tls.certificate")
        await until(pilot, lambda: certificate.value == "/etc/ssl/acme.pem", "the new box")


async def test_what_hosts_write_waits_while_somebody_types(setup: SetupApp) -> None:
    """But not for long: the log follows all the same, and at once when nobody does."""
    async with setup.run_test(size=SMALL) as pilot:
        await to(pilot, setup, "install")
        step, log = setup.step, work_of(setup).log
        assert isinstance(step, InstallStep)
        shown = step.query_one(TextLog)

        def has(line: str) -> bool:
            return any(line in each for each in shown.lines)

        setup.typed_at = step.looked_at = math.inf  # typing, and looked at only just now
        log.note("the first line")
        await pilot.pause(0.5)
        assert not has("the first line")
        step.looked_at = 0.0
        await until(pilot, lambda: has("the first line"), "a look in spite of the typing")

        log.note("the second line")
        setup.typed_at, step.looked_at = 0.0, math.inf
        await until(pilot, lambda: has("the second line"), "a look as nobody types")


async def test_keys_are_noticed_as_they_come(setup: SetupApp) -> None:
    """Each of them moves the moment on."""
    async with setup.run_test(size=SMALL) as pilot:
        await pilot.pause()
        before = setup.typed_at
        await pilot.press("down")
        assert before < setup.typed_at <= time.monotonic()
