"""Unified diffs that show what would change and never what is secret."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets
    from wizard.vault.text import Text

# A line as programs on hosts read it: str.splitlines would end it at a carriage return as well.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# The name before a value: `DATABASE_URL=`, `requirepass `, `auth_pass `.
_NAME = re.compile(r"^(\s*[\w.-]+\s*[=: ]\s*)")


def unified(path: str, old: str, new: str) -> str:
    """Return the unified diff of two texts, "" when they are equal."""
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(_LINE.findall(old), _LINE.findall(new), path, path, n=3)
    )


def masked_old(old: str, wanted: Text, secrets: Secrets) -> str:
    """Return the old content of a file with secrets so that it may be shown.

    Lines equal to wanted ones are shown as those, masked; of every other line only the name before
    a value is shown, and only a name that the wanted text has too: anything else may be a secret.
    """
    masked = wanted.masked().splitlines()
    missing = [name for name in wanted.names() if name not in secrets]
    clear = masked if missing else wanted.reveal(secrets).splitlines()
    shown = dict(zip(clear, masked, strict=False)) if len(clear) == len(masked) else {}
    known = {name for line in masked if (name := _name(line))}
    return "".join(f"{shown.get(line, _hidden(line, known))}\n" for line in old.splitlines())


def _name(line: str) -> str:
    match = _NAME.match(line)
    return match.group(1) if match else ""


def _hidden(line: str, known: set[str]) -> str:
    if not line.strip() or line.lstrip().startswith("#"):
        return "# ‹comment›" if line.strip() else ""
    name = _name(line)
    return f"{name if name in known else ''}‹hidden›"
