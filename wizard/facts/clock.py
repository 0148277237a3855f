"""How far a host's clock is off, and whether something keeps it right."""

from __future__ import annotations

import re

# bash before 5 (RHEL 8) has no EPOCHREALTIME.
NOW = 'if [[ -n ${EPOCHREALTIME:-} ]]; then echo "$EPOCHREALTIME"; else date +%s.%N; fi'

SYNCHRONISED = """\
if [[ -e /run/systemd/timesync/synchronized ]]; then echo timesyncd=yes
elif [[ -d /run/systemd/timesync ]]; then echo timesyncd=no; fi
for pid in /run/chrony/chronyd.pid /run/chronyd.pid; do
  if [[ -e $pid ]]; then timeout 3 chronyc -n -c tracking; break; fi
done
"""

_TRACKING_FIELDS = 14  # chronyc(1): the last field of `tracking` is the leap status


def skew(first: str, last: str, *, before: float, after: float) -> float:
    """Return host minus local time in seconds, as far as it is certain; 0.0 if unreadable.

    `first` and `last` are the host's readings at the ends of the script, `before` and `after` the
    local times around the trip. The way there and back takes an unknown time each (logging in and
    sudo may take seconds), so the difference lies between two bounds; the one nearer to zero
    counts, lest a slow host seems to have a wrong clock.
    """
    start, end = _seconds(first), _seconds(last)
    if start is None or end is None:
        return 0.0
    least, most = end - after, start - before
    if least <= 0.0 <= most or least > most:
        return 0.0
    return least if least > 0.0 else most


def _seconds(text: str) -> float | None:
    match = re.fullmatch(r"\s*([0-9]{1,12}[.][0-9]{1,9})\s*", text, re.ASCII)
    return float(match[1]) if match else None


def synchronised(text: str) -> bool | None:
    """Return whether a time service says that the clock is right; None if there is none."""
    answer: bool | None = None
    for line in text.splitlines():
        if line in ("timesyncd=yes", "timesyncd=no"):
            answer = bool(answer) or line.endswith("yes")
        fields = line.split(",")
        if len(fields) == _TRACKING_FIELDS:
            answer = bool(answer) or fields[-1].strip() != "Not synchronised"
    return answer
