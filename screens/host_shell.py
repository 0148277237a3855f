"""A shell on a host, in place of the screens until it ends."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

if TYPE_CHECKING:
    from screens.app import SetupApp
    from wizard.remote.endpoint import Endpoint
    from wizard.site.model import Site


_NOT_THERE = 255  # what ssh ends with when it is not the shell that has ended


def open_shell(setup: SetupApp, site: Site, name: str) -> str:
    """Log in to a host with the site's own key and known hosts; return what went wrong, or ""."""
    if setup.simulation:
        return f"{name} is simulated: there is no shell on it."
    from wizard.run.wiring import endpoint  # noqa: PLC0415 - start-up time

    command = ssh_command(endpoint(site, site.host(name)))
    try:
        with setup.suspend():
            print(f"\nA shell on {name}; `exit` comes back to the wizard.\n")  # noqa: T201 - the terminal is ours for now
            done = subprocess.run(command, check=False)
    except SuspendNotSupported:
        return f"Not possible in this terminal. In another one: {shlex.join(command)}"
    except FileNotFoundError:
        return f"There is no ssh on this machine. Elsewhere: {shlex.join(command)}"
    if done.returncode == _NOT_THERE:
        # What ssh said is behind the screens by now.
        return f"ssh did not get to {name}, or lost it. It says why: {shlex.join(command)}"
    return ""


def ssh_command(way: Endpoint) -> list[str]:
    """Return how OpenSSH reaches the same host in the same way as the installer."""
    options = [
        "-p",
        str(way.port),
        "-o",
        f"UserKnownHostsFile={way.known_hosts}",
        "-o",
        "StrictHostKeyChecking=yes",
        *(["-i", str(way.key_file)] if way.key_file else []),
    ]
    if way.jump:
        # -J would not hand the key and the known hosts on to the jump host.
        inner = ssh_command(way.jump)
        proxy = shlex.join([*inner[:-1], "-W", "%h:%p", inner[-1]])
        options += ["-o", f"ProxyCommand={proxy}"]
    return ["ssh", *options, f"{way.user}@{way.address}"]
