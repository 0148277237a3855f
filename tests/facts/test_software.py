"""What is installed on a host: packages, the lock on them, PostgreSQL clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.remote.local import LocalTransport
from wizard.facts import clusters, package_lock, packages
from wizard.facts.host import PackageState, PostgresCluster
from wizard.facts.platform import Family

if TYPE_CHECKING:
    from pathlib import Path

APT = """\
installed openssl 3.0.22-1~deb12u2
postgresql-15:
  Installed: 15.18-0+deb12u1
  Candidate: 15.20-0+deb12u1
  Version table:
     15.20-0+deb12u1 500
        500 file:/srv/mirror ./ Packages
 *** 15.18-0+deb12u1 100
        100 /var/lib/dpkg/status
haproxy:
  Installed: (none)
  Candidate: 2.6.12-1+deb12u4
  Version table:
redis-server:
  Installed: (none)
  Candidate: (none)
  Version table:
"""
DNF = """\
installed openssl 1:3.0.7-27.el9
package redis is not installed
candidate redis 0:6.2.7-1.el9
candidate openssl 1:3.0.7-28.el9_4
"""


def test_apt() -> None:
    """What dpkg has is not asked of apt-cache again; unknown packages are missing."""
    assert packages.parse(APT) == {
        "openssl": PackageState(installed="3.0.22-1~deb12u2", candidate=None),
        "postgresql-15": PackageState(installed="15.18-0+deb12u1", candidate="15.20-0+deb12u1"),
        "haproxy": PackageState(installed=None, candidate="2.6.12-1+deb12u4"),
        "redis-server": PackageState(installed=None, candidate=None),
    }


def test_dnf() -> None:
    """What is installed comes from rpm, what could be from dnf; an epoch of 0 is left out."""
    assert packages.parse(DNF) == {
        "openssl": PackageState(installed="1:3.0.7-27.el9", candidate="1:3.0.7-28.el9_4"),
        "redis": PackageState(installed=None, candidate="6.2.7-1.el9"),
    }


def test_package_names_are_quoted() -> None:
    """A name never becomes shell."""
    assert "'a;b'" in packages.script({Family.RHEL: ["a;b"]})


def test_no_packages_ask_nothing() -> None:
    """The package manager is not started for nothing."""
    assert packages.script({}) == ":"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "71\tapt-get\t/var/lib/dpkg/lock-frontend\n71\tapt-get\t/var/lib/dpkg/lock\n",
            "apt-get (pid 71) on /var/lib/dpkg/lock-frontend",
        ),
        ("9\t\t/run/dnf.pid\n", "a process (pid 9) on /run/dnf.pid"),
        ("", ""),
        ("nonsense\n", ""),
    ],
)
def test_package_lock(text: str, expected: str) -> None:
    """The holder is named with its process number."""
    assert expected == package_lock.parse(text)


def test_clusters() -> None:
    """Each cluster takes the databases printed after it."""
    text = (
        "cluster\t15\tmain\t5432\tyes\t/var/lib/postgresql/15/main\tyes\t7642\tyes\n"
        "cluster\t13\told\t5433\tno\t/var/lib/postgresql/13/old\tno\t\tno\n"
        "database\tnumber 16384\n"
    )
    assert clusters.parse(text) == (
        PostgresCluster(
            version="15",
            name="main",
            port=5432,
            running=True,
            data="/var/lib/postgresql/15/main",
            ours=True,
            databases=(),
            system_identifier="7642",
            in_recovery=True,
        ),
        PostgresCluster(
            version="13",
            name="old",
            port=5433,
            running=False,
            data="/var/lib/postgresql/13/old",
            ours=False,
            databases=("number 16384",),
        ),
    )


def test_a_cluster_without_a_port_has_the_usual_one() -> None:
    """PostgreSQL listens on 5432 if its configuration does not say."""
    (cluster,) = clusters.parse("cluster\t15\tmain\t\tno\t/data\tno\t\tno\n")
    assert cluster.port == 5432


STAND_IN_RPM = """\
#!/bin/bash
echo "installed openssl 1:3.0.7-27.el9"
echo "package redis is not installed"
exit 1
"""
STAND_IN_DNF = """\
#!/bin/bash
for name; do :; done
[[ "$*" == *openssl* ]] && exit 1
echo "candidate $name 0:6.2.7-1.el9"
"""


def test_on_the_rhel_family_dnf_is_asked_for_what_is_missing(tmp_path: Path) -> None:
    """The script's other branch, with programs that stand in for rpm and dnf."""
    for name, text in (("rpm", STAND_IN_RPM), ("dnf", STAND_IN_DNF)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    script = packages.script({Family.RHEL: ["openssl", "redis"], Family.DEBIAN: ["other"]})
    script = script.replace("/usr/bin/apt-cache", str(tmp_path / "no-apt"))
    script = script.replace("/usr/bin/", f"{tmp_path}/")
    out = LocalTransport().run(
        f"PATH={tmp_path}:$PATH\n{script}", waiting_for="packages", timeout=20
    )
    assert packages.parse(out.out) == {
        "openssl": PackageState(installed="1:3.0.7-27.el9", candidate=None),
        "redis": PackageState(installed=None, candidate="6.2.7-1.el9"),
    }
