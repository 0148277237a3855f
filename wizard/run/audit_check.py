"""Checks a signed export: who signed it, and whether it says what was once written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.errors import StateError, VaultError
from wizard.run.audit_export import PUBLIC_KEY, SIGNATURE, read_lines
from wizard.run.audit_record import record_of, with_operators
from wizard.run.canonical import sha256
from wizard.run.chain import COLUMNS, START, Link
from wizard.vault.signing import fingerprint, verifies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_MOST = 2**31  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of an export found."""

    site: str
    made: str  # UTC
    events: int
    head_hash: str
    fingerprint: str  # of the key whose signature it bears
    problems: tuple[str, ...]


def check(out: Path, *, key: Path | None = None) -> Checked:
    """Check signature and chain; with `key` (a public key in PEM) it must be signed with that.

    Raises: StateError if a file cannot be read or is no export; VaultError for no public key.
    """
    data = _read(out)
    public = _text(key or out.with_name(out.name + PUBLIC_KEY))
    signature = _read(out.with_name(out.name + SIGNATURE))
    print_of = fingerprint(public)
    problems = [] if verifies(public, data, signature) else [_not_signed(print_of)]
    lines = read_lines(data)
    head = lines[0]
    problems += _chain(lines)
    said = head.get("problems")
    problems += [f"when it was exported: {one}" for one in said] if isinstance(said, list) else []
    if key is None and head.get("public_key") != public:
        problems.append("the public key beside it is not the one that it names")
    return Checked(
        site=str(head.get("site")),
        made=str(head.get("made")),
        events=sum(line.get("record") == "event" for line in lines),
        head_hash=str(head.get("head_hash")),
        fingerprint=print_of,
        problems=tuple(problems),
    )


def _not_signed(print_of: str) -> str:
    return f"the signature is not of this file with the key {print_of}"


def _chain(lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield what does not fit together, events by their numbers."""
    head, previous, expected = lines[0], START, 1
    plans = {line.get("seq"): line.get("body") for line in lines if line.get("record") == "plan"}
    events = [line for line in lines if line.get("record") == "event"]
    links: list[Link] = []
    for event in events:
        link = _link(event)
        if link is None:
            yield f"event {expected} cannot be read"
            return
        links.append(link)
        if link.seq != expected or link.previous_hash != previous:
            yield f"event {link.seq} ({link.kind}) does not follow event {expected - 1}"
        if link.hash() != link.stored_hash:
            yield f"event {link.seq} ({link.kind}) was changed"
        if link.kind == "plan-made" and f'"plan_sha256":"{_hash_of(plans.get(link.seq))}"' not in (
            link.body
        ):
            yield f"the plan of event {link.seq} was changed or removed"
        previous, expected = link.stored_hash, link.seq + 1
    if (head.get("head_seq"), head.get("head_hash")) != (expected - 1, previous):
        yield f"it should end with event {head.get('head_seq')}, not with event {expected - 1}"
    for event, (link, operator) in zip(events, with_operators(links), strict=True):
        if event != record_of(link, operator):
            yield f"what is told of event {link.seq} is not what its link says"


def _link(event: dict[str, Any]) -> Link | None:
    said = event.get("link")
    if not isinstance(said, dict):
        return None
    try:
        values = {name: said[name] for name in COLUMNS}
        stored = said["hash"]
    except KeyError:
        return None
    numbers = ("seq", "run", "output_lines")
    for name, value in values.items():
        if not isinstance(value, int if name in numbers else str) or isinstance(value, bool):
            return None
    return Link(**values, stored_hash=stored) if isinstance(stored, str) else None


def _hash_of(body: object) -> str:
    return sha256(body) if isinstance(body, str) else "none"


def _text(path: Path) -> str:
    try:
        return _read(path).decode("ascii")
    except UnicodeDecodeError:
        raise VaultError(f"{path} is no public key in PEM", remedy="Name another file.") from None


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST:
            raise StateError(f"{path} is too large for an export", remedy="Name another file.")
        return path.read_bytes()
    except OSError as error:
        raise StateError(
            f"{path} cannot be read: {error.strerror}",
            remedy="An export, its .sig and its .pub lie together.",
        ) from None
