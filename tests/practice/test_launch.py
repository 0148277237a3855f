"""The command lines that become hosts."""

from pathlib import Path

from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import REFERENCE
from wizard.practice.launch import container_command, machine_command

DIRECTORY = FleetDirectory(Path("/fleet"))


def test_a_container_boots_its_own_overlay_on_the_bridge() -> None:
    """The overlay's parts are arguments, not shell text."""
    command = container_command(DIRECTORY, REFERENCE["db1"], Path("/cache/root"), Path("/mirror"))

    assert "/fleet/hosts/db1/upper" in command
    assert "--network-bridge=br0" in command
    assert "--bind-ro=/mirror:/srv/mirror" in command
    assert "--resolv-conf=off" in command


def test_a_machine_boots_its_own_disk_on_its_own_tap() -> None:
    """What it needs to become itself comes on the kernel's command line."""
    command = machine_command(DIRECTORY, REFERENCE["st1"], Path("/cache/machine"), Path("/mirror"))

    assert "ubda=/fleet/hosts/st1/disk.cow,/cache/machine/golden.img" in command
    assert "practice_identity=/fleet/hosts/st1/identity" in command
    assert any("ifname=tap-st1,mac=52:54:0a:00:03:0a" in part for part in command)


def test_two_fleet_directories_have_two_names() -> None:
    """Their networks and control groups do not meet."""
    assert FleetDirectory(Path("/a")).name != FleetDirectory(Path("/b")).name
    assert FleetDirectory(Path("/var/lib/minusnow-practice")).name == "minusnow-practice"
