"""One run of the whole: preflight, plan, consent, apply, proof; and how it is told."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from wizard.checks.check import Verdict, worst
from wizard.checks.table import as_table
from wizard.cli import streams
from wizard.cli.keyring_options import can_ask
from wizard.cli.signals import typed_line
from wizard.cli.streams import say
from wizard.errors import Cancelled, SetupError, SiteError, StateError
from wizard.run.earlier import earlier_in, earlier_text
from wizard.run.edited import KEPT, edited_in
from wizard.run.events import RunFinished
from wizard.run.graph import Graph
from wizard.run.host_lock import claim_for
from wizard.run.plan_text import plan_text
from wizard.run.proving import needs_drills
from wizard.run.recorded import begun
from wizard.run.session import skipped_in
from wizard.run.skips import skip_of
from wizard.site.changed_answers import changed_answers

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from wizard.checks.check import Finding
    from wizard.cli.job import Job
    from wizard.run.earlier import EarlierSteps
    from wizard.run.events import TaskLeftOut
    from wizard.run.planner import Plan
    from wizard.run.runner import RunResult
    from wizard.run.state import StateFile

DONE, FAILED, CANCELLED = 0, 1, Cancelled.exit_status


def run_to_end(args: argparse.Namespace, job: Job, state: StateFile, *, command: str) -> int:
    """Do everything that leads to a proven site; return the exit status.

    Raises: SetupError for what stops it before anything was changed.
    """
    job.record_in(state)
    site = job.site.site
    try:
        with begun(job.bus, site, command):
            job.installation.claim = claim_for(
                site, command, state=state, break_lock=args.break_lock
            )
            return _run(args, job, state)
    except Cancelled:
        say(f"Cancelled. Go on with: {_resume(state)}")
        return CANCELLED
    except StateError:
        raise
    except SetupError:
        say(f"Stopped; what was done is kept. Go on with: {_resume(state)}")
        raise
    finally:
        job.bus.close()


def _run(args: argparse.Namespace, job: Job, state: StateFile) -> int:
    work = job.installation
    work.reach()
    findings = work.preflight()
    if worst(findings) is Verdict.FAILED:
        show(args, findings)
        job.bus.publish(RunFinished(outcome="failed"))
        say("Preflight failed; nothing was changed. Correct what is listed and run it again.")
        return FAILED
    plan = work.plan()
    changed = changed_answers(state.records.site().text, job.loaded.text)
    earlier = earlier_in(state.records, plan, job.loaded.text)
    if earlier:
        job.bus.publish(earlier)
    skips = dict(args.skip)
    skipped = skipped_in(plan, skips)
    work.replace_edited = frozenset(args.replace_edited)
    work.agreed_unread = args.yes
    if (changed or not plan.empty) and not _agreed(args, job, plan, skipped, earlier):
        job.bus.publish(RunFinished(outcome="cancelled"))
        say("Nothing was changed.")
        return CANCELLED
    # What is refused, or held by another run, stays what the state file has it as: only then does
    # `resume` go on once the site file is as it was.
    result = work.apply(
        keep_going=args.keep_going,
        skips=skips,
        begin=lambda: state.replace_site(job.loaded.text, path=str(job.loaded.path.absolute())),
    )
    if result.outcome == "cancelled":
        say(f"Cancelled. Go on with: {_resume(state)}")
        return CANCELLED
    if result.failures:
        say("A step failed. See above what to do, then go on with `minusnow-setup resume`.")
        _say_skips(plan, result, state)
        return FAILED
    unproven = state.records.unproven()
    if not unproven and args.drills != "always":
        say(f"Nothing changed. To prove the site again: minusnow-setup prove {job.loaded.path}")
        return DONE
    drills = args.drills == "always" or (args.drills == "auto" and needs_drills(unproven))
    proof = work.prove(drills=drills, after_changes=bool(unproven))
    show(args, proof, everything=True)
    return FAILED if worst(proof) is Verdict.FAILED else DONE


def _say_skips(plan: Plan, result: RunResult, state: StateFile) -> None:
    """Say which of the failed steps may be left out, and what follows then."""
    graph = Graph([item.task for item in plan.tasks])
    for failure in result.failures:
        skip = skip_of(graph, failure.task, result.left_out)
        if not skip.refused:
            say(
                f"{failure.task} may be skipped, for a reason that is kept: {_resume(state)}"
                f" --skip '{skip.task}=REASON'. {skip.follows}"
            )


def _agreed(
    args: argparse.Namespace,
    job: Job,
    plan: Plan,
    skipped: Sequence[TaskLeftOut],
    earlier: EarlierSteps | None,
) -> bool:
    """Show the plan, with what earlier runs left, and ask once; hosts are named in the question."""
    if args.yes:
        return True
    if not can_ask() or not sys.stdin.isatty():
        raise SiteError(
            "there is no terminal to ask for consent",
            remedy="Look at `minusnow-setup plan SITE` and run it with --yes.",
        )
    if earlier:
        print(earlier_text(earlier, plan))
    print(plan_text(plan))
    for event in skipped:
        print(f"Skipped: {event.host} · {event.title}: {event.reason}. {event.follows}".rstrip())
    hosts = ", ".join(f"{host.name} ({host.address})" for host in job.site.hosts)
    print(f"Hosts: {hosts}")
    if not _edited_agreed(job, plan, skipped):
        return False
    return typed_line("Install MinusNow as shown above? [yes/no] ", job.stop) == "yes"


def _edited_agreed(job: Job, plan: Plan, skipped: Sequence[TaskLeftOut]) -> bool:
    """Ask for each file that somebody edited by hand whether it may be replaced."""
    work = job.installation
    for each in edited_in(plan, [event.task for event in skipped]):
        if each.name not in work.replace_edited:
            print(f"{each.host}: {each}. The edited version is kept in {KEPT} there.")
            if typed_line(f"Replace {each.path} on {each.host}? [yes/no] ", job.stop) != "yes":
                return False
            work.replace_edited |= {each.name}
    return True


def show(
    args: argparse.Namespace, findings: Sequence[Finding], *, everything: bool = False
) -> None:
    """Print findings as a table, unless programs read along."""
    if not args.json:
        width = min(shutil.get_terminal_size().columns, 120)
        streams.show(as_table(findings, width, everything=everything))


def _resume(state: StateFile) -> str:
    return f"minusnow-setup resume --state {state.path}"
