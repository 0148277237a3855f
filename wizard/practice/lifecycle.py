"""Brings the practice fleet up, repairs it, and takes it down."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from wizard.errors import PracticeError
from wizard.practice.apt_sources import machine_sources
from wizard.practice.artefact import Report, forget_others
from wizard.practice.cgroup import host_group
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import EXTERNAL_STORAGE, KNOWN, Fleet, PracticeHost
from wizard.practice.identity import make_identity, make_operator_key, write_known_hosts
from wizard.practice.images import Images, obtain_images
from wizard.practice.launch import launch
from wizard.practice.namespace import inside
from wizard.practice.network import make_network, network_stands, set_link
from wizard.practice.network import remove_network as remove_fleet_network
from wizard.practice.power import power_cut
from wizard.practice.readiness import answers, wait_until_ready
from wizard.practice.record import Record, read_record
from wizard.practice.requirements import require_machine, require_root

BOOT_SECONDS = 120.0
LINK_HELD = "File exists"
"""What systemd-nspawn says when the link it wants to make is there already."""


class Action(Enum):
    """What ``up`` does with a host."""

    KEEP = "keep"
    SWITCH_ON = "switch on"
    """Its disk is good, its process is not: boot it from that disk."""
    MAKE = "make"
    """There is no disk, or one of an older image: make the host anew."""


@dataclass(frozen=True)
class Finding:
    """What ``up`` sees of a host."""

    record: Record | None
    alive: bool
    answers: bool


def action_for(finding: Finding, image: str) -> Action:
    """Decide what a host needs, given the image that new disks are based on."""
    if finding.record is None or finding.record.image != image:
        return Action.MAKE
    return Action.KEEP if finding.alive and finding.answers else Action.SWITCH_ON


@contextlib.contextmanager
def _locked(directory: FleetDirectory) -> Iterator[None]:
    directory.path.mkdir(parents=True, exist_ok=True)
    with directory.lock.open("w") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PracticeError(
                "Another 'practice up' or 'practice down' is at work on this fleet.",
                remedy="Wait until it has ended, then run this again.",
            ) from None
        yield


def bring_up(
    directory: FleetDirectory,
    fleet: Fleet,
    *,
    report: Report = lambda _line: None,
    fresh: bool = False,
) -> None:
    """Make the fleet's hosts run, whatever state this machine is in; a healthy host is left alone.

    Args:
        directory: where the fleet lives.
        fleet: the hosts wanted; others that run already go on running.
        report: is told each line of progress.
        fresh: every host that exists is thrown away first.

    Raises:
        PracticeError: this machine lacks something, or a host does not come up.
    """
    require_machine()
    with _locked(directory):
        images = obtain_images(
            directory,
            machine_sources(),
            report,
            external_storage=EXTERNAL_STORAGE in fleet.hosts
            or directory.host(EXTERNAL_STORAGE.name).path.exists(),
        )
        if fresh:
            _remove_hosts(directory)
        if not network_stands(directory):
            for name in _host_names(directory):
                power_cut(name, directory)
            make_network(directory)
        make_operator_key(directory)
        _start_until_ready(directory, fleet, images, report)
        if {path for name in _host_names(directory) if (path := _image(directory, name))} <= {
            str(path) for path in images.paths
        }:
            forget_others(directory.cache, images.paths)


def _start_until_ready(
    directory: FleetDirectory, fleet: Fleet, images: Images, report: Report
) -> None:
    """Start what has to be started, and once more what ran into the end of its predecessor."""
    for attempt in (1, 2):
        started = _start(directory, fleet, images, report)
        _write_known_hosts(directory)
        try:
            wait_until_ready(
                directory,
                started,
                BOOT_SECONDS,
                lambda host, state: report(f"{host.name} is up, {state}"),
            )
        except PracticeError as problem:
            # The kernel may still hold the link of a container that has just ended.
            if attempt > 1 or LINK_HELD not in problem.seen:
                raise
            report(f"{problem.host}: its old link was still there; once more")
        else:
            return


def _start(
    directory: FleetDirectory, fleet: Fleet, images: Images, report: Report
) -> tuple[PracticeHost, ...]:
    """Do to each host what it needs, and return those that are now booting."""
    booting = []
    for host in fleet.hosts:
        place = directory.host(host.name)
        record = read_record(place) if place.identity.is_dir() else None
        alive = record is not None and record.alive
        finding = Finding(record, alive, alive and _heard(directory, host))
        action = action_for(finding, str(images.of(host)))
        if action is Action.KEEP:
            continue
        power_cut(host.name, directory)
        if action is Action.MAKE:
            _make_host(directory, host)
        report(f"{action.value} {host.name}")
        launch(directory, host, image=images.of(host), mirror=images.mirror)
        booting.append(host)
    return tuple(booting)


def _heard(directory: FleetDirectory, host: PracticeHost) -> bool:
    with contextlib.suppress(PracticeError):
        set_link(directory, host, up=True)
    return inside(directory, lambda: answers(host))


def _make_host(directory: FleetDirectory, host: PracticeHost) -> None:
    """Lay out the host's directory in one step, so that half an identity is never used."""
    place = directory.host(host.name)
    if place.path.exists():
        shutil.rmtree(place.path)
    beside = FleetDirectory(directory.path / "new")
    shutil.rmtree(beside.path, ignore_errors=True)
    beside.host(host.name).path.mkdir(parents=True)
    make_identity(beside, host, directory.key_file.with_suffix(".pub"))
    directory.hosts.mkdir(exist_ok=True)
    beside.host(host.name).path.rename(place.path)
    shutil.rmtree(beside.path)


