"""The wheel: it holds everything, and works in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
SITE = ROOT / "tests/site/reference.yaml"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by hatchling as pip would, without a network."""
    out = tmp_path_factory.mktemp("wheel")
    building = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
    ]
    subprocess.run([*building, "--wheel-dir", str(out), str(ROOT)], check=True, timeout=120)
    (built,) = out.glob("minusnow_setup-*.whl")
    return built


@pytest.fixture(scope="session")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script, installed from the wheel; libraries are those of the tests."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, symlinks=True)
    installing = [sys.executable, "-m", "pip", "--python", str(home), "install", "--quiet"]
    subprocess.run([*installing, "--no-deps", "--no-index", str(wheel)], check=True, timeout=120)
    (packages,) = home.glob("lib/python3*/site-packages")
    # Behind the wheel's own packages on the path, and without the .pth of an editable install.
    (packages / "libraries.pth").write_text(f"{libraries()}\n")
    return home / "bin/minusnow-setup"


def libraries() -> Path:
    """Where the libraries lie that these tests run with."""
    import pydantic  # noqa: PLC0415 - asked for its place only

    return Path(pydantic.__file__).parent.parent


def run(program: Path, arguments: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed program far away from the checkout."""
    return subprocess.run(
        [program, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )


def test_templates_and_the_stand_in_travel_with_the_wheel(wheel: Path) -> None:
    """Every file of the packages is in the wheel, whatever its ending, and nothing else is."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    own = {
        str(path.relative_to(ROOT))
        for package in ("wizard", "screens", "templates")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == own
    assert "templates/haproxy/haproxy.cfg.j2" in names
    assert "wizard/practice/standin/package.json" in names


def test_the_installed_program_is_the_wheels_own(program: Path, tmp_path: Path) -> None:
    """It runs from its own environment, not from this checkout."""
    asking = [str(program.with_name("python")), "-c", "import wizard; print(wizard.__file__)"]
    said = subprocess.run(asking, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert Path(said).is_relative_to(program.parent.parent)


def test_the_installed_program_explains_itself(program: Path, tmp_path: Path) -> None:
    """Its help names the commands."""
    done = run(program, ["--help"], tmp_path)
    assert done.returncode == 0
    assert "apply" in done.stdout


def test_the_installed_program_prints_its_schema(program: Path, tmp_path: Path) -> None:
    """The schema is JSON and knows the sections of a site file."""
    done = run(program, ["schema"], tmp_path)
    assert "topology" in json.loads(done.stdout)["properties"]


def test_the_installed_program_renders_its_templates(program: Path, tmp_path: Path) -> None:
    """Templates are found inside the wheel."""
    done = run(program, ["render", str(SITE), "--out", "out"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "backend" in (tmp_path / "out/lb1/etc/haproxy/haproxy.cfg").read_text(encoding="utf-8")
