"""Places a file on a host: streamed beside its destination, compared, renamed."""

from __future__ import annotations

import hashlib
import secrets
import shlex
from io import SEEK_END, BytesIO
from typing import TYPE_CHECKING, BinaryIO

from wizard.errors import CommandFailed
from wizard.remote.ssh_runner import PIECE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wizard.remote.ssh_runner import ScriptRunner
    from wizard.remote.ssh_session import Session
    from wizard.remote.transport import Stream

WANTED = "send"
SILENCE = 60.0  # seconds without a byte accepted before an upload counts as hung
SLOWEST = 100_000  # bytes per second: what the time limit of an upload is made of

_SCRIPT = r"""
destination={destination} new={destination}.{token}.new sum={sum}
if [[ -f $destination && ! -L $destination ]] \
  && [[ $(sha256sum <"$destination") == "$sum  -" ]]; then
  chown -- {owner} "$destination"
  chmod -- {mode} "$destination"
  exit 0
fi
trap 'rm -f -- "$new"' EXIT
printf '%s\n' {wanted}
cat <&3 >"$new"
if [[ $(sha256sum <"$new") != "$sum  -" ]]; then
  printf 'what arrived (%s bytes) is not what was sent\n' "$(stat -c %s -- "$new")" >&2
  exit 1
fi
chown -- {owner} "$new"
chmod -- {mode} "$new"
mv -fT -- "$new" "$destination"
"""


def upload(
    session: Session,
    source: Path | bytes,
    destination: str,
    *,
    mode: int,
    owner: str,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Place `source` at `destination`; nothing is sent if the same bytes are there already.

    Raises: ConnectionLost, CommandFailed, CommandSilent, Cancelled.
    """
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.seek(0, SEEK_END)
        stream.seek(0)
        script = _SCRIPT.format(
            destination=shlex.quote(destination),
            token=secrets.token_hex(6),
            sum=digest,
            owner=shlex.quote(owner),
            mode=f"{mode:04o}",
            wanted=WANTED,
        )
        runners: list[ScriptRunner] = []

        def on_line(stream_name: Stream, line: str) -> None:
            if stream_name == "out" and line == WANTED:
                runners[0].send_body()

        result = session.execute(
            script,
            waiting_for=f"the upload of {destination}",
            timeout=SILENCE + size / SLOWEST,
            silence=SILENCE,
            on_line=on_line,
            body=_pieces(stream, size, on_progress),
            on_runner=runners.append,
        )
    if result.status != 0:
        said = result.err.strip() or "the host gave no reason"
        raise CommandFailed(
            f"{destination} could not be written: {said}",
            status=result.status,
            remedy="Check that the directory exists and that the disk has room, then run again.",
            host=session.host,
        )
    if on_progress is not None:
        on_progress(size, size)


def _pieces(
    stream: BinaryIO, size: int, on_progress: Callable[[int, int], None] | None
) -> Iterator[bytes]:
    sent = 0
    while piece := stream.read(PIECE):
        yield piece
        sent += len(piece)
        if on_progress is not None and sent < size:
            on_progress(sent, size)
