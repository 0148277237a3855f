"""The PostgreSQL primary and its standbys."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from wizard.site.values import Exact, Flag, HostName, Matching, Port, Section, Size, Whole

_IDENTIFIER = r"[a-z_][a-z0-9_]{0,62}"
# Roles that PostgreSQL or this installer needs for something else.
_TAKEN = (
    "postgres|replicator|minusnow_(?:setup|backup|monitoring|rotation)|pg_.*|public|none|user"
    "|current_user|session_user"
)


class Replication(StrEnum):
    """When a commit is answered."""

    ASYNC = "async"
    SYNC = "sync"


class Database(Section):
    """PostgreSQL; its passwords are kept in the keyring."""

    name: Annotated[
        str,
        Matching(
            _IDENTIFIER,
            "a database name of lower-case letters, digits and '_', not one of PostgreSQL's own",
            refused="postgres|template[01]",
        ),
    ] = Field(default="minusnow_db", description="Name of the database.")
    user: Annotated[
        str,
        Matching(
            _IDENTIFIER,
            "a role name of lower-case letters, digits and '_', not one of PostgreSQL's or of this "
            "installer's own (minusnow_setup, minusnow_backup, minusnow_monitoring)",
            refused=_TAKEN,
        ),
    ] = Field(default="minusnow", description="Role that the application logs in as.")
    primary: HostName = Field(description="Name of the host that starts as primary.")
    version: Annotated[Literal[13, 14, 15, 16, 17, 18], Exact] = Field(
        default=15, description="Major version of PostgreSQL."
    )
    replication: Replication = Field(
        default=Replication.ASYNC,
        description="async: a commit does not wait for the standby; sync: it does, and every "
        "commit hangs while the only standby is down.",
    )
    max_connections: Annotated[int, Whole(20, 10000)] = Field(
        default=200, description="Connections the servers accept, the same on all of them."
    )
    port: Port = Field(default=5432, description="Port of PostgreSQL.")
    max_slot_wal_keep_size: Size = Field(
        default=Size("10GB"),
        description="Write-ahead log kept at most for a standby that is away; after that it must "
        "be built anew.",
    )
    tls: Flag = Field(
        default=True, description="Whether connections to the database are encrypted."
    )
