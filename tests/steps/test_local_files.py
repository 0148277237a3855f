"""Local files of a site are read once, checked, and all their problems told at once."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.site.example import site
from wizard.errors import SiteError
from wizard.steps.local_files import read_inputs

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = {"db:push": "node dist/migrate.cjs", "build": "node build.js"}


def archive(path: Path, files: dict[str, str]) -> Path:
    """Write a tar archive of text files."""
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def release(
    path: Path,
    *,
    built: bool = True,
    top: str = "minusnow-1.4.0/",
    package: dict[str, object] | None = None,
) -> Path:
    """Write a release; `package` changes its package.json."""
    about = {"version": "1.4.0", "scripts": SCRIPTS, **(package or {})}
    files = {f"{top}package.json": json.dumps(about)}
    if built:
        files[f"{top}dist/index.cjs"] = "0"
    return archive(path, files)


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("top", ["minusnow-1.4.0/", ""])
def test_a_release_tells_what_it_is(tmp_path: Path, top: str, *, built: bool) -> None:
    """Version, whether it is built, its top folder, size and checksum."""
    path = release(tmp_path / "release.tar.gz", built=built, top=top)
    found = read_inputs(
        site({"application.release": "release.tar.gz"}), tmp_path, smtp_password=False
    ).release
    assert (found.version, found.built, found.top) == ("1.4.0", built, top.rstrip("/"))
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.size == path.stat().st_size
    assert found.scripts == ("build", "db:push")


@pytest.mark.parametrize(
    ("package", "said"),
    [
        ({"version": "../../etc"}, "no usable version"),
        ({"version": "1; reboot"}, "no usable version"),
        ({"scripts": {"build": "x"}}, "lacks the script db:push"),
        ({"scripts": None}, "lacks the script"),
    ],
)
def test_a_release_that_cannot_be_installed_is_refused(
    tmp_path: Path, package: dict[str, object], said: str
) -> None:
    """A version that would be a path or a command, or a script that is missing."""
    release(tmp_path / "release.tar.gz", package=package)
    with pytest.raises(SiteError, match=said):
        read_inputs(site({"application.release": "release.tar.gz"}), tmp_path, smtp_password=False)


@pytest.mark.parametrize(
    "files",
    [{"../outside": "x"}, {"/etc/passwd": "x"}, {"a/../../b": "x"}, {"a/readme": "no package"}],
)
def test_an_archive_that_is_no_release_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    """Paths that leave the archive, and archives without package.json."""
    archive(tmp_path / "release.tar.gz", files)
    with pytest.raises(SiteError, match=r"application\.release"):
        read_inputs(site({"application.release": "release.tar.gz"}), tmp_path, smtp_password=False)


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """A missing release and a Node.js tarball that is none, in one error."""
    tarball = archive(tmp_path / "node.tar.gz", {"python-3/bin/python": "x"})
    wanted = site(
        {
            "application.release": "missing.tar.gz",
            "application.node_source": {
                "kind": "tarball",
                "path": "node.tar.gz",
                "sha256": hashlib.sha256(tarball.read_bytes()).hexdigest(),
            },
        }
    )
    with pytest.raises(SiteError) as told:
        read_inputs(wanted, tmp_path, smtp_password=False)
    assert "application.release" in told.value.seen
    assert "application.node_source.path" in told.value.seen


def test_a_wrong_checksum_is_named_with_both_values(tmp_path: Path) -> None:
    """What was seen and what is wanted."""
    path = release(tmp_path / "release.tar.gz")
    seen = hashlib.sha256(path.read_bytes()).hexdigest()
    wanted = site({"application.release": "release.tar.gz", "application.release_sha256": "a" * 64})
    with pytest.raises(SiteError, match=f"{seen}.*{'a' * 64}"):
        read_inputs(wanted, tmp_path, smtp_password=False)


@pytest.mark.parametrize(("major", "fits"), [(20, True), (22, False)])
def test_a_node_tarball_must_hold_the_wanted_version(
    tmp_path: Path, major: int, *, fits: bool
) -> None:
    """Its folder names the version, as the official tarballs do."""
    release(tmp_path / "release.tar.gz")
    tarball = archive(tmp_path / "node.tar.gz", {"node-v20.20.2-linux-x64/bin/node": "x"})
    wanted = site(
        {
            "application.release": "release.tar.gz",
            "application.node": major,
            "application.node_source": {
                "kind": "tarball",
                "path": "node.tar.gz",
                "sha256": hashlib.sha256(tarball.read_bytes()).hexdigest(),
            },
        }
    )
    if not fits:
        with pytest.raises(SiteError, match=r"20\.20\.2"):
            read_inputs(wanted, tmp_path, smtp_password=False)
        return
    node = read_inputs(wanted, tmp_path, smtp_password=False).node
    assert node is not None
    assert (node.version, node.top) == ("20.20.2", "node-v20.20.2-linux-x64")
