"""The secrets of a simulated site: made here, kept in memory, good for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.site.model import Site
    from wizard.vault.store import Vault


def simulated_vault(site_name: str) -> Vault:
    """Return a vault that forgets everything when the program ends."""
    from wizard.vault.memory import MemoryKeyring  # noqa: PLC0415 - start-up time
    from wizard.vault.store import Vault  # noqa: PLC0415 - as above

    return Vault(site_name, MemoryKeyring())


def fill(vault: Vault, site: Site, *, base: Path) -> None:
    """Make what can be made and stand in for what only a person knows.

    Raises: VaultError if the site names certificate files that cannot be used.
    """
    vault.ensure(site, base=base)
    for spec in vault.missing(site):
        # Nothing that is shown ends as it begins: that would be taken for a cut secret and masked.
        vault.set(spec.name, f"x-simulated-{spec.name}-x", purpose=spec.purpose)
