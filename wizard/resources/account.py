"""A system account with the same numbers on every host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.resources.resource import Change
from wizard.resources.shell import lines, words

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A system user and its group, without a password and without a shell."""

    name: str
    uid: int
    gid: int
    home: str = "/nonexistent"
    shell: str = "/usr/sbin/nologin"

    @property
    def key(self) -> str:
        """`account NAME`."""
        return f"account {self.name}"

    def look(self) -> str:
        """Print the user, the group, and whoever has the numbers."""
        return (
            f"getent passwd {words(self.name, self.uid)}\n"
            f"getent group {words(self.name, self.gid)} | while IFS= read -r line; do"
            ' echo "group:$line"; done'
        )

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return what creates them; RefusedOnHost if name or number belong to someone else."""
        # Who has both the name and the number is told twice.
        told = list(dict.fromkeys(seen.splitlines()))
        users = [_fields(line) for line in told if not line.startswith("group:")]
        groups = [_fields(line.removeprefix("group:")) for line in told if line[:6] == "group:"]
        self._refuse_strangers("user", self.uid, [(user[0], user[2]) for user in users])
        # The primary group of the user: files it makes on the share belong to that.
        self._refuse_strangers("group of user", self.gid, [(user[0], user[3]) for user in users])
        self._refuse_strangers("group", self.gid, [(group[0], group[2]) for group in groups])
        steps = []
        if not groups:
            steps.append(words("groupadd", "--system", "--gid", self.gid, self.name))
        if not users:
            steps.append(
                words("useradd", "--system", "--uid", self.uid, "--gid", self.gid)
                + " "
                + words("--home-dir", self.home, "--no-create-home", "--shell", self.shell)
                + " "
                + words(self.name)
            )
        if not steps:
            return None
        return Change(
            resource=self.key,
            summary=f"create system account {self.name} (uid {self.uid}, gid {self.gid})",
            script=lines(steps),
        )

    def _refuse_strangers(self, kind: str, number: int, found: list[tuple[str, str]]) -> None:
        for name, seen in found:
            if (name, seen) != (self.name, str(number)):
                raise RefusedOnHost(
                    f"the {kind} {name} has the number {seen}, wanted is {self.name} with {number}",
                    remedy="Set application.uid and application.gid in the site file to numbers"
                    " that are free on every host, or remove the other account.",
                )


def _fields(line: str) -> list[str]:
    """Return the first four fields of a line of passwd(5) or group(5), "" where one is missing."""
    return [*line.split(":"), "", "", "", ""][:4]
