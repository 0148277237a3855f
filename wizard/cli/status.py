"""`minusnow-setup status --state FILE` or `--site FILE`: how far a site is, and how to go on."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import SiteError

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "status",
        help="how far a site is, who works on it, and the command to go on with",
        description="Reads the state file, also while a run writes it; changes nothing and asks no"
        " host. Says the last run, how far each step is on each host, who holds the file, what may"
        " still be at work on hosts, and the exact command to go on with. Exit status 0: done and"
        " proven; 1: not yet.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--state", metavar="FILE", type=Path, help="the state file")
    which.add_argument(
        "--site",
        metavar="FILE",
        type=Path,
        help="the site file, with the state file beside it (SITE with the ending .state)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Tell the status; 0 if the site is done and proven, otherwise 1."""
    path: Path = args.state or args.site.with_suffix(".state")
    if args.site is not None and not path.exists():
        return _nothing_yet(args)
    from wizard.run.status import read_status  # noqa: PLC0415 - start-up time
    from wizard.run.status_text import status_json, status_text  # noqa: PLC0415 - as above

    status = read_status(path)
    if args.json:
        print(json.dumps(status_json(status), indent=1))
    else:
        print(status_text(status, width=shutil.get_terminal_size().columns), end="")
    return 0 if status.done else 1


def _nothing_yet(args: argparse.Namespace) -> int:
    """Tell of a site file without a state file beside it. Raises: SiteError."""
    if not args.site.is_file():
        raise SiteError(f"there is no site file {args.site}", remedy="Name one that exists.")
    command = f"minusnow-setup apply {shlex.quote(str(args.site))}"
    if args.json:
        print(json.dumps({"format": 1, "state": "", "done": False, "next": command}))
    else:
        print(f"Nothing was done for {args.site} yet.\n\nGo on with: {command}")
    return 1
