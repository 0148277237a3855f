"""The whole job once: a practice fleet, and MinusNow's stand-in installed on it and proven."""

import os
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.errors import PracticeError, SiteError
from wizard.practice.artefact import Report
from wizard.practice.directory import FleetDirectory
from wizard.practice.fleet import REFERENCE
from wizard.practice.lifecycle import bring_up
from wizard.practice.release import build_release
from wizard.practice.site_file import site_text
from wizard.site.file import load

REHEARSAL_SMTP_PASSWORD = "nothing-answers-at-this-relay"  # noqa: S105 - protects nothing
PASSPHRASE_BYTES = 24
PROGRAM = "minusnow-setup"


@dataclass(frozen=True)
class DemoDirectory:
    """What the demonstration leaves behind, so that one can look at it and go on from it."""

    path: Path

    @property
    def site_file(self) -> Path:
        """What is installed."""
        return self.path / "site.yaml"

    @property
    def state(self) -> Path:
        """The record of what was done."""
        return self.path / "site.state"

    @property
    def keyring(self) -> Path:
        """The secrets, encrypted."""
        return self.path / "site.keyring"

    @property
    def passphrase(self) -> Path:
        """What opens the keyring; readable by root only."""
        return self.path / "passphrase"

    @property
    def keyring_options(self) -> tuple[str, ...]:
        """The options with which every command finds and opens the keyring."""
        return (
            f"--keyring-file={self.keyring}",
            f"--keyring-passphrase-file={self.passphrase}",
        )


def demonstrate(directory: FleetDirectory, *, screens: bool, report: Report) -> int:
    """Bring the fleet up, install on it and prove it; return the exit status of that.

    What exists already is kept: a second time everything is found in place and proven again.

    Args:
        directory: where the fleet lives; the demonstration's own files go to ``demo`` in it.
        screens: open the wizard on the site file, for the person at the terminal to go on.
        report: is told each line of progress.

    Raises:
        PracticeError: the fleet does not come up, or a secret cannot be stored.
    """
    bring_up(directory, REFERENCE, report=report)
    build_release(directory.release, on_progress=report)
    demo = prepare(directory, report=report)
    if screens:
        opening = ("wizard", str(demo.site_file), *demo.keyring_options)
        return _call(("practice", "run", "--", program(), *opening), report, terminal=True)
    applying = ("apply", str(demo.site_file), "--state", str(demo.state), "--yes")
    status = _call(
        ("practice", "run", "--", program(), *applying, "--drills=always", *demo.keyring_options),
        report,
    )
    _close(demo, report, status)
    return status


def prepare(directory: FleetDirectory, *, report: Report) -> DemoDirectory:
    """Write the site file, and the secret that a person would type, into an encrypted keyring.

    A site file that is there already is kept, with what a person has answered in the wizard.

    Raises:
        PracticeError: the secret cannot be stored.
    """
    demo = DemoDirectory(directory.demo)
    demo.path.mkdir(mode=0o700, exist_ok=True)
    _make_site_file(demo.site_file, directory, report)
    _make_passphrase(demo.passphrase)
    setting = ("secret", "set", "smtp_password", str(demo.site_file), "--replace")
    _call((*setting, *demo.keyring_options), report, value=REHEARSAL_SMTP_PASSWORD)
    return demo


def _make_site_file(path: Path, directory: FleetDirectory, report: Report) -> None:
    if path.exists():
        if _is_of(path, directory):
            return
        aside = path.with_suffix(".yaml.old")
        path.replace(aside)
        report(f"{path.name} is not a site on this fleet: kept as {aside.name}, a new one is made.")
    path.write_text(site_text(directory))


def _is_of(path: Path, directory: FleetDirectory) -> bool:
    """Whether it is a whole site file on hosts of the fleet, which let in nothing but its key."""
    try:
        site = load(path).site
    except SiteError:
        return False
    hosts = {str(host.address) for host in REFERENCE.hosts}
    keys = {site.ssh_for(host).key_file for host in site.hosts}
    return {str(host.address) for host in site.hosts} <= hosts and keys <= {str(directory.key_file)}


def _make_passphrase(path: Path) -> None:
    if path.exists():
        return
    # Written beside first: half a passphrase would lock the keyring for good.
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w") as file:
        file.write(secrets.token_urlsafe(PASSPHRASE_BYTES) + "\n")
    beside.replace(path)


def program() -> str:
    """This program's own console script: the one beside the running Python, or on PATH."""
    beside = Path(sys.executable).with_name(PROGRAM)
    found = str(beside) if beside.exists() else shutil.which(PROGRAM)
    if found is None:
        raise PracticeError(
            f"{PROGRAM} is not installed for {sys.executable}.",
            remedy="Install it, for example with 'make venv', and run it from there.",
        )
    return found


def _call(
    arguments: Sequence[str], report: Report, value: str | None = None, *, terminal: bool = False
) -> int:
    """Run this program as a user would, at the terminal or with a value on standard input.

    Raises:
        PracticeError: a value was given and could not be stored.
    """
    command = (program(), *arguments)
    report("$ " + shlex.join(Path(part).name if part == program() else part for part in command))
    sys.stdout.flush()
    done = subprocess.run(
        command,
        input=value,
        stdin=None if terminal or value is not None else subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if value is not None and done.returncode:
        raise PracticeError(
            "The rehearsal's mail password could not be stored; see above.",
            remedy="Remove the demo directory's keyring and passphrase, and run it again.",
        )
    return done.returncode


def _close(demo: DemoDirectory, report: Report, status: int) -> None:
    if status:
        report(f"The installation ended with status {status}; see above.")
        return
    report(f"Installed and proven. The site file, the state and the keyring are in {demo.path}.")
