"""Signs at the side for Preflight, Install and Done: what the run knows, not who was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.checks.check import Verdict, worst

if TYPE_CHECKING:
    from screens.work import Work
    from wizard.run.status import Status

GOOD, BAD, AGAIN, OPEN = ("✓", "green"), ("✗", "red"), ("!", "yellow"), ("·", "")
PLACES = ("preflight", "install", "done")


def run_sign(
    place: str, work: Work | None, text: str, before: Status | None = None
) -> tuple[str, str]:
    """Return sign and style of one of these places; `text` is the site file as it is now.

    `before` is what the state file tells of what earlier programs did.
    """
    if work is None:
        return OPEN
    if place == "preflight":
        return _checked(work)
    return _installed(work, text) if place == "install" else _proven(work, text, before)


def _checked(work: Work) -> tuple[str, str]:
    if not work.findings:
        return OPEN
    if not work.current():
        return AGAIN
    return BAD if worst(work.findings) is Verdict.FAILED else GOOD


def _installed(work: Work, text: str) -> tuple[str, str]:
    if work.installing or not (work.result or work.unfinished):
        return OPEN
    from wizard.site.changed_answers import same_installation  # noqa: PLC0415 - start-up time

    outcome = work.result.outcome if work.result else ""
    if outcome == "failed":
        return BAD
    return GOOD if outcome == "done" and same_installation(work.ran, text) else AGAIN


def _proven(work: Work, text: str, before: Status | None) -> tuple[str, str]:
    if not work.proof:
        return OPEN
    from screens.before import changed_since  # noqa: PLC0415 - start-up time

    if worst(work.proof) is Verdict.FAILED:
        return BAD
    return AGAIN if changed_since(work, before, text) else GOOD
