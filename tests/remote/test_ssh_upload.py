"""Files arrive whole or not at all."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from wizard.errors import Cancelled, CommandFailed, ConnectionLost
from wizard.remote.cancellation import Cancellation
from wizard.remote.ssh import connect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.sshd import Sshd
    from wizard.remote.transport import Transport

pytestmark = pytest.mark.sshd


@pytest.mark.parametrize("size", [0, 1, 262_144, 20_000_001])
def test_a_file_arrives_with_mode_and_owner(host: Transport, tmp_path: Path, size: int) -> None:
    """Progress ends at the size; nothing is left beside it."""
    source, target = tmp_path / "source", tmp_path / "there" / "it's é.tar"
    source.write_bytes(os.urandom(size))
    target.parent.mkdir()
    told: list[tuple[int, int]] = []
    host.upload(
        source,
        str(target),
        mode=0o640,
        owner="root:daemon",
        on_progress=lambda done, of: told.append((done, of)),
    )
    assert target.read_bytes() == source.read_bytes()
    assert (target.stat().st_mode & 0o7777, target.group()) == (0o640, "daemon")
    assert told[-1] == (size, size)
    assert told == sorted(told)
    assert os.listdir(target.parent) == [target.name]  # noqa: PTH208 - names


def test_the_same_bytes_are_not_sent_again(host: Transport, tmp_path: Path) -> None:
    """One trip, and mode and owner are set right."""
    target = tmp_path / "target"
    host.upload(b"content", str(target))
    before, trips = target.stat().st_ino, host.trips
    told: list[int] = []
    host.upload(b"content", str(target), mode=0o644, on_progress=lambda done, _: told.append(done))
    assert target.stat().st_ino == before
    assert target.stat().st_mode & 0o777 == 0o644
    assert host.trips - trips == 1
    assert told == [7]


def test_a_directory_that_is_missing_is_told(host: Transport, tmp_path: Path) -> None:
    """With the host's own words, although 50 MB were on their way."""
    with pytest.raises(CommandFailed, match="No such file or directory"):
        host.upload(bytes(50_000_000), str(tmp_path / "none" / "target"))


def test_a_full_disk_leaves_the_old_file(host: Transport, tmp_path: Path) -> None:
    """What was there stays, whole."""
    mount = tmp_path / "small"
    script = f"mkdir -p {mount}; mount -t tmpfs -o size=1m none {mount}; echo old >{mount}/file"
    assert host.run(script, waiting_for="a mount", timeout=30).status == 0
    try:
        with pytest.raises(CommandFailed, match="No space left"):
            host.upload(bytes(5_000_000), str(mount / "file"))
        assert (mount / "file").read_text() == "old\n"
        assert os.listdir(mount) == ["file"]  # noqa: PTH208 - names
    finally:
        host.run(f"umount {mount}", waiting_for="a mount", timeout=30)


@pytest.mark.parametrize("trouble", ["cancelled", "cut"])
def test_an_upload_cut_short_leaves_the_old_file(
    own_server: Sshd, tmp_path: Path, trouble: str
) -> None:
    """Half a file never gets the name of a whole one."""
    target = tmp_path / "target"
    target.write_text("old\n")
    cancellation = Cancellation()
    host = connect(own_server.endpoint(), cancellation=cancellation)
    under_way, go_on = threading.Event(), threading.Event()

    def on_progress(done: int, _size: int) -> None:
        if done > 1_000_000:
            under_way.set()
            go_on.wait(20)

    with ThreadPoolExecutor() as pool:
        data = os.urandom(5_000_000)
        result = pool.submit(host.upload, data, str(target), on_progress=on_progress)
        assert under_way.wait(20)
        if trouble == "cancelled":
            cancellation.cancel()
        else:
            own_server.signal_sessions(signal.SIGKILL)
        go_on.set()
        with pytest.raises(Cancelled if trouble == "cancelled" else ConnectionLost):
            result.result(timeout=20)
    assert target.read_text() == "old\n"
    host.close()


def test_two_hundred_megabytes(host: Transport, tmp_path: Path) -> None:
    """Size costs time in proportion."""
    block = os.urandom(1 << 20)
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as stream:
        for _ in range(200):
            stream.write(block)
    host.upload(source, str(target))
    with target.open("rb") as stream, source.open("rb") as sent:
        assert (
            hashlib.file_digest(stream, "sha256").digest()
            == hashlib.file_digest(sent, "sha256").digest()
        )
    source.unlink()
    target.unlink()
