"""ufw: our rules are there, marked by their comment; everybody else's stay as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.resources.firewall_rule import Rule, arm
from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY, lines, words

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets

MARK = "minusnow: "
# A line of /etc/ufw/user.rules, as ufw 0.36 writes it: action, protocol, port, destination,
# source port, source, direction, and the comment in hexadecimal.
_TUPLE = re.compile(
    r"### tuple ### allow (\S+) (\S+) \S+ any (\S+) in(?:_\S+)?(?: comment=([0-9a-f]+))?"
)

_OFF = "/usr/sbin/ufw --force disable"
_BEFORE = f"{OWN_DIRECTORY}/ufw-before"
_KEEP = (
    f"mkdir -p -m 0700 {_BEFORE}\n"
    f"cp -p /etc/ufw/user.rules /etc/ufw/user6.rules /etc/default/ufw {_BEFORE}/"
)
_PUT_BACK = (
    f"cp -p {_BEFORE}/user.rules {_BEFORE}/user6.rules /etc/ufw/"
    f" && cp -p {_BEFORE}/ufw /etc/default/ufw && /usr/sbin/ufw reload"
)

# A power cut can take files that the package's own script had written a moment before; without them
# ufw does nothing. What is there stays.
_MEND = (
    "for file in before after user before6 after6 user6; do\n"
    "[ -s /etc/ufw/$file.rules ] ||"
    " install -m 0640 /usr/share/ufw/iptables/$file.rules /etc/ufw/$file.rules\n"
    "done"
)
_KEPT = "sync /etc/ufw/user.rules /etc/ufw/user6.rules /etc/ufw/ufw.conf"

# What is loaded last, in this order, of each kind of address. ufw takes a firewall for loaded that
# has no more than its first chains, after a kill, say; told to reload it does all of it anew.
_LOADED = """\
whole() {
all=$("$1" -S 2>/dev/null) || return 2
for line in "-A INPUT -j ufw$2-before-input" "-A ufw$2-before-input -j ufw$2-user-input" \
"-P INPUT $policy"; do
case "
$all
" in *"
$line
"*) ;; *) return 1;; esac
done
}
policy=DROP six=2
if grep -qs '^DEFAULT_INPUT_POLICY="ACCEPT"' /etc/default/ufw; then policy=ACCEPT; fi
if grep -qs '^IPV6=yes' /etc/default/ufw; then whole ip6tables 6; six=$?; fi
if whole iptables '' && [ $six -ne 1 ]; then echo LOADED
elif iptables -nL ufw-user-input >/dev/null 2>&1; then echo PARTLY; fi"""

# ufw is a Python program: on slow hosts each start takes seconds. Its own interpreter, named in its
# first line, runs it for one command after the other, until one fails. Each command would also ask
# the kernel anew what it can, with some twenty processes.
_ALL = r"""program=$(command -v ufw)
IFS= read -r interpreter <"$program"
${interpreter#??} -c '
import functools, runpy, shlex, sys
import ufw.util
for name in ("get_iptables_version", "get_netfilter_capabilities"):
    if hasattr(ufw.util, name):
        setattr(ufw.util, name, functools.lru_cache(None)(getattr(ufw.util, name)))
program = sys.argv[1]
for command in sys.stdin.read().splitlines():
    sys.argv = shlex.split(command)
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
    sys.stdout.flush()
' "$program" """.rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ufw:
    """ufw is on, denies what comes in, and lets these through."""

    rules: tuple[Rule, ...]
    ssh_port: int
    knows_vrrp: bool = True  # ufw 0.36.2 and later; before, all that a peer sends is let in

    @property
    def key(self) -> str:
        """`firewall ufw`."""
        return "firewall ufw"

    def look(self) -> str:
        """Print whether it is on, what is loaded, and the rules, without starting its program."""
        return (
            "for file in /etc/ufw/ufw.conf /etc/default/ufw /etc/ufw/user.rules"
            " /etc/ufw/user6.rules; do\n"
            '[ -r "$file" ] || continue\n'
            "while IFS= read -r line; do case $line in\n"
            'ENABLED=*|DEFAULT_INPUT_POLICY=*|"### tuple ###"*) printf "%s\\n" "$line";;\n'
            'esac; done <"$file"; done\n'
            f"{_LOADED}"
        )

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return the rules to add and delete, and how it is switched on."""
        found = _found(seen)
        wanted = {self._stored(rule): rule for rule in self.rules}
        missing = [rule for stored, rule in wanted.items() if stored not in found]
        # "From anywhere" is stored twice by ufw, and taken away as one.
        twins = {(stored[0], stored[1], "::/0") for stored in wanted if stored[2] == "0.0.0.0/0"}
        # A rule for SSH is never taken away: somebody may be working through it.
        stale = [
            stored
            for stored in sorted(found)
            if stored not in wanted and stored not in twins and stored[1] != str(self.ssh_port)
        ]
        if not missing and not stale and _is_on(seen) and _denies(seen):
            return None
        parts = [] if _is_on(seen) else [_switched_on(seen)]
        parts += [f"let in {rule}" for rule in missing]
        parts += [f"no longer {protocol} {port} from {source}" for protocol, port, source in stale]
        return Change(
            resource=self.key,
            summary="; ".join(parts or ["deny what is not let in"]),
            script=lines(self._script(missing, stale, seen)),
            timeout=180.0,
            waiting_for="ufw",
        )

    def _stored(self, rule: Rule) -> tuple[str, str, str]:
        anywhere = "::/0" if rule.ipv6 else "0.0.0.0/0"
        protocol = rule.protocol if rule.port or self.knows_vrrp else "any"
        return protocol, str(rule.port or "any"), rule.network or anywhere

    def _script(
        self, missing: list[Rule], stale: list[tuple[str, str, str]], seen: str
    ) -> list[str]:
        # SSH first: whatever ends this in the middle, the way in is open.
        ordered = sorted(missing, key=lambda rule: rule.port != self.ssh_port)
        steps = []
        for rule in ordered:
            command = ["ufw", "allow", "from", rule.network or "any", "to", "any"]
            if rule.port:
                command += ["port", str(rule.port), "proto", rule.protocol]
            elif self.knows_vrrp:
                command += ["proto", rule.protocol]
            steps.append(words(*command, "comment", f"{MARK}{rule.purpose}"))
        for protocol, port, source in stale:
            command = ["ufw", "delete", "allow", "from", source, "to", "any"]
            command += ["port", port] if port != "any" else []
            command += ["proto", protocol] if protocol != "any" else []
            steps.append(words(*command))
        if not _denies(seen):
            steps.append(words("ufw", "default", "deny", "incoming"))
        steps.append(words("ufw", "--force", "enable"))
        if "PARTLY" in seen:
            steps.append(words("ufw", "reload"))
        # No line of these can be the delimiter: each begins with the program's name.
        # A firewall that was on before goes back to what it let in, and stays on.
        put_back = [_KEEP, arm(words("/bin/sh", "-c", _PUT_BACK))]
        undo = put_back if _is_on(seen) else [arm(_OFF)]
        return [_MEND, *undo, f"{_ALL} <<'END'", *steps, "END", _KEPT]


def _is_on(seen: str) -> bool:
    return "ENABLED=yes" in seen and "LOADED" in seen


def _switched_on(seen: str) -> str:
    half = "ENABLED=yes" in seen and "PARTLY" in seen
    return "load all of ufw, which is loaded in part" if half else "switch ufw on"


def _denies(seen: str) -> bool:
    return 'DEFAULT_INPUT_POLICY="DROP"' in seen


def _found(seen: str) -> set[tuple[str, str, str]]:
    """Return our rules that are stored: protocol, port, source."""
    found = set()
    for protocol, port, source, comment in _TUPLE.findall(seen):
        if comment and bytes.fromhex(comment).decode(errors="replace").startswith(MARK):
            found.add((protocol, port, source))
    return found
