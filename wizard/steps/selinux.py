"""SELinux: what the programs are allowed to connect to, and which ports they may listen on."""

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


def selinux_port(
    facts: HostFacts, platform: Platform, kind: str, port: int
) -> tuple[Condition, ...]:
    """Return what lets programs of a kind (`http_port_t`) listen on a TCP port of the site."""
    if not platform.selinux_packages or facts.selinux not in {"enforcing", "permissive"}:
        return ()
    # One line a type, with ports and ranges: "http_port_t   tcp   80, 81, 443, 8008-8009".
    listed = (
        f"semanage port -l -n | awk -v kind={kind} -v port={port}"
        """ '$1 == kind && $2 == "tcp" { for (i = 3; i <= NF; i++) {"""
        """ sub(/,$/, "", $i); n = split($i, ends, "-");"""
        """ if (port + 0 >= ends[1] + 0 && port + 0 <= ends[n] + 0) { print kind; exit } } }'"""
    )
    # -a adds; -m changes a port that the policy gives to another kind.
    place = words("-t", kind, "-p", "tcp", port)
    return (
        Condition(
            name=f"SELinux port {port}",
            seen=listed,
            wanted=kind,
            summary=f"label TCP port {port} as {kind}",
            script=lines([f"semanage port -a {place} || semanage port -m {place}"]),
        ),
    )


def relabel(path: str) -> str:
    """Return shell that gives files the labels their place calls for, where there are labels."""
    return f"[ ! -x /usr/sbin/restorecon ] || restorecon -RF {words(path)}"
