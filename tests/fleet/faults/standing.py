"""An installed site with something of value in it, and what must still hold after it was harmed."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from tests.detector import Detector
from wizard.practice.fleet import KNOWN, REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.table import Fault, FaultTable
    from tests.fleet.conftest import RunningFleet
    from tests.fleet.person import Person
    from tests.fleet.workplace import Ended, Event, Workplace
    from wizard.site.model import Site

PAUSE = 0.5  # seconds between two tries of somebody who waits for the site
OWN_LINE = " app1$"  # of /etc/hosts, where the installer names all hosts to each

# What serves people, by role.
UNITS = {
    "load_balancer": ("haproxy", "keepalived"),
    "app": ("minusnow",),
    "database": ("postgresql@*.service",),
    "storage": ("nfs-server",),
    "cache": ("redis-server",),
}
SINCE = "systemctl show -p Id,ActiveState,ActiveEnterTimestampMonotonic,NRestarts "

# A line for each row, each file and each entry of the audit log that somebody put there.
WORTH = {
    "db1": """
for table in tickets attachments; do
    cd /tmp; runuser -u postgres -- psql -XqAtd minusnow_db \\
        -c "select '$table ' || md5(each::text) from $table each"
done
""",
    "st1": "cd /exports/minusnow; find uploads -type f -exec sha256sum {} +; cat audit-logs/*",
}


@dataclass
class Standing:
    """The installed site, and whoever harms it."""

    fleet: RunningFleet
    place: Workplace
    site: Site
    person: Person
    ended: list[Ended] = field(default_factory=list)
    """Every run of the installer since the fault was begun."""
    since: float = field(default_factory=time.time)
    """When the first fault could begin, in seconds of time.time()."""
    at_first: dict[str, str] = field(init=False)
    """The values that the site's secrets had then."""
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.at_first = {f"{name} at first": value for name, value in self.place.secrets.items()}

    @contextmanager
    def harmed(self, faults: FaultTable, name: str, *hosts: str) -> Iterator[Fault]:
        """Try a fault that concerns some hosts.

        Afterwards nothing of value may be missing, no secret may be found, people find what they
        had, and on the other hosts no service was stopped or started.
        """
        # A session of their own for each fault: the test before may have logged everybody out.
        self.person.log_in()
        worth, since = self.census(*hosts)
        self.ended = []
        with faults.tried(name) as fault:
            yield fault
            self.person_returns()
            worth_after, since_after = self.census(*hosts)
            fault.lose(worth - worth_after)
            fault.leak(self.leaks())
            assert since_after == since

    @contextmanager
    def edited(self, *edits: tuple[str, str]) -> Iterator[None]:
        """Have passages of the site file changed for a while."""
        before = self.place.site_file.read_text()
        self.place.edit(*edits)
        try:
            yield
        finally:
            self.place.site_file.write_text(before)

    def drift(self, host: str) -> None:
        """Make something due on a host: somebody has edited a file of ours."""
        self.fleet.read(host, f"sed -i '/{OWN_LINE}/d' /etc/hosts")
        assert self.drifted(host)

    def drifted(self, host: str) -> bool:
        """Tell whether that is still so."""
        return self.fleet.read(host, f"grep -c '{OWN_LINE}' /etc/hosts; true").split() == [b"0"]

    def census(self, *without: str) -> tuple[set[str], dict[str, str]]:
        """Return a word for all that is of value, and by host since when its services run.

        All hosts but those named have to be well.
        """
        hosts = [host for host in REFERENCE.hosts if host.name not in without]

        def ask(name: str) -> str:
            return self.fleet.read(name, SINCE + " ".join(UNITS[KNOWN[name].role])).decode()

        with ThreadPoolExecutor(len(hosts) + len(WORTH)) as pool:
            worth = pool.map(lambda host: self.fleet.read(host, WORTH[host]), WORTH)
            since = pool.map(lambda host: (host.name, ask(host.name)), hosts)
            found = dict(since)
            lines = {line for text in worth for line in text.decode().splitlines()}
        assert len(lines) >= len(WORTH), lines
        down = {name: found[name] for name in found if "ActiveState=active" not in found[name]}
        assert not down
        return lines, found

    def person_returns(self, seconds: float = 120) -> None:
        """Wait until the site answers as before."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.person.finds_everything()
            except (OSError, HTTPException, AssertionError):
                if time.monotonic() > deadline:
                    raise
                self._over.wait(PAUSE)
            else:
                return

    def leaks(self) -> set[str]:
        """Return the names of the secrets in what was told, and in the state file."""
        detector = Detector(
            {
                **self.place.secrets,
                "ssh_key": self.fleet.directory.key_file.read_text(),
            }
        )
        found: set[str] = set()
        for ended in self.ended:
            found |= detector.found(f"{ended.out}\n{ended.err}".encode())
        for file in sorted(self.place.folder.glob("*.state*")):
            found |= detector.found(file.read_bytes())
        return found

    def check(self) -> Ended:
        """Ask all questions of preflight."""
        return self._keep(self.place.say("check", str(self.place.site_file), "--json"))

    def apply(self, *options: str) -> Ended:
        """Install what the site file says; without drills, unless asked for."""
        return self._keep(self.place.apply("--drills=never", *options))

    def resume(self, *options: str) -> Ended:
        """Go on; without drills."""
        return self._keep(self.place.resume("--drills=never", *options))

    def finish(self) -> Ended:
        """Go on once the cause is gone: the rest is done, and nothing of the proof fails."""
        ended = self.resume()
        assert ended.result["outcome"] == "done", ended.told()
        return self.proven(ended)

    def proven(self, ended: Ended) -> Ended:
        """Return a run that has ended well, its proof asked once more if the machine was busy."""
        if ended.status == 1 and ended.result["outcome"] == "done":
            again = self.resume()
            assert again.status == 0, again.told()
            return ended
        assert ended.status == 0, ended.told()
        return ended

    def _keep(self, ended: Ended) -> Ended:
        self.ended.append(ended)
        assert "Traceback" not in ended.err, ended.err
        return ended


def card(ended: Ended) -> Event:
    """Return the one task that failed."""
    assert ended.status == 1, ended.told()
    (found,) = ended.of_kind("task-failed")
    assert found["remedy"], found
    return found


def sentence(event: Event) -> str:
    """Return host, what was seen and what to do, as a person reads it on the card."""
    told = event.get("lines", ())
    lines = " ".join([line for line in told if line.startswith("E: ")] or told[-2:])
    seen = f"{event['seen']}: {lines}" if lines else event["seen"]
    return f"{event['host']}: {seen} → {event['remedy']}"


def findings(ended: Ended) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what preflight did not find in order, by question and host; of `check` or a run."""
    answers: list[dict[str, Any]] = ended.of_kind("check-answered")
    if not ended.events and ended.out.startswith("["):
        answers = json.loads(ended.out)
    return {
        (answer["check"], answer["host"]): answer
        for answer in answers
        if answer["verdict"] in {"failed", "warning"}
    }


def refused(ended: Ended) -> str:
    """Return what it said when it stopped before anything was changed."""
    assert ended.of_kind("change-done") == []
    match = re.search(r"^minusnow-setup: (.*)", ended.err, re.DOTALL | re.MULTILINE)
    assert match, ended.err
    return match[1]
