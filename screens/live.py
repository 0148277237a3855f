"""What is known besides the site file: facts of the hosts, answers of checks, the running work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from screens.work import Work
    from wizard.errors import SetupError
    from wizard.facts.host import HostFacts
    from wizard.run.status import Status
    from wizard.vault.store import SecretInfo, Vault


@dataclass(slots=True)
class Live:
    """Things seen since the program started; nothing of it is in the site file."""

    facts: dict[str, HostFacts | SetupError] = field(default_factory=dict)  # by host name
    probing: set[str] = field(default_factory=set)  # names of hosts that are being looked at
    probed_at: dict[str, str] = field(default_factory=dict)  # host name -> address it was seen at
    typed: dict[str, str] = field(default_factory=dict, repr=False)  # secrets, until the end
    vault: Vault | None = None  # once it was opened: its passphrase is not asked for again
    stored: dict[str, SecretInfo] | None = None  # what the keyring held when it was last listed
    before: Status | None = None  # how far the site was when its state file was last read
    work: Work | None = None  # the engine at work, once a screen has asked for it

    def fact(self, name: str, address: object) -> HostFacts | SetupError | None:
        """What was seen of a host, unless its address is another one by now."""
        return self.facts.get(name) if self.probed_at.get(name) == address else None
