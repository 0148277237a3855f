"""Whether the keyring is the one with which the hosts of a state file were installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.errors import VaultError
from wizard.run.state import StateFile
from wizard.vault.store import AUDIT_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.vault.store import Vault

_TOUCHED = {"intended", "done", "failed"}


def require_known(state: Path, vault: Vault) -> None:
    """Raise VaultError if hosts were given secrets, and the keyring knows none of this site.

    Secrets made in their place would lock out whoever holds the old ones. There may be no state
    file yet, or another process may be using it.
    """
    if not state.exists() or any(info.name != AUDIT_KEY for info in vault.describe()):
        return
    opened = StateFile.open_read_only(state)
    try:
        ours = opened.records.site().name == vault.site_name  # another site's is refused later
        begun = ours and any(task.status in _TOUCHED for task in opened.records.tasks())
    finally:
        opened.close()
    if begun:
        raise VaultError(
            f"{vault.place} holds no secret of {vault.site_name}, whose hosts were given some",
            remedy="Name the keyring that the site was installed with (--keyring-file), or restore"
            " it from a backup. If it is lost, make others with `minusnow-setup secret generate"
            " --all SITE`; the next apply gives them to the hosts.",
        )
