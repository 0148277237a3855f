"""The passphrase comes from a file that only its owner reads, or from an open descriptor."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from wizard.errors import VaultError
from wizard.vault.passphrase import from_file


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        (b"open sesame\n", "open sesame"),
        (b"open sesame", "open sesame"),
        (b"open sesame\r\nsecond line\n", "open sesame"),
        (b" spaces stay \n", " spaces stay "),
        ("schlüssel 🗝\n".encode(), "schlüssel 🗝"),
    ],
)
def test_the_first_line_counts(tmp_path: Path, content: bytes, passphrase: str) -> None:
    """Without its line end, with everything else."""
    file = tmp_path / "phrase"
    file.write_bytes(content)
    file.chmod(0o600)
    assert from_file(file) == passphrase


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"open sesame\n", 0o640, "read by others"),
        (b"open sesame\n", 0o604, "read by others"),
        (b"", 0o600, "empty"),
        (b"\n", 0o600, "empty"),
        (b"\xff\xfe\n", 0o600, "UTF-8"),
        (b"x" * 70_000, 0o600, "longer than"),
    ],
)
def test_what_does_not_serve_is_refused(
    tmp_path: Path, content: bytes, mode: int, words: str
) -> None:
    """Readable by others, empty, not text: each in words, none with the content."""
    file = tmp_path / "phrase"
    file.write_bytes(content)
    file.chmod(mode)
    with pytest.raises(VaultError, match=words) as caught:
        from_file(file)
    assert "sesame" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The system's own words, and the option to correct."""
    with pytest.raises(VaultError, match="No such file"):
        from_file(tmp_path / "none")


def test_an_open_descriptor_serves() -> None:
    """A pipe passed down by number needs no file at all."""
    reading, writing = os.pipe()
    os.write(writing, b"open sesame\n")
    os.close(writing)
    try:
        assert from_file(Path(f"/dev/fd/{reading}")) == "open sesame"
    finally:
        os.close(reading)


def test_standard_input_gives_its_first_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows is left for whoever reads next."""
    stream = io.TextIOWrapper(io.BytesIO(b"open sesame\nthe value\n"))
    monkeypatch.setattr(sys, "stdin", stream)
    assert from_file(Path("-")) == "open sesame"
    assert stream.buffer.read() == b"the value\n"
