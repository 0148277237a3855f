"""Licensing: which products are used, on whose licence, and what is still to be settled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from screens.secrets import SecretsDesk
from screens.step import FormStep
from screens.vendors import CHECKLIST, COMPONENTS, PORTALS
from screens.widgets.field import Field, FieldRow
from wizard.site.edit import REMOVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from screens.draft import Draft

_ROOT = "licensing.components"
_LIST = "licensing.checklist"
_WARNED = (7, 30, 90)  # days ahead
_STATES = (("done", "done"), ("not needed", "not-needed"), ("open", "open"))


def _named(key: str) -> Callable[[Draft], bool]:
    return lambda draft: bool(draft.value(f"{_ROOT}.{key}.edition"))


def _licensed(key: str) -> Callable[[Draft], bool]:
    return lambda draft: draft.value(f"{_ROOT}.{key}.licensed") is True


def _not_done(key: str) -> Callable[[Draft], bool]:
    return lambda draft: draft.value(f"{_LIST}.{key}.state") in {None, "open"}


def _component(key: str, title: str, free: str, bought: str) -> tuple[Field, ...]:
    at = f"{_ROOT}.{key}"
    return (
        Field(path=f"{at}.edition", label=title, example=f"{free}; {bought}"),
        Field(
            path=f"{at}.licensed",
            label="  Licence",
            kind="choice",
            options=(("open source", False), ("bought", True)),
            default=False,
            when=_named(key),
        ),
        Field(path=f"{at}.vendor", label="  Vendor", when=_licensed(key)),
        Field(path=f"{at}.reference", label="  Reference", example="PO-4711", when=_licensed(key)),
        Field(path=f"{at}.renewal", label="  Renewal", example="2027-06-30", when=_licensed(key)),
        Field(path=f"{at}.owner", label="  Owner", example="Jane", when=_licensed(key)),
    )


def _item(key: str, title: str) -> tuple[Field, ...]:
    at = f"{_LIST}.{key}"
    return (
        Field(path=f"{at}.state", label=title, kind="choice", options=_STATES, default="open"),
        Field(path=f"{at}.owner", label="  Owner", example="who sees to it", when=_not_done(key)),
    )


class LicensingStep(FormStep):
    """The licence record: nothing here stops an installation; what is open is told at the end."""

    HELP = (
        "Customers are responsible for the licences of third-party products. Note here what is"
        " used and on whose licence; give the order or contract number, never a licence key: keys"
        " are secrets and live in the keyring: F5 stores MinusNow's own as license_key.\n\n"
        "What is open in the checklist does not stop the installation; it is listed with its owner"
        " beside this form, and stays in the site file."
    )
    ASIDE_TITLE = "What is open"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "secrets", "Passwords", key_display="F5", tooltip="In the keyring, by name"),
    ]
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        "Products in use",
        *(field for one in COMPONENTS for field in _component(*one)),
        "Procurement checklist",
        *(field for one in CHECKLIST for field in _item(*one)),
        "Licensing notice",
        Field(path="licensing.accepted_by", label="Accepted by", example="Jane Installer"),
        Field(path="licensing.accepted_on", label="Accepted on", example="2026-11-23"),
    )

    def on_field_row_answered(self, event: FieldRow.Answered) -> None:
        """Keep whole what belongs together: an item in short form, a product without a name."""
        path = event.field.path
        holder, _, key = path.rpartition(".")
        if holder.startswith(f"{_LIST}.") and event.value is not REMOVE:
            known = self.draft.value(holder)
            whole = dict(known) if isinstance(known, dict) else {}
            changes: dict[str, object] = {holder: {**whole, key: event.value}}
        elif path.endswith(".edition") and event.value is REMOVE:
            changes = {holder: REMOVE}
        else:
            return
        event.stop()
        event.prevent_default()
        self.setup.change(changes)

    def action_secrets(self) -> None:
        """List the passwords and keys by name."""
        SecretsDesk(self.setup).start()

    def aside(self) -> str:
        """Open items, renewals that come near, where to buy."""
        lines = [*open_items(self.draft), *renewals(self.draft, datetime.now(UTC).date())]
        told = "\n".join(lines) or "✓ Nothing is open."
        portals = "\n".join(f"  {vendor:<13} {portal}" for vendor, portal in PORTALS)
        return f"{told}\n\nVendors' portals\n{portals}"


def open_items(draft: Draft) -> Iterator[str]:
    """The lines of the checklist that are neither done nor unneeded, with their owners."""
    for key, title in CHECKLIST:
        item = draft.value(f"{_LIST}.{key}")
        state = item.get("state") if isinstance(item, dict) else None
        if state not in {"done", "not-needed"}:
            owner = draft.value(f"{_LIST}.{key}.owner")
            yield f"· {title}{f' ({owner})' if owner else ' (nobody sees to it yet)'}"


def renewals(draft: Draft, today: date) -> Iterator[str]:
    """Licences that have ended or end within 90, 30 or 7 days."""
    for key, title, _, _ in COMPONENTS:
        value = draft.value(f"{_ROOT}.{key}.renewal")
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            continue
        left = (day - today).days
        if left < 0:
            yield f"✗ {title}: its licence ended on {day}"
        elif near := next((days for days in _WARNED if left <= days), None):
            yield f"! {title}: to be renewed on {day}, within {near} days"
