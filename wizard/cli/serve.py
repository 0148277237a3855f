"""`minusnow-setup serve [COMMAND …]`: the same screens in a browser, on this machine's loopback."""

from __future__ import annotations

import argparse
import importlib
import ipaddress
import shlex
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import SetupError, SiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADDRESS, _PORT = "127.0.0.1", 8000
_ON_SCREEN = ("wizard", "review")  # the commands that have screens
_DESCRIPTION = f"""\
Shows the screens in a browser instead of this terminal:

  minusnow-setup serve                           as minusnow-setup
  minusnow-setup serve acme.yaml                 as minusnow-setup acme.yaml
  minusnow-setup serve wizard --simulate         as minusnow-setup wizard --simulate
  minusnow-setup serve review --state acme.state as minusnow-setup review --state acme.state

It answers on {_ADDRESS} only. Everyone with a login on this machine can connect there, so a page
opens by its link alone: the link is secret, works once, and is shown in this terminal. From your
desk: ssh -L {_PORT}:{_ADDRESS}:{_PORT} THIS-MACHINE, then the same link.

Closing the page ends the program as closing a terminal does: an installation is stopped in order,
its state is kept, `minusnow-setup resume` goes on. Loading it again begins anew. ctrl+n and ctrl+w
belong to most browsers: click Next in the line at the bottom. Ctrl-C here ends everything.
"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "serve",
        help="the same screens in a browser, on this machine's loopback address",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port", type=int, default=_PORT, help=f"default: {_PORT}; 0: any that is free"
    )
    parser.add_argument(
        "--address", metavar="IP", default=_ADDRESS, help=f"where to listen; default: {_ADDRESS}"
    )
    parser.add_argument(
        "--readable-by-the-network",
        action="store_true",
        help="allow an address that other machines reach. Nothing is encrypted: whoever sees the"
        " traffic reads the link and every password that is typed",
    )
    parser.add_argument(
        "program",
        metavar="COMMAND",
        nargs=argparse.REMAINDER,
        help="wizard or review with their own options, or a site file; default: wizard",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C. Raises: SetupError if it cannot or may not listen there."""
    arguments: list[str] = args.program or [_ON_SCREEN[0]]
    if Path(arguments[0]).suffix in {".yaml", ".yml"}:
        arguments = [_ON_SCREEN[0], *arguments]
    if arguments[0] not in _ON_SCREEN:
        raise SiteError(
            f"{arguments[0]} has no screens", remedy=f"Serve one of: {', '.join(_ON_SCREEN)}."
        )
    address = _address(args.address, network=args.readable_by_the_network)
    listening = _listen(address, args.port)
    name = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
    url = f"http://{name}:{listening.getsockname()[1]}"
    status: int = importlib.import_module("screens.served").run(command(arguments), listening, url)
    return status


def command(arguments: Sequence[str]) -> str:
    """Return the line for a shell that runs this program with these arguments for one page."""
    begin = "from wizard.cli.serve import begin; begin()"
    # -P: nothing of the folder that a person happens to be in is taken for a part of the program.
    return "exec " + shlex.join([sys.executable, "-P", "-c", begin, *arguments])


def begin() -> None:
    """Run as the program of one page, which ends with the server and has no terminal of its own."""
    import contextlib  # noqa: PLC0415 - only here
    import ctypes  # noqa: PLC0415 - as above
    import io  # noqa: PLC0415 - as above
    import os  # noqa: PLC0415 - as above
    import signal  # noqa: PLC0415 - as above

    from wizard.cli.main import main  # noqa: PLC0415 - it imports this module

    # Away from the server's terminal: its Ctrl-C is the server's, and nothing is asked there.
    os.setsid()
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG of <linux/prctl.h>
    os.environ["TERM"] = "xterm-256color"  # what the page is, whatever the server's terminal is
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            status = main(sys.argv[1:])
    finally:
        if words := said.getvalue():
            sys.stderr.write(words)
            os.write(1, _farewell(words))
    sys.exit(status)


def _farewell(words: str) -> bytes:
    """Return words for the page of a program that has no screens to show, and its end.

    In the form in which Textual's web driver speaks to textual-serve; a program whose screens
    were shown has said its end already, and this is not heard.
    """
    shown = words.replace("\n", "\r\n").encode()
    end = b'{"type": "exit"}'
    parts = ((b"D", shown), (b"M", end))
    return b"__GANGLION__\n" + b"".join(
        kind + len(part).to_bytes(4, "big") + part for kind, part in parts
    )


def _address(given: str, *, network: bool) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        raise SiteError(f"{given} is no IP address", remedy=f"Name one, as {_ADDRESS}.") from None
    if not address.is_loopback and not network:
        raise SiteError(
            f"{given} is reached from other machines, and nothing that is typed would be encrypted",
            remedy=f"Leave --address out and use ssh -L {_PORT}:{_ADDRESS}:{_PORT}, or say"
            " --readable-by-the-network.",
        )
    return address


def _listen(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> socket.socket:
    new = isinstance(address, ipaddress.IPv6Address)
    family = socket.AF_INET6 if new else socket.AF_INET
    try:
        return socket.create_server((str(address), port), family=family)
    except (OSError, OverflowError) as error:
        seen = getattr(error, "strerror", None) or str(error)
        raise SetupError(
            f"cannot listen on {address}, port {port}: {seen}",
            remedy="Name another with --port; 0 takes any that is free.",
        ) from None
