"""The one question before anything is installed: which hosts, and what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.worker import WorkerFailed

from screens.apart import apart
from screens.dialogs.confirm import Confirm
from screens.edited import waiting
from screens.state_of import state_path
from screens.work import work_of
from wizard.checks.check import Verdict, worst
from wizard.counted import counted
from wizard.run.plan_text import totals
from wizard.site.layout import unacknowledged

if TYPE_CHECKING:
    from screens.app import SetupApp
    from wizard.run.planner import Plan
    from wizard.site.model import Site


async def look_first(setup: SetupApp) -> bool:
    """Look at the hosts if there is no plan to agree to; whether one may be asked about.

    What is in the way of that look, or of the installation anyway, `begin` says.
    """
    work, site = work_of(setup), setup.draft.site
    ready = work.busy or site is None or unacknowledged(site) or work.due()
    looking = None if ready else work.look()
    if looking is None:
        return True
    try:
        await looking.wait()
    except WorkerFailed:
        return False  # a defect: the application tells of it
    if work.stop.cancelled or work.error:
        return False  # a person knows of the one, and the screen tells of the other
    said = ""
    if work.due() is None and worst(work.findings) is Verdict.FAILED:
        said = "Checks failed: Preflight lists them. Correct what it says, then i looks again."
    elif setup.here != "install":
        # Nobody waits for the question any more: it would come up over something else.
        said = "The hosts were looked at: Review shows the plan, i under Install asks for it."
    if said:
        setup.notify(said, title="Not yet", severity="warning", markup=False)
    return not said


async def begin(setup: SetupApp) -> bool:
    """Ask, save the site file, and begin to install; whether it was begun.

    To be run as a worker of the application: the screen it was asked from goes away.
    """
    work = work_of(setup)
    if why := _not_yet(setup):
        setup.notify(why, title="Not yet", severity="warning", markup=False)
        return False
    site, plan = setup.draft.site, work.plan
    if site is None or plan is None:
        return False
    answers = [("no", "Not now"), ("yes", "Install")]
    asked = Confirm(f"Install {site.site}?", consent(site, plan), answers)
    if await setup.push_screen_wait(asked) != "yes":
        return False
    if setup.draft.dirty and not await setup.save():
        return False
    loaded = setup.draft.loaded()
    if loaded is None or setup.draft.path is None:
        return False
    work.agreed = plan.fingerprint
    # The text that was looked at is the one that was saved: saving changes no letter of it.
    state = state_path(loaded, simulated=work.simulated)
    command = "resume" if await apart(state.exists) else "apply"
    work.install(loaded, command=command)
    if setup.here != "install":
        await setup.go("install")
    return True


def consent(site: Site, plan: Plan) -> str:
    """Return what one agrees to: every host with what is done there."""
    lines = [f"On {len(site.hosts)} hosts, as {site.ssh.user}:", ""]
    counts = {name: sum(len(t.changes) for t in tasks) for name, tasks in plan.hosts().items()}
    for host in site.hosts:
        roles = ", ".join(role.value for role in host.roles)
        changes = counted(counts.get(host.name, 0), "change")
        lines.append(f"  {host.name} ({host.address}): {roles} · {changes}")
    database, app = site.database, site.application
    lines += [
        "",
        f"PostgreSQL {database.version}, Node.js {app.node}, {site.load_balancer.kind.value},",
        f"cache: {site.cache.kind.value}, storage: {site.storage.kind.value},",
        f"MinusNow from {app.release}",
        "",
        totals(plan),
        f"Afterwards users open {site.base_url}",
    ]
    return "\n".join(lines)


def _not_yet(setup: SetupApp) -> str:
    work, site = work_of(setup), setup.draft.site
    if work.busy:
        return f"Busy: {work.busy}."
    if site is None:
        return "Something is still missing: F4 lists it."
    if left := [*(one.id for one in unacknowledged(site)), *(one.name for one in waiting(work))]:
        return f"Not accepted yet, under Review: {', '.join(left)}."
    if (plan := work.due()) is None:
        return "Look at the hosts first (l under Review): the plan is what you agree to."
    if plan.problems:
        first = plan.problems[0]
        return f"{first.host}: {first.seen} {first.remedy}"
    return ""
