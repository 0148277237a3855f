"""The data directory of PostgreSQL on a host: what is there, and whether it is ours to fill."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.resources.shell import OWN_DIRECTORY, words
from wizard.resources.written import forget
from wizard.steps.postgres_layout import ACCOUNT

if TYPE_CHECKING:
    from wizard.steps.postgres_layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSeen:
    """What a look at the data directory printed."""

    marker: str  # system identifier of the cluster we made here, "" if we made none
    present: bool  # there is something in the data directory
    identifier: str  # its system identifier, "" if it is no cluster
    standby: bool
    incoming: str  # system identifier of finished data that only has to be moved, ""

    @property
    def ours(self) -> bool:
        """Whether the cluster that is there was made by this installer."""
        return self.present and bool(self.identifier) and self.marker == self.identifier

    @property
    def movable(self) -> bool:
        """Whether an earlier run ended right before the move of its finished data."""
        return not self.present and bool(self.incoming) and self.marker == self.incoming


def look_at_data(place: Layout) -> str:
    """Return shell that prints what read_data reads."""
    data, marker = shlex.quote(place.names.data), shlex.quote(place.marker)
    incoming = shlex.quote(place.incoming)
    control = f"{shlex.quote(place.names.bin)}/pg_controldata"
    identify = "sed -n 's/^Database system identifier: */{}=/p'"
    return (
        f'if [ -r {marker} ]; then IFS= read -r line <{marker}; echo "marker=$line"; fi\n'
        f'if [ -d {data} ] && [ -n "$(ls -A {data} | head -n 1)" ]; then echo present=yes\n'
        f"{control} -D {data} | {identify.format('identifier')}\n"
        f"[ ! -e {data}/standby.signal ] || echo standby=yes\n"
        f"elif [ -e {incoming}/PG_VERSION ]; then\n"
        f"{control} -D {incoming} | {identify.format('incoming')}; fi"
    )


def read_data(seen: str) -> DataSeen:
    """Return what the look printed as a value."""
    found = dict(line.split("=", 1) for line in seen.splitlines() if "=" in line)
    return DataSeen(
        marker=found.get("marker", "").strip(),
        present=found.get("present") == "yes",
        identifier=found.get("identifier", "").strip(),
        standby=found.get("standby") == "yes",
        incoming=found.get("incoming", "").strip(),
    )


def refuse_strangers(place: Layout, seen: DataSeen) -> None:
    """Raise RefusedOnHost if the data directory holds anything that we did not make."""
    if not seen.present or seen.ours:
        return
    what = f"a cluster (system {seen.identifier})" if seen.identifier else "files"
    raise RefusedOnHost(
        f"{place.names.data} holds {what} that this installer did not make",
        remedy="It is left alone, whatever is in it. If it is of no value, remove it yourself"
        f" ({_removal(place)}); otherwise name another host as database server.",
        host=place.host.name,
    )


def _removal(place: Layout) -> str:
    if place.names.config == place.names.data:
        return f"stop {place.names.unit} and move the directory away"
    return f"pg_dropcluster --stop {place.names.version} {place.names.cluster}"


def prepare_incoming(place: Layout) -> list[str]:
    """Return shell that makes the empty directory in which data grows; only ever ours."""
    parent = place.incoming.rpartition("/")[0]
    first = f'"$(ls -A {shlex.quote(place.names.data)} 2>/dev/null | head -n 1)"'
    refusal = f"echo {words(f'{place.names.data} is no longer empty')} >&2; exit 1"
    return [
        "cd /",
        f"{{ [ -z {first} ] || {{ {refusal}; }}; }}",
        words("rm", "-rf", "--", place.incoming),
        # An existing parent, such as a home directory, keeps its mode.
        f"{{ [ -d {shlex.quote(parent)} ] || "
        + words("install", "-d", "-m", "0755", "-o", ACCOUNT, "-g", ACCOUNT, parent)
        + "; }",
        words("install", "-d", "-m", "0700", "-o", ACCOUNT, "-g", ACCOUNT, place.incoming),
    ]


def move_into_place(place: Layout) -> list[str]:
    """Return shell that marks finished data as ours and moves it to its place.

    The marker comes first: data in place without it would be a stranger's.
    """
    control = words(f"{place.names.bin}/pg_controldata", "-D", place.incoming)
    marker = shlex.quote(place.marker)
    data = shlex.quote(place.names.data)
    return [
        "cd /",
        f"identifier=$(LC_ALL=C {control} | sed -n 's/^Database system identifier: *//p')",
        '[ -n "$identifier" ]',
        f"(umask 077; mkdir -p {OWN_DIRECTORY}; printf '%s\\n' \"$identifier\" >{marker}.new)",
        f"mv -fT {marker}.new {marker}",
        f"sync -f {marker}",
        f"[ ! -d {data} ] || rmdir {data}",
        f"mv -T {shlex.quote(place.incoming)} {data}",
        # What it was copied from may have its configuration in it.
        forget(place.names.data),
        # SELinux labels follow the path.
        f"if command -v restorecon >/dev/null; then restorecon -R {data}; fi",
    ]
