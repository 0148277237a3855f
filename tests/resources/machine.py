"""A resource's whole cycle on this very machine: look, change, script, look; in a folder."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.remote.local import LocalTransport
from wizard.resources.shell import OWN_DIRECTORY
from wizard.run.change_script import change_script
from wizard.run.look import look_script, new_token
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from wizard.remote.transport import Result
    from wizard.resources.resource import Change, Resource

ME = pwd.getpwuid(os.geteuid()).pw_name
MY_GROUP = grp.getgrgid(os.getegid()).gr_name


@dataclass
class Machine:
    """This machine, the installer's own directory moved into a folder of the test."""

    folder: Path
    secrets: Secrets = field(default_factory=Secrets)
    transport: LocalTransport = field(default_factory=LocalTransport)

    @property
    def own(self) -> Path:
        """What is /var/lib/minusnow-setup on a host."""
        return self.folder / "own"

    def run(self, script: str) -> Result:
        """Run a script, the installer's own directory replaced."""
        moved = script.replace(OWN_DIRECTORY, str(self.own))
        return self.transport.run(moved, waiting_for="a test", timeout=60)

    def look(self, resource: Resource) -> str:
        """Return what the resource's look prints."""
        script = look_script([resource.look()])
        return script.split(self.run(script.script).out)[0]

    def change(self, resource: Resource) -> Change | None:
        """Look, and return what would change."""
        return resource.change(self.look(resource), self.secrets)

    def carry_out(self, change: Change) -> Result:
        """Run the script of a change as a run does."""
        return self.run(change_script([change], new_token(), []).reveal(self.secrets))

    def settle(self, resource: Resource) -> Change:
        """Make it true; a fresh look must find nothing to change."""
        change = self.change(resource)
        assert change is not None
        result = self.carry_out(change)
        assert result.status == 0, result.err
        assert self.change(resource) is None
        return change

    def kept(self, path: Path) -> list[Path]:
        """Return what was set aside of a file."""
        return sorted((self.own / "replaced").glob(f"*{path}"))

    def previous(self, unit: str, path: Path) -> Path:
        """Return where a unit's previous file is kept."""
        return Path(f"{self.own}/previous/{unit}{path}")
