"""The record of a state file as a signed file that can be checked without it, by anybody.

It is JSON, one object a line: a head, every plan, every event as a link of the chain, an end. The
signature (Ed25519) is over its bytes and lies beside it, with the public key.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import StateError
from wizard.run.audit import problems_of
from wizard.run.audit_record import record_of, with_operators
from wizard.run.canonical import canonical
from wizard.run.chain import START
from wizard.run.state import StateFile
from wizard.vault.signing import fingerprint, public_key, sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wizard.run.chain import Link
    from wizard.run.state_owner import Owner
    from wizard.run.state_records import Extent, StateRecords

FORMAT = "minusnow-setup audit export"
VERSION = 1
SIGNATURE, PUBLIC_KEY = ".sig", ".pub"  # behind the name of the export


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What was exported."""

    events: int
    head_hash: str
    fingerprint: str  # of the key it is signed with
    problems: tuple[str, ...]  # of the chain: it was tampered with


def export(state: Path, out: Path, *, private_key: str, made_by: Owner) -> Export:
    """Write the export of a state file with its signature and public key.

    A chain that was tampered with is exported too: what is wrong with it stands in the head.

    Raises: StateError if the state cannot be read, or one of the files is there or cannot be
    written; VaultError if the key cannot be used.
    """
    public = public_key(private_key)
    files = [out, _beside(out, SIGNATURE), _beside(out, PUBLIC_KEY)]
    for file in files:
        if file.exists():
            raise StateError(
                f"{file} is there already", remedy="Name another file: evidence is kept."
            )
    opened = StateFile.open_read_only(state)
    try:
        records = opened.records
        extent, problems = records.extent(), tuple(problems_of(records))
        lines = [_head(records, extent, problems, made_by, public)]
        lines += _plans(records, extent)
        lines += [record_of(link, who) for link, who in with_operators(_links(records, extent))]
    finally:
        opened.close()
    events = sum(line["record"] == "event" for line in lines)
    lines.append({"record": "end", "lines": len(lines) + 1})
    data = "".join(canonical(line) + "\n" for line in lines).encode()
    signature = sign(private_key, data)
    for file, content in zip(files, (data, signature, public.encode()), strict=True):
        _write(file, content)
    return Export(
        events=events,
        head_hash=extent.head_hash,
        fingerprint=fingerprint(public),
        problems=problems,
    )


def _head(
    records: StateRecords,
    extent: Extent,
    problems: tuple[str, ...],
    made_by: Owner,
    public: str,
) -> dict[str, object]:
    site = records.site()
    return {
        "record": "head",
        "format": FORMAT,
        "version": VERSION,
        "site": site.name,
        "site_sha256": site.sha256,
        "simulated": site.simulated,
        "state_created": site.created,
        "made": made_by.since,
        "made_by": {
            "login": made_by.operator,
            "ssh_client": made_by.ssh_client,
            "machine": made_by.machine,
        },
        "chain_start": START,
        "head_seq": extent.head_seq,
        "head_hash": extent.head_hash,
        "problems": list(problems),
        "public_key": public,
    }


def _links(records: StateRecords, extent: Extent) -> Iterator[Link]:
    after = 0
    while page := records.events(after):
        yield from (link for link in page if link.seq <= extent.last_event)
        after = page[-1].seq
        if after >= extent.last_event:
            return


def _plans(records: StateRecords, extent: Extent) -> Iterator[dict[str, object]]:
    for link in _links(records, extent):
        if link.kind == "plan-made" and (body := records.plan_body(link.seq)) is not None:
            yield {"record": "plan", "seq": link.seq, "body": body}


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(out.name + ending)


def _write(path: Path, content: bytes) -> None:
    try:
        # It names hosts and people: like the state file it is for its maker to hand on.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise StateError(
            f"{path} cannot be written: {error.strerror}", remedy="Name another place with --out."
        ) from None


def read_lines(data: bytes) -> list[dict[str, object]]:
    """Return the objects of an export. Raises: StateError unless it is one, whole."""
    try:
        lines = [json.loads(line) for line in data.decode().splitlines()]
    except (ValueError, RecursionError):
        lines = []
    if not lines or not all(isinstance(line, dict) for line in lines):
        raise StateError("this is no audit export", remedy="Name the file that --out named.")
    head, end = lines[0], lines[-1]
    if head.get("format") != FORMAT:
        raise StateError("this is no audit export", remedy="Name the file that --out named.")
    if head.get("version") != VERSION:
        raise StateError(
            f"this audit export is of version {head.get('version')}, this program knows {VERSION}",
            remedy="Use the version of minusnow-setup that made it, or a newer one.",
        )
    if end.get("record") != "end" or end.get("lines") != len(lines):
        raise StateError("this audit export is cut off", remedy="Ask for the whole file.")
    return lines
