"""Licensing: which products are used, on whose licence, and what is still to be settled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from screens.form_step import FormStep
from screens.secrets import SecretsDesk
from screens.vendors import CHECKLIST, COMPONENTS, PORTALS
from screens.widgets.field import Field, FieldRow
from wizard.site.edit import REMOVE
from wizard.site.renewals import due
from wizard.vault.catalogue import license_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from screens.draft import Draft

_ROOT = "licensing.components"
_OWN = "licensing.minusnow"
_LIST = "licensing.checklist"
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
        Field(path=f"{at}.vendor", label="  Vendor", example=bought, when=_licensed(key)),
        Field(path=f"{at}.reference", label="  Reference", example="PO-4711", when=_licensed(key)),
        Field(path=f"{at}.renewal", label="  Renewal", example="2027-06-30", when=_licensed(key)),
        Field(
            path=f"{at}.portal",
            label="  Portal",
            example="licences.example.com",
            when=_licensed(key),
        ),
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
        " used and on whose licence. The reference is the order or contract number; a licence key"
        " is a secret and never stands in the site file: F5 stores it in the keyring, MinusNow's"
        " own as license_key, that of a bought database as license_key_database, and so on."
        " MinusNow's own licence comes first: from whom, under which number, and until when.\n\n"
        "What is open in the checklist does not stop the installation: it is carried, with its"
        " owner, into Review, Done and the report. A renewal is pointed out 90, 30 and 7 days"
        " ahead, by `validate` too. F7 notes what you chose on other screens: PostgreSQL, the"
        " balancer, Redis."
    )
    ASIDE_TITLE = "What is open"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f5",
            "secrets",
            "Licence keys",
            key_display="F5",
            tooltip="Keep a licence key in the keyring",
        ),
        Binding(
            "f7",
            "fill_in",
            "Fill in",
            key_display="F7",
            tooltip="Note the products that were chosen on other screens",
        ),
    ]
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        "MinusNow itself",
        Field(path=f"{_OWN}.vendor", label="Vendor", example="who sold it to you"),
        Field(path=f"{_OWN}.reference", label="Reference", example="PO-4712"),
        Field(path=f"{_OWN}.renewal", label="Renewal", example="2027-06-30"),
        Field(path=f"{_OWN}.portal", label="Vendor's portal", example="licences.example.com"),
        Field(path=f"{_OWN}.owner", label="Owner", example="Jane"),
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
        """List the licence keys by name."""
        SecretsDesk(self.setup).start(title="Licence keys", only=license_key())

    def action_fill_in(self) -> None:
        """Note what was chosen on other screens; what stands here already stays."""
        if changes := known_products(self.draft):
            self.setup.change(changes)
        else:
            self.setup.notify("Everything that is known stands here already.", markup=False)

    def aside(self) -> str:
        """Renewals that come near, open items, keys, where to buy."""
        today = datetime.now(UTC).date()
        lines = [*renewals(self.draft, today), *open_items(self.draft)]
        told = "\n".join(lines) or "✓ Nothing is open."
        keys = "\n".join(self._keys())
        known = (*own_portals(self.draft), *PORTALS)
        portals = "\n".join(f"  {vendor:<13} {portal}" for vendor, portal in known)
        return f"{told}\n\nLicence keys, in the keyring\n{keys}\n\nVendors' portals\n{portals}"

    def _keys(self) -> Iterator[str]:
        stored = self.setup.live.stored
        if stored is None:
            yield "  F5 opens the keyring"
        bought = [key for key, *_ in COMPONENTS if _licensed(key)(self.draft)]
        for name in (license_key(), *map(license_key, bought)):
            there = stored is not None and name in stored
            yield f"  {'✓' if there else '·'} {name}{'' if there or stored is None else ': F5'}"


def known_products(draft: Draft) -> dict[str, object]:
    """What other screens say about products: their editions, and licences that are not needed."""
    balancer = draft.value("load_balancer.kind") or "haproxy"
    known = {"database": f"PostgreSQL {draft.value('database.version') or 15}"}
    if balancer != "external":
        known["load_balancer"] = {"nginx": "Nginx OSS"}.get(str(balancer), "HAProxy")
    if (draft.value("cache.kind") or "redis") == "redis":
        known["cache"] = "Redis OSS"
    changes: dict[str, object] = {}
    for key, edition in known.items():
        if draft.value(f"{_ROOT}.{key}") is None:
            changes[f"{_ROOT}.{key}.edition"] = edition
            if key in dict(CHECKLIST) and draft.value(f"{_LIST}.{key}") is None:
                changes[f"{_LIST}.{key}.state"] = "not-needed"
    return changes


def open_items(draft: Draft) -> Iterator[str]:
    """The lines of the checklist that are neither done nor unneeded, with their owners."""
    for key, title in CHECKLIST:
        item = draft.value(f"{_LIST}.{key}")
        state = item.get("state") if isinstance(item, dict) else None
        if state not in {"done", "not-needed"}:
            owner = draft.value(f"{_LIST}.{key}.owner")
            yield f"· {title}{f' ({owner})' if owner else ' (nobody sees to it yet)'}"


def own_portals(draft: Draft) -> Iterator[tuple[str, str]]:
    """The portals that were noted for MinusNow and for bought products, before the known ones."""
    bought = [(f"{_ROOT}.{key}", title) for key, title, *_ in COMPONENTS if _licensed(key)(draft)]
    for at, title in [(_OWN, "MinusNow"), *bought]:
        if portal := draft.value(f"{at}.portal"):
            yield title, str(portal)


def renewals(draft: Draft, today: date) -> Iterator[str]:
    """Licences that have ended or end within 90, 30 or 7 days; bought ones without a day."""
    bought = [(f"{_ROOT}.{key}", title, _licensed(key)(draft)) for key, title, *_ in COMPONENTS]
    for at, title, held in [(_OWN, "MinusNow", bool(draft.value(_OWN))), *bought]:
        value = draft.value(f"{at}.renewal")
        if value is None and held:
            yield f"· {title}: bought; on which day is it renewed?"
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            continue
        if words := due(day, today):
            yield f"{'✗' if day < today else '!'} {title}: {words}"
