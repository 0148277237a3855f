"""The directories that all app servers share."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from wizard.site.values import Address, ExternalPath, MountOptions, RemotePath, Section

SHARED_DIRECTORIES = ("data", "audit-logs", "support-tickets", "artifacts", "uploads")
"""The five directories under /opt/minusnow that must be the same on every app server."""


class StorageKind(StrEnum):
    """Who provides the share."""

    NFS = "nfs"
    EXTERNAL = "external"


class ExternalStorage(Section):
    """An export that exists already."""

    server: Address = Field(description="Address or name of the file server.")
    path: ExternalPath = Field(description="Path of the export on the file server.")
    options: MountOptions = Field(
        default="nfsvers=4.2,hard", description="Mount options; 'soft' corrupts data."
    )


class Storage(Section):
    """The share of the app servers."""

    kind: StorageKind = Field(
        default=StorageKind.NFS,
        description="nfs: the storage host becomes an NFS server; external: an export that exists.",
    )
    export: RemotePath = Field(
        default="/exports/minusnow", description="Directory that the NFS server exports."
    )
    mount_options: MountOptions = Field(
        default="nfsvers=4.2,hard", description="Mount options of the app servers."
    )
    external: ExternalStorage | None = Field(
        default=None, description="The existing export, with kind external."
    )

    @property
    def managed(self) -> bool:
        """Whether this installer sets the NFS server up."""
        return self.kind is StorageKind.NFS
