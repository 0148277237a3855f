"""``minusnow-setup practice``: a fleet of real hosts on this machine, to rehearse on."""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

from wizard.errors import PracticeError
from wizard.practice.directory import VARIABLE, fleet_directory
from wizard.practice.fleet import EXTERNAL_STORAGE, KNOWN, REFERENCE, Fleet


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``practice`` and what it can do."""
    practice = subparsers.add_parser(
        "practice",
        help="a fleet of real hosts on this machine, to rehearse on",
        description="Runs the eight hosts of the reference architecture on this machine (Debian "
        f"12, root). They live in /var/lib/minusnow-practice, or where {VARIABLE} says.",
    )
    actions = practice.add_subparsers(dest="action", metavar="ACTION", required=True)

    up = actions.add_parser("up", help="make the hosts run; repairs what is broken")
    up.add_argument("--hosts", metavar="A,B", help="only these hosts (default: all eight)")
    up.add_argument("--fresh", action="store_true", help="throw the hosts away and make them anew")
    up.add_argument(
        "--with-external-storage",
        action="store_true",
        help=f"also {EXTERNAL_STORAGE.name}, a file server that the installer does not manage",
    )
    up.set_defaults(run=_up)

    down = actions.add_parser("down", help="end the hosts and remove their disks")
    down.add_argument("--purge", action="store_true", help="also remove what was downloaded")
    down.set_defaults(run=_down)

    status = actions.add_parser("status", help="show each host")
    status.set_defaults(run=_status)

    ssh = actions.add_parser("ssh", help="log in to a host, or run a command there")
    ssh.add_argument("host", choices=KNOWN.names, metavar="HOST", help=", ".join(KNOWN.names))
    ssh.add_argument("command", nargs=argparse.REMAINDER, help="default: a shell")
    ssh.set_defaults(run=_ssh)

    site = actions.add_parser("site", help="print the fleet's site file")
    site.add_argument("--out", type=Path, metavar="FILE", help="write it to a file")
    site.add_argument(
        "--external-storage", action="store_true", help="with the file server that exists already"
    )
    site.set_defaults(run=_site)

    release = actions.add_parser("release", help="build the stand-in release of the application")
    release.add_argument("out", type=Path, metavar="OUT.tar.gz")
    release.set_defaults(run=_release)

    demo = actions.add_parser(
        "demo", help="bring the fleet up, install the stand-in on it, and prove it"
    )
    demo.set_defaults(run=_demo)

    inside = actions.add_parser("run", help="run a command on the fleet's network")
    inside.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    inside.set_defaults(run=_run)


def _wanted(arguments: argparse.Namespace) -> Fleet:
    """The hosts that the command line names.

    Raises:
        PracticeError: one of them is unknown.
    """
    fleet = REFERENCE
    if arguments.hosts:
        try:
            fleet = KNOWN.subset(tuple(arguments.hosts.split(",")))
        except KeyError as unknown:
            raise PracticeError(
                f"The practice fleet has no host {unknown}.",
                remedy=f"Its hosts are {', '.join(KNOWN.names)}.",
            ) from None
    if arguments.with_external_storage and EXTERNAL_STORAGE not in fleet.hosts:
        fleet = fleet.with_hosts(EXTERNAL_STORAGE)
    return fleet


def _up(arguments: argparse.Namespace) -> int:
    from wizard.practice.lifecycle import bring_up  # noqa: PLC0415 - keeps other commands quick
    from wizard.practice.rehearsal import provide  # noqa: PLC0415 - as above

    report = _stopwatch()
    directory, fleet = fleet_directory(), _wanted(arguments)
    bring_up(directory, fleet, report=report, fresh=arguments.fresh)
    whole = set(REFERENCE.hosts) <= set(fleet.hosts)
    if whole:  # the site file names them all
        provide(directory, report)
    report(f"up: {', '.join(fleet.names)}")
    if whole:
        print(f"To rehearse on them: minusnow-setup wizard {shlex.quote(str(directory.site_file))}")
    return 0


def _stopwatch() -> Callable[[str], None]:
    """Prints lines with the seconds since now."""
    started = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {line}", flush=True)

    return report


def _demo(_arguments: argparse.Namespace) -> int:
    from wizard.cli.wizard import at_terminal  # noqa: PLC0415 - as above
    from wizard.practice.demo import demonstrate  # noqa: PLC0415 - as above

    return demonstrate(fleet_directory(), screens=at_terminal(), report=_stopwatch())


def _down(arguments: argparse.Namespace) -> int:
    from wizard.practice.lifecycle import take_down  # noqa: PLC0415 - as above

    take_down(fleet_directory(), purge=arguments.purge)
    print("The practice fleet is down.")
    return 0


def _status(_arguments: argparse.Namespace) -> int:
    from wizard.practice.requirements import require_root  # noqa: PLC0415 - as above
    from wizard.practice.status import status_text  # noqa: PLC0415 - as above

    require_root()
    print(status_text(fleet_directory()))
    return 0


def _ssh(arguments: argparse.Namespace) -> int:
    from wizard.practice.readiness import ssh_command  # noqa: PLC0415 - as above

    directory = fleet_directory()
    command = [part for part in arguments.command if part != "--"]
    return become(ssh_command(directory, KNOWN[arguments.host], *command))


def _run(arguments: argparse.Namespace) -> int:
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise PracticeError(
            "No command was given.",
            remedy="For example: minusnow-setup practice run curl -k https://10.0.0.100/health",
        )
    return become(command)


def become(command: list[str]) -> int:
    """Become another program, on the fleet's network.

    Raises:
        PracticeError: no fleet is up, or the program cannot be started.
    """
    from wizard.practice.namespace import enter  # noqa: PLC0415 - as above

    enter(fleet_directory())
    sys.stdout.flush()
    try:
        os.execvp(command[0], command)  # noqa: S606 - an argument list, no shell
    except OSError as problem:
        raise PracticeError(f"'{command[0]}' cannot be started: {problem.strerror}.") from None


def _site(arguments: argparse.Namespace) -> int:
    from wizard.practice.site_file import site_text  # noqa: PLC0415 - as above

    text = site_text(fleet_directory(), external_storage=arguments.external_storage)
    if arguments.out is None:
        print(text, end="")
        return 0
    try:
        arguments.out.write_text(text)
    except OSError as problem:
        raise PracticeError(f"{arguments.out} cannot be written: {problem.strerror}.") from None
    print(f"Wrote {arguments.out}.")
    return 0


def _release(arguments: argparse.Namespace) -> int:
    from wizard.practice.release import build_release  # noqa: PLC0415 - as above

    print(f"Built {build_release(arguments.out, on_progress=print)}.")
    return 0
