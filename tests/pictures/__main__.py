"""`python -m tests.pictures [FOLDER]`: takes the README's pictures, on simulated hosts."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

HERE = Path(__file__).parent
PACE = 0.05  # seconds for each second of a real host: enough to be seen at work
# A picture loads nothing: it is drawn with a font that is at hand.
_WEB_FONT = re.compile(r"@font-face\s*\{[^}]*\}\s*")


async def take(folder: Path) -> None:
    """Write a picture of each main screen into a folder, as SVG."""
    from tests.pictures.walk import walk  # noqa: PLC0415 - the environment is set by now

    async def look(app: App[int], name: str) -> None:
        (folder / f"{name}.svg").write_text(clean(app.export_screenshot()), encoding="utf-8")
        sys.stdout.write(f"{folder / name}.svg\n")

    await walk(look, pace=PACE)


def clean(picture: str) -> str:
    """Return the SVG without the fonts it would load from elsewhere."""
    return _WEB_FONT.sub("", picture).replace("Fira Code", "DejaVu Sans Mono")


def main() -> None:
    """Take the pictures in a home of its own, in full colour."""
    folder = Path(sys.argv[1]).absolute() if sys.argv[1:] else HERE
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"HOME": home, "XDG_DATA_HOME": home, "MINUSNOW_PRACTICE_DIR": home}
        os.environ["COLORTERM"] = "truecolor"
        os.environ.pop("NO_COLOR", None)
        os.chdir(home)
        asyncio.run(take(folder))
        os.chdir(folder)


if __name__ == "__main__":
    main()
