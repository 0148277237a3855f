"""What a rehearsal needs beside the hosts: the fleet's site file, and the release it names."""

from wizard.practice.artefact import Report
from wizard.practice.directory import FleetDirectory
from wizard.practice.release import build_release
from wizard.practice.site_file import site_text


def provide(directory: FleetDirectory, report: Report) -> None:
    """Write the site file and build the release; what is there already is kept as it is.

    Raises:
        PracticeError: npm is missing or fails.
    """
    site = directory.site_file
    if not site.exists():
        # Written beside first: half a site file would be kept for good.
        beside = site.with_suffix(".new")
        beside.write_text(site_text(directory))
        beside.replace(site)
        report(f"wrote the fleet's site file, {site}")
    if not directory.release.exists():
        build_release(directory.release, on_progress=report)
        report(f"built the stand-in's release, {directory.release}")
