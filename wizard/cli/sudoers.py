"""`minusnow-setup sudoers SITE`: what the login users need of sudo, and what that means."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wizard.site.model import Site
    from wizard.site.topology import Host

_MEANING = """\
What this policy means: the installer runs one command as root, a bash that reads its scripts from
standard input over SSH. The policy names that command exactly, so sudo's log tells it from
everything else and nothing else is let through by accident. It is no boundary: whoever can log in
as this user can send that bash any script, and is root. What the scripts run is listed below, but
sudo cannot hold them to the list.

So give the user to the installer alone, with a key of its own, and take the policy away between
installations: nothing that is installed needs it. Another version of the installer may begin its
command differently; print the policy again after an update."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "sudoers",
        help="print a sudo policy for the hosts, and which commands need root",
        description="Prints a policy for /etc/sudoers.d/minusnow-setup of every host, with what is"
        " run as root and what for. Check it with `visudo -cf FILE`.",
    )
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    from wizard.site.file import load  # noqa: PLC0415 - pydantic: 0.2 s to import

    print("\n".join(_lines(load(args.site).site)))
    return 0


def _lines(site: Site) -> Iterator[str]:
    from wizard.remote.sudoers import policy  # noqa: PLC0415 - start-up time
    from wizard.site.access import Sudo  # noqa: PLC0415 - as above

    yield f"# sudo policy of minusnow-setup for the hosts of {site.site}"
    for paragraph in _MEANING.split("\n\n"):
        yield "#"
        yield from _comment(paragraph)
    users: dict[tuple[str, bool], list[Host]] = {}
    for host in site.hosts:
        ssh = site.ssh_for(host)
        users.setdefault((ssh.user, ssh.sudo is Sudo.PASSWORD), []).append(host)
    for (user, password), hosts in users.items():
        yield ""
        yield from _comment(f"On {', '.join(host.name for host in hosts)}, as root for:")
        yield from _commands(hosts)
        if user == "root":
            yield "# The installer logs in as root: no policy is needed."
        else:
            yield policy(user, password=password).rstrip()


def _commands(hosts: list[Host]) -> Iterator[str]:
    from wizard.steps.root_commands import ROOT_COMMANDS  # noqa: PLC0415 - start-up time

    roles = {role for host in hosts for role in host.roles}
    for group in ROOT_COMMANDS:
        if group.concern(roles):
            where = f" ({', '.join(role.value for role in group.roles)})" if group.roles else ""
            yield from _comment(f"- {group.purpose}{where}: {', '.join(group.programs)}", "  ")


def _comment(text: str, indent: str = "") -> Iterator[str]:
    for line in textwrap.wrap(text, 96, subsequent_indent=indent, break_on_hyphens=False):
        yield f"# {line}"
