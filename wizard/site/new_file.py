"""A fresh site file: every answer with a sentence about it."""

from __future__ import annotations

import textwrap
from enum import Enum
from typing import TYPE_CHECKING

from wizard.site.flow import flow, plain
from wizard.site.values import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from wizard.site.model import Site

_HEAD = (
    "# A MinusNow installation, in one file that people can read, edit, compare and review.\n"
    "# It never holds a secret: `minusnow-setup secret set NAME SITE` stores one in the keyring.\n"
)
_WIDTH = 98


def dump_new(site: Site) -> str:
    """The text of a new site file; reading it gives an equal site."""
    lines = [_HEAD.rstrip("\n")]
    for name, field in type(site).model_fields.items():
        value = getattr(site, name)
        if isinstance(value, Section):
            lines += ["", *_comment(field, ""), f"{field.alias or name}:", *_section(value)]
        elif _worth_showing(site, name, field):
            lines.append(f"{field.alias or name}: {flow(plain(value))}{_beside(field)}")
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    shown = [
        (field.alias or name, field, getattr(section, name))
        for name, field in type(section).model_fields.items()
        if _worth_showing(section, name, field)
    ]
    if not shown:
        yield "  {}"
    for name, field, value in shown:
        yield from _comment(field, "  ")
        if isinstance(value, tuple) and value and isinstance(value[0], Section):
            yield f"  {name}:"
            yield from (f"    - {flow(plain(one))}" for one in value)
        elif isinstance(value, Section) and any(isinstance(one, Section) for _, one in value):
            yield f"  {name}:"
            entries = plain(value)
            if isinstance(entries, dict):
                yield from (f"    {key}: {flow(one)}" for key, one in entries.items())
        else:
            yield f"  {name}: {flow(plain(value))}"


def _worth_showing(section: Section, name: str, field: FieldInfo) -> bool:
    """What was chosen, and the choices that there are; other defaults stay out."""
    value = getattr(section, name)
    if field.is_required() or value != field.get_default():
        return True
    if isinstance(value, Section) or value in (None, ()):
        return False
    return isinstance(value, Enum) or name in section.model_fields_set


def _comment(field: FieldInfo, indent: str) -> list[str]:
    start = f"{indent}# "
    words = field.description or ""
    return textwrap.wrap(words, _WIDTH, initial_indent=start, subsequent_indent=start)


def _beside(field: FieldInfo) -> str:
    return f"  # {field.description}" if field.description else ""
