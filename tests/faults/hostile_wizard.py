"""The wizard on simulated hosts that write and tell of themselves what a hostile host would.

`python -m tests.faults.hostile_wizard ARG...`; the arguments are those of `minusnow-setup wizard`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.faults.hostile import LINES, LONG
from wizard.cli.main import entry
from wizard.run.simulated import facts, installation, output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.facts.host import HostFacts
    from wizard.run.simulated.output import Written
    from wizard.site.model import Site
    from wizard.site.topology import Host


def run(arguments: list[str]) -> None:
    """Run the wizard as the program does, and exit."""
    lines = output.lines

    def hostile_lines(task: str, resource: str, summary: str) -> Iterator[Written]:
        yield from lines(task, resource, summary)
        if task == "packages@lb1":
            yield from (("out", line) for line in LINES)
            yield "out", "x" * LONG
            yield "err", "\r" * LONG + "as-text 12"

    def hostile_failure(_task: str, _resource: str) -> tuple[int, tuple[Written, ...]]:
        return 7, tuple(("err", line) for line in LINES)

    def hostile_facts(site: Site, host: Host) -> HostFacts:
        seen = facts.simulated_facts(site, host)
        name = "".join(LINES)
        return replace(
            seen,
            os=replace(seen.os, pretty=name),
            hostname=name,
            kernel=name,
            firewall=name,
            selinux=name,
        )

    vars(output).update(lines=hostile_lines, failure=hostile_failure)
    vars(installation).update(simulated_facts=hostile_facts)
    sys.argv[1:] = ["wizard", *arguments]
    entry()


if __name__ == "__main__":
    run(sys.argv[1:])
