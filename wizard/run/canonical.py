"""One spelling for a JSON value, so that equal values have equal hashes."""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> str:
    """Return the value as JSON with sorted keys and no spare white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """Return the SHA-256 of a text; lone surrogates from odd host output are kept apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def storable(text: str) -> str:
    """Return the text without lone surrogates, which no database takes."""
    return text.encode("utf-8", "replace").decode()


def said_in(text: object) -> dict[str, object]:
    """Return the JSON object that a text holds, {} if somebody has put something else there."""
    try:
        said = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
