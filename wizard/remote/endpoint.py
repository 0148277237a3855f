"""Where a host is reached, as whom, and with which key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Sudo = Literal["nopasswd", "password"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One host's SSH address and login; secrets are handed to `connect` separately."""

    name: str  # in the site file
    address: str
    port: int = 22
    user: str = "root"
    key_file: Path | None = None  # None: the SSH agent
    known_hosts: Path = Path("~/.ssh/known_hosts")
    jump: Endpoint | None = None
    sudo: Sudo = "nopasswd"  # not used when `user` is root

    @property
    def known_name(self) -> str:
        """The host's name in a known_hosts file: the address, `[address]:port` unless port 22."""
        return self.address if self.port == 22 else f"[{self.address}]:{self.port}"  # noqa: PLR2004 - the port of ssh

    @property
    def place(self) -> str:
        """For people: `user@address:port`."""
        return f"{self.user}@{self.address}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKeyQuestion:
    """A host key nobody has confirmed yet; a person compares the fingerprint out of band."""

    host: str  # the endpoint's name
    address: str
    port: int
    key_type: str
    fingerprint: str  # "SHA256:…", as ssh-keygen -l prints it
    known_hosts: Path  # where it is remembered once confirmed
