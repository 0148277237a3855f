"""A report as a file: where a person wants it, in the format that its name ends with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from screens.apart import apart
from screens.dialogs.ask_text import AskFile
from wizard.errors import SetupError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from screens.app import SetupApp
    from wizard.run.report_write import Format

_FORMATS: dict[str, Format] = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".json": "json",
    ".txt": "text",
}
_WORDS = "The ending decides the format: .html, .md, .json or .txt. No secret stands in it."


async def write_report(
    setup: SetupApp, title: str, suggested: Path, make: Callable[[Format], str]
) -> None:
    """Ask for the file and write it; `make` gives the text and is called in a thread."""
    typed = await setup.push_screen_wait(AskFile(title, _WORDS, str(suggested), cannot_be))
    if not typed:
        return

    def write() -> None:
        path = Path(typed).expanduser()
        write_new(path, make(_FORMATS[path.suffix.lower()]))

    try:
        await apart(write)
    except Exception as error:  # noqa: BLE001 - whatever was in the way, the program goes on
        seen = error.seen if isinstance(error, SetupError) else str(error)
        setup.notify(seen, title="Not written", severity="error", markup=False)
    else:
        setup.notify(typed, title="Written", markup=False)


def cannot_be(typed: str) -> str:
    """Why a report cannot be written there; "" if it can."""
    path = Path(typed).expanduser()
    if path.suffix.lower() not in _FORMATS:
        return "The name has to end with .html, .md, .json or .txt."
    if path.exists():
        return "There is such a file already: give another name."
    return "" if path.parent.is_dir() else f"The folder {path.parent} does not exist."


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, 0600. Raises: StateError."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StateError(
            f"{path} cannot be written: {error.strerror}", remedy="Name another file."
        ) from None
