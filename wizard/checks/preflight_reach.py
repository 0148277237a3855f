"""Preflight: can the hosts reach each other, and their package sources?

One script per host asks for everything at once. A connection that is accepted or refused shows
that the way is open: before the installation nothing listens. A firewall that answers with a
refusal of its own cannot be told from a closed port; one that stays silent can.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.checks.check import Finding, Question
from wizard.site import flows
from wizard.site.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.site.flows import Flow
    from wizard.site.model import Site

SECONDS, PATIENCE = 3, 10  # how long a connection may take, the first time and the second
OPEN = frozenset({"connected", "Connection refused"})

_VIRTUAL = "virtual:"
TAKEN = "virtual:taken"
"""Among the answers if the host has the virtual address by now: a balancer that was started a
moment ago takes it while questions are asked."""

_ATTEMPT = f"""\
attempt() {{
  local words limit
  for limit in {SECONDS} ${{4-}}; do
    words=$(timeout $limit bash -c 'exec 3<>"/dev/tcp/$1/$2"' attempt "$2" "$3" 2>&1)
    case $? in 0) words=connected;; 124) words=timeout;; *) words=${{words##*: }};; esac
    [ "$words" = timeout ] || break
  done
  printf 'reach\\t%s\\t%s\\n' "$1" "${{words//$'\\n'/ }}"
}}
"""

REACH = Question("reach", "Can the hosts reach each other?")
VIRTUAL = Question("virtual-ip-free", "Does nobody else answer at the virtual address?")


@dataclass(frozen=True, slots=True)
class Target:
    """An address and a TCP port to connect to; the words come back under its key."""

    key: str
    address: str
    port: int
    hoped_for: bool = True  # a busy host gets a second chance to answer


def reach_script(targets: Sequence[Target]) -> str:
    """Return bash that tries all targets at the same time and prints one line for each.

    Of a virtual address it says as well whether the host has it itself by then.
    """
    lines = [_ATTEMPT]
    lines += [
        f"attempt {shlex.quote(each.key)} {shlex.quote(each.address)} {each.port}"
        f" {PATIENCE if each.hoped_for else ''} &\n"
        for each in targets
    ]
    lines.append("wait\n")
    virtual = {each.address for each in targets if each.key.startswith(_VIRTUAL)}
    lines += [
        f'[ -z "$(ip -o addr show to {shlex.quote(address)})" ] ||'
        f" printf 'reach\\t%s\\tyes\\n' {shlex.quote(TAKEN)}\n"
        for address in sorted(virtual)
    ]
    return "".join(lines)


def parse_reach(output: str) -> dict[str, str]:
    """Return the words for each target: connected, timeout, or what the kernel said."""
    found: dict[str, str] = {}
    for line in output.splitlines():
        match = re.fullmatch(r"reach\t([^\t]*)\t([^\t]*)", line)
        if match:
            found[match[1]] = match[2] or "unknown"
    return found


def targets_of(site: Site, name: str, *, held: bool = False) -> tuple[Target, ...]:
    """Return what a host has to reach; with it, on a balancer, a virtual address not yet held."""
    targets = [
        Target(_key(flow), flow.target_address, flow.port)
        for flow in flows.out_of(site, name)
        if flow.protocol == flows.TCP
    ]
    shared = site.networking.virtual_ip
    if shared and not held and _balances(site, name):
        # Any machine answers on some port or refuses; silence on these two is a free address.
        targets += [
            Target(f"{_VIRTUAL}{port}", str(shared.ip), port, hoped_for=False) for port in (22, 443)
        ]
    return tuple(dict.fromkeys(targets))


def check_reach(
    site: Site, name: str, answers: Mapping[str, str], *, held: bool
) -> Iterator[Finding]:
    """Answer for one source host; `held`: a balancer of the site has the virtual address now."""
    ways = flows.out_of(site, name)
    tried = [flow for flow in ways if flow.protocol == flows.TCP]
    blocked = [flow for flow in tried if answers.get(_key(flow), "not tried") not in OPEN]
    for flow in blocked:
        yield _blocked(flow, answers.get(_key(flow), "not tried"))
    if tried and not blocked:
        yield REACH.ok(name, ", ".join(_end(flow) for flow in tried))
    for flow in ways:
        if flow.protocol == flows.VRRP:
            yield REACH.skipped(
                name,
                f"VRRP to {flow.target} (IP protocol 112) has no ports to try; the proof moves"
                " the virtual address instead",
            )
    yield from _virtual(site, name, answers, held=held)


def _key(flow: Flow) -> str:
    return f"{flow.target_address}:{flow.port}"


def _end(flow: Flow) -> str:
    target = flow.target_address if flow.target == flows.OUTSIDE else flow.target
    return f"{target}:{flow.port}"


def _blocked(flow: Flow, words: str) -> Finding:
    mail = flow.purpose == "mail"
    report = REACH.warning if mail or words == "not tried" else REACH.failed
    return report(
        flow.source,
        f"{flow.source} ({flow.source_address}) -> {_end(flow)} ({flow.purpose}): {words}",
        f"Allow TCP from {flow.source_address} to {flow.target_address} port {flow.port} in the"
        " firewalls between them.",
        wanted="connected, or refused as long as nothing listens",
    )


def _virtual(site: Site, name: str, answers: Mapping[str, str], *, held: bool) -> Iterator[Finding]:
    asked = [words for key, words in answers.items() if key.startswith(_VIRTUAL)]
    shared = site.networking.virtual_ip
    if shared is None or not _balances(site, name):
        return
    if held:
        yield VIRTUAL.ok(name, f"{shared.ip} is held by a balancer of this site")
    elif any(words in OPEN for words in asked):
        yield VIRTUAL.failed(
            name,
            f"a machine that is no host of this site answers at {shared.ip}",
            "Choose a virtual address that no machine has.",
            wanted="no answer",
        )
    elif asked:
        yield VIRTUAL.ok(name, f"nobody answers at {shared.ip}")


def _balances(site: Site, name: str) -> bool:
    return site.load_balancer.managed and site.host(name).has(Role.LOAD_BALANCER)
