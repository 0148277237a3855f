"""Words that change on the screen, and what is laid out anew for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from textual.app import App
from textual.screen import Screen

from screens.widgets.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

Count = list[int]


class Words(App[None]):
    """Words in boxes of every kind, and something below them."""

    CSS: ClassVar[str] = """
    #high { height: auto; }
    #line { height: 1; }
    #wide { height: 1; width: auto; }
    #below { height: 1; }
    """

    def compose(self) -> ComposeResult:
        """As high as they need, one line high, and as wide as they need."""
        yield Plain("one", id="high")
        yield Plain("one", id="line")
        yield Plain("one", id="wide")
        yield Plain("below", id="below")


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    """How often a screen was laid out."""
    laid_out: Count = []
    layout: Callable[..., None] = Screen._refresh_layout  # noqa: SLF001 - Textual has no other place where it lays out

    def counted(self: Screen[object], *args: object, **options: object) -> None:
        laid_out.append(1)
        layout(self, *args, **options)

    monkeypatch.setattr(Screen, "_refresh_layout", counted)
    return laid_out


@pytest.mark.parametrize(
    ("box", "words", "anew"),
    [
        ("high", "two", False),
        ("high", "one\ntwo", True),
        ("high", "words " * 20, True),  # more than a line of 80 columns
        ("high", "", False),
        ("line", "two", False),
        ("line", "one\ntwo", False),
        ("wide", "three", True),
    ],
)
async def test_all_is_laid_out_anew_only_for_words_that_need_other_room(
    box: str, words: str, *, anew: bool, count: Count
) -> None:
    """And the words are drawn, and what is below them has moved."""
    app = Words()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        count.clear()
        said = app.query_one(f"#{box}", Plain)
        said.say(words)
        await pilot.pause()
        assert bool(count) is anew
        assert said.content_size.height == (height_of(words) if box == "high" else 1)
        drawn = "\n".join(strip.text for strip in said.render_lines(said.size.region))
        assert drawn.split() == words.split()[: 1 if box == "line" else None]
        below = app.query_one("#below")
        assert below.region.y == app.query_one("#high").region.height + 2


def height_of(words: str) -> int:
    """Lines at 80 columns."""
    return sum(max(-(-len(line.strip()) // 80), 1) for line in words.split("\n"))
