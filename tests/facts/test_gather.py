"""All facts in one trip: for real on this machine, and from arbitrary output."""

from __future__ import annotations

import fcntl
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.remote.local import LocalTransport
from wizard.errors import HostError
from wizard.facts import capacity, gather, package_lock, sections
from wizard.facts.platform import Family
from wizard.remote.transport import Result
from wizard.site.topology import Host, Role

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts

HOST = Host(name="here", address="192.0.2.1", roles=(Role.APP,))
PROBES = [
    "os",
    "identity",
    "virtualisation",
    "capacity",
    "synchronised",
    "init",
    "protection",
    "filesystems",
    "accounts",
    "origin",
    "lock",
    "interfaces",
    "listeners",
    "resolution",
    "clusters",
    "begun",
    "packages",
    "first",
    "last",
]
LINES = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "ID=debian",
            'VERSION_ID="',
            "hostname",
            "hardware_id=\x00",
            "memory=-1",
            "allowed=9-1,",
            "disk=1 2",
            "limit=99999999999999999999999",
            "timesyncd=maybe",
            "library=libsystemd-shared-99999999.so",
            "1: lo    inet 999.1.1.1/8 scope",
            "LISTEN 0 1 0.0.0.0:99999 *:*",
            "LISTEN 0 1 x:22 *:* users:((",
            "cluster\t\t\t\t\t\t\t\t",
            "database\tx",
            "begun\tnginx",
            "redis\t-1\t",
            "redis\t²\t/x",
            "configuration\t",
            "haproxy:",
            "  Installed: ",
            "candidate x y",
            "root:x:0:0:",
            "module",
            "²:x:³:4:",
        ]
    ),
)


def read(output: str, marker: str = "m") -> HostFacts:
    """The facts in an output, as of a trip that took no time."""
    return gather.parse(output, name="h", names=("a", "b"), marker=marker, before=0.0, after=0.0)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no bug
@given(st.dictionaries(st.sampled_from(PROBES), st.lists(LINES).map("\n".join)))
def test_no_output_of_a_probe_is_an_error(printed: dict[str, str]) -> None:
    """Whatever a host prints, facts come out."""
    output = "".join(f"\nm:{name}\n{text}" for name, text in printed.items())
    facts = read(output)
    assert facts.name == "h"
    assert facts.memory >= 0
    assert set(facts.resolves) == {"a", "b"}


@settings(deadline=None)
@given(st.text())
def test_no_output_at_all_is_an_error(output: str) -> None:
    """Nothing but noise gives unknown facts."""
    assert read(output).cpus == 0


@pytest.fixture(scope="module")
def here() -> HostFacts:
    """The facts of the machine the tests run on, gathered by the real script."""
    transport = LocalTransport()
    facts = gather.gather(
        transport,
        host=HOST,
        packages={key: ["bash", "no-such-package-anywhere"] for key in Family},
        names=["no-such-name.invalid", "localhost", "another.invalid"],
        data_path="/no/such/path",
    )
    assert transport.trips == 1
    return facts


def test_the_facts_of_this_machine(here: HostFacts) -> None:
    """The real script agrees with what Python knows of the same machine."""
    assert here.hostname == os.uname().nodename
    assert here.kernel == os.uname().release
    assert here.architecture == platform.machine()
    assert here.cpus == len(os.sched_getaffinity(0))
    assert here.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert here.init == Path("/proc/1/comm").read_text().strip()
    assert here.disk_size == os.statvfs("/").f_blocks * os.statvfs("/").f_frsize
    assert here.accounts["root"] == (0, 0)
    assert "proc" in here.filesystems
    assert abs(here.clock_skew) < 0.5


def test_names_are_resolved_on_the_host(here: HostFacts) -> None:
    """A name that resolves keeps its answer between two that do not."""
    assert here.resolves["no-such-name.invalid"] == ""
    assert here.resolves["localhost"] in {"127.0.0.1", "::1"}
    assert here.resolves["another.invalid"] == ""


def test_packages_of_this_machine(here: HostFacts) -> None:
    """Where a package manager is known, bash is installed and nonsense is unknown."""
    if here.os.family is None:
        pytest.skip("this machine runs no supported distribution")
    assert here.packages["bash"].installed
    assert here.version_of("no-such-package-anywhere") is None


def test_of_several_paths_the_first_that_exists_counts() -> None:
    """Families keep their data in different places."""
    out = LocalTransport().run(
        capacity.script("/no/such:/proc:/"), waiting_for="capacity", timeout=20
    )
    assert capacity.parse(out.out).disk_size == 0  # /proc has no blocks


def test_a_held_lock_names_its_holder(tmp_path: Path) -> None:
    """The probe's real script finds a lock that this process holds."""
    lock = tmp_path / "lock-frontend"
    script = package_lock.SCRIPT.replace("/var/lib/dpkg/lock-frontend", str(lock))
    with lock.open("w") as handle:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = LocalTransport().run(script, waiting_for="lock", timeout=20).out
    free = LocalTransport().run(script, waiting_for="lock", timeout=20).out
    assert f"(pid {os.getpid()}) on {lock}" in package_lock.parse(held)
    assert str(lock) not in package_lock.parse(free)


def test_markers_keep_the_outputs_apart() -> None:
    """A probe's output may be empty or hold several lines; the next is not disturbed."""
    script = sections.join({"a": "echo one; echo; echo two", "b": ":", "c": "cat; false"}, "mark")
    result = LocalTransport().run(script, waiting_for="probes", timeout=20)
    assert sections.complete(result.out, "mark")
    parts = sections.split(result.out, "mark")
    assert {name: text.strip("\n") for name, text in parts.items()} == {
        "a": "one\n\ntwo",
        "b": "",
        "c": "",
        "end": "",
    }


class Cut(LocalTransport):
    """A host whose shell ends before the script does."""

    def run(self, script: str, **_options: object) -> Result:
        """Answer nothing."""
        assert script
        return Result(status=1, out="", err="bash: not allowed\n")


def test_a_script_that_does_not_finish_is_an_error() -> None:
    """The host's own words are in the message."""
    with pytest.raises(HostError, match="bash: not allowed"):
        gather.gather(Cut(), host=HOST, packages={}, names=[], data_path="/")
