"""The key one logs in with: read before anything is sent, so that its faults are told plainly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import paramiko
from paramiko.pkey import UnknownKeyType

from wizard.errors import ConnectionFailed

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.remote.endpoint import Endpoint
    from wizard.vault.secret import Secret


def login_arguments(endpoint: Endpoint, passphrase: Secret | None) -> dict[str, Any]:
    """Return what paramiko is told about logging in: one key, or the agent; nothing by chance.

    Raises ConnectionFailed if the key file is missing, readable by others, damaged or locked.
    """
    if endpoint.key_file is None:
        if not os.environ.get("SSH_AUTH_SOCK"):
            raise ConnectionFailed(
                f"no key file is named for {endpoint.place} and no SSH agent is running",
                remedy="Set ssh.key_file in the site file, or start ssh-agent and `ssh-add` a key.",
                host=endpoint.name,
            )
        return {"allow_agent": True, "look_for_keys": False}
    key = _load(endpoint, passphrase)
    if key is None:
        return {"allow_agent": True, "look_for_keys": False}
    return {"pkey": key, "allow_agent": False, "look_for_keys": False}


def is_locked(path: Path) -> bool:
    """Tell whether a private key can be read, but opens with its passphrase only."""
    try:
        paramiko.PKey.from_path(path.expanduser(), None)
    except TypeError:  # cryptography's word for a passphrase that is missing
        return True
    except (OSError, ValueError, paramiko.SSHException, UnknownKeyType):
        return False
    return False


def keys_tried(endpoint: Endpoint) -> str:
    """Return for people what the login was tried with."""
    if endpoint.key_file is None:
        return "the keys of the SSH agent"
    return f"the key {endpoint.key_file.expanduser()}"


def _load(endpoint: Endpoint, passphrase: Secret | None) -> paramiko.PKey | None:
    """Return the private key; None where it is locked and the agent may hold it."""
    path = (endpoint.key_file or endpoint.known_hosts).expanduser()

    def failed(seen: str, remedy: str) -> ConnectionFailed:
        return ConnectionFailed(f"the key {path} {seen}", remedy=remedy, host=endpoint.name)

    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            raise failed(
                f"may be read by others (mode {mode & 0o7777:04o})",
                f"`chmod 600 {path}`; if others could read it, make a new one.",
            )
        return paramiko.PKey.from_path(path, _clear(passphrase))
    except OSError as error:
        raise failed(
            f"cannot be read: {error.strerror}",
            "Set ssh.key_file in the site file to a private key.",
        ) from error
    except TypeError as error:
        # cryptography's word for a passphrase that is missing (or given and not needed).
        if passphrase is not None:
            return paramiko.PKey.from_path(path, None)
        if os.environ.get("SSH_AUTH_SOCK"):
            return None
        raise failed(
            "is protected by a passphrase that was not given",
            "Store it with `minusnow-setup secret set key_passphrase SITE`, or `ssh-add` the key.",
        ) from error
    except UnknownKeyType as error:
        raise failed("is of a type that cannot be used", "Use an Ed25519 key.") from error
    except (ValueError, paramiko.SSHException) as error:
        if passphrase is not None:
            wrong = failed(
                "cannot be opened with the passphrase that is stored",
                "Store the right one with `minusnow-setup secret set key_passphrase SITE`.",
            )
            wrong.refused = "key_passphrase"
            raise wrong from error
        raise failed(
            "is not a private key that can be read", "Use the file without .pub; Ed25519 is best."
        ) from error


def _clear(passphrase: Secret | None) -> bytes | None:
    return passphrase.reveal().encode() if passphrase else None
