"""The options with which every command that needs secrets finds and opens the keyring."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import VaultError

if TYPE_CHECKING:
    import argparse

    from wizard.site.model import Site
    from wizard.vault.store import Vault


def add_keyring_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --keyring-passphrase-file and --keyring-file to a command."""
    group = parser.add_argument_group(
        "keyring",
        "Secrets are kept in this machine's keyring; where there is none, in an encrypted file.",
    )
    group.add_argument(
        "--keyring-passphrase-file",
        metavar="FILE",
        type=Path,
        help="its first line opens the encrypted file; readable by its owner only;"
        " '-' is standard input",
    )
    group.add_argument(
        "--keyring-file",
        metavar="FILE",
        type=Path,
        help="the encrypted file; default: the data folder of this account, one file per site",
    )


def can_ask() -> bool:
    """Return whether a person sits at a terminal, whatever standard input is."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def ask_twice(prompt: str) -> str:
    """Return what a person typed, unseen, twice the same.

    Raises:
        VaultError: the two differ.
    """
    typed = getpass.getpass(f"{prompt}: ")
    if getpass.getpass(f"{prompt}, again: ") != typed:
        raise VaultError("the two entries differ", remedy="Try again.")
    return typed


def vault_from_args(args: argparse.Namespace, site: Site) -> Vault:
    """Return the site's vault as the options say; a passphrase is asked for when needed.

    Raises:
        VaultError: only a keyring without protection is configured.
    """
    from wizard.vault.backend import keyring_path  # noqa: PLC0415 - start-up time
    from wizard.vault.store import open_vault  # noqa: PLC0415 - as above

    path: Path = (args.keyring_file or keyring_path(site.site)).expanduser()

    def passphrase() -> str:
        if path.exists():
            return getpass.getpass(f"Passphrase of {path}: ")
        return ask_twice(f"New passphrase for {path}")

    return open_vault(
        site.site,
        passphrase=passphrase if can_ask() else None,
        passphrase_file=args.keyring_passphrase_file,
        keyring_file=args.keyring_file,
    )
