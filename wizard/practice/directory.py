"""Where the practice fleet keeps what it builds and runs: one directory, nothing outside it."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT = Path("/var/lib/minusnow-practice")
VARIABLE = "MINUSNOW_PRACTICE_DIR"


@dataclass(frozen=True)
class HostDirectory:
    """One host's place: its disk, its identity, its console's output and what runs it."""

    path: Path

    @property
    def identity(self) -> Path:
        """Files that make this host itself: name, machine-id, host keys, address."""
        return self.path / "identity"

    @property
    def console(self) -> Path:
        """Everything the host printed while booting."""
        return self.path / "console.log"

    @property
    def record(self) -> Path:
        """Which process runs the host, and from which image: see ``wizard.practice.record``."""
        return self.path / "record.json"

    @property
    def pid_file(self) -> Path:
        """Written by the starting process itself, before it becomes the host."""
        return self.path / "pid"

    @property
    def copy_on_write(self) -> Path:
        """A machine's disk: what differs from the image."""
        return self.path / "disk.cow"

    @property
    def overlay(self) -> Path:
        """A container's disk: the directory of what differs from the root file system."""
        return self.path / "upper"

    @property
    def overlay_work(self) -> Path:
        """The kernel's scratch directory for the overlay."""
        return self.path / "work"

    @property
    def merged(self) -> Path:
        """Where the container's overlay is mounted, in a mount namespace of its own."""
        return self.path / "merged"


@dataclass(frozen=True)
class FleetDirectory:
    """The paths of one practice fleet."""

    path: Path

    @property
    def cache(self) -> Path:
        """Root file system, mirror and image: kept by ``down``, removed by ``down --purge``."""
        return self.path / "cache"

    @property
    def keys(self) -> Path:
        """The operator's SSH key pair."""
        return self.path / "keys"

    @property
    def key_file(self) -> Path:
        """The private key that opens the ``ops`` account of every host."""
        return self.keys / "ops_ed25519"

    @property
    def known_hosts(self) -> Path:
        """The hosts' public keys, as an operator would have confirmed them."""
        return self.path / "known_hosts"

    @property
    def site_file(self) -> Path:
        """The site file that describes this fleet."""
        return self.path / "site.yaml"

    @property
    def release(self) -> Path:
        """Where the site file expects the application's release."""
        return self.path / "release.tar.gz"

    @property
    def demo(self) -> Path:
        """What ``practice demo`` leaves: site file, state, keyring and its passphrase."""
        return self.path / "demo"

    def holds(self, site: Path) -> bool:
        """Whether it is a site file of the fleet: its own, or that of the demonstration."""
        return any(_same(site, each) for each in (self.site_file, self.demo / "site.yaml"))

    @property
    def node(self) -> Path:
        """Leads to the Node.js tarball and its checksums, named like the project's downloads."""
        return self.path / "node"

    @property
    def mirror(self) -> Path:
        """Leads to the package mirror that the hosts see."""
        return self.path / "mirror"

    @property
    def lock(self) -> Path:
        """Held while the fleet is being brought up or taken down."""
        return self.path / "lock"

    @property
    def name(self) -> str:
        """Names the fleet's network namespace and control group; one per directory."""
        if self.path == DEFAULT:
            return "minusnow-practice"
        return f"minusnow-{hashlib.sha256(bytes(self.path)).hexdigest()[:8]}"

    @property
    def network_namespace(self) -> Path:
        """The file that stands for the fleet's network namespace."""
        return Path("/run/netns") / self.name

    @property
    def hosts(self) -> Path:
        """One directory per host that was started and not taken down."""
        return self.path / "hosts"

    def host(self, name: str) -> HostDirectory:
        """The place of one host."""
        return HostDirectory(self.hosts / name)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False  # one of them is not there, or not for this account


def fleet_directory() -> FleetDirectory:
    """The directory named by ``MINUSNOW_PRACTICE_DIR``, or the default."""
    return FleetDirectory(Path(os.environ.get(VARIABLE) or DEFAULT).absolute())
