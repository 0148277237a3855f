"""A new, empty cluster on the primary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.resources.resource import Change
from wizard.resources.shell import lines, words
from wizard.steps.postgres_data import (
    look_at_data,
    move_into_place,
    prepare_incoming,
    read_data,
    refuse_strangers,
)

if TYPE_CHECKING:
    from wizard.steps.postgres_layout import Layout
    from wizard.vault.secret import Secrets

# With the files left out, a server cannot be started by accident with other settings than ours.
_OWN_FILES = ("postgresql.conf", "pg_hba.conf", "pg_ident.conf")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCluster:
    """The cluster of the primary: made here once, with checksums, and never again.

    It grows beside its place and is moved there when it is whole, so that a run that dies leaves
    nothing that looks like a cluster. initdb is run itself and not through the packaging's tools:
    it is the same on every distribution.
    """

    place: Layout

    @property
    def key(self) -> str:
        """`cluster VERSION/NAME`."""
        return f"cluster {self.place.names.version}/{self.place.names.cluster}"

    def look(self) -> str:
        """Print what the data directory holds."""
        return look_at_data(self.place)

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what makes it; RefusedOnHost rather than touch data."""
        found = read_data(seen)
        refuse_strangers(self.place, found)
        data = self.place.names.data
        if found.ours and found.standby:
            raise RefusedOnHost(
                f"{self.place.host.name} is the site's primary but is a standby here",
                remedy="The roles have been swapped since: name the server that accepts writes"
                " as database.primary in the site file.",
                host=self.place.host.name,
            )
        if found.ours:
            return None
        if found.movable:
            return Change(
                resource=self.key,
                summary=f"move the new cluster to {data}, where an earlier run left off",
                script=lines(move_into_place(self.place)),
            )
        if found.marker:
            raise RefusedOnHost(
                f"{data} is empty, but this installer made a cluster there (system {found.marker})",
                remedy="See whether its file system is mounted. If the data is gone on purpose,"
                f" remove {self.place.marker} on the host; a new, empty cluster is made then.",
                host=self.place.host.name,
            )
        return Change(
            resource=self.key,
            summary=f"create cluster {data} (UTF8, C.UTF-8, data checksums)",
            script=lines(
                [*prepare_incoming(self.place), *self._initialise(), *move_into_place(self.place)]
            ),
            timeout=600.0,
            waiting_for="initdb",
        )

    def _initialise(self) -> list[str]:
        place = self.place
        steps = [
            place.as_account(
                "initdb",
                *("-D", place.incoming, "--username=postgres", "--data-checksums"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
                *("--auth-local=peer", "--auth-host=reject"),
            )
        ]
        if place.names.config != place.names.data:
            steps.append(words("rm", "-f", *(f"{place.incoming}/{name}" for name in _OWN_FILES)))
        return steps
