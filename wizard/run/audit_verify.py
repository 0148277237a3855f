"""A state file checked as an auditor wants it: chain, seals, a trusted key, an old export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import StateError, VaultError
from wizard.run.audit import problems_of
from wizard.run.audit_check import check
from wizard.run.audit_export import read_lines
from wizard.run.seal import seal_text
from wizard.run.state import StateFile
from wizard.vault.signing import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wizard.run.state_records import StateRecords


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a check of a state file found."""

    problems: tuple[str, ...]
    seq: int  # the last event, as the file says
    head: str  # its hash
    sealed: str  # how far it is sealed, in words


def verified(path: Path, *, key: Path | None = None, export: Path | None = None) -> Verified:
    """Check a state file; with a public key it must be sealed with that, from beginning to end.

    Raises: StateError if a file cannot be read or is no export; VaultError for no public key.
    """
    state = StateFile.open_read_only(path)
    try:
        records = state.records
        extent = records.extent()
        problems = list(problems_of(records))
        words, sealed_with = seal_text(records, extent)
        if key is not None:
            problems += _trusted(sealed_with, _fingerprint(key))
        if export is not None:
            problems += _since(records, export)
        return Verified(
            problems=tuple(problems), seq=extent.head_seq, head=extent.head_hash, sealed=words
        )
    finally:
        state.close()


def _trusted(sealed_with: str, wanted: str) -> Iterator[str]:
    if not sealed_with:
        yield f"no event is sealed with the key {wanted}"
    elif sealed_with != wanted:
        yield f"the events are sealed with the key {sealed_with}, not with {wanted}"


def _since(records: StateRecords, export: Path) -> Iterator[str]:
    """Yield what an export has that the record has not."""
    yield from (f"the export: {problem}" for problem in check(export).problems)
    head = read_lines(export.read_bytes())[0]
    number, wanted = head.get("head_seq"), head.get("head_hash")
    if not isinstance(number, int) or number < 1:
        return
    found = records.events(number - 1, 1)
    if not found or found[0].seq != number:
        yield f"event {number} of {export} is not there any more: the end was cut off"
    elif found[0].hash() != wanted:
        yield f"event {number} is another one than in {export}: the record was made anew"


def _fingerprint(path: Path) -> str:
    try:
        return fingerprint(path.read_text(encoding="ascii"))
    except UnicodeDecodeError:
        raise VaultError(f"{path} is no public key in PEM", remedy="Name another file.") from None
    except OSError as error:
        raise StateError(
            f"{path} cannot be read: {error.strerror}", remedy="Name the file that ends in .pub."
        ) from None
