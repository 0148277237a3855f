"""The command line: every command in a module of its own, imported when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.streams import OutputLost, ReaderLeft, mute, ready, say
from wizard.cli.wizard import at_terminal, open_wizard
from wizard.errors import SetupError
from wizard.run.visible import spelt_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

# In the order in which a newcomer needs them; each module has `register(subparsers)`.
COMMANDS = (
    "wizard",
    "validate",
    "schema",
    "secret",
    "check",
    "plan",
    "apply",
    "resume",
    "prove",
    "rotate",
    "render",
    "sudoers",
    "status",
    "review",
    "serve",
    "audit",
    "practice",
)
BAD_INPUT = 2
CANCELLED = 130
DEFECT = 70  # EX_SOFTWARE of sysexits.h


def entry() -> None:
    """Run as the program `minusnow-setup`."""
    ready()
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 bad input, 130 cancelled."""
    arguments = _with_command(arguments)
    wanted = arguments[:1]  # none for the wizard; a word that is no command brings up all of them
    args = _parser(wanted if set(wanted) <= set(COMMANDS) else COMMANDS).parse_args(arguments)
    if args.command is None and not at_terminal():
        _parser(COMMANDS).print_help()
        return BAD_INPUT
    try:
        status: int = open_wizard() if args.command is None else args.run(args)
        sys.stdout.flush()
    except SetupError as error:
        if isinstance(error, OutputLost):
            mute(sys.stdout)  # a second error at exit would say it once more
        if not isinstance(error, ReaderLeft):
            # A host's words may stand in it, and nothing a host says may steer the terminal.
            say(f"minusnow-setup: {spelt_lines(str(error))}")
        return error.exit_status
    except KeyboardInterrupt:
        say("minusnow-setup: cancelled")
        return CANCELLED
    except Exception as defect:  # noqa: BLE001 - a person gets a sentence, never a traceback
        say(_defect(defect))
        return DEFECT
    return status


def _with_command(arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments with the wizard before a site file, or an option of its own, alone."""
    first = arguments[0] if arguments else ""
    own = first.startswith("--simulate") or (
        first not in COMMANDS and Path(first).suffix in {".yaml", ".yml"}
    )
    return ("wizard", *arguments) if own else arguments


def _parser(commands: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of these commands; each takes its time to load."""
    parser = argparse.ArgumentParser(
        prog="minusnow-setup",
        description="Installs the MinusNow ITSM platform highly available over several servers,"
        " and proves what it installed. Without a command it opens the wizard;"
        " with `[SITE] --simulate` instead of one, the wizard on simulated hosts.",
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in commands:
        importlib.import_module(f"wizard.cli.{command}").register(subparsers)
    return parser


def _defect(defect: Exception) -> str:
    """Keep the details for a report, readable by their owner only, and say where."""
    import tempfile  # noqa: PLC0415 - start-up time
    import traceback  # noqa: PLC0415 - as above

    handle, name = tempfile.mkstemp(prefix="minusnow-setup-defect-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        # Without the message, which may quote a value: where it happened is what is needed.
        file.write("".join(traceback.format_tb(defect.__traceback__)) + type(defect).__name__)
    return (
        f"minusnow-setup: a defect of this program ({type(defect).__name__}); nothing more was"
        f" done.\n  Send {Path(name)} to its makers; what was installed goes on with"
        " `minusnow-setup resume`."
    )


if __name__ == "__main__":
    entry()
