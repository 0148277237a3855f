"""Reading the local files that a site names: the release and, if wanted, the Node.js tarball."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from wizard.errors import SiteError
from wizard.site.application import NodeSourceKind
from wizard.steps.inputs import Inputs, NodeTarball, ReleaseFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.site.model import Site

_Read = TypeVar("_Read")

# A version names a directory on the hosts, so it may hold nothing that a path or a shell reads.
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}")
_NODE_TOP = re.compile(r"node-v(\d+\.\d+\.\d+)-linux-(x64|arm64)")
_PACKAGE_JSON_LIMIT = 1 << 20  # bytes


def read_inputs(site: Site, base: Path, *, smtp_password: bool) -> Inputs:
    """Read what the site names; `base` is the folder of the site file.

    Raises: SiteError with every problem found, not the first one only.
    """
    problems: list[str] = []
    release = _attempt(problems, lambda: read_release(site, base))
    node = None
    if site.application.node_source.kind is NodeSourceKind.TARBALL:
        node = _attempt(problems, lambda: read_node(site, base))
    if problems or release is None:
        raise SiteError("\n".join(problems), remedy="Put the files in place and start again.")
    return Inputs(release=release, node=node, smtp_password=smtp_password, base=base)


def _attempt(problems: list[str], read: Callable[[], _Read]) -> _Read | None:
    try:
        return read()
    except SiteError as error:
        problems.append(error.seen)
        return None


def read_release(site: Site, base: Path) -> ReleaseFile:
    """Read the release's package.json and what it holds. Raises: SiteError."""
    field = "application.release"
    path = _resolve(base, site.application.release)
    digest = _checksum(field, path, site.application.release_sha256)
    top, package, names = _contents(field, path)
    version = str(package.get("version", ""))
    if not _VERSION.fullmatch(version):
        raise SiteError(f"{field}: {path} has no usable version in package.json: {version!r}")
    scripts = package.get("scripts")
    found = tuple(sorted(scripts)) if isinstance(scripts, dict) else ()
    built = "dist/index.cjs" in names
    wanted = [name for name in ("db:push", *(() if built else ("build",))) if name not in found]
    if wanted:
        raise SiteError(f"{field}: package.json of {path} lacks the script {' and '.join(wanted)}")
    return ReleaseFile(
        path=path,
        sha256=digest,
        size=path.stat().st_size,
        version=version,
        top=top,
        built=built,
        scripts=found,
    )


def read_node(site: Site, base: Path) -> NodeTarball:
    """Read which Node.js a tarball holds. Raises: SiteError."""
    field = "application.node_source.path"
    source = site.application.node_source
    if source.path is None:
        raise SiteError(f"{field}: missing, wanted the path of a Node.js tarball")
    path = _resolve(base, source.path)
    digest = _checksum(field, path, source.sha256)
    try:
        with tarfile.open(path) as archive:
            first = archive.next()
    except (OSError, tarfile.TarError, EOFError) as error:
        raise SiteError(f"{field}: {path} cannot be read as a tar archive: {error}") from None
    top = PurePosixPath(first.name).parts[0] if first else ""
    match = _NODE_TOP.fullmatch(top)
    if not match:
        raise SiteError(f"{field}: {path} is no Node.js tarball for Linux (its folder: {top!r})")
    version = match.group(1)
    if int(version.split(".")[0]) != site.application.node:
        raise SiteError(
            f"{field}: {path} holds Node.js {version}, application.node wants"
            f" {site.application.node}"
        )
    return NodeTarball(path=path, sha256=digest, size=path.stat().st_size, version=version, top=top)


def _resolve(base: Path, text: str) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else base / path


def _checksum(field: str, path: Path, wanted: str | None) -> str:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SiteError(f"{field}: {path} cannot be read: {error.strerror}") from None
    if wanted and digest != wanted.lower():
        raise SiteError(f"{field}: {path} has the SHA-256 {digest}, wanted {wanted.lower()}")
    return digest


def _contents(field: str, path: Path) -> tuple[str, dict[str, object], frozenset[str]]:
    """Return the single top folder, package.json, and every file's name below the top."""
    names: set[str] = set()
    texts: dict[str, bytes] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = str(PurePosixPath(member.name))
                if name.startswith(("/", "..")) or "/../" in name:
                    raise SiteError(f"{field}: {path} holds a path that leaves it: {name!r}")
                names.add(name)
                if name.count("/") <= 1 and name.rsplit("/", maxsplit=1)[-1] == "package.json":
                    file = archive.extractfile(member)
                    texts[name] = file.read(_PACKAGE_JSON_LIMIT) if file else b""
    except (OSError, tarfile.TarError, EOFError) as error:
        raise SiteError(f"{field}: {path} cannot be read as a tar archive: {error}") from None
    tops = {name.split("/")[0] for name in names if name != "."}
    top = next((only for only in tops if len(tops) == 1 and f"{only}/package.json" in texts), "")
    prefix = f"{top}/" if top else ""
    try:
        package = json.loads(texts[f"{prefix}package.json"])
    except (KeyError, ValueError):
        raise SiteError(f"{field}: {path} has no readable package.json at its top") from None
    if not isinstance(package, dict):
        raise SiteError(f"{field}: package.json of {path} is not an object")
    return top, package, frozenset(name.removeprefix(prefix) for name in names)
