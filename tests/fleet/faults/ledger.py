"""Rows and files of value that are put down while faults happen, and counted afterwards."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.site.application import SERVICE_USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fleet.conftest import RunningFleet

PAUSE = 15.0  # seconds between two entries
PRIMARY, STANDBY, STORAGE, APP = "db1", "db2", "st1", "app1"
EXPORT, MOUNTED = "/exports/minusnow/uploads", "/opt/minusnow/uploads"

# A database of its own on the site's server: no release of the application knows of it.
ROW = """
cd /
psql="runuser -u postgres -- psql -qAtX"
[ "$($psql -c 'select pg_is_in_recovery()' 2>/dev/null)" = f ] || exit 0
$psql -c "select 'there' from pg_database where datname = 'ledger'" | grep -q there ||
  runuser -u postgres -- createdb ledger
$psql -d ledger >/dev/null 2>&1 <<'SQL' && echo written
create table if not exists entries (number int primary key);
set synchronous_commit = local;
insert into entries values (NUMBER) on conflict do nothing;
SQL
true
"""
ROWS = "cd /; runuser -u postgres -- psql -qAtX -d ledger -c 'select number from entries'"
FILE = f"[ ! -d {EXPORT} ] || {{ echo NUMBER >{EXPORT}/ledger-NUMBER; sync; echo written; }}"
# By the application's account: the share believes nobody who says that they are root.
FILES = f"runuser -u {SERVICE_USER} -- sh -c 'cd {MOUNTED} && grep -H . ledger-*' | tr : ' '"


@dataclass
class Ledger:
    """What was written down: rows on the primary, files on the share, as soon as there is one."""

    fleet: RunningFleet
    rows: set[int] = field(default_factory=set)
    files: set[int] = field(default_factory=set)

    def write(self, number: int) -> None:
        """Put down one row and one file where that is possible already."""
        for host, script, kept in ((PRIMARY, ROW, self.rows), (STORAGE, FILE, self.files)):
            if self.fleet.read(host, script.replace("NUMBER", str(number))):
                kept.add(number)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Write on and on meanwhile."""
        over = threading.Event()

        def write() -> None:
            number = 0
            while not over.wait(PAUSE):
                number += 1
                self.write(number)

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            try:
                yield
            finally:
                over.set()
        writing.result()

    def missing(self) -> list[str]:
        """Return what was put down and cannot be found: on either database, over the mount."""
        with ThreadPoolExecutor(3) as pool:
            primary = pool.submit(self.fleet.read, PRIMARY, ROWS)
            standby = pool.submit(self.fleet.read, STANDBY, ROWS)
            mounted = pool.submit(self.fleet.read, APP, FILES)
        lost = []
        for host, found in ((PRIMARY, primary), (STANDBY, standby)):
            there = {int(line) for line in found.result().split()}
            lost += [f"row {number} on {host}" for number in sorted(self.rows - there)]
        lines = mounted.result().decode().splitlines()
        whole = {int(said) for name, said in map(str.split, lines) if name == f"ledger-{said}"}
        return lost + [f"file {number}" for number in sorted(self.files - whole)]
