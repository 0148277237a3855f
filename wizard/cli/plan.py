"""`minusnow-setup plan SITE`: what would change on each host; nothing is changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wizard.cli.job import add_job_arguments, load_site, open_job

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "plan",
        help="show what would change on each host; changes nothing",
        description="Connects to all hosts, looks, and shows what `apply` would change: unified"
        " diffs of files, packages, services, accounts, database objects. Changes nothing.",
    )
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument("--no-diffs", action="store_true", help="one line per change only")
    add_job_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the plan; the exit status is 0 whether or not something would change."""
    from wizard.run.plan_text import plan_text  # noqa: PLC0415 - start-up time

    loaded = load_site(args.site)
    as_json, args.json = args.json, False
    with open_job(args, loaded, generate=False, listen=False) as job:
        job.installation.reach()
        plan = job.installation.plan()
    print(json.dumps(plan.to_json()) if as_json else plan_text(plan, diffs=not args.no_diffs))
    return 0 if not plan.problems else 1
