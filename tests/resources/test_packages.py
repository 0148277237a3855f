"""Packages: what is missing, in one transaction, in the words of the distribution."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from wizard.facts.platform import Family
from wizard.resources.packages import Packages
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from tests.resources.machine import Machine


@pytest.mark.parametrize(
    ("seen", "summary"),
    [
        ("nginx\ncurl\n", None),
        ("curl\n", "install nginx"),
        ("", "install nginx, curl"),
        ("nginx-common\n", "install nginx, curl"),
    ],
)
@pytest.mark.parametrize("family", list(Family))
def test_what_is_missing_is_installed(family: Family, seen: str, summary: str | None) -> None:
    """By whole names."""
    change = Packages(names=("nginx", "curl"), family=family).change(seen, Secrets())

    assert (change.summary if change else None) == summary


@pytest.mark.parametrize(("family", "program"), [(Family.DEBIAN, "apt-get"), (Family.RHEL, "dnf")])
def test_it_never_asks_and_outlives_the_connection(family: Family, program: str) -> None:
    """A package manager that is cut off leaves half-configured packages."""
    change = Packages(names=("nginx",), family=family).change("", Secrets())
    assert change is not None

    install = change.script.masked().splitlines()[-1]
    assert install.startswith(program)
    assert " -y " in install
    assert install.endswith(" install nginx")
    assert change.detached


def test_what_dpkg_says_is_read(machine: Machine) -> None:
    """Installed ones only: neither unknown nor removed ones."""
    assert shutil.which("dpkg-query"), "run the tests on Debian"
    packages = Packages(names=("bash", "coreutils", "no-such-thing"), family=Family.DEBIAN)

    assert sorted(machine.look(packages).split()) == ["bash", "coreutils"]


def test_what_rpm_says_is_read(machine: Machine) -> None:
    """`rpm -q` writes its complaint about a missing package to standard output."""
    said = "nginx\\npackage redis is not installed\\n"
    look = Packages(names=("nginx", "redis"), family=Family.RHEL).look()

    result = machine.run(f"rpm() {{ printf '{said}'; return 1; }}\n{look}\n")

    assert result.out == "nginx\n"
