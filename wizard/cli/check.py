"""`minusnow-setup check SITE`: preflight, every question about every host; nothing is changed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from wizard.cli.job import add_job_arguments, load_site, open_job

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "check",
        help="preflight: check all hosts, report everything at once; changes nothing",
        description="Asks every question that can be asked before anything is changed, of all"
        " hosts at once, and shows what was seen, what is wanted and how to fix it.",
    )
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument("--all", action="store_true", help="show also what is in order")
    add_job_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit status 1 if one of them forbids to install."""
    from wizard.checks.check import Verdict, worst  # noqa: PLC0415 - start-up time
    from wizard.checks.table import as_table  # noqa: PLC0415 - as above

    loaded = load_site(args.site)
    as_json, args.json = args.json, False
    args.quiet = True
    with open_job(args, loaded, generate=False, listen=False) as job:
        job.installation.reach()
        findings = job.installation.preflight()
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings]))
    else:
        width = min(shutil.get_terminal_size().columns, 120)
        print(as_table(findings, width, everything=args.all))
    return 1 if worst(findings) is Verdict.FAILED else 0
