"""Preflight: do the hosts agree on the time?"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from wizard.checks.check import SITE, Finding, Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wizard.facts.host import HostFacts

WARN = 1.0  # seconds
FAIL = 5.0  # seconds: sessions, certificates and logs of different hosts no longer fit together

# Their clock is that of the machine they run on.
_WITHOUT_CLOCK = {"systemd-nspawn", "lxc", "docker", "podman", "uml"}

CLOCK = Question("clock", "Is the clock right?", f"less than {WARN:.0f} s off")
SERVICE = Question(
    "time-service", "Does a time service keep the clock right?", "a synchronised clock"
)
_REMEDY = "Set the clock and let chrony or systemd-timesyncd keep it right."


def check(facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """Compare the hosts' clocks with each other and with this machine's."""
    if not facts:
        return
    middle = statistics.median(seen.clock_skew for seen in facts.values())
    apart = max(abs(seen.clock_skew - middle) for seen in facts.values())
    # When all hosts agree with each other, the odd one out is the clock they are compared with.
    here_is_off = len(facts) > 1 and apart < WARN <= abs(middle)
    if here_is_off:
        yield CLOCK.warning(
            SITE,
            f"this machine is {abs(middle):.1f} s {'behind' if middle > 0 else 'ahead of'}"
            " the hosts, which agree with each other",
            "Set the clock of the machine that the installer runs on.",
        )
    for name, seen in facts.items():
        yield _clock(name, seen.clock_skew - (middle if here_is_off else 0.0))
        yield _service(name, seen)


def _clock(name: str, off: float) -> Finding:
    words = f"{abs(off):.1f} s {'ahead' if off > 0 else 'behind'}"
    if abs(off) < WARN:
        return CLOCK.ok(name, words)
    if abs(off) <= FAIL:
        return CLOCK.warning(name, words, _REMEDY)
    return CLOCK.failed(name, words, _REMEDY)


def _service(name: str, seen: HostFacts) -> Finding:
    if seen.clock_synchronised:
        return SERVICE.ok(name, "synchronised")
    if seen.virtualisation in _WITHOUT_CLOCK:
        return SERVICE.skipped(name, f"{seen.virtualisation}: the clock is that of its machine")
    if seen.clock_synchronised is None:
        return SERVICE.warning(name, "neither chrony nor systemd-timesyncd runs", _REMEDY)
    return SERVICE.warning(name, "the time service has not reached its servers", _REMEDY)
