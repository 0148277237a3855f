"""Careless programs print secrets on the hosts: no screen, log or report of the wizard has them."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from textual.widgets import Input, OptionList

from screens.audit_source import Source
from screens.audit_view import ReviewApp
from screens.dialogs.ask_text import AskText
from screens.dialogs.failure import FailureCard
from screens.dialogs.pick import Pick
from screens.flow import FLOW
from screens.keep_log import write_log
from screens.secrets import SecretsDesk
from screens.work import work_of
from tests.detector import Detector
from tests.run.pieces import LocalFile, task
from tests.screens.failing_hosts import agree, choose
from tests.screens.simulated_hosts import SimulatedFleet
from tests.screens.waiting import shown, until
from wizard.run.report import gather
from wizard.run.report_write import FORMATS, written
from wizard.vault.mask import Mask
from wizard.vault.secret import Secrets
from wizard.vault.text import Encoding, SecretRef, Text

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from screens.app import SetupApp
    from wizard.remote.cancellation import Cancellation
    from wizard.run.bus import Sink
    from wizard.run.installation import Installation
    from wizard.run.state import StateFile
    from wizard.site.file import LoadedSite
    from wizard.site.model import Site
    from wizard.steps.task import Task

VALUES = {
    "app_password": 'Zx9 it\'s "quoted" & $signed/%d',
    "redis_password": "mK4qLw7RtB2nVc8YpD5sGh3JfA6eUiT0",
    "smtp_password": "Grüße-aus-der-Ferne-an-alle-2026",
}
TYPED = "typed-by-a-person-0xC0FFEE-once"
SIZES = ((80, 24), (160, 45))


class CarelessFleet(SimulatedFleet):
    """One step prints every secret in many ways and fails once with one in its last words."""

    def open(
        self,
        setup: SetupApp,
        loaded: LoadedSite,
        *,
        stop: Cancellation,
        listeners: list[Sink],  # type: ignore[override] # what the wizard gives
        journal: StateFile | None,
    ) -> Installation:
        """Give the engine the secrets, and the listeners the mask, as for real hosts."""
        work = super().open(setup, loaded, stop=stop, listeners=listeners, journal=journal)
        secrets = Secrets(VALUES)
        work.engine.bus.mask_with(Mask(secrets).text)
        work.engine = replace(work.engine, secrets=secrets)
        return work

    def small(self, site: Site) -> list[Task]:
        """Return a step that tells everything, and one that writes a file with a secret."""
        del site
        return [
            task("one@app1", LocalFile(name="f", script=_script())),  # type: ignore[arg-type]
            task("two@app1", LocalFile(name="g", content=Text(SecretRef("redis_password")))),
        ]


def _script() -> Text:
    """Return shell that prints each secret as programs do, in pieces and over lines."""
    parts: list[str | SecretRef | Text] = []
    for name in VALUES:
        shell = SecretRef(name, (Encoding.SHELL,))
        parts += [
            Text("value=", shell, "\n"),
            'printf "%s\\n" "password=$value" >&2\n',
            'printf "%s\\n" "$value" | base64\n',
            'printf "xy%s\\n" "$value" | base64 -w0; echo\n',
            'printf %s "$value" | od -An -tx1 | tr -d " \\n"; echo\n',
            'printf %s "${value:0:12}"; read -rt 0.05 <> <(:) || true; echo "${value:12}"\n',
            'printf "%s\\n%s\\n" "${value:0:16}" "${value:16}"\n',
            Text("echo postgres://u:", SecretRef(name, (Encoding.URL,)), "@10.0.2.10/db\n"),
        ]
    last = 'printf "FATAL: no login with %s\\n" "$value" >&2\n'
    return Text(*parts, last, "if [ -e fails ]; then exit 3; fi")


def text_in(svg: str) -> bytes:
    """Return what a person reads on a picture of the screen."""
    words = html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", svg, flags=re.DOTALL))
    return words.replace("\N{NO-BREAK SPACE}", " ").encode()


class Looker:
    """Keeps every picture of a screen."""

    def __init__(self) -> None:
        self.pictures: list[str] = []

    async def look(self, pilot: Pilot[int]) -> None:
        """Take a picture of what is shown now."""
        await pilot.pause()
        self.pictures.append(pilot.app.export_screenshot())

    def found(self, detector: Detector) -> set[str]:
        """Return the names of the secrets on them, as text and in the files."""
        return {
            name
            for svg in self.pictures
            for data in (svg.encode(), text_in(svg))
            for name in detector.found(data)
        }


def detector() -> Detector:
    """Return what knows all of the secrets."""
    return Detector({**VALUES, "typed": TYPED})


@pytest.mark.parametrize("size", SIZES)
async def test_no_screen_log_or_report_shows_one(
    setup: SetupApp, site_file: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """From the first screen to the review, over a failure, with a value being typed."""
    fleet, looker = CarelessFleet(tmp_path / "hosts"), Looker()
    (fleet.folder / "app1").mkdir(parents=True)
    (fleet.folder / "app1" / "fails").touch()
    work = work_of(setup)
    work.opener = fleet.open  # type: ignore[assignment] # see its listeners
    state = site_file.with_suffix(".state")
    async with setup.run_test(size=size) as pilot:
        for place in FLOW:
            await setup.go(place.id)
            await looker.look(pilot)
        await setup.go("review")
        await pilot.press("l")
        await until(pilot, lambda: not work.busy and work.plan, "a plan")
        await looker.look(pilot)
        await pilot.press("i")
        await agree(pilot, setup, "Install acme")
        await shown(pilot, setup, FailureCard)
        await looker.look(pilot)
        (fleet.folder / "app1" / "fails").unlink()
        await choose(pilot, setup, "retry")

        def done() -> bool:
            return bool(work.result and work.result.outcome == "done" and not work.busy)

        await until(pilot, done, "the end of the second run")
        for name in ("install", "done"):
            await setup.go(name)
            await looker.look(pilot)
    review = ReviewApp(Source(state))
    async with review.run_test(size=size) as pilot:
        chapters = review.screen.query_one(OptionList)
        await until(pilot, lambda: chapters.option_count, "the chapters")
        for number in range(chapters.option_count):
            chapters.highlighted = number
            await looker.look(pilot)

    told = gather(state, lines=None)
    assert sum(each.total for each in told.output) > 20
    assert any("‹app_password›" in text_in(svg).decode() for svg in looker.pictures)
    assert looker.found(detector()) == set()
    write_log(state, tmp_path / "log")
    left = {file: detector().found(file.read_bytes()) for file in (state, tmp_path / "log")}
    left |= {Path(form): detector().found(written(told, form).encode()) for form in FORMATS}
    assert {place: names for place, names in left.items() if names} == {}


async def test_what_is_typed_is_on_no_screen(setup: SetupApp, folder: Path) -> None:
    """While it is typed, when it is refused, and in the list afterwards."""
    (folder / "phrase").write_text("correct horse battery staple\n")
    (folder / "phrase").chmod(0o600)
    setup.keyring = replace(setup.keyring, file=folder / "ring", passphrase_file=folder / "phrase")
    looker = Looker()
    async with setup.run_test(size=(80, 24)) as pilot:
        await setup.go("networking")
        SecretsDesk(setup).start(only="smtp_password")
        await shown(pilot, setup, Pick)
        await looker.look(pilot)
        await pilot.press("enter")
        await shown(pilot, setup, AskText)
        setup.screen.query_one(Input).value = TYPED + "\u200b"
        await pilot.press("enter")
        await until(
            pilot, lambda: "invisible" in text_in(pilot.app.export_screenshot()).decode(), "why not"
        )
        await looker.look(pilot)
        setup.screen.query_one(Input).value = TYPED
        await looker.look(pilot)
        await pilot.press("enter")
        await shown(pilot, setup, Pick)
        await looker.look(pilot)
        assert looker.found(detector()) == set()
        # The search can fail: a value that a careless screen shows is found.
        await setup.push_screen(AskText("planted", f"It was {TYPED}."))
        await shown(pilot, setup, AskText, "planted")
        await looker.look(pilot)
    assert looker.found(detector()) == {"typed"}


def test_pictures_are_read_as_people_read_them() -> None:
    """Tags, entities and hard spaces do not hide a value; base64 and URLs are undone."""
    value = VALUES["app_password"]
    for shown_as in (value, quote(value), base64.b64encode(value.encode()).decode()):
        text = html.escape(shown_as).replace(" ", "&#160;")
        svg = f'<svg><style>x</style><text class="r1">{text[:9]}</text>{text[9:]}</svg>'
        assert detector().found(text_in(svg)) == {"app_password"}
