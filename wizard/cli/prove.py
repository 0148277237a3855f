"""`minusnow-setup prove SITE`: show that an installed site does what it should."""

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
        "prove",
        help="prove an installed site: application, storage, cache, replication, failover",
        description="Asks the installed site itself: every node, the shared files, the cache,"
        " replication, certificates, firewall. Changes nothing; with --drills an app server and a"
        " balancer are stopped for a moment, and started again.",
    )
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument("--drills", action="store_true", help="also stop servers for a moment")
    parser.add_argument(
        "--break-lock",
        action="store_true",
        help="stop servers although another run has left the hosts locked; only if it is over",
    )
    add_job_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the proof table; exit status 1 if something is not as it should be."""
    from wizard.checks.check import Verdict, worst  # noqa: PLC0415 - start-up time
    from wizard.checks.table import as_table  # noqa: PLC0415 - as above
    from wizard.run.host_lock import claim_for  # noqa: PLC0415 - as above

    loaded = load_site(args.site)
    as_json, args.json = args.json, False
    with open_job(args, loaded, generate=False, listen=not as_json) as job:
        job.installation.claim = claim_for(job.site.site, "prove", break_lock=args.break_lock)
        job.installation.reach()
        proof = job.installation.prove(drills=args.drills)
    if as_json:
        print(json.dumps([finding.as_dict() for finding in proof]))
    else:
        width = min(shutil.get_terminal_size().columns, 120)
        print(as_table(proof, width, everything=True))
    return 1 if worst(proof) is Verdict.FAILED else 0
