"""`minusnow-setup resume --state FILE`: go on with the site the state file holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.apply import add_run_arguments
from wizard.cli.job import load_site, open_job, require_acknowledged
from wizard.cli.rotate import pending, rotate
from wizard.cli.run_to_end import run_to_end
from wizard.cli.streams import say
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
        " afresh and every step that was begun is told: done, drifted (done before, different now)"
        " or half-done (begun, outcome unknown). What is right stays, what is missing is done. If"
        " the site file was edited since, what depends on it is listed and asked first. Exit status"
        " as of apply.",
    )
    parser.add_argument("--state", metavar="FILE", type=Path, required=True, help="the state file")
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="break the claim of an installer on another machine that no longer runs",
    )
    parser.add_argument(
        "--edited",
        action="store_true",
        help="with --yes: go on also with answers that were changed in the site file since",
    )
    add_run_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Go on; return the exit status."""
    from wizard.run.state import StateFile  # noqa: PLC0415 - start-up time

    state = StateFile.open(args.state, take_over=args.take_over)
    try:
        state.require_site(state.records.site().name)  # of real hosts, not of simulated ones
        loaded = _site(args, state)
        require_acknowledged(loaded.site)
        with open_job(args, loaded, generate=True, state=args.state) as job:
            try:
                if rotation := pending(job):
                    _require_unedited(state, loaded)
                    return rotate(args, job, state, rotation)
                return run_to_end(args, job, state, command="resume")
            finally:
                job.bus.close()
    finally:
        state.close()


def _require_unedited(state: StateFile, loaded: LoadedSite) -> None:
    """Raise SiteError if answers were changed in the middle of a rotation."""
    if state.records.site().text != loaded.text:
        raise SiteError(
            f"{loaded.path} was changed while a secret was being rotated",
            remedy="Take the change back, finish the rotation with this command, then apply it.",
        )


def _site(args: argparse.Namespace, state: StateFile) -> LoadedSite:
    """Return the site as it was when the run began, or as it was edited since, if that is wished.

    Raises: SiteError, StateError.
    """
    from wizard.site.changed_answers import changed_answers  # noqa: PLC0415 - start-up time
    from wizard.site.file import LoadedSite, parse  # noqa: PLC0415 - as above

    record = state.records.site()
    path = Path(record.path)
    try:
        now = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        say(f"{path} is not there any more: going on with its answers as the state file has them")
        now = record.text
    except (OSError, UnicodeDecodeError):
        now = ""  # what is wrong with it is told below, as for any other site file
    if now != record.text:
        edited = load_site(path)
        state.require_site(edited.site.site)
        changed = changed_answers(record.text, edited.text)
        if changed and args.yes and not args.edited:
            answers = "".join(f"\n  {each}" for each in changed)
            raise SiteError(
                f"{path} was changed after the run began:{answers}",
                remedy="With --edited what depends on these answers is redone; without --yes it is"
                " listed and asked first.",
            )
        return edited
    parsed = parse(record.text, record.path)
    if parsed.site is None:
        raise StateError(
            "the site file kept in the state cannot be read by this version",
            remedy="Use the version of minusnow-setup that made it, or apply the site file anew.",
        )
    return LoadedSite(site=parsed.site, path=path, text=record.text, lines=parsed.lines)
