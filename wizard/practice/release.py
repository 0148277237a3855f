"""Builds the release of the MinusNow stand-in: an offline tarball for rehearsal and tests.

npm fetches the pinned packages once; the result is kept under a key made of the sources, so that a
later build only packs. The tarball depends on the sources and the version alone, byte for byte.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import PracticeError

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = Path(__file__).parent / "standin"
"""The Node.js sources of the stand-in."""

_NPM_SECONDS = 600
# 2026-01-01: any fixed moment that is neither before 1980 nor in the future will do.
_MTIME = 1_767_225_600
# Goes into the cache key: raise it when the way a tree is made changes.
_RECIPE = "1"
_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?")
# Not part of a built release: what the build needed.
_BUILD_ONLY = frozenset({"src"})


def _say_nothing(_: str) -> None:
    """Drop a progress message."""


def build_release(
    destination: Path,
    *,
    version: str = "1.4.0",
    built: bool = True,
    on_progress: Callable[[str], None] = _say_nothing,
) -> Path:
    """Write the stand-in's release to `destination` and return that path.

    Args:
        destination: The tarball to write; replaced when it exists.
        version: The version it says it has; its top directory is `minusnow-<version>`.
        built: With `dist/` and production packages; otherwise with sources and every package that
            `npm run build` needs, for this machine's architecture.
        on_progress: Called with one line for each part of the work.

    Raises:
        PracticeError: npm is missing or fails, or the version is malformed.
    """
    if not _VERSION.fullmatch(version):
        raise PracticeError(
            f"{version!r} is no version of a release.", remedy="Give one such as 1.4.0."
        )
    trees = cached_trees(on_progress)
    on_progress(f"packing {destination.name}")
    packed = _pack(trees / ("built" if built else "unbuilt"), version)
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = destination.with_name(f".{destination.name}.{os.getpid()}")
    partial.write_bytes(packed)
    partial.replace(destination)
    return destination


def cached_trees(on_progress: Callable[[str], None] = _say_nothing) -> Path:
    """Return the directory with the trees `built` and `unbuilt`, made by npm when not there yet."""
    home = _cache_home()
    trees = home / _source_key()
    if trees.is_dir():
        return trees
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix="making-") as scratch:
        made = Path(scratch) / "trees"
        _make_trees(Path(scratch) / "work", made, on_progress)
        try:
            made.rename(trees)
        except OSError:
            # Another process was faster: its trees come from the same sources.
            if not trees.is_dir():
                raise
    return trees


def _cache_home() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "minusnow-setup" / "standin"


def _source_key() -> str:
    digest = hashlib.sha256(f"{_RECIPE} {platform.machine()}".encode())
    for path in sorted(path for path in SOURCES.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(SOURCES)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:24]


def _make_trees(work: Path, made: Path, on_progress: Callable[[str], None]) -> None:
    shutil.copytree(SOURCES, work)
    on_progress("fetching the stand-in's packages with npm")
    _npm(work, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    shutil.copytree(work, made / "unbuilt", symlinks=True)
    on_progress("building the stand-in")
    _npm(work, "run", "build")
    _npm(work, "prune", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")
    shutil.copytree(work, made / "built", symlinks=True, ignore=_ignore_build_only(work))
    for tree in (made / "unbuilt", made / "built"):
        _forget_registry(tree / "node_modules")


def _ignore_build_only(top: Path) -> Callable[[str, list[str]], set[str]]:
    def ignore(directory: str, names: list[str]) -> set[str]:
        return set(names) & _BUILD_ONLY if Path(directory) == top else set()

    return ignore


def _npm(directory: Path, *arguments: str) -> None:
    """Run npm in a directory; its output is shown only when it fails."""
    if shutil.which("npm") is None:
        raise PracticeError(
            "npm is not installed on this machine.",
            remedy="Install Node.js with npm (Debian and Ubuntu: apt-get install npm).",
        )
    command = ["npm", *arguments, "--no-update-notifier"]
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_NPM_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise PracticeError(
            f"npm {arguments[0]} did not end within {_NPM_SECONDS} s.",
            remedy="Check that npm reaches its registry: npm ping.",
        ) from expired
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise PracticeError(
            f"npm {arguments[0]} failed with status {done.returncode}:\n{last}",
            remedy="Check that npm reaches its registry: npm ping.",
        )


def _forget_registry(modules: Path) -> None:
    """Remove what could make an offline host ask a registry, or names one.

    That is npm's record of where it fetched from, publishers' settings, and installation scripts
    that download.
    """
    (modules / ".package-lock.json").unlink(missing_ok=True)
    for manifest in modules.rglob("package.json"):
        content = json.loads(manifest.read_text(encoding="utf-8"))
        unwanted = content.pop("publishConfig", None) is not None
        scripts = content.get("scripts", {})
        for name in ("preinstall", "install", "postinstall"):
            unwanted |= scripts.pop(name, None) is not None
        if unwanted:
            manifest.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    # esbuild's download script; the binary it would fetch is already among the packages.
    (modules / "esbuild" / "install.js").unlink(missing_ok=True)


def _pack(tree: Path, version: str) -> bytes:
    """Return the gzip'd tar of a tree: sorted, owned by root, with fixed times and modes."""
    target = io.BytesIO()
    top = f"minusnow-{version}"
    with (
        gzip.GzipFile(fileobj=target, mode="wb", mtime=0, compresslevel=6) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in (tree, *sorted(tree.rglob("*"))):
            member, content = _member(path, tree, top, version)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def _member(path: Path, tree: Path, top: str, version: str) -> tuple[tarfile.TarInfo, bytes]:
    relative = path.relative_to(tree)
    member = tarfile.TarInfo(str(Path(top) / relative))
    member.mtime = _MTIME
    member.uname = member.gname = "root"
    content = b""
    if path.is_symlink():
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, str(path.readlink()), 0o777
    elif path.is_dir():
        member.type, member.mode = tarfile.DIRTYPE, 0o755
    else:
        content = path.read_bytes()
        if str(relative) in {"package.json", "package-lock.json"}:
            content = _with_version(content, version)
        member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
        member.size = len(content)
    return member, content


def _with_version(manifest: bytes, version: str) -> bytes:
    """Return package.json or package-lock.json with the release's version."""
    content = json.loads(manifest)
    content["version"] = version
    if "packages" in content:
        content["packages"][""]["version"] = version
    return (json.dumps(content, indent=2) + "\n").encode()
