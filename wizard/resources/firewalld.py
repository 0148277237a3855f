"""firewalld: our rich rules are in the default zone; everybody else's stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.resources.firewall_rule import Rule, arm
from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY, here_document, lines, words
from wizard.vault.text import Text

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets

_PROGRAM = "/usr/bin/firewall-cmd"
# Rich rules carry no comment, so which ones are ours is kept beside.
OWN_RULES = f"{OWN_DIRECTORY}/firewalld-rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewalld:
    """firewalld runs, and lets these through besides what its zone lets in already."""

    rules: tuple[Rule, ...]
    ssh_port: int

    @property
    def key(self) -> str:
        """`firewall firewalld`."""
        return "firewall firewalld"

    def look(self) -> str:
        """Print whether it runs and starts at boot, its rules, and which of them are ours."""
        return (
            "firewall-cmd --state 2>/dev/null; systemctl is-enabled firewalld 2>/dev/null\n"
            "{ firewall-cmd --permanent --list-rich-rules || firewall-offline-cmd"
            " --list-rich-rules; } | sed 's/^/permanent /'\n"
            "firewall-cmd --list-rich-rules | sed 's/^/loaded /'\n"
            f"[ ! -r {OWN_RULES} ] || sed 's/^/own /' {OWN_RULES}"
        )

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return the rules to add and remove."""
        wanted = {rich(rule): rule for rule in self.rules}
        found = seen.splitlines()
        stored = {line.partition(" ")[2] for line in found if line.startswith("permanent ")}
        loaded = {line.partition(" ")[2] for line in found if line.startswith("loaded ")}
        own = {line.partition(" ")[2] for line in found if line.startswith("own ")}
        missing = [text for text in wanted if text not in stored]
        ssh = f'port port="{self.ssh_port}"'
        stale = sorted(text for text in own & stored if text not in wanted and ssh not in text)
        running = "running" in found
        on = running and "enabled" in found
        if not missing and not stale and on and set(wanted) <= loaded:
            return None
        parts = [] if on else ["switch firewalld on"]
        parts += [f"let in {wanted[text]}" for text in missing]
        parts += [f"no longer {text}" for text in stale]
        keep = "".join(f"{text}\n" for text in sorted({*wanted, *(own - set(stale))}))
        return Change(
            resource=self.key,
            summary="; ".join(parts or ["load the stored rules"]),
            script=lines(
                [
                    arm(_undo(missing, stale) if running else "/usr/bin/systemctl stop firewalld"),
                    # Offline: the rules are in place before the firewall starts to filter.
                    *(
                        words("firewall-offline-cmd", f"--add-rich-rule={t}")
                        for t in missing
                        if not running
                    ),
                    words("systemctl", "enable", "--now", "firewalld"),
                    *(
                        words("firewall-cmd", "--permanent", f"--add-rich-rule={t}")
                        for t in missing
                        if running
                    ),
                    *(
                        words("firewall-cmd", "--permanent", f"--remove-rich-rule={t}")
                        for t in stale
                    ),
                    here_document(f"cat >{OWN_RULES}", Text(keep)),
                    words("firewall-cmd", "--reload"),
                ]
            ),
            timeout=180.0,
            waiting_for="firewall-cmd",
        )


def _undo(added: list[str], removed: list[str]) -> str:
    """Return what takes rules back that were changed while it ran, and leaves it running."""
    commands = [
        *(words(_PROGRAM, "--permanent", f"--remove-rich-rule={text}") for text in added),
        *(words(_PROGRAM, "--permanent", f"--add-rich-rule={text}") for text in removed),
        words(_PROGRAM, "--reload"),
    ]
    return words("/bin/sh", "-c", "; ".join(commands))


def rich(rule: Rule) -> str:
    """Return a rule in the form in which `firewall-cmd --list-rich-rules` prints it."""
    # Without a source there is no family either: anywhere is IPv4 and IPv6.
    family = "ipv6" if rule.ipv6 else "ipv4"
    source = f' family="{family}" source address="{rule.network}"' if rule.source else ""
    if rule.port:
        what = f'port port="{rule.port}" protocol="{rule.protocol}"'
    else:
        what = f'protocol value="{rule.protocol}"'
    return f"rule{source} {what} accept"
