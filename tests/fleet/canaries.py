"""Harmless processes that show something made up, as a careless program would show a secret."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import quote

from wizard.practice.fleet import KNOWN
from wizard.practice.readiness import ssh_command

if TYPE_CHECKING:
    from tests.fleet.leaks import ProcessWatch
    from wizard.practice.directory import FleetDirectory

CANARIES = {
    "canary in an argument": "argument'of/a canary+",
    "canary in a URL": "part:of@a/canary's URL",
    "canary in a variable": "variable$of a canary",
    "canary on a machine": "canary on its own kernel",
}
MACHINE = "app1"


def leak_canaries(directory: FleetDirectory, watch: ProcessWatch) -> bool:
    """Show each of them until the watch has seen it; return whether it has."""
    argument, url, variable, machine = CANARIES.values()
    here = [
        "sh",
        "-c",
        "read line",
        "sh",
        argument,
        f"postgresql://somebody:{quote(url, safe='')}@10.0.2.10/",
    ]
    env = {"LEAK": base64.b64encode(f"x:{variable}".encode()).decode()}
    # Its own argument would be seen on this side: it travels on standard input, encoded.
    there = "".join(f"\\{ord(char):03o}" for char in machine)
    script = f"exec perl -e '<STDIN>' \"$(printf '{there}')\"\n"
    remote = ssh_command(directory, KNOWN[MACHINE], "sh", "-s")
    with (
        subprocess.Popen(here, stdin=subprocess.PIPE, env=env) as local,
        subprocess.Popen(remote, stdin=subprocess.PIPE) as distant,
    ):
        try:
            assert distant.stdin
            distant.stdin.write(script.encode())
            distant.stdin.flush()
            return watch.wait_until(lambda: {name for _, name in watch.leaks} >= set(CANARIES))
        finally:
            local.kill()
            distant.kill()
