"""The chapter about licences: the checklist with its owners, what is recorded, who accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.run.report_parts import Part

if TYPE_CHECKING:
    from wizard.site.licensing import Component
    from wizard.site.model import Site


def licences_part(site: Site) -> Part:
    """Return the eight lines of the checklist, then the products that are recorded."""
    licensing = site.licensing
    rows = [
        (_words(name), item.state.value, item.owner or "nobody named")
        for name, item in licensing.checklist.items().items()
    ]
    rows += [
        (f"uses: {_words(name)}", "licence bought" if one.licensed else "open source", _about(one))
        for name, one in licensing.components.recorded().items()
    ]
    accepted = f"accepted by {licensing.accepted_by}" if licensing.accepted_by else "not accepted"
    day = f" on {licensing.accepted_on}" if licensing.accepted_on else ""
    return Part(
        id="licences",
        title="Licences",
        note=f"The vendor's licensing notice: {accepted}{day}.",
        head=("licence", "state", "who sees to it, and what is known"),
        rows=tuple(rows),
    )


def _about(one: Component) -> str:
    known = (
        one.edition,
        f"from {one.vendor}" if one.vendor else "",
        one.reference or "",
        f"to be renewed on {one.renewal}" if one.renewal else "",
        one.portal or "",
        one.owner or "",
    )
    return ", ".join(each for each in known if each)


def _words(name: str) -> str:
    return name.replace("_", " ")
