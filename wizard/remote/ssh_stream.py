"""One output stream of a remote script: found between markers, decoded, split into lines.

Everything here is linear in the number of bytes, whatever the length of a line.
"""

from __future__ import annotations

import codecs
from collections import deque
from typing import TYPE_CHECKING

from wizard.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT_LIMIT = 64 << 20  # characters of an answer
LINE_LIMIT = 16 << 20  # characters of one line
NOISE_LIMIT = 8192  # bytes kept of what a login shell or sudo says before the script starts


class MarkedStream:
    """The bytes between a random start marker and an end marker that carries a status."""

    def __init__(self, start: bytes, end: bytes, deliver: Callable[[bytes], None]) -> None:
        self._start = start + b"\n"
        self._end = end + b":"
        self._deliver = deliver
        self._held = b""  # may be the beginning of the end marker
        self.noise = b""  # what was said before the start marker, its last 8 KiB
        self.started = False
        self.status: int | None = None  # known once the end marker has been read

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        if not self.started:
            self.noise += data
            before, found, data = self.noise.partition(self._start)
            if not found:
                self.noise = self.noise[-NOISE_LIMIT:]
                return
            self.noise, self.started = before[-NOISE_LIMIT:], True
        if self.status is not None:
            return
        if self._held:
            data = self._held + data
        at = data.find(self._end)
        if at < 0:
            keep = len(data) - self._possible_marker(data)
            self._held = data[keep:]
        else:
            keep = at
            word, newline, _ = data[at + len(self._end) :].partition(b"\n")
            if newline:
                self.status = int(word)
                self._held = b""
            else:
                self._held = data[at:]
        if keep:
            self._deliver(data[:keep])

    def close(self) -> None:
        """Deliver what was held back: the stream ended without its end marker."""
        if self._held and self.status is None:
            held, self._held = self._held, b""
            self._deliver(held)

    def _possible_marker(self, data: bytes) -> int:
        """Return how many of the last bytes could be the beginning of the end marker."""
        at = data.find(self._end[:1], max(0, len(data) - len(self._end) + 1))
        while at >= 0:
            if self._end.startswith(data[at:]):
                return len(data) - at
            at = data.find(self._end[:1], at + 1)
        return 0


class TextCollector:
    """Decodes UTF-8 incrementally, keeps the text (or its tail) and hands out whole lines.

    What a host writes never fills the memory: `feed` raises HostError for a text, where all of it
    is kept, or a single line, that is longer than anything of use.
    """

    def __init__(
        self, *, limit: int | None = None, on_lines: Callable[[list[str]], None] | None = None
    ) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._limit = limit  # characters kept; None: all, up to TEXT_LIMIT
        self._on_lines = on_lines
        self._kept: deque[str] = deque()
        self._size = 0
        self._line: list[str] = []  # the pieces of a line whose end has not come yet
        self._line_size = 0
        self._refused = False

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Take the next bytes; `final` also delivers a last line without a newline."""
        if self._refused:
            return
        text = self._decoder.decode(data, final)
        if text:
            self._keep(text)
            if self._on_lines is not None:
                self._split(text, self._on_lines)
        if final and any(self._line) and self._on_lines is not None:
            self._on_lines(["".join(self._line).removesuffix("\r")])
            self._line = []

    def text(self) -> str:
        """Return what was kept."""
        text = "".join(self._kept)
        return text if self._limit is None else text[-self._limit :]

    def _keep(self, text: str) -> None:
        self._kept.append(text)
        self._size += len(text)
        while self._limit is not None and self._size - len(self._kept[0]) >= self._limit:
            self._size -= len(self._kept.popleft())
        if self._limit is None and self._size > TEXT_LIMIT:
            self._refuse(f"it wrote more than {TEXT_LIMIT >> 20} MiB")

    def _split(self, text: str, on_lines: Callable[[list[str]], None]) -> None:
        lines = text.split("\n")
        rest = lines.pop()
        if lines:
            lines[0] = "".join((*self._line, lines[0]))
            self._line, self._line_size = [], 0
            if "\r" in text or lines[0].endswith("\r"):
                lines = [line.removesuffix("\r") for line in lines]
            on_lines(lines)
        if rest:
            self._line.append(rest)
            self._line_size += len(rest)
            if self._line_size > LINE_LIMIT:
                self._refuse(f"it wrote more than {LINE_LIMIT >> 20} MiB on one line")

    def _refuse(self, seen: str) -> None:
        """Forget everything, which makes room, and take no more."""
        self._refused = True
        self._kept.clear()
        self._line = []
        raise HostError(
            f"{seen}; it was ended",
            remedy="See on the host what writes that much, then go on with"
            " `minusnow-setup resume`.",
        )
