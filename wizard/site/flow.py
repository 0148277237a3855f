"""Values as one line of YAML."""

from __future__ import annotations

import json
import re
from datetime import date
from enum import Enum
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from pydantic import BaseModel

_PLAIN = re.compile(r"[A-Za-z0-9/~.][A-Za-z0-9 _./@+~:=-]*")
# What YAML, in one of its versions, reads as something else than text.
_OTHER = re.compile(
    r"~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_.,:eExXoOa-fA-F+-]*|\.(?:inf|nan)",
    re.IGNORECASE,
)
# Between quotes YAML folds some of these as line ends, and allows others only when escaped.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
_NUMBERED = re.compile(r"[0-9]+(?:\.[0-9]+){2,}(?:/[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}")


def plain(value: object) -> object:
    """A value of the models as YAML has it: texts, numbers, lists and mappings."""
    if isinstance(value, BaseModel):
        return {
            field.alias or name: plain(getattr(value, name))
            for name, field in type(value).model_fields.items()
            if field.is_required() or getattr(value, name) != field.get_default()
        }
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str | date | IPv4Network | IPv6Network | IPv4Interface | IPv6Interface):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def flow(value: object) -> str:
    """A plain value in the style of `{name: db1, roles: [database]}`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        inner = ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str):
        return value if _reads_as_itself(value) else _quoted(value)
    return str(value)


def _quoted(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda char: f"\\u{ord(char[0]):04x}", escaped)


def _reads_as_itself(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or text.endswith((" ", ":")) or ": " in text:
        return False
    return bool(_NUMBERED.fullmatch(text)) or not _OTHER.fullmatch(text)
