"""`minusnow-setup resume --state FILE`: go on with the site the state file holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.apply import add_run_arguments
from wizard.cli.job import open_job, require_acknowledged
from wizard.cli.rotate import pending, rotate
from wizard.cli.run_to_end import run_to_end
from wizard.errors import SiteError, StateError

if TYPE_CHECKING:
    import argparse

    from wizard.run.state import StateFile
    from wizard.site.file import LoadedSite


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "resume",
        help="go on after a failure, a stop or a crash, where reality stands",
        description="Goes on with the site file that the state file holds. Hosts are looked at"
        " afresh: what is right stays, what is missing is done. Exit status as of apply.",
    )
    parser.add_argument("--state", metavar="FILE", type=Path, required=True, help="the state file")
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="break the claim of an installer on another machine that no longer runs",
    )
    add_run_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Go on; return the exit status."""
    from wizard.run.state import StateFile  # noqa: PLC0415 - start-up time

    state = StateFile.open(args.state, take_over=args.take_over)
    try:
        state.require_site(state.records.site().name)  # of real hosts, not of simulated ones
        loaded = _site(state)
        require_acknowledged(loaded.site)
        with open_job(args, loaded, generate=True) as job:
            try:
                if rotation := pending(job):
                    return rotate(args, job, state, rotation)
                return run_to_end(args, job, state, command="resume")
            finally:
                job.bus.close()
    finally:
        state.close()


def _site(state: StateFile) -> LoadedSite:
    """Return the site as it was when the run began; a file edited since is pointed out."""
    from wizard.site.file import LoadedSite, parse  # noqa: PLC0415 - start-up time

    record = state.records.site()
    path = Path(record.path)
    try:
        now = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        now = record.text
    if now != record.text:
        raise SiteError(
            f"{path} was changed after the run began",
            remedy=f"To go on with the changed file: minusnow-setup apply {path} --state"
            f" {state.path}  (the plan shows what follows from the change)",
        )
    parsed = parse(record.text, record.path)
    if parsed.site is None:
        raise StateError(
            "the site file kept in the state cannot be read by this version",
            remedy="Use the version of minusnow-setup that made it, or apply the site file anew.",
        )
    return LoadedSite(site=parsed.site, path=path, text=record.text, lines=parsed.lines)
