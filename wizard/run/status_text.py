"""The status of a site as text for people and as JSON for programs; pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wizard.counted import counted
from wizard.run.report import person
from wizard.run.report_write import table
from wizard.run.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wizard.run.status import Status

_SIGNS = {"done": "✓", "failed": "✗", "unknown outcome": "?", "to do": "·", "left out": "»"}


def status_text(status: Status, *, width: int = 100) -> str:
    """Return a page of text; it ends with the command to go on with."""
    steps = [("", ""), ("Steps", _counts(status)), *_steps(status)] if status.steps else []
    lines = table([*_head(status), *steps], width)
    end = status.next_command
    follow = "Follow it with" if status.use == "in use" else "Go on with"
    last = f"{follow}: {end}" if end else "Done and proven: nothing is left to do."
    return "".join(f"{line}\n" for line in (*lines, "", last))


def _head(status: Status) -> Iterator[tuple[str, str]]:
    simulated = " · SIMULATED HOSTS" if status.site.simulated else ""
    yield "Site", f"{status.site.name} · {status.site.path or 'site file unknown'}{simulated}"
    if status.edited:
        yield "", "! The site file was edited since: its changes are not on the hosts yet."
    yield "State file", f"{status.path} · event {status.head[0]} · {status.head[1][:16]}"
    yield "Last run", _run(status)
    yield "Now", _use(status)
    if status.held:
        released = "" if status.use == "in use" else "; resume takes that over"
        yield "Locked", f"{', '.join(status.held)}, for that run{released}"
    for job in status.jobs:
        where = f"{visible(job.host)}: {visible(job.what)}"
        yield "At work", f"{where} may still go on there (systemctl status {visible(job.unit)})"
    if status.rotating:
        yield "Rotation", f"of {visible(status.rotating)} is under way"
    yield "Proof", _proof(status)


def _run(status: Status) -> str:
    run = status.run
    if run is None:
        return "none yet"
    who = person(visible(run.operator), visible(run.ssh_client))
    began = f"{visible(run.command)}, by {who}, {run.started}"
    if run.outcome:
        return f"{began} to {run.finished}: {visible(run.outcome)}"
    return f"{began}: " + ("goes on" if status.use == "in use" else "cut off, it did not end")


def _use(status: Status) -> str:
    match status.use:
        case "in use":
            return f"in use by {status.owner or 'a run that is just starting'}"
        case "cut off":
            return (
                f"nobody works with it; it was left by {status.owner or 'a run that was cut off'}"
            )
        case "elsewhere":
            return f"claimed by {status.owner}: whether that run goes on is to be seen there only"
    return "nobody works with it"


def _proof(status: Status) -> str:
    if status.proof is None:
        return "never proven"
    told = f"{status.verdict} at {status.proof.time}"
    if status.unproven:
        return f"{told}; {more_since(len(status.unproven))}"
    return told


def more_since(steps: int) -> str:
    """Return that so many steps have changed something since the proof."""
    return f"{counted(steps, 'step')} {'has' if steps == 1 else 'have'} changed something since"


def _counts(status: Status) -> str:
    found = status.counts
    return " · ".join(f"{sign} {found[far]} {far}" for far, sign in _SIGNS.items() if found[far])


def _steps(status: Status) -> Iterator[tuple[str, str]]:
    """Yield a row per step: each of its hosts with how far it is there."""
    titles = {step.step: step.title for step in reversed(status.steps)}
    for name in dict.fromkeys(step.step for step in status.steps):
        hosts = (step for step in status.steps if step.step == name)
        yield (
            name,
            "  ".join(f"{_SIGNS[step.far]} {visible(step.host)}" for step in hosts)
            + (f"   {visible(titles[name])}"),
        )


def status_json(status: Status) -> dict[str, object]:
    """Return it as JSON values."""
    return {
        "format": 1,
        "state": str(status.path),
        "site": {
            "name": status.site.name,
            "file": status.site.path,
            "sha256": status.site.sha256,
            "edited_since": status.edited,
            "simulated": status.site.simulated,
        },
        "last_run": asdict(status.run) if status.run else None,
        "use": status.use,
        "in_use_by": asdict(status.owner) if status.owner else None,
        "hosts_locked": list(status.held),
        "counts": dict(status.counts),
        "steps": [asdict(step) for step in status.steps],
        "jobs": [asdict(job) for job in status.jobs],
        "rotating": status.rotating,
        "proof": {
            "verdict": status.verdict,
            "time": status.proof.time if status.proof else "",
            "unproven": list(status.unproven),
            "proven": status.proven,
        },
        "head": {"seq": status.head[0], "hash": status.head[1]},
        "done": status.done,
        "next": status.next_command,
    }
