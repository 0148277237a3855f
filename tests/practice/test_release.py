"""The stand-in's release as a file: what is in it, and that it can be built offline."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from tests.practice.own_archive import unpack
from wizard.errors import PracticeError
from wizard.practice.release import SOURCES, build_release, cached_trees

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = re.compile(rb"registry\.[a-z0-9.-]+\.[a-z]{2,}|\"resolved\"")
BOTH = pytest.mark.parametrize("built", [True, False], ids=["built", "unbuilt"])


def unpacked(tarball: Path, into: Path) -> Path:
    """Unpack a release and return its only directory."""
    unpack(tarball, into)
    (directory,) = into.iterdir()
    return directory


@BOTH
def test_the_same_sources_give_the_same_bytes(tmp_path: Path, *, built: bool) -> None:
    """A checksum written down once stays true."""
    one = build_release(tmp_path / "one.tar.gz", built=built)
    other = build_release(tmp_path / "other.tar.gz", built=built)

    assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()


@BOTH
def test_a_later_build_only_packs(tmp_path: Path, *, built: bool) -> None:
    """Once npm's work is kept, a release takes less than two seconds of work and says no more."""
    cached_trees()
    said: list[str] = []
    started = time.process_time()

    build_release(tmp_path / "out.tar.gz", built=built, on_progress=said.append)

    assert time.process_time() - started < 2
    assert said == ["packing out.tar.gz"]


@BOTH
def test_every_member_is_roots_and_of_one_time(tmp_path: Path, *, built: bool) -> None:
    """Nothing of the building machine is in it: owners, times and modes are fixed."""
    with tarfile.open(
        build_release(tmp_path / "out.tar.gz", version="1.5.0", built=built)
    ) as archive:
        members = archive.getmembers()

    assert {"minusnow-1.5.0"} == {member.name.split("/")[0] for member in members}
    assert {(0, 0, "root", "root")} == {(m.uid, m.gid, m.uname, m.gname) for m in members}
    assert len({member.mtime for member in members}) == 1
    assert {member.mode for member in members} <= {0o644, 0o755, 0o777}


@BOTH
def test_a_release_names_no_registry(tmp_path: Path, *, built: bool) -> None:
    """An offline host finds nothing in a release that would make it ask a registry."""
    directory = unpacked(build_release(tmp_path / "out.tar.gz", built=built), tmp_path / "into")

    naming = [
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_file() and REGISTRY.search(path.read_bytes())
    ]

    assert naming == []


def test_the_sources_name_no_registry() -> None:
    """The lock file pins by checksum, so that each machine uses the registry it is set up for."""
    naming = [path for path in SOURCES.rglob("*") if path.is_file()]

    assert [path for path in naming if REGISTRY.search(path.read_bytes())] == []


def test_a_built_release_has_what_runs_and_migrates(tmp_path: Path) -> None:
    """It carries both bundles, the migrations and the production packages, and says what it is."""
    directory = unpacked(build_release(tmp_path / "out.tar.gz", version="2.0.1"), tmp_path / "into")
    manifest = json.loads((directory / "package.json").read_text())

    assert {path.name for path in directory.iterdir()} == {
        "README.md",
        "dist",
        "migrations",
        "node_modules",
        "package-lock.json",
        "package.json",
    }
    assert {path.name for path in (directory / "dist").iterdir()} == {"index.cjs", "migrate.cjs"}
    assert (directory / "node_modules" / "pg").is_dir()
    assert not (directory / "node_modules" / "esbuild").exists()
    assert manifest["version"] == "2.0.1"
    assert {"build", "db:push", "start"} <= set(manifest["scripts"])
    assert "not the MinusNow product" in manifest["description"]
    assert "not the MinusNow product" in (directory / "README.md").read_text()


def test_an_unbuilt_release_builds_offline_and_then_sheds_what_built_it(tmp_path: Path) -> None:
    """`npm run build` and the pruning after it need no network, and give the same bundle."""
    directory = unpacked(build_release(tmp_path / "out.tar.gz", built=False), tmp_path / "into")
    offline = {
        **os.environ,
        "npm_config_offline": "true",
        "npm_config_cache": str(tmp_path / "npm"),
    }
    assert not (directory / "dist").exists()

    for command in (["npm", "run", "build"], ["npm", "prune", "--omit=dev"]):
        done = subprocess.run(
            command, cwd=directory, env=offline, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    wanted = cached_trees() / "built"
    assert (directory / "dist/index.cjs").read_bytes() == (wanted / "dist/index.cjs").read_bytes()
    assert not (directory / "node_modules" / "esbuild").exists()
    assert (directory / "node_modules" / "pg").is_dir()


def test_a_malformed_version_is_refused(tmp_path: Path) -> None:
    """A version becomes a directory name, so nothing else than a version is taken."""
    with pytest.raises(PracticeError, match="no version"):
        build_release(tmp_path / "out.tar.gz", version="../1.4.0")

    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_npm_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the machine lacks is said with the command that installs it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PracticeError) as refused:
        build_release(tmp_path / "out.tar.gz")

    assert "apt-get install npm" in refused.value.remedy
