"""A package mirror on the jump host, over HTTP, that can be as bad as mirrors are."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import unquote

from wizard.practice.fleet import GATEWAY

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

PORT = 8099
PIECE = 8192


class _Handler(BaseHTTPRequestHandler):
    mirror: ClassVar[Mirror]

    def do_GET(self) -> None:
        mirror = self.mirror
        name = unquote(self.path).rpartition("/")[2]
        file = mirror.folder / name
        if mirror.broken:
            self.send_error(503)
            return
        if not name or not file.is_file():
            self.send_error(404)
            return
        content = bytearray(file.read_bytes())
        if mirror.spoiled and name.startswith(mirror.spoiled):
            content[-1] ^= 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for start in range(0, len(content), PIECE):
            self.wfile.write(content[start : start + PIECE])
            if mirror.slow:
                mirror.over.wait(PIECE / mirror.slow)
        mirror.served.add(name)

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002 - named by http.server
        """Nothing is logged."""


class Mirror:
    """Serves a folder while the block lasts; each kind of trouble can be switched on and off."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken = False
        """It answers every request with 503."""
        self.spoiled = ""
        """The last byte of what begins with this name is another one."""
        self.slow = 0
        """Bytes per second and connection; 0: no limit."""
        self.served: set[str] = set()
        self.over = threading.Event()

    @property
    def source(self) -> str:
        """The line for apt."""
        return f"deb [trusted=yes] http://{GATEWAY.ip}:{PORT}/ ./"

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"mirror": self})
        self._server = ThreadingHTTPServer((str(GATEWAY.ip), PORT), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
