"""The README's pictures: all there, light, and complete in themselves."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LARGEST = 200_000  # bytes


def test_the_readme_shows_every_picture_that_is_taken() -> None:
    """And none that is missing."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"tests/pictures/([a-z]+\.svg)", text)
    assert shown
    assert sorted(shown) == sorted(path.name for path in HERE.glob("*.svg"))


def test_a_picture_is_small_and_loads_nothing() -> None:
    """It refers to parts of itself only, and says that its hosts are simulated."""
    for path in HERE.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert len(text.encode()) < LARGEST, path.name
        assert not re.search(r"@font-face|@import|href=|src=|url\((?!#)", text), path.name
        assert "SIMULATED" in text, path.name
