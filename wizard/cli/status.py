"""`minusnow-setup status SITE` or `--state FILE`: how far a site is, and how to go on."""

from __future__ import annotations

import json
import shlex
import shutil
from typing import TYPE_CHECKING

from wizard.cli.which_site import add_which, of_simulated_hosts, require_site_file, state_of

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
    add_which(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Tell the status; 0 if the site is done and proven, otherwise 1."""
    path = state_of(args)
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
    require_site_file(args.site)
    command = f"minusnow-setup apply {shlex.quote(str(args.site))}"
    simulated = of_simulated_hosts(args.site, "status")
    if args.json:
        print(json.dumps({"format": 1, "state": "", "done": False, "next": command}))
    else:
        tried = f" {simulated}" if simulated else ""
        print(f"Nothing was done for {args.site} yet.{tried}\n\nGo on with: {command}")
    return 1
