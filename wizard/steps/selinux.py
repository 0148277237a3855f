"""SELinux: what a balancer program is allowed to connect to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.resources.condition import Condition
from wizard.resources.shell import lines, words

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts
    from wizard.facts.platform import Platform


def selinux_booleans(facts: HostFacts, platform: Platform, program: str) -> tuple[Condition, ...]:
    """Return the booleans the program needs, none where SELinux is off."""
    if facts.selinux not in {"enforcing", "permissive"}:
        return ()
    return tuple(
        Condition(
            name=f"SELinux boolean {name}",
            seen=words("getsebool", name),
            wanted=f"{name} --> on",
            summary=f"set the SELinux boolean {name} for {program}",
            script=lines([words("setsebool", "-P", name, "on")]),
        )
        for name in platform.selinux_booleans.get(program, ())
    )
