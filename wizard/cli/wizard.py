"""`minusnow-setup wizard [SITE]`, and `minusnow-setup` alone: the screens, in this terminal."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.keyring_options import add_keyring_arguments
from wizard.errors import PracticeError, SetupError

if TYPE_CHECKING:
    from wizard.run.simulated.hosts import SimulatedFleet

_PACE = 0.2  # of the time that real hosts take
_SLOWEST = 10


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "wizard",
        help="answer everything on screens, with the site file as the outcome",
        description="Opens the wizard in this terminal, for a new site or an existing file."
        " `minusnow-setup` without a command does the same.",
    )
    parser.add_argument("site", metavar="SITE", nargs="?", default="", help="the site file")
    trying = parser.add_argument_group("trying it without any host")
    trying.add_argument(
        "--simulate",
        action="store_true",
        help="the whole way on simulated hosts: nothing is connected to, no secret is asked or"
        " kept, and every screen and the state file (SITE.simulated.state) say so; from that file"
        " the simulated hosts know the next time what was done on them",
    )
    trying.add_argument(
        "--simulate-failure",
        metavar="STEP",
        type=_step,
        action="append",
        default=[],
        help="a step that fails once, such as packages or standby@db2; may be given several times",
    )
    trying.add_argument(
        "--simulate-pace",
        metavar="FACTOR",
        type=_pace,
        help=f"1: as slow as real hosts; 0: at once; default: {_PACE}",
    )
    add_keyring_arguments(parser)
    parser.set_defaults(run=run)


def _pace(typed: str) -> float:
    """Return the factor. Raises: argparse.ArgumentTypeError."""
    try:
        factor = float(typed)
    except ValueError:
        factor = -1.0
    if not 0 <= factor <= _SLOWEST:
        raise argparse.ArgumentTypeError(f"seen {typed!r}, wanted a number from 0 to {_SLOWEST}")
    return factor


def _step(typed: str) -> str:
    """Return the name of a step, or of one on a host. Raises: argparse.ArgumentTypeError."""
    import difflib  # noqa: PLC0415 - start-up time

    from wizard.steps.answers import ANSWERS  # noqa: PLC0415 - as above

    step = typed.partition("@")[0]
    if step in ANSWERS:
        return typed
    near = difflib.get_close_matches(step, ANSWERS)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise argparse.ArgumentTypeError(
        f"no step is called {step!r}: {meant}Steps are {', '.join(ANSWERS)};"
        " STEP@HOST names one of a host"
    )


def run(args: argparse.Namespace) -> int:
    """Open the wizard; return its exit status. Raises: SetupError if there is no terminal."""
    if str(args.keyring_passphrase_file) == "-":
        raise SetupError(
            "standard input is the keyboard here, so it cannot bring the keyring's passphrase",
            remedy="Name a file after --keyring-passphrase-file, or leave it out and be asked.",
        )
    paced = args.simulate_pace is not None
    if not (args.simulate or args.simulate_failure or paced):
        return open_wizard(
            args.site,
            keyring_file=args.keyring_file,
            passphrase_file=args.keyring_passphrase_file,
        )
    from wizard.run.simulated.hosts import SimulatedFleet  # noqa: PLC0415 - start-up time

    pace = args.simulate_pace if paced else _PACE
    fleet = SimulatedFleet(pace=pace, failing=set(args.simulate_failure))
    return open_wizard(args.site, simulation=fleet)


def open_wizard(
    site: str = "",
    *,
    simulation: SimulatedFleet | None = None,
    keyring_file: Path | None = None,
    passphrase_file: Path | None = None,
) -> int:
    """Open the screens; the only place that knows them, and by name: they are no layer below.

    On the practice fleet's network if the site file is the fleet's, or once its hosts are chosen.
    """
    if site and simulation is None:
        _go_to_its_hosts(Path(site))
    answer: int | Path = importlib.import_module("screens.run").run(
        site, simulation=simulation, keyring_file=keyring_file, passphrase_file=passphrase_file
    )
    if isinstance(answer, Path):
        return _begin_anew(answer, keyring_file, passphrase_file)
    return answer


def _go_to_its_hosts(site: Path) -> None:
    from wizard.practice.reach import out_of_reach  # noqa: PLC0415 - start-up time

    if not out_of_reach(site):
        return
    from wizard.practice.directory import fleet_directory  # noqa: PLC0415 - only needed here
    from wizard.practice.namespace import enter  # noqa: PLC0415 - as above

    with suppress(PracticeError):  # the file can be read without its hosts; the screens say why
        enter(fleet_directory())


def _begin_anew(site: Path, keyring_file: Path | None, passphrase_file: Path | None) -> int:
    """Become the wizard on the practice fleet's network: threads do not move, a program does.

    Raises: PracticeError if no fleet is up, or this is not root.
    """
    from wizard.cli.practice import become  # noqa: PLC0415 - only needed here
    from wizard.practice.demo import program  # noqa: PLC0415 - as above

    command = [program(), "wizard", str(site)]
    for option, file in (
        ("--keyring-file", keyring_file),
        ("--keyring-passphrase-file", passphrase_file),
    ):
        command += [f"{option}={file}"] if file else []
    return become(command)


def at_terminal() -> bool:
    """Whether a person could use the screens here: in this terminal, or as a page of `serve`."""
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdin.isatty() and sys.stdout.isatty())
