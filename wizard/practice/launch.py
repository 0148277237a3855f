"""Switches a host on: the command lines of a container and of a machine, and their start."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from wizard.errors import PracticeError
from wizard.practice.cgroup import POLL, host_group
from wizard.practice.command import TOOLS_PATH
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import Kind, PracticeHost
from wizard.practice.machine_image import INIT, KERNEL
from wizard.practice.mirror import MOUNTED_AT
from wizard.practice.network import BRIDGE, make_link
from wizard.practice.record import Record, boot_id, start_time_of, write_record

MACHINE_MEMORY = "1024M"
START_SECONDS = 10.0

# Every argument is a value, none is shell text: first a file for the process id and the control
# groups to join, then after "--" the command that the process becomes.
JOIN = 'echo $$ >"$1"; shift; while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec "$@"'

# In a mount namespace of its own: the overlay goes when the container's last process goes.
OVERLAY = (
    'mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4" && shift 4 && exec "$@"'
)


def container_command(
    directory: FleetDirectory, host: PracticeHost, image: Path, mirror: Path
) -> list[str]:
    """The command that becomes a container host."""
    place = directory.host(host.name)
    overlay = [str(path) for path in (image / "root", place.overlay, place.overlay_work)]
    return [
        *("unshare", "--mount", "--propagation", "private", "--"),
        *("sh", "-c", OVERLAY, "sh", *overlay, str(place.merged)),
        *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot"),
        f"--directory={place.merged}",
        f"--machine={host.name}",
        f"--network-bridge={BRIDGE}",
        f"--bind-ro={mirror}:{MOUNTED_AT}",
        "--capability=CAP_NET_ADMIN,CAP_NET_RAW",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--console=pipe",
    ]


def machine_command(
    directory: FleetDirectory, host: PracticeHost, image: Path, mirror: Path
) -> list[str]:
    """The command that becomes a host with a kernel of its own."""
    place = directory.host(host.name)
    return [
        KERNEL,
        f"mem={MACHINE_MEMORY}",
        f"umid={host.name}",
        f"uml_dir={place.path}/",
        f"ubda={place.copy_on_write},{image / 'golden.img'}",
        "root=/dev/ubda",
        "rw",
        f"vec0:transport=tap,ifname={host.link},mac={host.mac},depth=128,gro=1",
        "con=null",
        "con0=null,fd:1",
        f"init={INIT}",
        f"practice_identity={place.identity}",
        f"practice_mirror={mirror}",
        "quiet",
    ]


def prepare_disk(directory: FleetDirectory, host: PracticeHost) -> None:
    """Give a new container its identity; a machine fetches its own when it first boots."""
    place = directory.host(host.name)
    if host.kind is Kind.CONTAINER:
        for path in (place.overlay_work, place.merged):
            path.mkdir(exist_ok=True)
        if not place.overlay.exists():
            beside = place.path / "upper.new"
            shutil.rmtree(beside, ignore_errors=True)
            subprocess.run(["cp", "-a", place.identity, beside], check=True)
            beside.rename(place.overlay)


def launch(directory: FleetDirectory, host: PracticeHost, *, image: Path, mirror: Path) -> None:
    """Start the host's process and put it on record; the host boots from here on by itself.

    Raises:
        PracticeError: the process did not come to life.
    """
    place = directory.host(host.name)
    prepare_disk(directory, host)
    make_link(directory, host)
    group = host_group(directory, host.name)
    group.create()
    build = container_command if host.kind is Kind.CONTAINER else machine_command
    place.pid_file.unlink(missing_ok=True)
    with place.console.open("wb") as console:
        # setsid --fork leaves the host to this machine's first process, so that it outlives us.
        subprocess.run(
            [
                *("setsid", "--fork", "sh", "-c", JOIN, "sh", str(place.pid_file)),
                *(str(path / "cgroup.procs") for path in group.directories),
                "--",
                *("nsenter", f"--net={directory.network_namespace}", "--"),
                *build(directory, host, image, mirror),
            ],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={
                "PATH": f"{os.environ.get('PATH', '')}:{TOOLS_PATH}",
                "HOME": "/root",
                "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
                "SYSTEMD_NSPAWN_LOCK": "0",
            },
            check=True,
        )
    pid = _written_pid(host, place.pid_file)
    start_time = start_time_of(pid)
    if start_time is None:
        raise PracticeError(
            f"The host's process ended at once:\n{place.console.read_text(errors='replace')}",
            remedy="Correct what the lines above name, then run 'practice up' again.",
            host=host.name,
        )
    write_record(place, Record(pid, start_time, boot_id(), str(image)))


def _written_pid(host: PracticeHost, path: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return int(text)
        time.sleep(POLL)
    raise PracticeError("The host's process was not started.", host=host.name)
