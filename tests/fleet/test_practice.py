"""The practice fleet is what it claims to be: eight machines, one network, switches and cables."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fleet.conftest import RunningFleet
from wizard.practice.external_storage import DIRECTORIES, EXPORT
from wizard.practice.fleet import EXTERNAL_STORAGE, REFERENCE
from wizard.practice.mirror import SOURCE_LINE
from wizard.practice.power import cable, power_cut, power_on
from wizard.practice.readiness import answers
from wizard.practice.record import read_record

pytestmark = pytest.mark.fleet

FACTS = """
cat /etc/machine-id
hostname
ip -o -4 address show scope global | awk '{print $4; exit}'
cat /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2
systemctl is-system-running
sudo -n id -un
"""

BOOTED = "systemctl show --property UserspaceTimestamp --value"

APT = f"""
set -e
lists=$(mktemp -d)
echo '{SOURCE_LINE}' >"$lists/practice.list"
apt="sudo apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$lists"
$apt update
$apt --simulate install PACKAGES | grep -c '^Inst'
rm -rf "$lists"
"""


def everywhere(fleet: RunningFleet, script: str) -> dict[str, list[str]]:
    """What a script prints on each host, the hosts asked at once."""
    with ThreadPoolExecutor(len(REFERENCE.names)) as pool:
        outputs = pool.map(lambda name: fleet.run(name, script).stdout, REFERENCE.names)
        return {
            name: output.splitlines() for name, output in zip(REFERENCE.names, outputs, strict=True)
        }


def test_the_hosts_are_eight_distinct_machines_that_have_booted(fresh_fleet: RunningFleet) -> None:
    """Each has a machine identity, name, address and host key of its own, and a running systemd."""
    seen = everywhere(fresh_fleet, FACTS)

    machine_ids, names, addresses, keys, states, users = zip(*seen.values(), strict=True)
    assert len(set(machine_ids)) == len(set(keys)) == 8
    assert names == REFERENCE.names
    assert addresses == tuple(f"{host.address}/16" for host in REFERENCE.hosts)
    assert set(states) == {"running"}
    assert set(users) == {"root"}


def test_app_and_storage_hosts_have_the_kernels_nfs(fresh_fleet: RunningFleet) -> None:
    """The hosts that mount or serve the shared directories can load the modules for it."""
    script = "sudo modprobe -a nfs nfsd && cut -f2 /proc/filesystems"

    for name in ("app1", "app2", "st1"):
        assert {"nfs4", "nfsd"} <= set(fresh_fleet.run(name, script).stdout.split())


@pytest.mark.parametrize(
    ("host", "packages"),
    [
        ("lb1", "haproxy nginx keepalived ufw firewalld"),
        ("db1", "postgresql-15 prometheus-postgres-exporter"),
        ("app1", "nodejs nfs-common prometheus-node-exporter"),
        ("st1", "nfs-kernel-server"),
        ("cache1", "redis-server prometheus-redis-exporter"),
    ],
)
def test_every_role_installs_from_the_local_mirror(
    fresh_fleet: RunningFleet, host: str, packages: str
) -> None:
    """Apt updates without any network and finds every package with what it depends on."""
    done = fresh_fleet.run(host, APT.replace("PACKAGES", packages))

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= len(packages.split())


def test_no_way_leads_out_of_the_fleets_network(fresh_fleet: RunningFleet) -> None:
    """A packet to anywhere else is refused at once, from this process and from a host."""
    with pytest.raises(OSError, match="unreachable"):
        socket.create_connection(("192.0.2.1", 80), timeout=5)

    done = fresh_fleet.run("db1", "ping -n -c1 -W5 192.0.2.1")
    assert "Unreachable" in done.stdout


def test_a_pulled_cable_silences_a_host_until_it_is_plugged_in(fresh_fleet: RunningFleet) -> None:
    """The host goes on running meanwhile, container and machine alike."""
    for name in ("cache1", "app2"):
        host = REFERENCE[name]
        boot = fresh_fleet.run(name, BOOTED).stdout
        cable(name, up=False, directory=fresh_fleet.directory)
        try:
            assert not answers(host)
        finally:
            cable(name, up=True, directory=fresh_fleet.directory)
        assert answers_within(fresh_fleet, name, 10)
        assert fresh_fleet.run(name, BOOTED).stdout == boot


def test_a_power_cut_ends_a_host_and_its_disk_survives(fresh_fleet: RunningFleet) -> None:
    """After the power is back the host boots from the disk it had, container and machine alike."""
    for name in ("db2", "app2"):
        fresh_fleet.run(name, "echo kept >~/before-the-cut && sync")
        before = read_record(fresh_fleet.directory.host(name))
        power_cut(name, fresh_fleet.directory)
        assert not answers(REFERENCE[name])

        power_on(name, fresh_fleet.directory)

        done = fresh_fleet.run(
            name, "cat ~/before-the-cut && rm ~/before-the-cut && cat /etc/machine-id"
        )
        assert done.stdout.split()[0] == "kept"
        assert read_record(fresh_fleet.directory.host(name)) != before


def test_up_leaves_healthy_hosts_alone_and_revives_a_dead_one(fresh_fleet: RunningFleet) -> None:
    """Only the host that was off gets a new process."""
    before = {name: read_record(fresh_fleet.directory.host(name)) for name in REFERENCE.names}
    power_cut("lb2", fresh_fleet.directory)

    fresh_fleet.bring_up()

    after = {name: read_record(fresh_fleet.directory.host(name)) for name in REFERENCE.names}
    assert {name for name in before if before[name] != after[name]} == {"lb2"}
    assert answers(REFERENCE["lb2"])


def answers_within(fleet: RunningFleet, name: str, seconds: float) -> bool:
    """Whether the host lets the operator in again before the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fleet.run(name, "true").returncode == 0:
            return True
    return False


def test_the_external_file_server_serves_the_five_directories(fresh_fleet: RunningFleet) -> None:
    """An app host mounts its export with the kernel's own client, writes, and reads again.

    No package is installed for it: the options are those mount.nfs would pass to the kernel.
    """
    fresh_fleet.bring_up(REFERENCE.subset(("app1",)).with_hosts(EXTERNAL_STORAGE))
    server, client = EXTERNAL_STORAGE.address, REFERENCE["app1"].address

    done = fresh_fleet.run(
        "app1",
        "set -e; sudo mkdir -p /mnt/share; "
        "sudo mount -i -t nfs4 "
        f"-o vers=4.2,hard,addr={server},clientaddr={client} {server}:{EXPORT} /mnt/share; "
        "trap 'sudo umount /mnt/share; sudo rmdir /mnt/share' EXIT; "
        "echo shared | sudo tee /mnt/share/data/proof; sudo ls /mnt/share; "
        "sudo rm /mnt/share/data/proof",
    )

    assert done.stdout.split() == ["shared", *sorted(DIRECTORIES)], done.stderr
