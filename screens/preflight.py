"""Preflight: every answer of every host; what failed comes with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable

from screens.before import checked, findings_of, read_before
from screens.step import Step
from screens.widgets.plain import Plain, clean
from screens.work import work_of
from wizard.checks.check import Verdict, worst
from wizard.checks.table import summary

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from wizard.checks.check import Finding

SIGNS = {
    Verdict.OK: ("✓", "green"),
    Verdict.WARNING: ("!", "yellow"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.SKIPPED: ("–", "dim"),
}
# What is shown, one after the other with f: everything, what failed, what is not right.
_SHOWN: tuple[tuple[str, tuple[Verdict, ...]], ...] = (
    ("", tuple(SIGNS)),
    (" · only what failed", (Verdict.FAILED,)),
    (" · only what failed and what is warned of", (Verdict.FAILED, Verdict.WARNING)),
)


class PreflightStep(Step):
    """A table of findings, and the one at the cursor in full."""

    HELP = (
        "Everything that can be known before anything is changed: can the installer log in, are"
        " the machines big enough and different ones, are clocks right, ports free, packages to be"
        " had, and does every host reach those it has to talk to.\n\n"
        "✗ has to be put right before the installation begins, ! should be, – was skipped. Below"
        " the table stand what was seen, or why it was skipped, what is wanted, and what to do.\n\n"
        "r asks all hosts again. After a repair that touched one host, a asks the check at the"
        " cursor again on its host, and o everything about that host; all other answers stay. f"
        " shows only what failed, then warnings too, then everything; h one host after the other."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again", "Run all", tooltip="Ask all hosts again"),
        Binding("a", "one", "Run this", tooltip="Ask the check at the cursor again on its host"),
        Binding("o", "one_host", "Run host", tooltip="Ask the host at the cursor again"),
        Binding("f", "filter", "Only failed", tooltip="Only what failed; then all not right; all"),
        Binding("h", "host", "Host", tooltip="Show one host after the other"),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    PreflightStep .said { height: auto; max-height: 4; text-style: bold; }
    PreflightStep DataTable { height: 1fr; background: transparent; }
    PreflightStep .one { height: auto; max-height: 9; border-top: solid $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._filter = 0  # of _SHOWN
        self._host = ""
        self._listed: tuple[Finding, ...] = ()
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        """A sentence, the table, the finding at the cursor."""
        yield Plain(classes="said")
        table: DataTable[Text] = DataTable(cursor_type="row")
        yield table
        with Vertical(classes="one"):
            yield Plain()

    def on_mount(self) -> None:
        """Show what is known; nothing is asked of a host before a person wants it."""
        self.live_changed()
        self.query_one(DataTable).focus()
        read_before(self.setup)

    def draft_changed(self) -> None:
        """Answers about another site file are no longer shown as if they were about this one."""
        self.live_changed()

    def blocked(self) -> str:
        """What failed has to be put right first."""
        work = work_of(self.setup)
        if work.current() and not work.busy and worst(work.findings) is Verdict.FAILED:
            return "Checks failed: correct what is listed and run it again with r."
        return ""

    def live_changed(self) -> None:
        """Show what is known by now."""
        self.query_one(".said", Plain).say(self._words())
        state = (self._findings(), self._filter, self._host)
        if self._drawn != state:
            self._drawn = state
            self._draw()

    def _findings(self) -> tuple[Finding, ...]:
        """The answers of this program, or else those that the state file tells."""
        return findings_of(work_of(self.setup), self.setup.live.before)

    def _words(self) -> str:
        work, findings = work_of(self.setup), self._findings()
        if work.busy:
            return f"… {work.busy}"
        if work.error:
            return f"✗ {work.error}"
        if not findings:
            return "Nothing was asked yet: r asks all hosts."
        stale = "" if work.current() else " · the site file was changed since: r asks again"
        if earlier := checked(work, self.setup.live.before):
            stale = f" · as of {earlier}: r asks again"
        where = f" · {self._host}" if self._host else ""
        only, _ = _SHOWN[self._filter]
        ready = " · ^n goes on" if work.plan and not stale else ""
        return f"{summary(findings)}{where}{only}{stale or ready}"

    def _draw(self) -> None:
        table = self.query_one(DataTable)
        before = self._at_cursor()
        table.clear(columns=True)
        for title in ("", "Host", "Check", "Seen"):
            table.add_column(title)
        order = [Verdict.FAILED, Verdict.WARNING, Verdict.OK, Verdict.SKIPPED]
        self._listed = tuple(
            one
            for verdict in order
            for one in self._findings()
            if one.verdict is verdict
            and verdict in _SHOWN[self._filter][1]
            and self._host in {"", one.host}
        )
        for one in self._listed:
            sign, style = SIGNS[one.verdict]
            seen = clean(one.seen.replace("\n", " "))
            cells = (sign, one.host, one.check, seen)
            table.add_row(*(Text(cell, style=style, no_wrap=True) for cell in cells))
        # After a check was asked again the cursor is where it was: at that check.
        names = [(one.host, one.check) for one in self._listed]
        here = (before.host, before.check) if before else ("", "")
        place = names.index(here) if here in names else 0
        table.move_cursor(row=place)
        self._show(place)

    def _at_cursor(self) -> Finding | None:
        place = self.query_one(DataTable).cursor_row
        return self._listed[place] if place < len(self._listed) else None

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Show the finding at the cursor in full."""
        event.stop()
        self._show(event.cursor_row)

    def _show(self, place: int) -> None:
        found = self._listed[place] if place < len(self._listed) else None
        self.query_one(".one Plain", Plain).say(in_full(found) if found else self._none())

    def _none(self) -> str:
        """Why the table is empty."""
        if not self._findings():
            return ""
        also = " and nothing is warned of" if Verdict.WARNING in _SHOWN[self._filter][1] else ""
        where = f" on {self._host}" if self._host else ""
        return f"✓ Nothing failed{also}{where}. f shows more of the answers, at last all of them."

    def action_again(self) -> None:
        """Ask all hosts again."""
        if self.draft.site is None:
            self.setup.notify("Something is still missing: F4 lists it.", markup=False)
        else:
            work_of(self.setup).look()

    def action_one(self) -> None:
        """Ask the check at the cursor again on its host."""
        if found := self._at_cursor():
            self._ask_again(found.host, found.check)

    def action_one_host(self) -> None:
        """Ask everything about the host at the cursor again."""
        if found := self._at_cursor():
            self._ask_again(found.host)

    def _ask_again(self, host: str, check: str = "") -> None:
        if self.draft.site is None:
            self.setup.notify("Something is still missing: F4 lists it.", markup=False)
        else:
            work_of(self.setup).ask_again(host, check)

    def action_filter(self) -> None:
        """Only what failed, then what is warned of too, then everything."""
        self._filter = (self._filter + 1) % len(_SHOWN)
        self.live_changed()

    def action_host(self) -> None:
        """The next host, after the last one all of them."""
        names = ["", *dict.fromkeys(one.host for one in self._findings())]
        place = names.index(self._host) if self._host in names else 0
        self._host = names[(place + 1) % len(names)]
        self.live_changed()


def in_full(finding: Finding) -> str:
    """Return one finding: the question, what was seen, what is wanted, what to do."""
    sign, _ = SIGNS[finding.verdict]
    seen = "Why not" if finding.verdict is Verdict.SKIPPED else "Seen   "
    lines = [f"{sign} {finding.host} · {finding.question}", f"{seen} {finding.seen}"]
    lines += [f"Wanted  {finding.wanted}"] if finding.wanted else []
    lines += [f"To do   {finding.remedy}"] if finding.remedy else []
    return "\n".join(lines)
