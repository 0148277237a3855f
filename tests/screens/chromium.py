"""A headless Chromium with one page, driven over its own DevTools protocol."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

PATIENCE = 120.0  # seconds; a busy machine is slow to start a browser
# The terminal of the page keeps to itself; as it takes its first part on, we take hold of it.
_TAKE_HOLD = """
Object.defineProperty(Object.prototype, "fitAddon", {configurable: true, set(part) {
  window.shown = this.terminal;
  Object.defineProperty(this, "fitAddon", {value: part, configurable: true, writable: true});
}});
"""
_TEXT = """
Array.from({length: window.shown?.rows ?? 0},
  (_, row) => shown.buffer.active.getLine(row)?.translateToString(true) ?? "").join("\\n")
"""
_CELL = """
(() => { const box = document.querySelector(".xterm-screen").getBoundingClientRect();
  return [box.x, box.y, box.width / shown.cols, box.height / shown.rows]; })()
"""


class Page:
    """The page of the browser; `asked_for` are the addresses it has loaded from."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line
        self._count = 0
        self.asked_for: list[str] = []

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """Return what the browser answers."""
        self._count += 1
        await self._line.send_json({"id": self._count, "method": method, "params": params})
        while True:
            heard: dict[str, Any] = json.loads(await self._line.receive_str(timeout=PATIENCE))
            if heard.get("method") == "Network.requestWillBeSent":
                self.asked_for.append(heard["params"]["request"]["url"])
            elif heard.get("method") == "Network.webSocketCreated":
                self.asked_for.append(heard["params"]["url"])
            elif heard.get("id") == self._count:
                assert "error" not in heard, heard
                result: dict[str, Any] = heard["result"]
                return result

    async def value(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page says
        """Return what JavaScript in the page comes to."""
        said = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return said["result"].get("value")

    async def open(self, url: str) -> None:
        """Go there."""
        for domain in ("Page", "Runtime", "Network"):
            await self.call(f"{domain}.enable")
        await self.call("Page.addScriptToEvaluateOnNewDocument", source=_TAKE_HOLD)
        await self.call("Page.navigate", url=url)

    async def text(self) -> str:
        """Return what stands in the terminal of the page."""
        return str(await self.value(_TEXT))

    async def until(self, condition: Callable[[str], bool]) -> str:
        """Return the text of the terminal once it is as wanted."""
        text = ""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition(text := await self.text()):  # noqa: ASYNC110 - the page's own
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(f"it never came; the page shows:\n{text}")
        return text

    async def click(self, words: str) -> None:
        """Click where these words stand in the terminal."""
        lines = (await self.text()).split("\n")
        row, column = next((n, at) for n, line in enumerate(lines) if (at := line.find(words)) >= 0)
        x, y, width, height = await self.value(_CELL)
        place = {"x": x + (column + 0.5) * width, "y": y + (row + 0.5) * height}
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", **place)
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place
            )

    async def press(self, key: str, number: int) -> None:
        """Press a key without text, by its name and Windows' number for it."""
        for kind in ("rawKeyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=number
            )

    async def picture(self) -> str:
        """Return what is drawn, as base64 of a PNG."""
        return str((await self.call("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Page]:
    """Start the browser with a profile of its own; end it afterwards."""
    if not (program := shutil.which("chromium")):
        pytest.skip("chromium is not installed")
    options = (
        "--headless=new",
        "--no-sandbox",  # it would not start as root; it meets pages of this machine only
        "--no-first-run",
        "--no-proxy-server",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-breakpad",
        "--remote-debugging-port=0",
        "--window-size=1000,700",
        f"--user-data-dir={profile}",
    )
    with profile.with_suffix(".log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            program, *options, "about:blank", stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        port = await _port(profile, process)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                pages = await answer.json(content_type=None)
            address = next(one["webSocketDebuggerUrl"] for one in pages if one["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as line:
                yield Page(line)
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _port(profile: Path, process: asyncio.subprocess.Process) -> str:
    """Return where it listens, once it says so."""
    said = profile / "DevToolsActivePort"
    async with asyncio.timeout(PATIENCE):
        while not (said.exists() and "\n" in said.read_text(encoding="utf-8")):
            assert process.returncode is None, profile.with_suffix(".log").read_text()
            await asyncio.sleep(0.1)
    return said.read_text(encoding="utf-8").split()[0]
