"""Which hosts there are, and what each of them does."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from wizard.site.access import SshOverride
from wizard.site.values import Address, HostName, Interface, Section, ip_of, wanted

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address


class Role(StrEnum):
    """What a host does; the members are in the order requests travel."""

    LOAD_BALANCER = "load_balancer"
    APP = "app"
    DATABASE = "database"
    STORAGE = "storage"
    CACHE = "cache"


class Mode(StrEnum):
    """How the app servers share the work."""

    ACTIVE_ACTIVE = "active-active"
    ACTIVE_PASSIVE = "active-passive"


def _each_once(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    if len(set(roles)) != len(roles):
        raise wanted("each role once")
    return roles


class Host(Section):
    """One server."""

    name: HostName = Field(description="Short name of the server, unique in this file.")
    address: Address = Field(
        description="IPv4 or IPv6 address, or DNS name, at which this machine and the other hosts "
        "reach the server."
    )
    roles: Annotated[tuple[Role, ...], AfterValidator(_each_once)] = Field(
        min_length=1, description="What the server does: one or more roles."
    )
    interface: Interface | None = Field(
        default=None,
        description="Network interface that carries the address; found on the host if not given.",
    )
    ssh: SshOverride | None = Field(
        default=None, description="SSH settings of this host that differ from the section 'ssh'."
    )

    @property
    def ip(self) -> IPv4Address | IPv6Address | None:
        """The address as a number, or nothing if it is a name."""
        return ip_of(self.address)

    def has(self, role: Role) -> bool:
        """Whether the host has this role."""
        return role in self.roles


class Topology(Section):
    """The servers and how the app servers share the work."""

    mode: Mode = Field(
        default=Mode.ACTIVE_ACTIVE,
        description="active-active: every app server handles requests; active-passive: the second "
        "takes over when the first fails.",
    )
    hosts: tuple[Host, ...] = Field(min_length=1, description="Every server of the installation.")

    def with_role(self, role: Role) -> tuple[Host, ...]:
        """The hosts with this role, in the order of the file."""
        return tuple(host for host in self.hosts if host.has(role))
