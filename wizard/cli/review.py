"""`minusnow-setup review SITE` or `--state FILE`: look into what was done, read-only."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from typing import TYPE_CHECKING

from wizard.cli.keyring_options import add_keyring_arguments, vault_from_args
from wizard.cli.streams import say
from wizard.cli.which_site import add_which, of_simulated_hosts, state_of
from wizard.cli.wizard import at_terminal
from wizard.errors import SiteError

if TYPE_CHECKING:
    import argparse

    from wizard.run.report_write import Format
    from wizard.vault.store import SecretInfo

_LINES = 50  # of each step's output, for people


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "review",
        help="look into a state file or a site file: read-only, also while an installation runs",
        description="Shows site, plan, events with time and person, checks, warnings, secrets by"
        " name, output, and whether the chain of events is intact; of a site that nothing was done"
        " for yet, what its site file says. Files are opened read-only and no host is connected"
        " to. On a terminal it follows what happens, also the beginning of an installation. Exit"
        " status 1 if the chain is broken, 2 if a site file that nothing was done for yet is not"
        " finished.",
    )
    add_which(parser, otherwise="; before anything was installed, what the site file alone says")
    parser.add_argument(
        "--format",
        choices=("text", "md", "html", "json"),
        help="write it to standard output; default: on a terminal the screens, otherwise text",
    )
    parser.add_argument(
        "--lines",
        metavar="N",
        type=int,
        help=f"lines of each step's output; default: {_LINES}, in JSON all; 0: all",
    )
    parser.add_argument(
        "--secrets",
        action="store_true",
        help="open the keyring and tell the age of each secret; values are never shown",
    )
    add_keyring_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show or write the report; return the exit status."""
    if args.lines is not None and args.lines < 0:
        raise SiteError("--lines is negative", remedy="Name 0 for all lines, or a number.")
    args.state = state_of(args)
    alone = args.site is not None and not args.state.exists()
    if args.format is None and at_terminal() and os.environ.get("TERM") != "dumb":
        return _on_screen(args, alone=alone)
    if alone:
        return _site_alone(args)
    from wizard.run.report import gather  # noqa: PLC0415 - start-up time
    from wizard.run.report_write import written  # noqa: PLC0415 - as above

    lines = args.lines if args.lines is not None else (0 if args.format == "json" else _LINES)
    form: Format = args.format or "text"
    report = gather(args.state, lines=lines or None, secrets=_secrets(args))
    sys.stdout.write(written(report, form, width=shutil.get_terminal_size().columns))
    return 1 if report.broken else 0


def _site_alone(args: argparse.Namespace) -> int:
    """Write what a site file says for which nothing was done yet, as far as it can be read."""
    from wizard.run.site_report import (  # noqa: PLC0415 - start-up time
        SiteReview,
        review_written,
        unfinished_written,
    )
    from wizard.site.file import parse, read_text  # noqa: PLC0415 - as above

    text, path = read_text(args.site), str(args.site)
    if simulated := of_simulated_hosts(args.site, "review"):
        say(f"Nothing was done for {path} yet. {simulated}")
    width = shutil.get_terminal_size().columns
    form: Format = args.format or "text"
    parsed = parse(text, path)
    if parsed.site is None:
        sys.stdout.write(unfinished_written(parsed.problems, path, text, form, width=width))
        return SiteError.exit_status
    review = SiteReview(site=parsed.site, path=path, text=text)
    sys.stdout.write(review_written(review, form, width=width))
    return 0


def _on_screen(args: argparse.Namespace, *, alone: bool) -> int:
    """Open the screens, which stand beside this package and not under it."""
    from wizard.run.state import StateFile  # noqa: PLC0415 - start-up time
    from wizard.site.file import read_text  # noqa: PLC0415 - as above

    secrets = _secrets(args)
    if alone:
        read_text(args.site)  # what is wrong with it is said before they open
    else:
        StateFile.open_read_only(args.state).close()  # as above
    status: int = importlib.import_module("screens.audit_view").run(
        args.state,
        secrets,
        site_file=args.site if alone else None,
        tried=of_simulated_hosts(args.site, "review") if alone else "",
        keyring_file=args.keyring_file,
        passphrase_file=args.keyring_passphrase_file,
    )
    return status


def _secrets(args: argparse.Namespace) -> tuple[SecretInfo, ...] | None:
    """Return what the keyring holds by name, None if it is to stay closed."""
    if not args.secrets:
        return None
    from wizard.run.state import StateFile  # noqa: PLC0415 - start-up time
    from wizard.site.file import parse, read_text  # noqa: PLC0415 - as above

    if args.site is not None and not args.state.exists():
        site = parse(read_text(args.site), str(args.site)).site
        if site is None:
            raise SiteError(
                f"{args.site} is not finished, so it is not known which secrets there are",
                remedy="Leave --secrets out to see what is missing, or finish it.",
            )
        return vault_from_args(args, site).describe()
    state = StateFile.open_read_only(args.state)
    try:
        record = state.records.site()
    finally:
        state.close()
    site = parse(record.text, record.path).site
    if site is None:
        raise SiteError(
            "the site file kept in the state cannot be read by this version",
            remedy="Use the version that made it, or leave --secrets out.",
        )
    return vault_from_args(args, site).describe()