def _image(directory: FleetDirectory, name: str) -> str:
    record = read_record(directory.host(name))
    return record.image if record else ""


def _host_names(directory: FleetDirectory) -> tuple[str, ...]:
    """Every host that has a disk, or processes left from a start that was cut short."""
    groups = host_group(directory, "any").unified.parent
    return tuple(
        sorted(
            {
                path.name
                for parent in (directory.hosts, groups)
                if parent.is_dir()
                for path in parent.iterdir()
                if path.is_dir()
            }
        )
    )


def _write_known_hosts(directory: FleetDirectory) -> None:
    made = tuple(host for host in KNOWN.hosts if directory.host(host.name).identity.is_dir())
    write_known_hosts(directory, made)


def _remove_hosts(directory: FleetDirectory) -> None:
    for name in _host_names(directory):
        power_cut(name, directory)
    if directory.hosts.exists():
        shutil.rmtree(directory.hosts)


def take_down(directory: FleetDirectory, *, purge: bool = False) -> None:
    """End every host and remove its disk and the network; what was built is kept.

    Args:
        directory: where the fleet lives.
        purge: remove what was built, the operator's key and the site file as well.

    Raises:
        PracticeError: a process does not go away.
    """
    require_root()
    if not directory.path.exists():
        return
    with _locked(directory):
        _remove_hosts(directory)
        remove_fleet_network(directory)
        for parent in host_group(directory, "any").directories:
            with contextlib.suppress(OSError):
                parent.parent.rmdir()
        directory.known_hosts.unlink(missing_ok=True)
        if purge:
            _purge(directory)


def _purge(directory: FleetDirectory) -> None:
    """Remove what the fleet made, by name: the directory may hold files of somebody else."""
    for tree in (directory.cache, directory.keys, directory.demo):
        shutil.rmtree(tree, ignore_errors=True)
    for file in (
        directory.mirror,
        directory.node,
        directory.site_file,
        directory.release,
        directory.lock,
        # The record of what was installed on hosts that are no more, and what SQLite has beside it.
        *directory.path.glob(f"{directory.site_file.stem}.state*"),
    ):
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        directory.path.rmdir()
