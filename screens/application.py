"""Application: the release, which is read at once, its Node.js and its environment."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from screens.apart import begin
from screens.files_form import SIMULATED, FilesForm, fault
from screens.provisional import provisional_site
from screens.widgets.field import Field
from wizard.errors import SetupError
from wizard.site.support import NODE_ENDS

if TYPE_CHECKING:
    from screens.draft import Draft

_MB = 1000**2


def _tarball(draft: Draft) -> bool:
    return draft.value("application.node_source.kind") == "tarball"


class ApplicationStep(FilesForm):
    """The release file and how it runs."""

    HELP = (
        "The release is the archive you have from the vendor (.tar.gz). A relative path starts at"
        " the site file's folder. It is read here: version, whether it is built already, size and"
        " checksum. A checksum from the vendor, if you have one, is compared before anything is"
        " installed.\n\n"
        "Node.js comes from the hosts' package sources, or from a tarball for hosts without them."
        " Further environment variables, as LOG_LEVEL=info, FEATURE_X=on, are written into the"
        " application's environment file; never a secret."
    )
    ASIDE_TITLE = "What was read"
    FILES = ("application.release", "application.node_source.path")
    FIELDS: ClassVar[tuple[Field | str, ...]] = (
        Field(
            path="application.release",
            label="Release",
            example="./minusnow-1.4.0.tar.gz",
            required=True,
        ),
        Field(path="application.release_sha256", label="SHA-256", example="the vendor's checksum"),
        Field(
            path="application.node",
            label="Node.js",
            kind="choice",
            options=tuple((str(version), version) for version in sorted(NODE_ENDS)),
            default=22,
        ),
        Field(
            path="application.node_source.kind",
            label="Node.js from",
            kind="choice",
            options=(("packages", "packages"), ("a tarball", "tarball")),
            default="packages",
        ),
        Field(
            path="application.node_source.path",
            label="  Tarball",
            example="./node-v22.11.0-linux-x64.tar.xz",
            when=_tarball,
        ),
        Field(
            path="application.node_source.sha256",
            label="  SHA-256",
            example="the 64 digits that nodejs.org lists for it",
            when=_tarball,
        ),
        Field(path="application.port", label="Port", kind="number", default=5000),
        Field(path="application.uid", label="User number", kind="number", default=990),
        Field(path="application.gid", label="Group number", kind="number", default=990),
        Field(
            path="application.environment",
            label="Environment",
            kind="pairs",
            example="LOG_LEVEL=info, FEATURE_X=on",
        ),
    )
    _read_text = ""
    _read_for: object = None

    def aside(self) -> str:
        """The release as read, then how long Node.js is supported."""
        wanted = (
            self.draft.value("application.release"),
            self.draft.value("application.release_sha256"),
            self.draft.value("application.node"),
            str(self.draft.value("application.node_source")),
            self.draft.base,
        )
        if wanted != self._read_for:
            self._read_for = wanted
            self._read_text = "… reading" if wanted[0] else "No release is named yet."
            if wanted[0]:
                begin(self, "release", partial(self._read, wanted))
        return f"{self._read_text}\n\n{self._support()}"

    def _support(self) -> str:
        version = self.draft.value("application.node") or 22
        ends = NODE_ENDS.get(version) if isinstance(version, int) else None
        if ends is None:
            return ""
        over = datetime.now(UTC).date() > ends
        sign = "! Node.js {} is out of support since" if over else "✓ Node.js {} is supported until"
        return f"{sign.format(version)} {ends}"

    async def _read(self, wanted: object) -> None:
        text = await self.looks.do(self._found, still=lambda: wanted == self._read_for)
        if text is not None and wanted == self._read_for and self.shown:
            self._read_text = text
            self.refresh_aside()

    def _found(self) -> str:
        """What the named files hold, or what is wrong with them; called in a thread."""
        from wizard.steps.local_files import read_node, read_release  # noqa: PLC0415 - start-up time

        draft = self.draft
        site = provisional_site(draft)
        lines: list[str] = []
        if site is not None and not draft.problem_at("application"):
            try:
                found = read_release(site, draft.base)
                lines += [
                    f"✓ {found.path.name}",
                    f"  version   {found.version}",
                    f"  built     {'yes' if found.built else 'no: it is built on one app server'}",
                    f"  size      {found.size / _MB:.1f} MB",
                    f"  SHA-256   {found.sha256[:32]}",
                    f"            {found.sha256[32:]}",
                ]
                if _tarball(draft):
                    node = read_node(site, draft.base)
                    lines.append(f"✓ Node.js {node.version} from {node.path.name}")
            except SetupError as error:
                faults = [fault(self.place_of(name)) for name in self.files()]
                sign = "·" if self.setup.simulation else "✗"
                lines += [f"{sign} {one}" for one in filter(None, faults)] or [
                    f"{sign} {error.seen}"
                ]
                if self.setup.simulation:
                    lines.append(f"  {SIMULATED}")
        return "\n".join(lines)
