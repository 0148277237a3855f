"""What a login user must be allowed to run with sudo, as a policy for sudoers(5).

The installer runs one command as root: a bash that reads scripts from standard input. A policy can
name that command exactly, but not what the scripts do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.remote.ssh_program import BASH, LOADER_ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

# sudoers(5): what ends an argument and what is a pattern stand for themselves behind a backslash;
# a backslash of its own is read twice, as an argument and as a pattern.
_SPECIAL = re.compile(r"[,:=# *?\[\]!^]")


def policy(user: str, *, password: bool) -> str:
    """Return the lines of a policy for one login user; with `password` sudo asks for it."""
    tag = "" if password else "NOPASSWD: "
    name = "MINUSNOW_SETUP_" + re.sub(r"[^A-Z0-9]", "_", user.upper())
    return (
        f"Cmnd_Alias {name} = {BASH} {_arguments(LOADER_ARGUMENTS)} *\n"
        f"Defaults!{name} !requiretty\n"
        f"{_user(user)} ALL=(root) {tag}{name}\n"
    )


def _arguments(words: Sequence[str]) -> str:
    """Return arguments as sudoers compares them: joined by spaces, each sign for itself."""
    return " ".join(_escaped(word) for word in words)


def _escaped(word: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", word.replace("\\", r"\\\\"))


def _user(user: str) -> str:
    return re.sub(r"([@!=:,()\\\s])", r"\\\1", user)
