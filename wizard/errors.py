"""Every error that may reach a person, as one tree.

SetupError
├── SiteError            the site file is wrong (all problems at once)
├── VaultError           a secret is missing, or its store cannot be opened
├── HostError            one host, something seen there
│   ├── ConnectionFailed     no session: address, port, key, login, host key
│   ├── ConnectionLost       the session ended while something ran
│   ├── CommandFailed        a command ended with a non-zero status
│   ├── CommandSilent        nothing was heard for longer than allowed
│   ├── RefusedOnHost        going on would destroy something of value
│   └── HostInUse            another run holds the host
├── StepFailed           a step did not reach what was wanted
├── StateError           the state file cannot be used
├── PracticeError        the practice fleet cannot be built or reached
└── Cancelled            a person asked to stop
"""

from __future__ import annotations


class SetupError(Exception):
    """Something a person can act on: what was seen, and one sentence on what to do."""

    exit_status = 1

    def __init__(self, seen: str, *, remedy: str = "", host: str = "", step: str = "") -> None:
        super().__init__(seen)
        self.seen = seen
        self.remedy = remedy
        self.host = host
        self.step = step

    def __str__(self) -> str:
        where = " · ".join(part for part in (self.host, self.step) if part)
        text = f"{where}: {self.seen}" if where else self.seen
        return f"{text}\n  {self.remedy}" if self.remedy else text


class SiteError(SetupError):
    """The site file cannot be used; the text lists every problem found."""

    exit_status = 2


class VaultError(SetupError):
    """A secret is missing or the keyring cannot be opened."""

    exit_status = 2


class HostError(SetupError):
    """Something that concerns one host."""


class ConnectionFailed(HostError):  # noqa: N818 - named for what happened, read aloud in logs
    """No usable session could be opened; `untrusted` if the host's key is not the known one.

    `refused` is the name of the secret that is not the right one, "" if it is not about one.
    """

    untrusted = False
    refused = ""


class ConnectionLost(HostError):  # noqa: N818 - as above
    """The session ended while something was running; its outcome is unknown."""


class CommandFailed(HostError):  # noqa: N818 - as above
    """A command ended with a non-zero status."""

    def __init__(self, seen: str, *, status: int, remedy: str = "", host: str = "") -> None:
        super().__init__(seen, remedy=remedy, host=host)
        self.status = status


class CommandSilent(HostError):  # noqa: N818 - as above
    """A command said nothing for longer than it may; the text names what was waited for."""


class RefusedOnHost(HostError):  # noqa: N818 - as above
    """Going on would overwrite something of value on the host."""


class HostInUse(HostError):  # noqa: N818 - as above
    """Another run of an installer holds the host, or held it and did not let go.

    `breakable` if a person may decide that it is over.
    """

    breakable = False


class StepFailed(SetupError):  # noqa: N818 - as above
    """A step acted, and a fresh look shows that its goal was not reached."""


class StateError(SetupError):
    """The state file is missing, damaged, in use, or not ours."""

    exit_status = 2


class PracticeError(SetupError):
    """The practice fleet cannot be built, started or reached."""


class Cancelled(SetupError):  # noqa: N818 - as above
    """A person asked to stop; what was running has been ended and the state saved."""

    exit_status = 130
