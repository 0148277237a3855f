"""The package mirror of the practice site: every package any role may need, and Node.js."""

import os
from pathlib import Path

from wizard.practice.apt_sources import POSTGRESQL, AptSources
from wizard.practice.artefact import Recipe
from wizard.practice.chroot import APT, run_on_copy
from wizard.practice.command import run

PACKAGES = (
    "acl",
    "ca-certificates",
    "chrony",
    "cron",
    "curl",
    "firewalld",
    "haproxy",
    "iptables",
    "keepalived",
    "logrotate",
    "nfs-common",
    "nfs-kernel-server",
    "nftables",
    "nginx",
    "openssl",
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-nginx-exporter",
    "prometheus-node-exporter",
    "prometheus-postgres-exporter",
    "prometheus-redis-exporter",
    "redis-server",
    "rsync",
    "sudo",
    "ufw",
    "xz-utils",
)

MOUNTED_AT = "/srv/mirror"
"""Where every host sees the mirror, read-only."""

SOURCE_LINE = f"deb [trusted=yes] file:{MOUNTED_AT} ./"
"""The hosts' package source: unsigned, because the mirror was made on this machine."""

DOWNLOAD = f"""
mkdir -p "$OUTPUT/partial"
chroot "$ROOT" {APT} update
chroot "$ROOT" {APT} --download-only -o Dir::Cache::archives={MOUNTED_AT} install $PACKAGES
rm -rf "$OUTPUT/partial" "$OUTPUT/lock"
"""

INDEX = """
cd "$OUTPUT"
apt-ftparchive packages . >Packages
gzip --keep --fast Packages
apt-ftparchive -o APT::FTPArchive::Release::Origin=minusnow-practice \
    -o APT::FTPArchive::Release::Label=minusnow-practice release . >../Release
mv ../Release Release
chmod 0644 -- *
"""


def mirror_packages(sources: AptSources) -> tuple[str, ...]:
    """The packages to fetch; what they depend on comes along."""
    version = POSTGRESQL[sources.release]
    return (*PACKAGES, f"postgresql-{version}", f"postgresql-client-{version}")


def mirror_recipe(sources: AptSources, root: Path, node: Path) -> Recipe:
    """What decides the mirror's contents: a package the root already has is not fetched."""
    return Recipe("mirror", (*mirror_packages(sources), root.name, node.name, DOWNLOAD, INDEX))


def download_packages(directory: Path, root: Path, sources: AptSources) -> None:
    """Fetch the packages and their dependencies into ``directory``.

    Raises:
        PracticeError: a package cannot be fetched.
    """
    wanted = " ".join(mirror_packages(sources))
    run_on_copy(root, directory, DOWNLOAD, sources, env={"PACKAGES": wanted})


def index_mirror(directory: Path, node: Path) -> None:
    """Add the Node.js package and write the lists apt reads.

    Raises:
        PracticeError: the lists cannot be written.
    """
    for package in node.glob("*.deb"):
        os.link(package, directory / package.name)
    run(("sh", "-eu", "-s"), script=INDEX, env={"OUTPUT": str(directory)})
