"""`python -m tests.bench.walking_wizard FOLDER`: through all screens, timing what holds them up.

The screens and the engine are real, the hosts simulated. FOLDER/walk.json says for how long the
interface did not react at the longest, and before which look at a screen that was.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.pictures.walk import walk

if TYPE_CHECKING:
    from textual.app import App

PACE = 0.02  # seconds for each second of a real host: as much to draw at a time as can be
_BEAT = 0.005  # seconds between two looks whether the interface still reacts


async def longest() -> dict[str, float]:
    """Return the longest time without a reaction on the way to each look, in ms."""
    found: dict[str, float] = {}
    late = [0.0]

    async def beat() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_BEAT)
            late[0] = max(late[0], time.perf_counter() - before - _BEAT)

    async def look(app: App[int], name: str) -> None:
        del app
        found[name] = late[0] * 1000
        late[0] = 0.0

    beating = asyncio.create_task(beat())
    await walk(look, pace=PACE)
    beating.cancel()
    return found


def main() -> None:
    """Walk in a folder that is also the home."""
    folder = Path(sys.argv[1])
    os.environ |= {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    os.environ["MINUSNOW_PRACTICE_DIR"] = str(folder)
    os.chdir(folder)
    found = asyncio.run(longest())
    (folder / "walk.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
