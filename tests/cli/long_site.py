"""The small site with long work on one host: `python -m tests.cli.long_site FOLDER COMMAND ...`.

The step `packages` is detached, as the real one is: it notes in FOLDER/begun that it was begun and
ends when there is FOLDER/gate. What comes after it waits.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults import small_site
from tests.run.pieces import LocalFile, task
from wizard.cli.main import main
from wizard.run import wiring
from wizard.vault.text import Text

if TYPE_CHECKING:
    from wizard.steps.task import Situation, Task

LONG = "packages@db1"


def tasks(folder: Path, situation: Situation) -> tuple[Task, ...]:
    """Return a quick step, the cache with its port, the long step, and two that come after it."""

    def file(host: str, name: str, content: str = "right", script: str = "") -> LocalFile:
        place = folder / "hosts" / host
        before = f"mkdir -p {place}\n{script}"
        return LocalFile(name=str(place / name), content=Text(content), script=before)

    wait = f"echo begun >>{folder}/begun\necho up\nuntil [ -e {folder}/gate ]; do sleep 0.05; done"
    long = LocalFile(name=f"{folder}/hosts/db1/long", script=wait, detached=True, timeout=600)
    port = f"port {situation.site.cache.port}"
    return (
        task("mounts@app1", file("app1", "mounts")),
        task("redis@st1", file("st1", "redis", port)),
        task(LONG, file("db1", "list"), long),
        task("application@app2", file("app2", "env", port), after=[LONG]),
        task("service@app2", file("app2", "up"), after=[LONG, "redis@st1"]),
    )


def run(folder: Path, arguments: list[str]) -> int:
    """Run one command of the program with these steps; return its exit status."""

    def begin(given: list[str]) -> int:
        vars(wiring).update(tasks_for=lambda situation: tasks(folder, situation))
        return main(given)

    vars(small_site).update(main=begin)
    return small_site.run(folder, arguments)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
