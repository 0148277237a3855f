"""A site before it is installed, to hand round: answers, warnings, checks and the plan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wizard.run.report_parts import Part, secrets_part, site_part, warnings_part
from wizard.run.report_write import laid_out
from wizard.run.site_page import acknowledgements, open_items
from wizard.run.visible import spelt_lines, visible
from wizard.site.document import read
from wizard.site.secrets_in_text import key_block_problem, secret_paths
from wizard.vault.catalogue import needed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.checks.check import Finding
    from wizard.run.planner import Plan
    from wizard.run.report_write import Format
    from wizard.site.model import Site
    from wizard.site.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReview:
    """What is reviewed before an installation; secrets stand in it by name."""

    site: Site
    path: str
    text: str  # of the site file
    findings: Sequence[Finding] = ()
    plan: Plan | None = None  # None: nobody has looked at the hosts yet
    simulated: bool = False


def review_written(review: SiteReview, form: Format, *, width: int = 100) -> str:
    """Return the review in a format; `width` is that of plain text, in columns."""
    if form == "json":
        return json.dumps(_as_json(review), indent=1) + "\n"
    simulated = " · SIMULATED HOSTS" if review.simulated else ""
    title = f"{review.site.site} · before the installation{simulated}"
    return laid_out(title, review_parts(review), form, width=width)


def unfinished_written(
    problems: Sequence[Problem], path: str, text: str, form: Format, *, width: int = 100
) -> str:
    """Return what can be said of a site file with something wrong in it: that, and its text."""
    shown = text if _may_be_shown(text, path) else ""
    if form == "json":
        told = {
            "format": 1,
            "site": {"name": "", "path": path, "text": shown},
            "problems": [problem.as_dict() for problem in problems],
        }
        return json.dumps(told, indent=1) + "\n"
    title = f"{path} · not finished: {len(problems)} answers are missing or wrong"
    return laid_out(title, unfinished_parts(problems, path, text), form, width=width)


def unfinished_parts(problems: Sequence[Problem], path: str, text: str) -> tuple[Part, ...]:
    """Return the chapters about a site file with something wrong in it."""
    shown = text if _may_be_shown(text, path) else ""
    rows = tuple((f"line {p.line or 1}", p.path, p.seen, p.wanted) for p in problems)
    head = ("where", "answer", "seen", "wanted")
    note = "" if shown else "Its text is not shown: it may hold a secret."
    texts = (("The site file", shown),) if shown else ()
    return (
        Part(id="problems", title="Missing or wrong", head=head, rows=rows),
        Part(id="site", title="Site", note=note, texts=texts),
    )


def _may_be_shown(text: str, path: str) -> bool:
    """Whether the text was read to its end, and no secret stands in it."""
    document = read(text, path)
    if document.problems or key_block_problem(text, path):
        return False
    return not any(secret_paths(document.data))


def review_parts(review: SiteReview) -> tuple[Part, ...]:
    """Return every chapter in the order of reading."""
    return (
        site_part(review.site, review.path, ("The site file", review.text)),
        warnings_part(review.site),
        _secrets(review.site),
        _checks(review.findings),
        _plan(review.plan),
    )


def _secrets(site: Site) -> Part:
    return secrets_part(site, None, datetime.now(UTC), closed="By name.")


def _checks(findings: Sequence[Finding]) -> Part:
    rows = tuple(
        (
            str(one.verdict),
            one.host,
            one.check,
            visible(one.seen.replace("\n", " ")),
            visible(one.wanted),
            visible(one.remedy),
        )
        for one in findings
    )
    note = "" if rows else "The hosts were not asked yet."
    head = ("verdict", "host", "check", "seen", "wanted", "to do")
    return Part(id="checks", title="Checks", note=note, head=head, rows=rows)


def _plan(plan: Plan | None) -> Part:
    if plan is None:
        return Part(id="plan", title="Plan", note="The hosts were not looked at: there is no plan.")
    rows, texts = [], []
    for item in plan.tasks:
        task = item.task
        for change in item.changes:
            rows.append((task.host, task.phase.value, task.title, change.summary))
            if change.diff:
                texts.append(
                    (f"{task.host} · {task.title}: {change.summary}", spelt_lines(change.diff))
                )
        rows += [(task.host, task.phase.value, task.title, f"! {p.seen}") for p in item.problems]
    right = sum(item.empty for item in plan.tasks)
    note = f"Fingerprint {plan.fingerprint}. {right} of {len(plan.tasks)} steps are right already."
    head = ("host", "phase", "step", "what would be done")
    return Part(id="plan", title="Plan", note=note, head=head, rows=tuple(rows), texts=tuple(texts))


def _as_json(review: SiteReview) -> dict[str, object]:
    site, plan = review.site, review.plan
    return {
        "format": 1,
        "simulated": review.simulated,
        "site": {"name": site.site, "path": review.path, "text": review.text},
        "warnings": [
            {"id": name, "sentence": sentence, "acknowledged": state == "acknowledged"}
            for name, sentence, state in acknowledgements(site)
        ],
        "licences_open": [{"item": name, "owner": owner} for name, owner in open_items(site)],
        "secrets": [spec.name for spec in needed(site)],
        "checks": [finding.as_dict() for finding in review.findings],
        "plan": plan.to_json() if plan else None,
        "fingerprint": plan.fingerprint if plan else None,
    }
