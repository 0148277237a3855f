"""The screens in a browser: what it shows, what it takes, and who is let in."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.run.state_story import filled
from tests.screens.chromium import PATIENCE, chromium

if TYPE_CHECKING:
    from collections.abc import Iterator


class Served:
    """A running `minusnow-setup serve`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def link(self) -> str:
        """Return the next link that it shows."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert ": http://127.0.0.1:" in line, line
        return line.partition(": ")[2].strip()

    def programs(self) -> list[str]:
        """Return the processes it has for its pages."""
        number = self.process.pid
        children = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="utf-8")
        return children.split()


@contextmanager
def served(*arguments: str) -> Iterator[Served]:
    """Serve on a port that is free, and end it with Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wizard.cli.main", "serve", "--port", "0", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Served(process)
        finally:
            process.send_signal(2)
            process.communicate(timeout=PATIENCE)


async def test_the_served_app_shows_and_takes_keys_and_a_click(folder: Path) -> None:
    """Chromium shows Welcome, drawn from this machine alone; a click on New site opens Topology."""
    with served() as serving:
        link = serving.link()
        async with chromium(folder / "profile") as page:
            await page.open(link)
            text = await page.until(lambda text: "New site" in text and "^n Next" in text)
            assert "▸ Welcome" in text
            await page.press("F1", 112)
            await page.until(lambda text: "Help · Welcome" in text)
            await page.press("Escape", 27)
            await page.until(lambda text: "Help · Welcome" not in text)
            before = await page.picture()
            await page.click("New site")
            text = await page.until(lambda text: "2 of 14" in text and "lb1" in text)
            assert "▸ Topology" in text
            assert await page.picture() != before
            here = link.partition("/open/")[0].partition("://")[2]
            places = {url.split("/")[2] for url in page.asked_for if not url.startswith("data:")}
            assert places == {here}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["acme.yaml"], b"acme-itsm"),
        (["wizard", "acme.yaml", "--simulate"], b"SIMULATED"),
        (["review", "--state", "acme.state"], b"REVIEW"),
    ],
)
async def test_a_page_of_the_same_program_with_its_arguments(
    site_file: Path, arguments: list[str], words: bytes
) -> None:
    """What is named is open; the program ends with its page."""
    filled(site_file.with_suffix(".state"))
    with served(*arguments) as serving:
        async with aiohttp.ClientSession() as browser:
            address = await socket_of(browser, serving.link())
            async with browser.ws_connect(address, headers=origin(address)) as line:
                drawn = b""
                async with asyncio.timeout(PATIENCE):
                    while words not in drawn:
                        drawn += (await line.receive()).data
                assert len(serving.programs()) == 1
            async with asyncio.timeout(PATIENCE):
                while serving.programs():  # noqa: ASYNC110 - other processes
                    await asyncio.sleep(0.1)


async def test_what_keeps_the_program_from_its_screens_stands_on_the_page(folder: Path) -> None:
    """As it would in a terminal; then the page is told that it has ended."""
    del folder
    with served("missing.yaml") as serving:
        async with aiohttp.ClientSession() as browser:
            address = await socket_of(browser, serving.link())
            async with browser.ws_connect(address, headers=origin(address)) as line:
                async with asyncio.timeout(PATIENCE):
                    drawn = b"".join([part.data async for part in line])
        assert b"minusnow-setup: missing.yaml" in drawn


async def test_only_a_link_lets_in_and_only_once(folder: Path) -> None:
    """Neither a used link nor a guess opens a page, and no socket opens without its own page."""
    del folder
    with served() as serving:
        link = serving.link()
        async with aiohttp.ClientSession() as browser:
            address = await socket_of(browser, link)
            for url in (link, f"{link.rpartition('/')[0]}/guess", address.replace("ws:", "http:")):
                async with browser.get(url) as answer:
                    assert answer.status == 403
            for url, headers in (
                (f"{address.rpartition('/')[0]}/guess", origin(address)),
                (address, {"Origin": "http://elsewhere.example"}),
                (address, {}),
            ):
                assert await refused(browser, url, headers)
            assert not serving.programs()
            assert await socket_of(browser, serving.link()) != address


async def socket_of(browser: aiohttp.ClientSession, link: str) -> str:
    """Return the socket's address that the page of a link is given."""
    async with browser.get(link) as answer:
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        text = await answer.text()
    return text.partition('data-session-websocket-url="')[2].partition('"')[0]


async def refused(browser: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> bool:
    """Whether no socket opens there."""
    try:
        async with browser.ws_connect(url, headers=headers):
            return False
    except aiohttp.WSServerHandshakeError as error:
        return error.status == 403


def origin(address: str) -> dict[str, str]:
    """Return what a browser says of the page that asks for a socket."""
    return {"Origin": address.partition("/socket/")[0].replace("ws:", "http:")}
