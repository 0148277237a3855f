"""A copy of the primary's cluster, from which a standby starts."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.resources.resource import Change
from wizard.resources.shell import lines
from wizard.steps.postgres_data import (
    look_at_data,
    move_into_place,
    prepare_incoming,
    read_data,
    refuse_strangers,
)

if TYPE_CHECKING:
    from wizard.site.topology import Host
    from wizard.steps.postgres_layout import Layout
    from wizard.vault.secret import Secrets

_SLOT_FREE_WITHIN = 90  # seconds
_DAY = 24 * 3600.0  # seconds
# A primary that has gone silent is noticed within 40 seconds, as the primary notices a standby.
# Without, the copy waits for its next byte for as long as the kernel does, two hours.
_NOTICED = "keepalives_idle=20 keepalives_interval=5 keepalives_count=4 tcp_user_timeout=40000"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseBackup:
    """The standby's data: a base backup, taken only into an empty data directory."""

    place: Layout
    primary: Host

    @property
    def key(self) -> str:
        """`base backup of PRIMARY`."""
        return f"base backup of {self.primary.name}"

    def look(self) -> str:
        """Print what the data directory holds."""
        return look_at_data(self.place)

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return the backup; RefusedOnHost rather than touch data that is no copy."""
        found = read_data(seen)
        refuse_strangers(self.place, found)
        if found.ours and not found.standby:
            raise RefusedOnHost(
                f"{self.place.host.name} is a standby in the site file but accepts writes here",
                remedy="If it was promoted on purpose, name it as database.primary in the site"
                " file; otherwise two servers have written, and a person must decide whose data"
                " counts.",
                host=self.place.host.name,
            )
        if found.ours:
            return None
        data = self.place.names.data
        if found.movable:
            return Change(
                resource=self.key,
                summary=f"move the base backup to {data}, where an earlier run left off",
                script=lines(move_into_place(self.place)),
            )
        prepare = "\n".join(f"{step} || return 1" for step in prepare_incoming(self.place))
        return Change(
            resource=self.key,
            summary=f"copy the cluster of {self.primary.name} to {data} (slot {self.place.slot})",
            script=lines(
                [
                    f"prepare() {{\n{prepare}\n}}",
                    self._copy_until_slot_is_free(),
                    *self._as_standby(),
                    *move_into_place(self.place),
                ]
            ),
            timeout=_DAY,
            silence=900.0,
            waiting_for=f"pg_basebackup from {self.primary.name}",
            detached=True,
        )

    def _copy_until_slot_is_free(self) -> str:
        """Return shell that copies, again if the slot is held by a connection that has died.

        The primary gives a slot up when it notices that its user is gone: after a power cut that
        takes as long as wal_sender_timeout, a minute.
        """
        log = shlex.quote(f"{self.place.incoming}.log")
        return f"""\
end=$((SECONDS + {_SLOT_FREE_WITHIN}))
until prepare && {self._copy()} 2>&1 | tee {log}; do
if ! grep -q 'is active for PID' {log} || [ $SECONDS -ge $end ]; then rm -f {log}; exit 1; fi
echo 'the slot is still held by a connection that has died: trying again'
sleep 2
done
rm -f {log}"""

    def _copy(self) -> str:
        return self.place.as_account(
            "pg_basebackup",
            *("-D", self.place.incoming, "--format=plain", "--wal-method=stream"),
            *("--slot", self.place.slot, "--checkpoint=fast", "--no-password"),
            *("--progress", "--verbose", "--label", f"minusnow-setup {self.place.host.name}"),
            *("--dbname", f"{self.place.connection_to(self.primary)} {_NOTICED}"),
        )

    def _as_standby(self) -> list[str]:
        """Return shell that makes the copy a standby.

        postgresql.auto.conf came along: what was set there for the primary, such as the standbys
        its commits wait for, is not true of the copy.
        """
        incoming = shlex.quote(self.place.incoming)
        return [
            f": >{incoming}/postgresql.auto.conf",
            f"touch {incoming}/standby.signal",
            f"chown postgres:postgres {incoming}/standby.signal",
            f"chmod 0600 {incoming}/standby.signal",
            f"sync -f {incoming}/standby.signal",
        ]
