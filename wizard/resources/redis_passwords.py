"""The passwords that a running Redis accepts: several at a time while one is being replaced."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost
from wizard.resources.resource import Change
from wizard.resources.shell import here_document, words
from wizard.vault.text import Encoding, SecretRef, Text

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisPasswords:
    """That the server accepts a password, beside the others or alone; sessions stay logged in.

    It is told to the running server (ACL SETUSER, Redis 6 and later); what it starts with the next
    time stands in its configuration, from which the password to log in with is read as well.
    """

    config: str  # the path of redis.conf on the host
    port: int
    secret: str  # the name of the password
    only: bool  # whether it takes the place of all others

    @property
    def key(self) -> str:
        """`redis passwords`."""
        return "redis passwords"

    def look(self) -> str:
        """Print the SHA-256 of each password, among other things, or why there is none."""
        return (
            f"{login(self.config)}{{ login; echo 'ACL GETUSER default'; }} | {self._client()} 2>&1"
        )

    def change(self, seen: str, secrets: Secrets) -> Change | None:
        """Return what makes the password good."""
        if "unknown command" in seen:
            raise RefusedOnHost(
                "this Redis knows one password at a time: it is older than version 6",
                remedy="Set the new one with `minusnow-setup secret generate redis_password SITE"
                " --replace` and run apply: sessions fail for the seconds in between.",
            )
        wanted = hashlib.sha256(secrets[self.secret].reveal().encode()).hexdigest()
        found = set(re.findall(r"\b[0-9a-f]{64}\b", seen))
        if found == {wanted} or (not self.only and wanted in found):
            return None
        reset = "resetpass " if self.only else ""
        password = SecretRef(self.secret, (Encoding.REDIS,))
        command = Text(f'ACL SETUSER default {reset}">', password, '"\n')
        return Change(
            resource=self.key,
            summary="let Redis accept the new password alone, without a restart"
            if self.only
            else "let Redis accept the new password beside the present one",
            script=Text(
                f"{login(self.config)}{{ login\n",
                here_document("cat", command),
                # What it answers to a wrong command quotes the command.
                f"}} | {self._client()} >/dev/null\n",
            ),
            waiting_for="redis-cli",
        )

    def _client(self) -> str:
        return words("redis-cli", "-p", self.port)


def login(config: str) -> str:
    """Return shell that defines `login`, which prints the commands to log in with a redis.conf.

    The password goes from a file to a pipe.
    """
    return (
        "login() { local line\n"
        'while IFS= read -r line; do [[ $line != "requirepass "* ]]'
        " || printf 'AUTH %s\\n' \"${line#requirepass }\"; done"
        f" <{words(config)}; }}\n"
    )
