"""Addresses, names and what the hosts need from the network."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from wizard.site.values import (
    Address,
    AnyAddress,
    Domain,
    Email,
    Flag,
    LocalPath,
    Matching,
    Network,
    Port,
    Section,
    SharedAddress,
    Whole,
)

_URL = r"(?:https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?|file:(?://)?)(?:/[A-Za-z0-9._~/+-]*)?"
_OPTIONS = r"(?:\[[a-z][A-Za-z0-9=,_./ +-]*\] )?"
_APT = rf"deb {_OPTIONS}{_URL} (?:[A-Za-z0-9._/-]*/|[A-Za-z0-9._/-]+(?: [A-Za-z0-9._/-]+)+)"
_WANTED_URL = "a URL such as 'http://mirror.example.com/debian'"
_WANTED_APT = "an apt source such as 'deb http://mirror.example.com/debian bookworm main'"

SourceUrl = Annotated[str, Matching(_URL, _WANTED_URL)]
AptSource = Annotated[str, Matching(_APT, _WANTED_APT)]
MirrorSource = Annotated[str, Matching(rf"{_URL}|{_APT}", f"{_WANTED_URL}, or {_WANTED_APT}")]

_OneOrMore = MirrorSource | tuple[MirrorSource, ...] | None


class Firewall(StrEnum):
    """Which firewall the hosts use."""

    AUTO = "auto"
    UFW = "ufw"
    FIREWALLD = "firewalld"
    NONE = "none"


class TlsMode(StrEnum):
    """Where the balancers' certificate comes from."""

    SELF_SIGNED = "self-signed"
    PROVIDED = "provided"


class SmtpTls(StrEnum):
    """How the connection to the mail relay is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Tls(Section):
    """The certificate that users see."""

    mode: TlsMode = Field(
        description="self-signed: the installer makes one, for rehearsals; provided: the files "
        "below are used."
    )
    certificate: LocalPath | None = Field(
        default=None, description="Certificate in PEM form, a path on this machine."
    )
    key: LocalPath | None = Field(
        default=None, description="Its private key in PEM form, a path on this machine."
    )
    chain: LocalPath | None = Field(
        default=None, description="Intermediate certificates in PEM form, if any."
    )


def _as_list(value: object) -> object:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


class Packages(Section):
    """Where the hosts get their packages."""

    mirror: Annotated[
        tuple[MirrorSource, ...],
        BeforeValidator(_as_list, json_schema_input_type=_OneOrMore),
    ] = Field(
        default=(),
        description="Null: the sources the hosts have. Otherwise one or several: a base URL, or a "
        "one-line apt source ('deb http://mirror.example.com/debian bookworm main').",
    )
    apt: tuple[AptSource, ...] = Field(
        default=(), description="One-line apt sources for the Debian and Ubuntu hosts."
    )
    yum: tuple[SourceUrl, ...] = Field(
        default=(), description="Base URLs of repositories for the RHEL hosts."
    )

    @property
    def apt_lines(self) -> tuple[str, ...]:
        """The one-line apt sources, from `mirror` and `apt`."""
        return (*(source for source in self.mirror if source.startswith("deb ")), *self.apt)

    @property
    def base_urls(self) -> tuple[str, ...]:
        """The plain base URLs of `mirror`: for apt with the release's name, for yum as they are."""
        return tuple(source for source in self.mirror if not source.startswith("deb "))


class Smtp(Section):
    """The mail relay; its password is kept in the keyring as smtp_password."""

    host: AnyAddress = Field(description="Address or name of the mail relay.")
    port: Port = Field(default=587, description="Port of the mail relay.")
    user: (
        Annotated[
            str,
            Matching(r"[A-Za-z0-9_.+-][A-Za-z0-9_.@+-]{0,253}", "a login name of the mail relay"),
        ]
        | None
    ) = Field(default=None, description="Login name there; none if it asks for none.")
    tls: SmtpTls = Field(
        default=SmtpTls.STARTTLS,
        description="What the relay wants: starttls (usually port 587), tls from the first byte "
        "(port 465), or none. For the record: MinusNow's environment names host, port and login "
        "only, and the application goes by the port.",
    )


class Networking(Section):
    """Names, addresses and rights on the network."""

    domain: Domain = Field(description="Name that users type; the address is https://<domain>.")
    virtual_ip: SharedAddress | None = Field(
        default=None,
        description="Address with prefix length that the balancers share; needed with two or more "
        "balancers.",
    )
    private_network: Network = Field(description="The network of the hosts, in CIDR notation.")
    vrrp_id: Annotated[int, Whole(1, 255)] = Field(
        default=51,
        description="Number of the balancers' group; unique among all such groups of the network.",
    )
    firewall: Firewall = Field(
        default=Firewall.AUTO,
        description="auto: the one the distribution comes with; none: no firewall is touched.",
    )
    tls: Tls = Field(
        default=Tls(mode=TlsMode.SELF_SIGNED), description="The certificate that users see."
    )
    packages: Packages = Field(
        default=Packages(), description="Where the hosts get their packages."
    )
    smtp: Smtp = Field(description="The mail relay.")
    support_email: Email = Field(description="Address that users are told to write to.")
    dns: Flag = Field(
        default=False,
        description="true: the hosts' names resolve by DNS; false: the installer writes them to "
        "the hosts' /etc/hosts.",
    )
    admin_networks: tuple[Network, ...] = Field(
        default=(), description="Further networks from which SSH to the hosts is allowed."
    )
    monitoring_hosts: tuple[Address, ...] = Field(
        default=(), description="Monitoring servers that may query the hosts."
    )
