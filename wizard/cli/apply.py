"""`minusnow-setup apply SITE --state FILE`: preflight, plan, consent, installation, proof."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.job import add_job_arguments, load_site, open_job, require_acknowledged
from wizard.cli.run_to_end import run_to_end

if TYPE_CHECKING:
    from wizard.run.state import StateFile
    from wizard.site.file import LoadedSite


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "apply",
        help="install, or bring an installed site to what its file says",
        description="Checks all hosts, shows the plan, asks once, carries it out and proves it."
        " Exit status 0: done; 1: a step or a proof failed; 2: bad input; 130: cancelled.",
    )
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        help="the state file; default: SITE with the ending .state",
    )
    add_run_arguments(parser)
    parser.set_defaults(run=run)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what apply and resume share."""
    parser.add_argument("--yes", action="store_true", help="ask nothing: for unattended runs")
    parser.add_argument(
        "--drills",
        choices=("auto", "always", "never"),
        default="auto",
        help="stop an app server and a balancer to prove that the site goes on; auto: only after"
        " a run that changed something of them",
    )
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="after a failed step go on with those that do not depend on it",
    )
    parser.add_argument(
        "--break-lock",
        action="store_true",
        help="work on hosts that another run has left locked; only if that run is certainly over",
    )
    parser.add_argument(
        "--skip",
        metavar="TASK=REASON",
        type=_skip,
        action="append",
        default=[],
        help="leave a step out of this run that no other step needs, for a reason that is kept:"
        " --skip 'firewall@lb1=the cloud filters'; may be given several times",
    )
    parser.add_argument(
        "--replace-edited",
        metavar="PATH@HOST",
        type=_edited,
        action="append",
        default=[],
        help="replace a file that somebody edited by hand since it was written; the edited version"
        " is kept on its host; may be given several times",
    )
    add_job_arguments(parser)


def _edited(typed: str) -> str:
    """Return the file's name. Raises: argparse.ArgumentTypeError."""
    path, _, host = typed.rpartition("@")
    if not path.startswith("/") or not host:
        raise argparse.ArgumentTypeError(
            f"seen {typed!r}, wanted PATH@HOST, as in '/etc/haproxy/haproxy.cfg@lb1'"
        )
    return typed


def _skip(typed: str) -> tuple[str, str]:
    """Return task and reason. Raises: argparse.ArgumentTypeError."""
    name, _, reason = (part.strip() for part in typed.partition("="))
    if "@" not in name or not reason:
        raise argparse.ArgumentTypeError(
            f"seen {typed!r}, wanted STEP@HOST=REASON, as in 'firewall@lb1=the cloud filters'"
        )
    return name, reason


def run(args: argparse.Namespace) -> int:
    """Run it all; return the exit status."""
    loaded = load_site(args.site)
    require_acknowledged(loaded.site)
    path: Path = args.state or Path(args.site).with_suffix(".state")
    with open_job(args, loaded, generate=True, state=path) as job:
        state = _state(path, loaded)
        try:
            return run_to_end(args, job, state, command="apply")
        finally:
            job.bus.close()
            state.close()


def _state(path: Path, loaded: LoadedSite) -> StateFile:
    from wizard.run.state import StateFile  # noqa: PLC0415 - start-up time

    if path.exists():
        state = StateFile.open(path)
        try:
            state.require_site(loaded.site.site)
        except BaseException:
            state.close()
            raise
        return state
    return StateFile.create(
        path,
        site_name=loaded.site.site,
        site_text=loaded.text,
        site_path=str(loaded.path.absolute()),
    )
