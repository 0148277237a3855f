"""Facts about the local files that a site names, read once before planning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFile:
    """The application release: what its package.json and contents say."""

    path: Path
    sha256: str
    size: int  # bytes
    version: str
    top: str  # the single folder everything lies in, "" if there is none
    built: bool  # holds dist/index.cjs
    scripts: tuple[str, ...]  # names of the package.json scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTarball:
    """An official Node.js binary tarball."""

    path: Path
    sha256: str
    size: int  # bytes
    version: str  # "20.20.2"
    top: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The local files of a site; the certificate travels as secrets (see vault/catalogue.py)."""

    release: ReleaseFile
    node: NodeTarball | None
    smtp_password: bool  # whether the keyring has one: without it no SMTP_PASS is written
    base: Path  # the folder of the site file, against which relative paths were resolved
