"""Packages: what is missing, in one transaction, in the words of the distribution."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from wizard.facts.platform import Family
from wizard.resources.packages import SLOW, TELL_OF_SLOW, Packages
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

    text = change.script.masked().splitlines()
    (install,) = (line for line in text if line.startswith(program) and " install " in line)
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


# Programs that stand in for apt-get and dpkg: they say what they were asked, and do as apt does.
ASKED = r"""
dpkg() { :; }
dpkg-query() { printf 'installed %s\\n' ufw; }
apt-get() {
    printf '%s ' "$UCF_FORCE_CONFFMISS" "$@" >>OWN/asked
    echo >>OWN/asked
    for word; do case $word in DPkg::Pre-Install-Pkgs::=*)
        printf '/srv/m/./ufw_0.36-2_all.deb\\n/a/iptables_1.8_amd64.deb\\n' | sh -c "${word#*=}"
    esac; done
    if [ -e OWN/power-cut ]; then exit 9; fi
}
"""


def stood_in(machine: Machine, script: str) -> str:
    """Run a script with the programs that stand in; return what was asked of apt-get."""
    asked = machine.own / "asked"
    asked.unlink(missing_ok=True)
    functions = ASKED.replace("OWN", str(machine.own)).replace("\\\\n", "\\n")
    moved = script.replace("/var/lib/apt/lists", str(machine.own))
    machine.run(f"UCF_FORCE_CONFFMISS=\n{functions}{moved}")
    return asked.read_text() if asked.exists() else ""


def test_packages_that_lost_power_while_installed_are_installed_again(machine: Machine) -> None:
    """Those of that transaction, with the files that their scripts had made; then never again."""
    machine.own.mkdir()
    packages, begun = Packages(names=("ufw",), family=Family.DEBIAN), machine.own / "installing"
    first = packages.change("", Secrets())
    assert first is not None
    (machine.own / "power-cut").touch()
    stood_in(machine, first.script.masked())
    assert begun.read_text().splitlines()[1:] == [
        "/srv/m/./ufw_0.36-2_all.deb",
        "/a/iptables_1.8_amd64.deb",
    ]
    functions = ASKED.replace("OWN", str(machine.own)).replace("\\\\n", "\\n")
    look = f"{functions}{packages.look()}\n"
    assert machine.run(look).out == "ufw\n"  # not yet started anew: it may be at work still

    begun.write_text("another boot\n" + begun.read_text().partition("\n")[2])
    seen = machine.run(look).out
    again = packages.change(seen, Secrets())
    assert again is not None
    assert again.summary == "install 2 packages again that lost power while installed"
    (machine.own / "power-cut").unlink()
    asked = stood_in(machine, again.script.masked()).splitlines()[-1]
    assert asked.startswith("1 ")
    assert asked.endswith("--force-confmiss --reinstall install ufw iptables ")
    assert not begun.exists()
    assert machine.run(look).out == "ufw\n"
    assert packages.change("ufw\n", Secrets()) is None


# The machine's own apt-get in a folder; it installs nothing, and power fails while it updates.
UPDATED = r"""
dpkg() { :; }
apt-get() {
    case "$*" in *" update") ;; *) return 0 ;; esac
    command apt-get -o Dir::State::lists=LISTS -o Dir::Cache=CACHE -o APT::Sandbox::User=root \
        -o Acquire::GzipIndexes=false "$@"
    if [ -e POWER_CUT ]; then exit 9; fi
}
set -euo pipefail
"""


@pytest.mark.parametrize("content", [b"", b"\0"], ids=["empty", "zeros"])
@pytest.mark.parametrize("damaged", [("Packages",), ("Packages", "Release")], ids=" and ".join)
def test_package_lists_that_lost_power_are_fetched_again(
    machine: Machine, damaged: tuple[str, ...], content: bytes
) -> None:
    """They have their source's date, so apt takes them for current; those of others stay."""
    machine.own.mkdir()
    folder, power_cut = machine.folder, machine.folder / "power-cut"
    for name in ("source", "lists", "lists/partial", "cache"):
        (folder / name).mkdir()
    index = b"Package: ours\nVersion: 1\nArchitecture: all\nFilename: ./ours.deb\nSize: 1\n"
    # Compressed, or the list would be a link to the source.
    indices = {"Packages": index, "Packages.gz": gzip.compress(index)}
    (folder / "source/Packages.gz").write_bytes(indices["Packages.gz"])
    release = f"Date: {format_datetime(datetime.now(UTC))}\nSHA256:\n" + "".join(
        f" {hashlib.sha256(data).hexdigest()} {len(data)} {name}\n"
        for name, data in indices.items()
    )
    (folder / "source/Release").write_text(release)
    for file in (folder / "source").iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    (folder / "ours.list").write_text(f"deb [trusted=yes] file:{folder}/source ./\n")
    (folder / "lists/of_others_Packages").touch()
    packages = Packages(names=("ours",), family=Family.DEBIAN, source=str(folder / "ours.list"))
    change = packages.change("", Secrets())
    assert change is not None
    script = UPDATED + change.script.masked().replace("/var/lib/apt/lists", "LISTS")
    for word, path in (("LISTS", "lists"), ("CACHE", "cache"), ("POWER_CUT", "power-cut")):
        script = script.replace(word, str(folder / path))

    power_cut.touch()
    assert machine.run(script).status == 9
    begun = machine.own / "installing"
    since = begun.stat().st_mtime_ns
    begun.write_text("another boot\n")
    os.utime(begun, ns=(since, since))
    fetched = {path: path.read_bytes() for path in (folder / "lists").glob("*source*")}
    assert {each.name.rpartition("_")[2] for each in fetched} == {"Packages", "Release"}
    for each, text in fetched.items():
        if each.name.endswith(damaged):
            each.write_bytes(content * len(text))
            os.utime(each, (1_700_000_000, 1_700_000_000))
    power_cut.unlink()

    result = machine.run(script)

    assert result.status == 0, result.err + result.out
    assert {path: path.read_bytes() for path in (folder / "lists").glob("*source*")} == fetched
    assert (folder / "lists/of_others_Packages").exists()


@pytest.mark.parametrize(("partial", "told"), [("/etc/passwd", f"{SLOW}\n"), ("", "")])
def test_a_slow_source_is_told_of_once(machine: Machine, partial: str, told: str) -> None:
    """After a minute in which something is on its way; not when nothing is."""
    world = f"sleep() {{ :; }}; find() {{ [ -z '{partial}' ] || echo '{partial}'; }}"

    assert machine.run(f"{world}\n({TELL_OF_SLOW}) </dev/null & wait").out == told


@pytest.mark.parametrize(("family", "program"), [(Family.DEBIAN, "apt-get"), (Family.RHEL, "dnf")])
def test_whose_packages_they_are_is_noted_before_they_are_there(
    machine: Machine, family: Family, program: str
) -> None:
    """What a package starts is ours, also if the run is killed right then; the others are not."""
    change = Packages(names=("nginx", "curl"), family=family).change("curl\n", Secrets())
    assert change is not None
    killed = f"{program}() {{ kill -9 $$; }}\ndpkg() {{ :; }}\nset -euo pipefail\n"
    assert machine.run(killed + change.script.masked()).status != 0
    installed = machine.own / "installed"
    assert installed.read_text() == "nginx\n"
    assert installed.stat().st_mode & 0o777 == 0o600
    assert machine.own.stat().st_mode & 0o777 == 0o700
