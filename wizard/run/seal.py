"""Seals of events: signatures with a key of the site's keyring, which a state file does not hold.

A chain of hashes shows what was changed without care. Who can write the state file can also make a
new chain that fits; a seal of each event, made as it is written, cannot be made without the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.errors import VaultError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wizard.run.state import StateFile
    from wizard.run.state_records import Extent, StateRecords
    from wizard.vault.secret import Secrets
    from wizard.vault.store import Vault

_PURPOSE = "seals the record of what was done, signs exports of it"


class Sealer:
    """Signs the hashes of events with a private Ed25519 key in PEM. Raises: VaultError."""

    def __init__(self, private: str) -> None:
        from wizard.vault.signing import fingerprint, public_key, signer  # noqa: PLC0415 - dear

        self.public = public_key(private)
        self.fingerprint = fingerprint(self.public)
        self._sign = signer(private)

    def seal(self, event_hash: str) -> str:
        """Return the seal of an event, in hexadecimal digits."""
        return self._sign(sealed(event_hash)).hex()


def sealed(event_hash: str) -> bytes:
    """Return what is signed for an event, whose hash covers all events before it as well."""
    return f"minusnow-setup event, version 1\n{event_hash}\n".encode()


def audit_key(vault: Vault, secrets: Secrets) -> str:
    """Return the private key of the site, made now if the keyring has none yet.

    Raises: VaultError if it can neither be read nor kept.
    """
    from wizard.vault.signing import new_key  # noqa: PLC0415 - start-up time
    from wizard.vault.store import AUDIT_KEY, Origin  # noqa: PLC0415 - as above

    stored = secrets.known(AUDIT_KEY) or vault.secrets().known(AUDIT_KEY)
    if stored is None:
        if AUDIT_KEY in vault.gone():
            raise VaultError(
                f"{vault.place} held {AUDIT_KEY}, and does so no longer",
                remedy="Restore it from a backup of the keyring, or sign exports with a key of your"
                " own (--key-file): auditors know the old one by its fingerprint.",
            )
        vault.set(AUDIT_KEY, new_key(), origin=Origin.GENERATED, purpose=_PURPOSE)
        stored = vault.secrets()[AUDIT_KEY]
    return stored.reveal()


def seal_with_key_of(state: StateFile, vault: Vault, secrets: Secrets) -> str:
    """Let every event of a run be sealed; return why they are not, "" if they are.

    A keyring that keeps no key is no reason not to install: `audit verify` names what is unsealed.
    Simulated hosts have no keyring that is kept: nothing about them is sealed.
    """
    if state.records.site().simulated:
        return ""
    try:
        state.seal_with(Sealer(audit_key(vault, secrets)))
    except VaultError as error:
        return f"the events of this run are not sealed: {error}"
    return ""


def seal_problems(records: StateRecords, extent: Extent) -> Iterator[str]:
    """Yield which events are not sealed as they were; nothing for a file without any seal.

    What was written before the first seal was written by a version that knew none.
    """
    seals = {seal.seq: seal for seal in records.seals() if seal.seq <= extent.last_event}
    if not seals:
        return
    first = min(seals)
    bare = [number for number in range(first, extent.last_event + 1) if number not in seals]
    for begin, end in _ranges(bare):
        yield f"{_events(begin, end)} without a seal: written by somebody without the site's key"
    keys = records.seal_keys()
    known = seals[first].key
    for number in sorted(seals):
        if seals[number].key != known:
            yield f"event {number} is sealed with another key ({seals[number].key}) than before"
            known = seals[number].key
    last = max(seals)
    # The seal of one event covers all before it, as long as they are a chain.
    if not _fits(records, last, keys.get(seals[last].key, ""), seals[last].signature):
        wrong = next(
            number
            for number in sorted(seals)
            if not _fits(records, number, keys.get(seals[number].key, ""), seals[number].signature)
        )
        yield f"event {wrong} is not the one that was sealed, nor what follows it"


def seal_text(records: StateRecords, extent: Extent) -> tuple[str, str]:
    """Return up to where a file is sealed, in words, and the fingerprint of the key, "" if not."""
    seals = [seal for seal in records.seals() if seal.seq <= extent.last_event]
    if not seals:
        return (
            "no event is sealed: the chain alone shows no change by somebody who makes it anew",
            "",
        )
    first = f" from event {seals[0].seq}" if seals[0].seq > 1 else ""
    return f"sealed{first} to event {seals[-1].seq} with the key {seals[-1].key}", seals[-1].key


def _fits(records: StateRecords, number: int, public: str, signature: str) -> bool:
    from wizard.vault.signing import verifies  # noqa: PLC0415 - dear to import

    found = records.events(number - 1, 1)
    if not found or found[0].seq != number:
        return True  # the chain tells that it is missing
    try:
        return verifies(public, sealed(found[0].hash()), bytes.fromhex(signature))
    except (ValueError, VaultError):
        return False


def _ranges(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of numbers that follow one another."""
    begin = end = None
    for number in numbers:
        if begin is None or end is None or number != end + 1:
            if begin is not None and end is not None:
                yield begin, end
            begin = number
        end = number
    if begin is not None and end is not None:
        yield begin, end


def _events(begin: int, end: int) -> str:
    return f"event {begin} is" if begin == end else f"events {begin} to {end} are"
