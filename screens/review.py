"""Review: the whole site on one page, its warnings, and what would change on each host."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll

from screens.begin import begin
from screens.dialogs.ask_text import AskText
from screens.dialogs.pick import Pick
from screens.edited import option as edited_option
from screens.edited import waiting as edited
from screens.report_file import write_report
from screens.step import Step
from screens.widgets.plain import Plain
from screens.widgets.text_log import TextLog
from screens.work import work_of
from wizard.counted import counted
from wizard.run.plan_text import plan_text, totals
from wizard.run.planner import Plan
from wizard.run.report_write import table
from wizard.run.site_page import acknowledgements, host_rows, open_items, site_rows
from wizard.run.site_report import SiteReview, review_written
from wizard.site.layout import unacknowledged, warnings
from wizard.vault.catalogue import needed

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screens.work import Work
    from wizard.site.model import Site

_NARROW = 30  # columns, before there is a layout


class ReviewStep(Step):
    """One page about everything, and below or beside it the plan."""

    HELP = (
        "Everything that was answered, on one page; passwords and keys stand by name. Each warning"
        " of the layout has to be read and accepted once with a; what is accepted is written into"
        " the site file. A file that somebody edited by hand on a host is replaced only once that"
        " was accepted, too.\n\n"
        "l looks at all hosts and shows the plan: every file, package, service and account that"
        " would change, as differences. Nothing is changed by looking. h shows one host after the"
        " other, / searches, n goes to the next place found. ctrl+s saves the site file; w writes"
        " all of this, the checks and the plan to a file that can be handed round. i begins the"
        " installation, after one question that names hosts and what will be installed."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "look", "Look & plan", tooltip="Connect to all hosts and show the plan"),
        Binding("a", "accept", "Accept", tooltip="Read a warning and accept it"),
        Binding("h", "host", "Host", tooltip="Show the plan of the next host"),
        Binding("slash", "search", "Search", key_display="/", tooltip="Search in the plan"),
        Binding("n", "again", "Next found", tooltip="Next place found", show=False),
        Binding("w", "export", "Export", tooltip="As HTML, Markdown, JSON or text, to hand round"),
        Binding("i", "install", "Install", tooltip="Begin to install, after one question"),
    ]
    SCOPED_CSS: ClassVar[bool] = False  # a rule for wide terminals begins above this widget
    DEFAULT_CSS: ClassVar[str] = """
    ReviewStep .halves { height: 1fr; }
    ReviewStep .page { height: 1fr; }
    ReviewStep .changes { height: 1fr; border-top: solid $panel; }
    ReviewStep .said { height: auto; max-height: 4; text-style: bold; }
    .-wide ReviewStep .halves { layout: horizontal; }
    .-wide ReviewStep .page { width: 1fr; height: 1fr; padding-right: 1; }
    .-wide ReviewStep .changes { width: 1fr; height: 1fr; border-top: none;
        border-left: solid $panel; padding-left: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._host = ""  # "" shows all of them
        self._shown: tuple[object, str] | None = None

    def compose(self) -> ComposeResult:
        """The page and the plan."""
        with Container(classes="halves"):
            with VerticalScroll(classes="page"):
                yield Plain()
            with Vertical(classes="changes"):
                yield Plain(classes="said")
                yield TextLog(diff=True)

    def on_mount(self) -> None:
        """Show it."""
        self.query_one(TextLog).follow(on=False)
        self.draft_changed()
        self.query_one(".page").focus()

    def on_resize(self) -> None:
        """The page is as wide as there is room."""
        self.draft_changed()

    def blocked(self) -> str:
        """Warnings come first."""
        site = self.draft.site
        waiting = unacknowledged(site) if site else ()
        found = [one.id for one in waiting] + [each.name for each in edited(work_of(self.setup))]
        names = ", ".join(found)
        return f"Not accepted yet: {names}. Read and accept them with a." if found else ""

    def draft_changed(self) -> None:
        """Write the page anew."""
        width = max(self.query_one(".page").size.width - 2, _NARROW)
        site = self.draft.site
        self.query_one(".page Plain", Plain).say(
            "\n".join(page(site, width)) if site else "Something is still missing: F4 lists it."
        )
        self.live_changed()

    def live_changed(self) -> None:
        """Say how the look at the hosts goes; show the plan once there is one."""
        work = work_of(self.setup)
        said = self.query_one(".said", Plain)
        plan = work.due()
        if work.busy:
            said.say(f"… {work.busy}")
        elif work.error:
            said.say(f"✗ {work.error}")
        elif plan:
            host = f" · {self._host} only" if self._host else ""
            said.say(f"{totals(plan)}{host}")
        elif work.current() and work.plan and work.plan is work.begun:
            said.say(f"{after(work)} l looks at the hosts again.")
        elif work.findings and work.current():
            failed = sum(one.verdict.value == "failed" for one in work.findings)
            checks = counted(failed, "check")
            said.say(f"✗ {checks} failed: Preflight lists them; there is no plan yet.")
        else:
            said.say("l looks at the hosts and shows what would change; it changes nothing.")
        if self._shown != (plan, self._host):
            self._shown = (plan, self._host)
            self._write(plan)

    def _write(self, plan: Plan | None) -> None:
        host = self._host

        def work() -> None:
            chosen = plan
            if plan and host:
                chosen = Plan(tasks=tuple(one for one in plan.tasks if one.task.host == host))
            lines = plan_text(chosen).splitlines() if chosen else []
            self.app.call_from_thread(self._written, lines)

        self.run_worker(work, thread=True, exclusive=True, group="diff")

    def _written(self, lines: list[str]) -> None:
        if self.is_mounted:
            log = self.query_one(TextLog)
            log.replace(lines)
            log.scroll_home(animate=False)

    def action_look(self) -> None:
        """Look at all hosts."""
        if self.draft.site is None:
            self.setup.notify("Something is still missing: F4 lists it.", markup=False)
        else:
            work_of(self.setup).look()

    def action_host(self) -> None:
        """Show the plan of the next host, after the last one all of them."""
        if work_of(self.setup).due() is None:
            words = "There is no plan yet: l looks at the hosts and shows it, then h one by one."
            self.setup.notify(words, markup=False)
            return
        names = ["", *(host.name for host in self.draft.site.hosts)] if self.draft.site else [""]
        place = names.index(self._host) if self._host in names else 0
        self._host = names[(place + 1) % len(names)]
        self.live_changed()

    def action_accept(self) -> None:
        """Read one warning and accept it."""
        self.run_worker(self._accept(), exclusive=True, group="dialog")

    async def _accept(self) -> None:
        site = self.draft.site
        while site and (waiting := unacknowledged(site)):
            options = [
                (one.id, f"! {one.rule.sentence} ({one.seen})", f"{one.rule.reason}")
                for one in waiting
            ]
            title = f"{counted(len(waiting), 'warning')} to accept"
            words = "Enter accepts the one at the cursor; the site file keeps that it was read."
            picked = await self.setup.push_screen_wait(Pick(title, words, options))
            if not picked:
                return
            known = dict.fromkeys((*site.acknowledged, picked))
            self.setup.change({"acknowledged": list(known)})
            site = self.draft.site
        replaced = await self._accept_edited()
        if site and replaced is not None:
            beside = f" To be replaced: {counted(replaced, 'edited file')}." if replaced else ""
            said = f"{counted(len(warnings(site)), 'warning')}, all accepted.{beside}"
            self.setup.notify(said, markup=False)

    async def _accept_edited(self) -> int | None:
        """Have each edited file accepted; return how many are, None if one is not."""
        work = work_of(self.setup)
        while left := edited(work):
            title = f"{counted(len(left), 'file')} edited by hand"
            words = "Enter accepts that the one at the cursor is replaced; the plan shows how."
            options = [edited_option(one) for one in left]
            picked = await self.setup.push_screen_wait(Pick(title, words, options))
            if not picked:
                return None
            work.replace_edited |= {picked}
        return len(work.replace_edited)

    def action_search(self) -> None:
        """Search in the plan."""
        self.run_worker(self._search(), exclusive=True, group="dialog")

    async def _search(self) -> None:
        word = await self.setup.push_screen_wait(AskText("Search", "In the plan."))
        if word and not self.query_one(TextLog).search(word):
            self.setup.notify("Not found.", markup=False)

    def action_again(self) -> None:
        """The next place found."""
        self.query_one(TextLog).next_match()

    def action_export(self) -> None:
        """Write the page, the checks and the plan to a file."""
        loaded, work = self.draft.loaded(), work_of(self.setup)
        if loaded is None:
            self.setup.notify("Something is still missing: F4 lists it.", markup=False)
            return
        current = work.current()
        review = SiteReview(
            site=loaded.site,
            path=self.draft.name,
            text=loaded.text,
            findings=work.findings if current else (),
            plan=work.due(),
            simulated=work.simulated,
        )
        asked = write_report(
            self.setup,
            "Export the review to",
            loaded.path.with_name(f"{loaded.site.site}-review.html"),
            lambda form: review_written(review, form),
        )
        self.run_worker(asked, exclusive=True, group="dialog")

    def action_install(self) -> None:
        """Begin to install."""
        if why := self.blocked():
            self.setup.notify(why, severity="error", markup=False)
        else:
            self.setup.run_worker(begin(self.setup), exclusive=True, group="dialog")


def after(work: Work) -> str:
    """Return what became of the plan that was shown here."""
    outcome = work.result.outcome if work.result else ""
    if outcome == "done":
        return "✓ The plan was carried out: nothing of it is left to do."
    return "! The plan was carried out in part: Install shows how far."


def page(site: Site, width: int) -> list[str]:
    """Return everything that was decided as lines; secrets stand by name."""
    lines = [*table(site_rows(site), width), "", "Hosts"]
    lines += table(host_rows(site), width)
    found = acknowledgements(site)
    lines += ["", f"Warnings: {len(found)}"]
    for name, sentence, state in found:
        sign = "✓" if state == "acknowledged" else "!"
        lines += table([(f"{sign} {name}", f"{sentence} · {state}")], width)
    waiting = open_items(site)
    if waiting:
        lines += ["", f"Licence checklist, open: {len(waiting)} of 8"]
        lines += table(waiting, width)
    names = ", ".join(spec.name for spec in needed(site))
    return [*lines, "", "Secrets, kept in the keyring", *table([(names,)], width)]
