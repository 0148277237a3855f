"""Secrets of logins that a person typed: in memory, for every login until the program ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.errors import ConnectionFailed
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from screens.live import Live

OF_LOGINS = ("sudo_password", "key_passphrase")


def with_typed(live: Live, kept: Secrets) -> Secrets:
    """Return what the keyring keeps, and what was typed where it keeps nothing."""
    values = {name: secret.reveal() for name, secret in kept.items()}
    return Secrets({**live.typed, **values})


def forget_refused(live: Live, seen: Iterable[object]) -> None:
    """Forget what a host or a key has refused: it was mistyped, and is asked for again.

    A host that is down says nothing about a password.
    """
    for error in seen:
        if isinstance(error, ConnectionFailed):
            live.typed.pop(error.refused, None)
