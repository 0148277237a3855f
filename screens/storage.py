"""Storage: the directories that all app servers share, and who provides them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.diagram import with_role
from screens.form_step import FormStep
from screens.widgets.field import Field
from wizard.site.storage import SHARED_DIRECTORIES

if TYPE_CHECKING:
    from screens.draft import Draft


def _managed(draft: Draft) -> bool:
    return draft.value("storage.kind") != "external"


def _external(draft: Draft) -> bool:
    return not _managed(draft)


class StorageStep(FormStep):
    """Managed NFS, or an export that exists."""

    HELP = (
        "Attachments, audit logs and other files must be the same on every app server: they lie on"
        " a share. nfs: the host with the role storage becomes an NFS server. external: an export"
        " that exists (NetApp, EFS, Azure Files) is mounted and otherwise left alone.\n\n"
        "Mount options: 'hard' waits for a server that is away; 'soft' gives up and corrupts data,"
        " and is refused."
    )
    ASIDE_TITLE = "What follows"
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(
            path="storage.kind",
            label="Share",
            kind="choice",
            options=(("NFS server here", "nfs"), ("an export that exists", "external")),
            default="nfs",
        ),
        Field(path="storage.export", label="Export", default="/exports/minusnow", when=_managed),
        Field(
            path="storage.mount_options",
            label="Mount options",
            default="nfsvers=4.2,hard",
            when=_managed,
        ),
        Field(
            path="storage.external.server",
            label="Server",
            example="fs.example.com",
            required=True,
            when=_external,
        ),
        Field(
            path="storage.external.path",
            label="Path",
            example="/vol/minusnow",
            required=True,
            when=_external,
        ),
        Field(
            path="storage.external.options",
            label="Mount options",
            default="nfsvers=4.2,hard",
            when=_external,
        ),
    )

    def aside(self) -> str:
        """Where the five directories come from."""
        apps = ", ".join(with_role(self.draft, "app")) or "the app servers"
        if _managed(self.draft):
            host = next(iter(with_role(self.draft, "storage")), "✗ no host with the role storage")
            where = f"{host}:{self.draft.value('storage.export') or '/exports/minusnow'}"
        else:
            server = self.draft.value("storage.external.server") or "?"
            where = f"{server}:{self.draft.value('storage.external.path') or '?'}"
        lines = [f"{where} is mounted on {apps}; of it", ""]
        lines += [f"  /opt/minusnow/{name}" for name in SHARED_DIRECTORIES]
        return "\n".join([*lines, "", "are the same on every app server."])
