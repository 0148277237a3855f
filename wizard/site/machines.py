"""Which of the hosts in a site file are one and the same machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wizard.site.topology import Role


@dataclass(frozen=True, slots=True)
class Placement:
    """What the layout rules look at of a host.

    An address or roles that could not be read are None; a host whose name could not be read is
    called by its place in the file and marked as unnamed.
    """

    name: str
    address: str | None
    roles: frozenset[Role] | None
    unnamed: bool = False

    def has(self, role: Role) -> bool:
        """Whether the host certainly has this role."""
        return self.roles is not None and role in self.roles


def machines(
    placements: Sequence[Placement],
    resolved: Mapping[str, frozenset[str]],
    identities: Mapping[str, str],
) -> tuple[tuple[Placement, ...], ...]:
    """The hosts grouped into machines: those that share a name, an address or an identity.

    Addresses are expected in their normal spelling, as `normal_address` gives it.
    """
    groups: list[tuple[set[str], list[Placement]]] = []
    for placement in placements:
        marks = set(_marks(placement, resolved, identities))
        members = [placement]
        apart = []
        for group in groups:
            if group[0] & marks:
                marks |= group[0]
                members = [*group[1], *members]
            else:
                apart.append(group)
        groups = [*apart, (marks, members)]
    return tuple(tuple(members) for _, members in groups)


def _marks(
    placement: Placement, resolved: Mapping[str, frozenset[str]], identities: Mapping[str, str]
) -> Iterator[str]:
    # Names and addresses share one set: an address may be the name of another host.
    yield placement.name.lower()
    if placement.address is not None:
        yield placement.address
    yield from resolved.get(placement.name, ())
    if identity := identities.get(placement.name):
        yield f"machine {identity}"
