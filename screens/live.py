"""What is known besides the site file: facts of the hosts, answers of checks, the running work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from screens.diagram import hosts_of

if TYPE_CHECKING:
    from screens.draft import Draft
    from screens.work import Work
    from wizard.errors import SetupError
    from wizard.facts.host import HostFacts
    from wizard.run.status import Status
    from wizard.vault.store import SecretInfo, Vault

Way = tuple[object, ...]


@dataclass(slots=True)
class Live:
    """Things seen since the program started; nothing of it is in the site file."""

    facts: dict[str, HostFacts | SetupError] = field(default_factory=dict)  # by host name
    probing: set[str] = field(default_factory=set)  # names of hosts that are being looked at
    probed_by: dict[str, Way] = field(default_factory=dict)  # host name -> the way it was seen by
    typed: dict[str, str] = field(default_factory=dict, repr=False)  # secrets, until the end
    vault: Vault | None = None  # once it was opened: its passphrase is not asked for again
    stored: dict[str, SecretInfo] | None = None  # what the keyring held when it was last listed
    before: Status | None = None  # how far the site was when its state file was last read
    work: Work | None = None  # the engine at work, once a screen has asked for it

    def fact(self, draft: Draft, name: str, address: object) -> HostFacts | SetupError | None:
        """What was seen of a host, unless it is reached in another way by now."""
        found = self.facts.get(name)
        if found is None or self.probed_by.get(name) != way_to(draft, name, address):
            return None
        return found


def way_to(draft: Draft, name: str, address: object) -> Way:
    """How a host is reached: its address, and every SSH setting that holds for it.

    What a login has shown says nothing of another user, key, port, sudo or jump host.
    """
    from wizard.site.access import Ssh  # noqa: PLC0415 - start-up time

    own = next((one.get("ssh") for one in hosts_of(draft) if one.get("name") == name), None)
    given: dict[str, object] = {}
    for answers in (draft.value("ssh"), own):
        if isinstance(answers, dict):
            given |= {key: value for key, value in answers.items() if value is not None}
    # A default that is written down is the same way as one that is not.
    return (address, *(given.get(key, one.default) for key, one in Ssh.model_fields.items()))
