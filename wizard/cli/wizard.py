"""`minusnow-setup wizard [SITE]`, and `minusnow-setup` alone: the screens, in this terminal."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "wizard",
        help="answer everything on screens, with the site file as the outcome",
        description="Opens the wizard in this terminal, for a new site or an existing file."
        " `minusnow-setup` without a command does the same.",
    )
    parser.add_argument("site", metavar="SITE", nargs="?", default="", help="the site file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Open the wizard; return its exit status. Raises: SetupError if there is no terminal."""
    return open_wizard(args.site)


def open_wizard(site: str = "") -> int:
    """Open the screens; the only place that knows them, and by name: they are no layer below."""
    status: int = importlib.import_module("screens.run").run(site)
    return status


def at_terminal() -> bool:
    """Whether a person could use the screens here: in this terminal, or as a page of `serve`."""
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdin.isatty() and sys.stdout.isatty())
