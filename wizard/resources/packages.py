"""Packages, installed in one transaction so that the package manager runs once per host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.facts.begun import INSTALLED
from wizard.facts.platform import Family
from wizard.resources.resource import Change
from wizard.resources.shell import OWN_DIRECTORY, lines, words

if TYPE_CHECKING:
    from wizard.vault.secret import Secrets

# Seconds the package manager waits for another one's lock before it says who holds it.
LOCK_SECONDS = 120

# While packages are installed: in its first line the boot in which that was begun, then their
# files, in apt's words. A power cut in between leaves packages that dpkg takes for installed and
# whose scripts wrote files that never reached the disk; after it this file is still there.
_BEGUN = f"{OWN_DIRECTORY}/installing"
_BOOT = "/proc/sys/kernel/random/boot_id"
_UNSURE = "unsure "
# What apt fetched right before a power cut can come back empty with the source's own date: apt then
# takes it for current, and either refuses it for ever or finds no package in it, without a word.
_LISTS = "/var/lib/apt/lists"
_CUT_OFF = f'[ -s {_BEGUN} ] && [ "$(head -n 1 {_BEGUN})" != "$(cat {_BOOT})" ]'

# A source that answers, but slowly, ends nothing and looks like nothing: it is told of.
SLOW_AFTER = 60  # seconds, after which it is looked at how far apt is, and again
SLOW = (
    "Still downloading: the package source is slow. It goes on by itself; a nearer source is named"
    " in networking.packages of the site file."
)
TELL_OF_SLOW = (
    # A nap that outlives the script holds no end of its output, and is the last one.
    "for nap in {1..180}; do sleep 5 >/dev/null 2>&1; [ -e /proc/$$/exe ] || break;"
    f" ((nap * 5 % {SLOW_AFTER})) && continue;"
    f' if [ -n "$(find /var/cache/apt/archives/partial {_LISTS}/partial -type f'
    f' -size +0 2>/dev/null)" ]; then echo {words(SLOW)}; break; fi; done'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """All of these packages are installed; their versions are left to the package sources."""

    names: tuple[str, ...]
    family: Family
    purpose: str = "packages"
    # The only file of package sources to use, "" for all that the host has: on an air-gapped site
    # the others do not answer.
    source: str = ""
    modules: tuple[str, ...] = ()  # RHEL: module streams to switch to first, "nodejs:20"

    @property
    def key(self) -> str:
        """`packages PURPOSE`."""
        return f"packages {self.purpose}"

    def look(self) -> str:
        """Print the name of each one that is installed, and what a power cut left unsure."""
        if self.family is Family.DEBIAN:
            query = words(
                "dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\\n", *self.names
            )
            unsure = f"sed '1d; s|.*/|{_UNSURE}|; s/_.*//' {_BEGUN}"
            return f"{query} | sed -n 's/^installed //p'\nif {_CUT_OFF}; then {unsure}; fi"
        return words("rpm", "-q", "--qf", "%{NAME}\\n", *self.names) + " | grep -v ' '"

    def change(self, seen: str, _secrets: Secrets) -> Change | None:
        """Return the one transaction that installs what is missing, or unsure."""
        found = seen.splitlines()
        missing = [name for name in self.names if name not in found]
        unsure = [
            line.removeprefix(_UNSURE)
            for line in dict.fromkeys(found)
            if line.startswith(_UNSURE) and line.removeprefix(_UNSURE) not in missing
        ]
        if not missing and not unsure:
            return None
        parts = [f"install {', '.join(missing)}"] if missing else []
        if unsure:
            parts.append(f"install {len(unsure)} packages again that lost power while installed")
        return Change(
            resource=self.key,
            summary="; ".join(parts),
            script=lines(
                [
                    *_noted(missing),
                    *(
                        self._apt(missing, unsure)
                        if self.family is Family.DEBIAN
                        else self._dnf(missing)
                    ),
                ]
            ),
            timeout=3600.0,
            silence=900.0,
            waiting_for=(
                f"installation of {', '.join(missing or unsure)} (package lock, package scripts)"
            ),
            detached=True,
        )

    def _apt(self, missing: list[str], unsure: list[str]) -> list[str]:
        lock = f"DPkg::Lock::Timeout={LOCK_SECONDS}"
        get = words("apt-get", "-q", "-y", "-o", lock, "-o", "Acquire::Retries=2")
        get += " " + words("-o", "Acquire::http::Timeout=30", "-o", "Dpkg::Use-Pty=0")
        if self.source:
            # apt-get(8): what was fetched from the others stays for whoever needs it.
            get += " " + words("-o", f"Dir::Etc::SourceList={self.source}")
            get += " " + words("-o", "Dir::Etc::SourceParts=/dev/null")
            get += " " + words("-o", "APT::Get::List-Cleanup=0")
            # Else an update that gets nothing counts as done, and packages are said not to exist.
            get += " " + words("-o", "APT::Update::Error-Mode=any")
        # apt.conf(5): its standard input are the files of the packages, before the first of them.
        get += " " + words("-o", f"DPkg::Pre-Install-Pkgs::=cat >>{_BEGUN}; sync {_BEGUN}")
        confold = "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
        install = f"{get} --no-install-recommends {confold}"
        again = (
            f"UCF_FORCE_CONFFMISS=1 {install} -o Dpkg::Options::=--force-confmiss"
            f" --reinstall install {words(*unsure, *missing)}"
        )
        return [
            "export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none",
            "export NEEDRESTART_MODE=l",
            f"mkdir -p -m 0700 {OWN_DIRECTORY}",
            (
                f"if {_CUT_OFF}; then"
                f" find {_LISTS} -type f ! -name lock -cnewer {_BEGUN} -delete; fi"
            ),
            f"{{ cat {_BOOT}; tail -n +2 {_BEGUN} 2>/dev/null || true; }} >{_BEGUN}.new",
            f"sync {_BEGUN}.new && mv {_BEGUN}.new {_BEGUN} && sync {OWN_DIRECTORY}",
            # A package manager that was killed leaves half-configured packages; this ends its work.
            # Read whole: a reader that leaves early would make the audit fail.
            (
                '[ -z "$(dpkg --audit; ls -A /var/lib/dpkg/updates)" ]'
                " || dpkg --force-confdef --force-confold --configure -a || true"
            ),
            f"({TELL_OF_SLOW}) </dev/null & slow=$!",
            "trap 'kill \"$slow\" 2>/dev/null || true' EXIT",
            f"{get} update",
            # From here on the note is younger than what it would have to tell of.
            f"find {_LISTS} -type f -exec sync {{}} +",
            again if unsure else f"{install} install {words(*missing)}",
            f"sync && rm -f {_BEGUN}",
        ]

    def _dnf(self, missing: list[str]) -> list[str]:
        get = words("dnf", "-y", "-q", "--setopt=timeout=30", "--setopt=retries=2")
        if self.source:
            get += " " + words("--disablerepo=*", "--enablerepo=minusnow-setup-*")
        steps = [f"{get} install {words(*missing)}"]
        for module in self.modules:
            name = module.partition(":")[0]
            steps[:0] = [
                words("dnf", "-q", "-y", "module", "reset", name),
                words("dnf", "-q", "-y", "module", "enable", module),
            ]
        if any(name.startswith("postgresql") for name in missing):
            # The distribution's module hides the packages of the PostgreSQL project; RHEL 9 and
            # later may not have it. https://www.postgresql.org/download/linux/redhat/
            steps.insert(0, "dnf -q -y module disable postgresql || true")
        return steps


def _noted(missing: list[str]) -> list[str]:
    """Return shell that notes whose work these packages are, before they start any service."""
    names = words("printf", "%s\\n", *missing)
    note = f"mkdir -p {OWN_DIRECTORY}; {names} >>{INSTALLED}; sync {INSTALLED}"
    return [f"(umask 077; {note})"] if missing else []
