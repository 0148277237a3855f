"""The shape of the code: who may load what, how long a file may be, what no file may name."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "screens",
    "templates",
    "tests",
    "wizard",
}
LONGEST = 350  # lines
DEAR = {"fabric", "paramiko", "psycopg", "keyring", "jinja2", "textual", "pydantic"}
SSH = {"fabric", "invoke", "paramiko"}


def own_files() -> list[Path]:
    """The files of the repository: those git keeps, or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def python_files() -> list[Path]:
    """Our Python modules."""
    return [path for path in own_files() if path.suffix == ".py"]


def imported(path: Path) -> set[str]:
    """The top-level packages a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("arguments", [["--help"], ["apply", "--help"], ["practice", "--help"]])
def test_help_loads_nothing_dear(arguments: list[str]) -> None:
    """The program answers at once because each library is loaded by the command that needs it."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('loaded', sorted({DEAR!r} & sys.modules.keys())))\n"
        "from wizard.cli.main import main\n"
        f"main({arguments!r})\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.startswith("usage: minusnow-setup")
    assert run.stdout.endswith("loaded []\n")


def test_only_the_ssh_modules_know_fabric() -> None:
    """What lies beside them in wizard.remote works with any transport."""
    guilty = {
        path.name
        for path in (ROOT / "wizard/remote").glob("*.py")
        if imported(path) & SSH and not path.name.startswith("ssh")
    }
    assert guilty == set()


def test_the_top_level_holds_what_is_agreed() -> None:
    """A newcomer sees the whole project at one glance."""
    assert {path.relative_to(ROOT).parts[0] for path in own_files()} <= TOP


def test_no_file_of_code_is_long() -> None:
    """One idea per file."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_nothing_is_left_to_be_done_later() -> None:
    """What is missing is written in the README, not in a comment."""
    later = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X:")))
    left = [
        str(path.relative_to(ROOT))
        for path in own_files()
        if path.suffix in {".py", ".j2", ".js", ".md", ".toml"}
        and later.search(path.read_text(encoding="utf-8"))
    ]
    assert left == []


def test_lock_files_carry_hashes_and_name_no_place() -> None:
    """Packages come from wherever the machine is told to get them; the hashes say if it is them."""
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index-url" not in text
        for block in re.split(r"\n(?=[a-z0-9])", text):
            if "==" in block:
                assert "--hash=sha256:" in block, block


def test_no_lock_of_npm_names_a_place() -> None:
    """The lock files of npm resolve against the registry that the machine is set up for."""
    for path in own_files():
        if path.name == "package-lock.json":
            assert '"resolved"' not in path.read_text(encoding="utf-8")


def test_every_module_says_what_it_is() -> None:
    """The first line of a module is a sentence."""
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
