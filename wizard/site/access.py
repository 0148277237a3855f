"""How the hosts are reached over SSH, and how root rights are obtained there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from wizard.site.values import LocalPath, Port, Section, UserName, normal_address, wanted

_JUMP = re.compile(
    r"(?:(?P<user>[a-z_][a-z0-9_-]{0,31})@)?(?P<host>\[[^]]+\]|[^:]+)(?::(?P<port>[0-9]{1,5}))?"
)


class Sudo(StrEnum):
    """How sudo is used on the hosts."""

    NOPASSWD = "nopasswd"
    PASSWORD = "password"  # noqa: S105 - the name of a way, not a secret


@dataclass(frozen=True, slots=True)
class Jump:
    """The host through which the others are reached; nothing means: as for the hosts."""

    host: str
    user: str | None = None
    port: int = 22


def read_jump(text: str) -> Jump:
    """Reads `[user@]host[:port]`; an IPv6 address with a port stands in brackets.

    Raises:
        ValueError: it is not of that form.
    """
    try:
        return Jump(normal_address(text))
    except ValueError:
        match = _JUMP.fullmatch(text)
    if not match or not 1 <= int(match["port"] or 22) <= 65535:  # noqa: PLR2004 - the last port
        raise ValueError(text)
    return Jump(normal_address(match["host"]), match["user"], int(match["port"] or 22))


def _jump(value: str) -> str:
    try:
        read_jump(value)
    except ValueError:
        raise wanted("a jump host such as 'bastion.example.com' or 'ops@10.9.0.1:2222'") from None
    return value


JumpText = Annotated[
    str,
    AfterValidator(_jump),
    WithJsonSchema({"type": "string", "pattern": r"^([a-z_][a-z0-9_-]*@)?[A-Za-z0-9.:\[\]-]+$"}),
]


class SshOverride(Section):
    """SSH settings of one host; what is not given is taken from the section `ssh`."""

    user: UserName | None = Field(default=None, description="Login name on this host.")
    port: Port | None = Field(default=None, description="Port of this host's SSH server.")
    key_file: LocalPath | None = Field(default=None, description="Private key for this host.")
    sudo: Sudo | None = Field(default=None, description="How sudo is used on this host.")
    known_hosts: LocalPath | None = Field(
        default=None, description="File that holds this host's key."
    )
    jump: JumpText | None = Field(default=None, description="Jump host for this host.")


class Ssh(Section):
    """How the hosts are reached."""

    user: UserName = Field(description="Login name on the hosts; it may use sudo.")
    port: Port = Field(default=22, description="Port of the hosts' SSH servers.")
    key_file: LocalPath | None = Field(
        default=None, description="Private key on this machine; the SSH agent if not given."
    )
    sudo: Sudo = Field(
        default=Sudo.NOPASSWD,
        description="nopasswd: sudo asks nothing; password: it asks for the one that is kept in "
        "the keyring as sudo_password.",
    )
    known_hosts: LocalPath = Field(
        default="~/.ssh/known_hosts",
        description="File with the hosts' keys; a host whose key is not in it is refused.",
    )
    jump: JumpText | None = Field(
        default=None, description="Jump host: [user@]host[:port], if the hosts are behind one."
    )

    @property
    def jump_host(self) -> Jump | None:
        """The jump host in parts."""
        return read_jump(self.jump) if self.jump else None

    def merged(self, override: SshOverride | None) -> Ssh:
        """These settings with what one host overrides."""
        if override is None:
            return self
        return self.model_copy(update=override.model_dump(exclude_none=True))
