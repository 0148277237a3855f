"""One run at a time on every host: a lock that says who holds it, since when and from where.

It lies in memory (`/run`), so a host that was started again is free: nothing of a run survives
that. A lock whose run stands in our own state file was left by a run that was killed, for nobody
else can have that file open; any other lock is broken by an explicit choice only.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

from wizard.errors import HostError, HostInUse
from wizard.resources.shell import words
from wizard.run.events import HostHeld
from wizard.run.state_owner import process_start, still_runs, this_process
from wizard.run.survey import everywhere
from wizard.run.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Transport
    from wizard.run.bus import EventBus
    from wizard.run.state import StateFile

How = Literal["free", "resumed", "broken"]
TIMEOUT = 30.0  # seconds; two installers may want the same lock at the same moment
_NUMBERS = frozenset({"pid", "started"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A run as a lock names it."""

    run: str  # what its state file calls it, or something random without one
    site: str
    command: str
    state: str  # the state file's path on the machine of the installer
    operator: str
    ssh_client: str
    machine: str
    boot_id: str
    pid: int
    started: int  # of the process, in clock ticks: tells it from a later one of the same number
    since: str  # UTC

    def __str__(self) -> str:
        origin = f" from {self.ssh_client}" if self.ssh_client else ""
        state = f", state file {self.state}" if self.state else ""
        return (
            f"{self.operator}{origin} on {self.machine} (process {self.pid}) since {self.since}"
            f" ({self.command} of {self.site}{state})"
        )

    def line(self) -> str:
        """Return it as one line of printable ASCII."""
        return json.dumps(asdict(self), sort_keys=True)


def read_holder(line: str) -> Holder | None:
    """Return who holds a lock with this content, None if it cannot be told."""
    try:
        said = json.loads(line)
        found = {item.name: said[item.name] for item in fields(Holder)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    for name, value in found.items():
        if not isinstance(value, int if name in _NUMBERS else str) or isinstance(value, bool):
            return None
        if isinstance(value, str):
            found[name] = visible(value)
    return Holder(**found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who we are to a lock, and which locks we may take over."""

    holder: Holder
    owns: Callable[[str], bool] = lambda _run: False  # whether a run stands in our state file
    break_lock: bool = False  # an explicit choice: whoever else holds it is certainly gone


def claim_for(
    site: str, command: str, *, state: StateFile | None = None, break_lock: bool = False
) -> Claim:
    """Return the claim of this process, for the run that began last in the state file."""
    we = this_process()
    run = state.run_id if state else ""
    holder = Holder(
        run=run or secrets.token_hex(32),
        site=site,
        command=command,
        state=str(state.path.absolute()) if state else "",
        operator=we.operator,
        ssh_client=we.ssh_client,
        machine=we.machine,
        boot_id=we.boot_id,
        pid=we.pid,
        started=process_start(we.pid) or 0,
        since=we.since,
    )
    if state is None:
        return Claim(holder=holder, break_lock=break_lock)
    return Claim(holder=holder, owns=state.records.has_run, break_lock=break_lock)


def decide(found: Holder | None, claim: Claim) -> How | HostInUse:
    """Return how a lock that somebody holds may be taken, or why it may not."""
    if found is None:
        if claim.break_lock:
            return "broken"
        return _breakable("another run holds this host; its lock cannot be read", _BREAK)
    runs = still_runs(found.machine, found.boot_id, found.pid, found.started)
    if runs:
        return HostInUse(
            f"another run works on this host: {found}",
            remedy="Wait until it has ended, or end that process.",
        )
    if claim.owns(found.run):
        return "resumed"
    if claim.break_lock:
        return "broken"
    left = "; that process has ended without letting go" if runs is False else ""
    where = f" on {found.machine}"
    resume = f"`minusnow-setup resume --state {found.state}`{where}" if found.state else ""
    return _breakable(
        f"another run holds this host: {found}{left}",
        (f"If it was killed, go on with {resume}. " if resume else "") + _BREAK,
    )


def _breakable(seen: str, remedy: str) -> HostInUse:
    problem = HostInUse(seen, remedy=remedy)
    problem.breakable = True
    return problem


_BREAK = "If it is certainly over and will not be gone on with, break its lock with --break-lock."


def hold(
    transports: Mapping[str, Transport],
    claim: Claim,
    *,
    folder: str,
    bus: EventBus,
    stop: Cancellation,
) -> None:
    """Take the lock of every host until its connection ends; one trip, all but one side by side.

    The first host by name decides between two installers that begin at the same moment. Without
    a folder, which simulated hosts have none of, nothing is locked.

    Raises: HostInUse, HostError, Cancelled; what was taken is let go with the connections.
    """

    def one(host: str) -> None:
        how, before = _take(transports[host], claim, folder)
        bus.publish(HostHeld(host=host, how=how, before=before))

    names = sorted(transports) if folder else []
    for part in (names[:1], names[1:]):
        everywhere(part, one, bus=bus, stop=stop)


def _take(transport: Transport, claim: Claim, folder: str) -> tuple[How, str]:
    ours = claim.holder.line()
    instead, before = "", ""
    how: How = "free"
    # Between a look and the taking another installer may have been quicker, so it is tried again.
    transport.at_close(_release(folder, ours))
    for _ in range(3):
        answer, found = _ask(transport, _acquire(folder, ours, instead))
        if answer == "taken":
            return how, before
        holder = read_holder(found)
        decided = decide(holder, claim)
        if isinstance(decided, HostInUse):
            decided.host = transport.host
            raise decided
        instead, how, before = found, decided, str(holder or "an unreadable holder")
    raise HostInUse(
        "other runs keep taking this host's lock", remedy="Let them end.", host=transport.host
    )


def _ask(transport: Transport, script: str) -> tuple[str, str]:
    result = transport.run(script, waiting_for="the host's lock", timeout=TIMEOUT)
    answer, _, found = result.out.strip().partition(" ")
    if result.status or answer not in {"taken", "held"}:
        why = (result.err.strip().splitlines() or [f"status {result.status}"])[-1]
        raise HostError(
            f"the lock of this host cannot be taken: {visible(why)}",
            remedy="See whether /run is writable and has room on the host.",
            host=transport.host,
        )
    return answer, found


def _guarded(folder: str) -> str:
    """Return shell that has the folder to itself and knows what the lock says in `$found`."""
    return (
        "set -euo pipefail\numask 077\n"
        f"mkdir -p -m 0700 -- {words(folder)}\nexec 9<{words(folder)}\n"
        f"flock -w {TIMEOUT / 3:.0f} 9\nlock={words(folder)}/lock found=\n"
        # A read that meets the end of the file before a newline fails, with what there was.
        '[ ! -e "$lock" ] || IFS= read -r -n 10000 found <"$lock" || true\n'
    )


def _acquire(folder: str, ours: str, instead: str) -> str:
    """Return shell that takes the lock if it is free, ours, or exactly the one seen before."""
    return _guarded(folder) + (
        f"ours={words(ours)}\n"
        f'if [[ $found && $found != "$ours" && $found != {words(instead)} ]]; then\n'
        "printf 'held %s\\n' \"$found\"\nexit 0\nfi\n"
        'printf \'%s\\n\' "$ours" >"$lock.new"\nmv -fT -- "$lock.new" "$lock"\necho taken\n'
    )


def _release(folder: str, ours: str) -> str:
    return _guarded(folder) + f'[[ $found != {words(ours)} ]] || rm -f -- "$lock"\n'
