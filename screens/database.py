"""Database: names, version, replication with its consequence, memory from the probed hosts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from screens.diagram import with_role
from screens.form_step import FormStep
from screens.secrets import SecretsDesk
from screens.widgets.field import YES_NO, Field, words
from wizard.facts.host import HostFacts
from wizard.site.support import POSTGRESQL_ENDS
from wizard.steps.postgres_sizes import sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSIONS = tuple((str(version), version) for version in sorted(POSTGRESQL_ENDS))


class DatabaseStep(FormStep):
    """PostgreSQL: one primary, its standbys, and what their memory allows."""

    HELP = (
        "The primary takes every write; the standby follows it and takes over when it fails.\n\n"
        "async: a commit is answered at once; when the primary is lost, the last moment before may"
        " be lost with it. sync: a commit waits for the standby, nothing answered is ever lost;"
        " with one standby, every commit hangs while it is down.\n\n"
        "Passwords are made by the installer, long and random, and are kept in the keyring of this"
        " machine; none stands in the site file. F5 lists them by name and lets you type your own."
    )
    ASIDE_TITLE = "What follows"
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(path="database.name", label="Database", default="minusnow_db"),
        Field(path="database.user", label="Role", default="minusnow"),
        Field(
            path="database.primary",
            label="Primary",
            kind="choice",
            options_of=lambda draft: words(*with_role(draft, "database")),
        ),
        Field(
            path="database.version",
            label="PostgreSQL",
            kind="choice",
            options=_VERSIONS,
            default=15,
        ),
        Field(
            path="database.replication",
            label="Replication",
            kind="choice",
            options=(("async", "async"), ("sync", "sync")),
            default="async",
        ),
        Field(path="database.max_connections", label="Connections", kind="number", default=200),
        Field(path="database.port", label="Port", kind="number", default=5432),
        Field(path="database.max_slot_wal_keep_size", label="WAL kept", default="10GB"),
        Field(path="database.tls", label="Encrypted", kind="choice", options=YES_NO, default=True),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f5",
            "secrets",
            "Passwords",
            key_display="F5",
            tooltip="List passwords by name; type your own",
        ),
    ]

    def aside(self) -> str:
        """Roles of the hosts, the consequence of the replication, support, memory."""
        return "\n".join(self._words())

    def _words(self) -> Iterator[str]:
        hosts, primary = with_role(self.draft, "database"), self.draft.value("database.primary")
        standbys = [name for name in hosts if name != primary]
        yield f"primary  {primary if primary in hosts else '✗ not one of ' + ', '.join(hosts)}"
        yield f"standby  {', '.join(standbys) or '✗ none'}"
        yield ""
        if self.draft.value("database.replication") == "sync":
            yield "sync: nothing that was answered is ever lost. While"
            yield f"{', '.join(standbys) or 'the standby'} is down, every commit hangs" + (
                "." if len(standbys) == 1 else " unless another standby follows."
            )
        else:
            yield "async: commits never wait. When the primary is lost, its"
            yield "last moment may be lost with it."
        yield ""
        version = self.draft.value("database.version") or 15
        ends = POSTGRESQL_ENDS.get(version) if isinstance(version, int) else None
        if ends:
            over = datetime.now(UTC).date() > ends
            yield f"{'! out of support since' if over else '✓ supported until'} {ends}"
            yield ""
        yield from self._memory(hosts)
        yield ""
        yield "Passwords: made by the installer, kept in the keyring"
        yield "of this machine, not in the site file. F5 lists them."

    def _memory(self, hosts: list[str]) -> Iterator[str]:
        seen = []
        for host in self.setup.host_entries():
            name, address = str(host.get("name")), host.get("address")
            fact = self.setup.live.fact(self.draft, name, address)
            if host.get("name") in hosts and isinstance(fact, HostFacts):
                seen.append(fact)
        connections = self.draft.value("database.max_connections") or 200
        if not seen or not isinstance(connections, int) or connections < 1:
            yield "Memory settings are computed from the hosts: probe them"
            yield "under Topology to see them here."
            return
        found = sizes(seen, connections)
        least = min(seen, key=lambda fact: fact.memory)
        yield f"Memory, from {least.name} ({least.memory / 2**30:.1f} GiB), the smallest:"
        yield f"  shared_buffers        {found.shared_buffers:>6} MB  a quarter"
        yield f"  effective_cache_size  {found.effective_cache_size:>6} MB  three quarters"
        yield f"  work_mem              {found.work_mem:>6} MB  the rest among {connections}"
        yield f"  maintenance_work_mem  {found.maintenance_work_mem:>6} MB"
        yield f"  max_wal_size          {found.max_wal_size:>6} MB  from the disk"

    def action_secrets(self) -> None:
        """List the passwords by name."""
        SecretsDesk(self.setup).start()
