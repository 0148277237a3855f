"""Done: what was proven, where things are, what stays open, and what to do next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.widgets import DataTable

from screens.apart import apart
from screens.before import (
    CHANGED,
    changed_since,
    findings_of,
    left_out_of,
    proof_of,
    proven,
    read_before,
)
from screens.dialogs.confirm import Confirm
from screens.dialogs.reading import Reading
from screens.preflight import SIGNS, in_full
from screens.report_file import write_report
from screens.state_of import state_path
from screens.step import Step
from screens.widgets.plain import Plain, clean
from screens.work import work_of
from wizard.checks.check import Verdict
from wizard.checks.table import summary
from wizard.run.report import gather
from wizard.run.report_write import table, written
from wizard.run.site_page import acknowledgements, open_items
from wizard.site.renewals import renewals

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screens.work import Work
    from wizard.checks.check import Finding
    from wizard.run.report_write import Format
    from wizard.run.status import Status
    from wizard.site.file import LoadedSite

_LINES = 500  # of each step's output that stand in a report; all are in the state file
_MOST = 6  # changed answers that are listed
_GONE = "simulated ones, in memory: gone when the program ends"
_ORDER = (Verdict.FAILED, Verdict.WARNING, Verdict.SKIPPED, Verdict.OK)


class DoneStep(Step):
    """The proof, and what a person takes away."""

    HELP = (
        "Each line is something the installed site promises, asked of the site itself. Enter shows"
        " a line in full, and why one was skipped. p proves the site again: with drills an app"
        " server and a balancer are stopped for a moment to see that the site goes on.\n\n"
        "Beside it: addresses, where the secrets are, what is still open, and the commands for"
        " later. w writes the report of everything that was done, by whom, with every proof, to a"
        " file: a name that ends with .html, .md, .json or .txt."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "prove", "Prove", tooltip="Prove the site again"),
        Binding("w", "report", "Write report", tooltip="As HTML, Markdown, JSON or text"),
        Binding(
            "enter", "evidence", "Evidence", tooltip="The line at the cursor, whole", show=False
        ),
        Binding("s", "stop", "Stop", tooltip="End the proof that is running", show=False),
    ]
    SCOPED_CSS: ClassVar[bool] = False  # a rule for wide terminals begins above this widget
    DEFAULT_CSS: ClassVar[str] = """
    DoneStep .said { height: auto; max-height: 3; text-style: bold; }
    DoneStep .halves { height: 1fr; }
    DoneStep DataTable { height: 1fr; background: transparent; }
    DoneStep .after { height: 1fr; border-top: solid $panel; }
    .-wide DoneStep .halves { layout: horizontal; }
    .-wide DoneStep DataTable { width: 3fr; height: 1fr; }
    .-wide DoneStep .after { width: 2fr; height: 1fr; border-top: none;
        border-left: solid $panel; padding-left: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._listed: tuple[Finding, ...] = ()
        self._drawn: tuple[Finding, ...] | None = None

    def compose(self) -> ComposeResult:
        """The verdict, the table, and what comes after."""
        yield Plain(classes="said")
        with Container(classes="halves"):
            found: DataTable[Text] = DataTable(cursor_type="row")
            yield found
            with VerticalScroll(classes="after"):
                yield Plain()

    def on_mount(self) -> None:
        """Show it."""
        self.live_changed()
        self.query_one(DataTable).focus()
        read_before(self.setup)

    def on_resize(self) -> None:
        """Words are as wide as there is room."""
        self.live_changed()

    def draft_changed(self) -> None:
        """What stays open may have changed."""
        self.live_changed()

    def live_changed(self) -> None:
        """Show what is proven by now."""
        work, loaded = work_of(self.setup), self.draft.loaded()
        # What an earlier program did is not in memory: the state file tells it.
        before = self.setup.live.before
        proof = proof_of(work, before)
        self.query_one(".said", Plain).say(verdict(work, before, self.draft.text))
        width = max(self.query_one(".after").size.width - 2, 30)
        vault = self.setup.live.vault
        kept = vault.place if vault else "the keyring of this machine"
        lines = afterwards(work, loaded, width, kept=kept, before=before) if loaded else []
        self.query_one(".after Plain", Plain).say("\n".join(lines))
        if self._drawn != proof:
            self._drawn = proof
            self._draw(proof)

    def _draw(self, proof: tuple[Finding, ...]) -> None:
        found = self.query_one(DataTable)
        found.clear(columns=True)
        for title in ("", "Host", "What was asked", "Seen"):
            found.add_column(title)
        self._listed = tuple(one for v in _ORDER for one in proof if one.verdict is v)
        for one in self._listed:
            sign, style = SIGNS[one.verdict]
            cells = (sign, one.host, one.question, one.seen.replace("\n", " "))
            found.add_row(*(Text(clean(cell), style=style, no_wrap=True) for cell in cells))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Show a line in full."""
        event.stop()
        self.action_evidence()

    def action_evidence(self) -> None:
        """Show the line at the cursor in full."""
        row = self.query_one(DataTable).cursor_row
        if row < len(self._listed):
            found = self._listed[row]
            self.setup.push_screen(Reading(f"{found.check} · {found.host}", in_full(found)))
        else:
            self.setup.notify("Nothing was proven yet: p proves the site.", markup=False)

    def action_prove(self) -> None:
        """Prove the site again."""
        self.run_worker(self._prove(), exclusive=True, group="dialog")

    async def _prove(self) -> None:
        work = work_of(self.setup)
        if work.busy or self.draft.site is None:
            self.setup.notify(f"Busy: {work.busy}." if work.busy else "F4 lists what is missing.")
            return
        question = Confirm(
            "Prove the site",
            "Without drills nobody notices. With drills an app server and a balancer are stopped"
            " for a moment, one after the other, and started again.",
            [("no", "Without drills"), ("yes", "With drills")],
        )
        answer = await self.setup.push_screen_wait(question)
        if answer:
            work.prove(drills=answer == "yes")

    def action_report(self) -> None:
        """Write the report of everything that was done to a file."""
        self.run_worker(self._report(), exclusive=True, group="dialog")

    async def _report(self) -> None:
        loaded, work = self.draft.loaded(), work_of(self.setup)
        state = state_path(loaded, simulated=work.simulated) if loaded else None
        if loaded is None or state is None or not await apart(state.exists):
            self.setup.notify("Nothing was installed yet: there is no report.", markup=False)
            return

        def make(form: Format) -> str:
            return written(gather(state, lines=_LINES), form)

        suggested = loaded.path.with_name(f"{loaded.site.site}-report.html")
        await write_report(self.setup, "Write the report to", suggested, make)

    def action_stop(self) -> None:
        """End the proof."""
        work_of(self.setup).cancel()


def verdict(work: Work, before: Status | None, text: str) -> str:
    """Return in a sentence what was proven; `before` is what the state file tells of it.

    `text` is the site file as it is now.
    """
    if work.busy:
        return f"… {work.busy}"
    if work.error:
        return f"✗ {work.error}"
    changed = bool(changed_since(work, before, text))
    if not work.proof:
        return proven(before, changed=changed) or (
            "Nothing was proven since the program started; p proves the site now."
        )
    failed = any(one.verdict is Verdict.FAILED for one in work.proof)
    if changed and not failed:
        simulated = " on SIMULATED hosts" if work.simulated else ""
        return f"! Proof{simulated}: {summary(work.proof)}; {CHANGED}"
    held = "Walked through: nothing is installed, the hosts are simulated"
    held = held if work.simulated else "The site is installed and proven"
    sign = "✗ Not everything holds" if failed else f"✓ {held}"
    return f"{sign}: {summary(work.proof)}"


def afterwards(
    work: Work, loaded: LoadedSite, width: int, *, kept: str, before: Status | None = None
) -> list[str]:
    """Return what a person takes away, as lines; `kept` says where the secrets are.

    `before` is what the state file tells of what earlier programs did.
    """
    site, path = loaded.site, loaded.path
    state = state_path(loaded, simulated=work.simulated)
    rows = [("Users open", site.base_url)]
    if site.networking.virtual_ip is not None:
        rows.append(("Virtual IP", str(site.networking.virtual_ip)))
    rows += [(host.name, host.address) for host in site.hosts]
    rows += [
        ("Site file", str(path)),
        ("State file", str(state)),
        ("Secrets", _GONE if work.simulated else f"in {kept}, never shown"),
    ]
    lines = ["Where things are", *table(rows, width)]
    still = [
        (f"» {one.title}", f"{one.host}: skipped by {one.operator}: {one.reason}. {one.follows}")
        for one in left_out_of(work, before)
        if not one.along_with
    ]
    if changed := changed_since(work, before, loaded.text):
        more = f"; and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
        still.append(("! not installed", f"{'; '.join(changed[:_MOST])}{more}"))
    still += [(f"! {name}", text) for name, text, _ in acknowledgements(site)]
    today = datetime.now(UTC).date()
    still += [("! licence", one.sentence) for one in renewals(site, today)]
    still += [(f"· licence: {name}", f"open, owner: {owner}") for name, owner in open_items(site)]
    still += [
        (f"! {one.check}", f"{one.host}: {one.seen}")
        for one in (*findings_of(work, before), *proof_of(work, before))
        if one.verdict is Verdict.WARNING
    ]
    lines += ["", f"What stays open: {len(still)}", *table(still, width)]
    if work.simulated:
        look = f"minusnow-setup review --state {state}"
        commands = [("what was done", look), ("on real hosts", f"minusnow-setup wizard {path}")]
        return [*lines, "", "Commands for later", *table(commands, width)]
    commands = [
        ("prove it again", f"minusnow-setup prove {path}"),
        ("what was done", f"minusnow-setup review --state {state}"),
        ("as a report", f"minusnow-setup review --state {state} --format html > report.html"),
        ("after a change", f"minusnow-setup apply {path} --state {state}"),
        ("if it stopped", f"minusnow-setup resume --state {state}"),
        ("which secrets", f"minusnow-setup secret list {path}"),
    ]
    return [*lines, "", "Commands for later", *table(commands, width)]
