"""Topology: the hosts and their roles, the picture of them, and whether they will do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from screens.diagram import diagram, hosts_of
from screens.dialogs.confirm import Confirm
from screens.dialogs.host_ssh import HostSsh
from screens.dialogs.pick import Pick
from screens.dialogs.reading import Reading
from screens.field_help import explain
from screens.form_step import FormStep
from screens.host_line import details, identity, sizes, verdict
from screens.host_marks import mark
from screens.layout_verdict import holding, layout_refusals, verdict_text
from screens.presets import PRESETS, apply
from screens.primary import moved_primary
from screens.probing import Probing
from screens.widgets.field import Field, words
from screens.widgets.host_editor import ROLES, HostEditor
from screens.widgets.plain import clean
from wizard.errors import SetupError
from wizard.facts.host import HostFacts
from wizard.site.edit import REMOVE
from wizard.site.layout_text import refusal_text

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

WIDE = 120  # columns of a terminal that shows more of each host
_SHORT = {value: label for label, value in ROLES}


class TopologyStep(FormStep):
    """The table of hosts is the heart; the picture follows every keystroke."""

    HELP = (
        "Every server of the installation with its address and what it does. At least five"
        " servers: database and app never share a machine, the two app servers and the two"
        " database servers are different machines, no balancer stands on a database host. A layout"
        " that breaks one of these rules is refused; w shows why and what would do.\n\n"
        "Probe connects to all hosts at the same time and compares each machine with what its"
        " roles need: ✓ enough, ! below the recommendation, ✗ below the minimum or unreachable;"
        " m shows all that was seen of a host; a wide terminal shows how far its clock is off and"
        " which machine it is. s: a login, port, key or jump host of its own.\n\n"
        "An address is IPv4, IPv6 or a DNS name. A wrong address means that another machine is"
        " installed: probe before you go on. Enter in an address leads to the next host's."
    )
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(path="site", label="Name", example="acme-itsm", required=True),
        Field(
            path="purpose",
            label="Purpose",
            kind="choice",
            options=words("production", "rehearsal"),
            default="production",
        ),
        Field(
            path="topology.mode",
            label="App servers",
            kind="choice",
            options=words("active-active", "active-passive"),
            default="active-active",
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", tooltip="Add a host"),
        Binding("e", "edit", "Edit", tooltip="Edit the host at the cursor"),
        Binding("d,delete", "delete", "Del", tooltip="Take the host at the cursor away"),
        Binding("p", "presets", "Presets", tooltip="Begin with another layout"),
        Binding("r", "probe", "Probe", tooltip="Connect to all hosts and look at them"),
        Binding(
            "w", "why", "Why", tooltip="Why a layout is refused, and the smallest that will do"
        ),
        Binding("s", "ssh", "SSH", tooltip="A login of its own", show=False),
        Binding("m", "machine", "Machine", tooltip="All that was seen of this host", show=False),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    TopologyStep DataTable { height: auto; max-height: 14; background: transparent; margin-top: 1; }
    TopologyStep .hint { display: none; }
    """

    def below(self) -> ComposeResult:
        """The table, and the host at its cursor."""
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False)
        yield table
        yield HostEditor()

    def begin(self) -> None:
        """Begin in the table: this screen is about hosts."""
        self.query_one(DataTable).focus()

    def draft_changed(self) -> None:
        """Draw the table, the host and the picture anew."""
        table = self.query_one(DataTable)
        # What is not known takes no room from what is wrong.
        seen = any(isinstance(one, HostFacts) for one in self.setup.live.facts.values())
        known: tuple[str, ...] = ("CPU", "RAM", "Disk", "Clock", "Machine") if seen else ()
        known = known if self.setup.size.width >= WIDE else known[:3]
        titles = ("Host", "Address", "Roles", *known, "")
        rows = []
        refused = layout_refusals(self.draft, self.setup.live)
        for place, host in enumerate(hosts_of(self.draft)):
            cells = self._cells(host, mark(self.draft, refused, place))
            rows.append([*cells[: 3 + len(known)], cells[-1]])
        if table.row_count == len(rows) and len(table.columns) == len(titles):
            for number, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if table.get_cell_at(Coordinate(number, column)) != cell:
                        table.update_cell_at(Coordinate(number, column), cell, update_width=True)
        else:
            row = table.cursor_row
            table.clear(columns=True)
            for title in titles:
                table.add_column(title)
            table.add_rows(rows)
            table.move_cursor(row=max(0, min(row, len(rows) - 1)))
        self._show_host(table.cursor_row)
        super().draft_changed()

    def live_changed(self) -> None:
        """A host was looked at."""
        self.draft_changed()

    def on_resize(self) -> None:
        """A wide terminal has room for what was seen of clock and machine."""
        self.draft_changed()

    def _cells(self, host: dict[str, object], wrong: str) -> list[Text]:
        name, address = str(host.get("name") or ""), host.get("address")
        roles = [str(one) for one in roles] if isinstance(roles := host.get("roles"), list) else []
        seen = self.setup.live.fact(self.draft, name, address)
        judged = "… probing" if name in self.setup.live.probing else self._verdict(roles, seen)
        judged = wrong or judged
        short = ",".join(_SHORT.get(role, role) for role in roles)
        told = (*sizes(seen), *identity(seen))
        values = (name or "?", str(address or "—"), short or "—", *told, judged)
        return [Text(clean(value), no_wrap=True) for value in values]

    def _verdict(self, roles: list[str], seen: HostFacts | SetupError | None) -> str:
        return verdict(roles, seen, rehearsal=self.draft.value("purpose") == "rehearsal")

    def aside(self) -> str:
        """The picture and what is to be said of the layout; why it is refused comes first."""
        refused = layout_refusals(self.draft, self.setup.live)
        told = verdict_text(self.draft, refused)
        parts = (told, diagram(self.draft)) if refused else (diagram(self.draft), told)
        return "\n\n".join(parts)

    def blocked(self) -> str:
        """Why one may not go on although the file as such is fine."""
        refused = holding(self.draft, self.setup.live)
        return f"{refused[0].rule.sentence} ({refused[0].seen})" if refused else ""

    def _show_host(self, place: int) -> None:
        editor = self.query_one(HostEditor)
        hosts = hosts_of(self.draft)
        editor.display = bool(hosts)
        if place < len(hosts):
            host = hosts[place]
            name, roles = str(host.get("name") or ""), host.get("roles")
            seen = self.setup.live.fact(self.draft, name, host.get("address"))
            listed = [str(one) for one in roles] if isinstance(roles, list) else []
            editor.sync(self.draft, place, self._verdict(listed, seen))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Show the host at the cursor."""
        event.stop()
        self._show_host(self.query_one(DataTable).cursor_row)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter edits."""
        event.stop()
        self.action_edit()

    def on_host_editor_edited(self, event: HostEditor.Edited) -> None:
        """Write it into the draft; a renamed primary stays the primary, another may become it."""
        event.stop()
        path = f"topology.hosts[{event.place}]"
        changes: dict[str, object] = {f"{path}.{event.key}": event.value}
        primary, before = "", self.draft.value(f"{path}.name")
        if event.key == "name" and before == self.draft.value("database.primary") and event.value:
            changes["database.primary"] = event.value
        elif event.key == "roles":
            hosts = [
                {**host, "roles": event.value} if place == event.place else host
                for place, host in enumerate(hosts_of(self.draft))
            ]
            primary = self._move_primary(changes, hosts)
        if self.setup.change(changes) and primary:
            self.app.notify(f"{primary}; ctrl+z takes it back.", markup=False)

    def _move_primary(self, changes: dict[str, object], hosts: list[dict[str, object]]) -> str:
        """Let a database host of these be the primary in the same change; what to say of it.

        Otherwise the primary would be no database host: refused here, but asked further on.
        """
        if name := moved_primary(self.draft, hosts):
            changes["database.primary"] = name
            return f"{name} is the database primary now"
        return ""

    def on_host_editor_finished(self, event: HostEditor.Finished) -> None:
        """Go on with the next host's address, after the last one to the table."""
        event.stop()
        self.draft.settle()
        table = self.query_one(DataTable)
        if event.place + 1 < table.row_count:
            table.move_cursor(row=event.place + 1)
            self._show_host(event.place + 1)
            self.query_one(HostEditor).begin()
        else:
            table.focus()

    def on_key(self, event: Key) -> None:
        """Escape leads from the host back to the table."""
        if event.key == "escape" and self.query_one(HostEditor).has_focus_within:
            event.stop()
            self.draft.settle()
            self.query_one(DataTable).focus()

    def action_add(self) -> None:
        """Add a host after the others and name it."""
        hosts = hosts_of(self.draft)
        names = {str(host.get("name")) for host in hosts}
        number = next(n for n in range(1, len(hosts) + 2) if f"host{n}" not in names)
        new = {"name": f"host{number}", "address": None, "roles": ["app"]}
        if self.setup.change({"topology.hosts": [*hosts, new]}):
            self.query_one(DataTable).move_cursor(row=len(hosts))
            self._show_host(len(hosts))
            self.query_one(HostEditor).begin(at_name=True)

    def action_edit(self) -> None:
        """Put the cursor into the host's address."""
        if hosts_of(self.draft):
            self.query_one(HostEditor).begin()

    def action_delete(self) -> None:
        """Take the host at the cursor away; ctrl+z brings it back."""
        place = self.query_one(DataTable).cursor_row
        hosts = hosts_of(self.draft)
        if place < len(hosts) and len(hosts) > 1:
            name = hosts[place].get("name")
            changes: dict[str, object] = {f"topology.hosts[{place}]": REMOVE}
            primary = self._move_primary(changes, [*hosts[:place], *hosts[place + 1 :]])
            if self.setup.change(changes):
                words = f"{name} is taken away; ctrl+z brings it back."
                more = f" {primary}." if primary else ""
                self.app.notify(words + more, markup=False)

    def action_presets(self) -> None:
        """Choose another layout."""
        self.setup.run_worker(self._presets(), exclusive=True, group="dialog")

    async def _presets(self) -> None:
        options = [(one.id, one.title, one.words) for one in PRESETS]
        words = "Hosts of the same name keep their address."
        picked = await self.setup.push_screen_wait(Pick("Begin with", words, options))
        preset = next((one for one in PRESETS if one.id == picked), None)
        if preset is None:
            return
        gone = sorted(
            str(host.get("name"))
            for host in hosts_of(self.draft)
            if host.get("address") and host.get("name") not in dict(preset.hosts)
        )
        if gone:
            question = Confirm(
                preset.title,
                f"{', '.join(gone)} would be taken out of the table. ctrl+z brings them back.",
                [("yes", "Use this layout"), ("no", "Keep mine")],
            )
            if await self.setup.push_screen_wait(question) != "yes":
                return
        before = self.draft.data
        try:
            self.draft.replace(apply(self.draft.text, preset), f"the layout {preset.title}")
        except SetupError as error:
            self.app.notify(error.seen, severity="error", markup=False)
            return
        self.setup.follow(before)

    def action_probe(self) -> None:
        """Look at every host that has an address."""
        Probing(self.setup).start()

    def action_why(self) -> None:
        """Show the refusals with the risks, or the rules as such."""
        refused = layout_refusals(self.draft, self.setup.live)
        title = "Why this layout is refused" if refused else "No rule is broken"
        text = refusal_text(refused, min(80, self.app.size.width - 14))  # beside a dialog's frame
        if not refused:
            _, _, text = text.partition("\n\n")
        self.app.push_screen(Reading(title, text))

    def action_ssh(self) -> None:
        """Edit what of the login differs from the other hosts."""
        hosts, place = hosts_of(self.draft), self.query_one(DataTable).cursor_row
        if place < len(hosts):
            self.app.push_screen(HostSsh(str(hosts[place].get("name") or "this host"), place))

    def action_machine(self) -> None:
        """Show everything that was seen of the host at the cursor."""
        hosts = hosts_of(self.draft)
        place = self.query_one(DataTable).cursor_row
        if place < len(hosts):
            name = str(hosts[place].get("name"))
            seen = self.setup.live.fact(self.draft, name, hosts[place].get("address"))
            words = details(seen) if seen else "It was not looked at yet: r probes all hosts."
            self.app.push_screen(Reading(name, words))

    def help_text(self) -> str:
        """The screen, or the answer about a host that the cursor is in."""
        if field := self.query_one(HostEditor).here():
            return f"{explain(field, self.draft)}\n\nAbout this screen\n{self.HELP}"
        return super().help_text()

    def jump_to(self, path: str) -> bool:
        """Go to the host that a path names."""
        if path.startswith("topology.hosts["):
            place = int(path.partition("[")[2].partition("]")[0])
            self.query_one(DataTable).move_cursor(row=place)
            self._show_host(place)
            self.query_one(HostEditor).begin(at_name=path.endswith(".name"))
            return True
        return super().jump_to(path)

    def insist(self) -> None:
        """Go to the first host with a problem."""
        super().insist()
        for problem in self.draft.problems:
            if problem.path.startswith("topology.hosts["):
                self.jump_to(problem.path)
                return
