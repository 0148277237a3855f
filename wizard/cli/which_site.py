"""Which site a command looks at: a site file, with its state file beside it, or a state file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import SiteError

if TYPE_CHECKING:
    import argparse


def add_which(parser: argparse.ArgumentParser, *, otherwise: str = "") -> None:
    """Add SITE, --site and --state, of which one is needed."""
    which = parser.add_mutually_exclusive_group(required=True)
    beside = "with the state file beside it (SITE with the ending .state)"
    which.add_argument(
        "file", metavar="SITE", nargs="?", type=Path, help=f"the site file: {beside}{otherwise}"
    )
    which.add_argument("--site", metavar="FILE", type=Path, help="the same")
    which.add_argument("--state", metavar="FILE", type=Path, help="the state file itself")


def state_of(args: argparse.Namespace) -> Path:
    """Return the state file that is meant, which need not exist; `args.site` is None if named."""
    if args.file is not None and args.file.suffix == ".state":
        args.state = args.file
    elif args.file is not None:
        args.site = args.file
    found: Path = args.state or args.site.with_suffix(".state")
    return found


def require_site_file(site: Path) -> None:
    """Raise SiteError if there is neither a state file nor a site file of this name."""
    if not site.is_file():
        raise SiteError(f"there is no site file {site}", remedy="Name one that exists.")


def of_simulated_hosts(site: Path, command: str) -> str:
    """Return the sentence about what was tried on simulated hosts alone; "" if nothing was."""
    state = site.with_suffix(".simulated.state")
    if not state.exists():
        return ""
    look = f"minusnow-setup {command} --state {shlex.quote(str(state))}"
    return f"It was tried on SIMULATED hosts only; look at that with: {look}"
