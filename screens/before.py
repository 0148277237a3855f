"""What was done for a site before this program began, as its state file tells it, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.state_of import status_of
from wizard.checks.check import Finding, Verdict
from wizard.run.how_far import failed_in, in_a_sentence
from wizard.run.status_text import more_since
from wizard.site.changed_answers import changed_answers, same_installation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from screens.app import SetupApp
    from screens.work import Work
    from wizard.run.events import CheckAnswered, TaskLeftOut
    from wizard.run.status import Status

CHANGED = "the site file was changed since: i under Install looks what is left."
_SIGNS = {"done": "✓", "failed": "✗"}


def read_before(setup: SetupApp) -> None:
    """Begin to read the state file of the site; the screen that is shown is told."""
    loaded, live, simulated = setup.draft.loaded(), setup.live, setup.simulation is not None
    if loaded is None or (live.work and live.work.busy):
        return

    def read() -> None:
        live.before = status_of(loaded, simulated=simulated)
        setup.call_from_thread(setup.step.live_changed)

    setup.run_worker(read, thread=True, exclusive=True, group="before", exit_on_error=False)


def installed(before: Status | None) -> str:
    """Return how far earlier programs came; "" if nothing was begun."""
    if before is None or before.run is None:
        return ""
    run, far = before.run, in_a_sentence(before.steps)
    steps = f": {far}" if far else ""
    if before.done:
        return f"✓ Installed{_simulated(before)}, proof {_proof(before)}{steps}. i looks again."
    if before.use == "in use":
        return f"… in use by {before.owner or 'another program'}{steps}."
    outcome = run.outcome or "ended without a word"
    told = far if "failed at" in far else f"{outcome}{steps}"
    when = _minute(run.finished or run.started)
    sign = _SIGNS.get(outcome, "!")
    return f"{sign} Last run{_simulated(before)}, {when}: {told} · i goes on"


def failed_before(before: Status | None) -> str:
    """Return what has failed in earlier programs, where nothing has in this one."""
    if before is None or not (failed := failed_in(before.steps)):
        return "Nothing has failed."
    return (
        f"Nothing has failed since the program started; before, it failed at {failed}. i looks at"
        " the hosts and goes on there; w writes what was said to a file."
    )


def changed_since(work: Work, before: Status | None, text: str) -> tuple[str, ...]:
    """Return which answers of a text are other ones than were installed, or else proven."""
    installed = work.ran or (before.site.text if before else "")
    for known in (installed, work.proved):
        if known and not same_installation(known, text):
            changed = changed_answers(known, text)
            return tuple(str(one) for one in changed if one.path != "acknowledged")
    return ()


def proven(before: Status | None, *, changed: bool) -> str:
    """Return what was proven when; "" if nothing was; `changed` tells that answers are others."""
    if before is None or before.proof is None:
        return ""
    told = f"Proof{_simulated(before)}: {_proof(before)}"
    if before.verdict == "failed":
        return f"✗ {told}; p proves the site again."
    if before.unproven:
        return f"! {told}; {more_since(len(before.unproven))}: p proves it."
    if before.edited or changed:
        return f"! {told}; {CHANGED}"
    return f"✓ {told}; p proves the site again."


def proof_of(work: Work, before: Status | None) -> tuple[Finding, ...]:
    """Return the answers of the last proof: of this program, or else of the one before."""
    if work.proof or work.begun or work.installing or before is None:
        return work.proof
    return _findings(before.answers)


def findings_of(work: Work, before: Status | None) -> tuple[Finding, ...]:
    """Return what preflight was answered: in this program, or else in the one before."""
    return before_findings(work, before) or work.findings


def before_findings(work: Work, before: Status | None) -> tuple[Finding, ...]:
    """Return the answers of an earlier program, as long as nothing was asked in this one."""
    if work.findings or work.looked_at or before is None:
        return ()
    return _findings(before.checked)


def checked(work: Work, before: Status | None) -> str:
    """Return when an earlier program had the answers that are shown; "" if they are new."""
    if before is None or not before_findings(work, before):
        return ""
    return f"{_minute(before.checked[0].time.isoformat())}{_simulated(before)}"


def _findings(answers: Iterable[CheckAnswered]) -> tuple[Finding, ...]:
    known = {verdict.value for verdict in Verdict}
    return tuple(
        Finding(
            check=one.check,
            host=one.host,
            verdict=Verdict(one.verdict),
            question=one.question or one.check,
            seen=one.seen,
            wanted=one.wanted,
            remedy=one.remedy,
        )
        for one in answers
        if one.verdict in known  # what somebody has put into the file is no answer
    )


def left_out_of(work: Work, before: Status | None) -> tuple[TaskLeftOut, ...]:
    """Return what a person left out: in the run of this program, or else in those before."""
    return work.left_out if work.begun or before is None else before.left_out


def _simulated(before: Status) -> str:
    return " on SIMULATED hosts" if before.site.simulated else ""


def _proof(before: Status) -> str:
    return f"{before.verdict} at {_minute(before.proof.time)}" if before.proof else ""


def _minute(time: str) -> str:
    return f"{time[:16].replace('T', ' ')} UTC"
