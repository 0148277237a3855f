"""A Node.js that is new enough for the stand-in: this machine's own, or the practice fleet's."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.practice.own_archive import unpack
from wizard.practice.artefact import obtain
from wizard.practice.directory import fleet_directory
from wizard.practice.node import build_node, node_recipe
from wizard.practice.release import SOURCES


@functools.cache
def node_program() -> Path:
    """Return `node`; Debian 12 has version 18, so the fleet's is taken where PATH's is too old."""
    found = shutil.which("node")
    if found is not None and major(found) >= needed():
        return Path(found)
    return unpacked(obtain(fleet_directory().cache, node_recipe(), build_node, print))


def needed() -> int:
    """The oldest major version that the stand-in's package.json allows."""
    engines = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))["engines"]
    return int(engines["node"].removeprefix(">="))


def major(node: str) -> int:
    """Return the major version a Node.js says it is."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("v").partition(".")[0])


def unpacked(artefact: Path) -> Path:
    """Return the program of the fleet's tarball, where every account can run it, until the end."""
    directory = Path(tempfile.mkdtemp(prefix="standin-node-"))
    atexit.register(shutil.rmtree, directory)
    directory.chmod(0o755)
    (tarball,) = artefact.glob("node-v*.tar.gz")
    (program,) = unpack(tarball, directory, lambda name: name.endswith("/bin/node"))
    return directory / program
