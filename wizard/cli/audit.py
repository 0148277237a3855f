"""`minusnow-setup audit verify --state FILE`: was a record changed, removed or added?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "audit",
        help="verify the record of what was done",
        description="Looks into a state file without changing it.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="find changed, removed or added events")
    verify.add_argument("--state", metavar="FILE", type=Path, required=True, help="the state file")
    verify.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what is wrong with the chain of events; exit status 1 if anything is."""
    from wizard.run.audit import verify_chain  # noqa: PLC0415 - start-up time

    problems = verify_chain(args.state)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{args.state}: the chain of events is intact")
    return 1 if problems else 0
