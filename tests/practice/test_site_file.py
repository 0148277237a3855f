"""The site file of the practice fleet."""

from pathlib import Path

import pytest

from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import REFERENCE
from wizard.practice.site_file import site_text
from wizard.site.file import LoadedSite, load
from wizard.site.layout import unacknowledged


def loaded(tmp_path: Path, *, external_storage: bool = False) -> LoadedSite:
    """The site file as the installer reads it."""
    path = tmp_path / "site.yaml"
    path.write_text(site_text(FleetDirectory(tmp_path), external_storage=external_storage))
    return load(path)


@pytest.mark.parametrize("external_storage", [False, True])
def test_the_site_file_is_valid_and_needs_no_further_answer(
    tmp_path: Path, *, external_storage: bool
) -> None:
    """Every warning about the layout is acknowledged in it."""
    site = loaded(tmp_path, external_storage=external_storage).site

    assert unacknowledged(site) == ()
    assert site.purpose == "rehearsal"


def test_the_site_file_names_the_fleets_hosts_key_and_mirror(tmp_path: Path) -> None:
    """Those of this fleet directory."""
    site = loaded(tmp_path).site

    assert tuple(host.name for host in site.topology.hosts) == REFERENCE.names
    assert site.ssh.key_file == str(tmp_path / "keys/ops_ed25519")
    assert site.ssh.known_hosts == str(tmp_path / "known_hosts")
    assert site.networking.packages.apt_lines == ("deb [trusted=yes] file:/srv/mirror ./",)


def test_with_external_storage_no_storage_host_is_installed(tmp_path: Path) -> None:
    """The file server that exists is named instead."""
    site = loaded(tmp_path, external_storage=True).site

    assert "st1" not in {host.name for host in site.topology.hosts}
    assert site.storage.external is not None
    assert site.storage.external.server == "10.0.3.20"
