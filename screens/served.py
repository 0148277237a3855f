"""The screens in a browser: textual-serve, let in by links that work once."""

from __future__ import annotations

import hmac
import re
import secrets
import sys
from typing import TYPE_CHECKING

from aiohttp import web
from textual_serve.server import Server

from screens.served_page import USED_UP, headers, page

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,255}")  # as a browser names us
_PATIENCE = 30.0  # seconds in which a page's program may end in order


class Tickets:
    """Words that nobody can guess, each good for one use."""

    def __init__(self) -> None:
        self._open: list[str] = []

    def issue(self) -> str:
        """Return a new one."""
        self._open.append(secrets.token_urlsafe(32))
        return self._open[-1]

    def redeem(self, shown: str) -> bool:
        """Whether it was good; it is not from now on."""
        found = [one for one in self._open if hmac.compare_digest(one.encode(), shown.encode())]
        for one in found:
            self._open.remove(one)
        return bool(found)


class Browser:
    """A web application in which every page that is let in has the program to itself."""

    def __init__(self, command: str, tell: Callable[[str], None]) -> None:
        self._serving = Server(command, title="minusnow-setup")
        self._tell = tell
        self._pages, self._sockets = Tickets(), Tickets()
        self._told = ""  # the ticket of the link that was shown last
        self._open: dict[int, web.Request] = {}

    def link(self) -> str:
        """Return the path of a page, good for one use; the one before is good for nothing."""
        self._pages.redeem(self._told)
        self._told = self._pages.issue()
        return f"/open/{self._told}"

    def application(self) -> web.Application:
        """Return what answers the browser."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/open/{ticket}", self._page, allow_head=False),
                web.get("/socket/{ticket}", self._socket, allow_head=False),
                # Its key is made by the program for one file and told to its own page only.
                web.get("/download/{key}", self._serving.handle_download, allow_head=False),
                web.static("/static", self._serving.statics_path),
            ]
        )
        app.on_shutdown.append(self._close)
        return app

    async def _page(self, request: web.Request) -> web.Response:
        """Let a browser in that has a link, and give it what it needs to load the page again."""
        ticket = request.match_info["ticket"]
        shown = ticket == self._told
        if not _HOST.fullmatch(request.host) or not self._pages.redeem(ticket):
            raise web.HTTPForbidden(text=USED_UP, content_type="text/html")
        if shown:
            self._tell(self.link())
        nonce = secrets.token_urlsafe(16)
        text = page(
            socket=f"ws://{request.host}/socket/{self._sockets.issue()}",
            again=self._pages.issue(),
            nonce=nonce,
        )
        return web.Response(text=text, content_type="text/html", headers=headers(nonce))

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        """Start the program for a page, and end it with the page."""
        same = request.headers.get("Origin") == f"http://{request.host}"
        if not same or not self._sockets.redeem(request.match_info["ticket"]):
            raise web.HTTPForbidden
        self._open[id(request)] = request
        try:
            return await self._serving.handle_websocket(request)
        finally:
            del self._open[id(request)]

    async def _close(self, app: web.Application) -> None:
        """End the programs of all pages."""
        del app
        for request in list(self._open.values()):
            if request.transport:
                request.transport.close()


def run(command: str, listening: socket.socket, url: str) -> int:
    """Answer browsers until Ctrl-C; `url` is what people call the listening socket."""

    def tell(path: str) -> None:
        sys.stdout.write(f"Another window: {url}{path}\n")
        sys.stdout.flush()

    browser = Browser(command, tell)
    sys.stdout.write(f"Open it: {url}{browser.link()}\n")
    sys.stdout.flush()
    web.run_app(
        browser.application(),
        sock=listening,
        print=None,
        access_log=None,
        shutdown_timeout=_PATIENCE,
    )
    return 0
