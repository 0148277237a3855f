"""Output is found between markers and decoded, however it is cut into chunks."""

from time import process_time

import pytest

from wizard.remote.ssh_stream import MarkedStream, TextCollector

WHOLE = b"motd\nSTART\nr\xc3\xa9sum\xc3\xa9\nlast line without newlineEND:7\nafterwards"


def read(chunks: list[bytes]) -> tuple[str, list[str], int | None, bytes]:
    """Feed chunks; return text, lines, status and noise."""
    lines: list[str] = []
    text = TextCollector(on_lines=lines.extend)
    stream = MarkedStream(b"START", b"END", text.feed)
    for chunk in chunks:
        stream.feed(chunk)
    stream.close()
    text.feed(b"", final=True)
    return text.text(), lines, stream.status, stream.noise


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_any_cut_gives_the_same_text(size: int) -> None:
    """Neither a marker nor a character is lost at the edge of a chunk."""
    chunks = [WHOLE[at : at + size] for at in range(0, len(WHOLE), size)]
    assert read(chunks) == (
        "résumé\nlast line without newline",
        ["résumé", "last line without newline"],
        7,
        b"motd\n",
    )


def test_without_an_end_marker_there_is_no_status() -> None:
    """What looked like the beginning of the marker is output after all."""
    assert read([b"START\n", b"it is the EN"]) == ("it is the EN", ["it is the EN"], None, b"")


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    """Output is never a reason to fail."""
    assert read([b"START\n\xff\xfe ok\nEND:0\n"])[0] == "\ufffd\ufffd ok\n"


def test_the_tail_is_kept_where_a_limit_is_set() -> None:
    """Standard error may be endless."""
    text = TextCollector(limit=5)
    for number in range(1000):
        text.feed(str(number % 10).encode())
    assert text.text() == "56789"


def test_a_long_line_costs_as_much_as_many_short_ones() -> None:
    """10 MB without a newline in 16 KB chunks is not quadratic."""

    def seconds(data: bytes) -> float:
        lines: list[str] = []
        text = TextCollector(on_lines=lines.extend)
        stream = MarkedStream(b"S", b"E", text.feed)
        stream.feed(b"S\n")
        before = process_time()
        for at in range(0, len(data), 16384):
            stream.feed(data[at : at + 16384])
        stream.feed(b"E:0\n")
        text.feed(b"", final=True)
        assert sum(map(len, lines)) > 9_000_000
        return process_time() - before

    assert seconds(b"x" * 10_000_000) < 1 + 5 * seconds(b"x" * 79 + b"\n" + b"y" * 9_999_920)


def test_a_carriage_return_at_the_end_of_a_line_is_dropped() -> None:
    """Also where it came in the chunk before its newline."""
    assert read([b"START\n", b"one\r", b"\ntwo\r\n", b"END:0\n"])[1] == ["one", "two"]
