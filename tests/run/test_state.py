"""The state file: what it keeps, who may use it, and what it notices."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.run.state_story import filled, made, story
from wizard.errors import StateError
from wizard.run import events as e
from wizard.run.audit import verify_chain
from wizard.run.bus import EventBus
from wizard.run.state import StateFile
from wizard.run.state_schema import MIGRATIONS, VERSION

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state file of a test lies."""
    return tmp_path / "site.state"


def test_a_new_file_is_private_and_knows_its_site(path: Path) -> None:
    """Only its owner may read it; it holds the site file as it was."""
    state = made(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert state.records.site().text == "site: acme\n"
    state.require_site("acme")
    with pytest.raises(StateError, match="belongs to the site 'acme'"):
        state.require_site("other")
    state.close()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_an_existing_file_is_never_made_anew(path: Path) -> None:
    """Whatever lies there stays."""
    path.write_text("precious")
    with pytest.raises(StateError, match="is there already"):
        made(path)
    assert path.read_text() == "precious"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_what_was_written_is_read_back(path: Path) -> None:
    """Runs, tasks, events, output and plan come back, also read-only."""
    filled(path)
    state = StateFile.open_read_only(path)
    (run,) = state.records.runs()
    assert (run.operator, run.ssh_client, run.outcome) == ("ops", "10.0.0.9", "failed")
    assert {task.task: task.status for task in state.records.tasks()} == {
        "one@a": "done",
        "two@b": "pending",
    }
    assert [line.text for line in state.records.output(task="one@a")] == [
        "line 0",
        "line 1",
        "line 2",
    ]
    assert [link.kind for link in state.records.events()][-1] == "run-finished"
    assert state.records.plan() == {"tasks": [{"task": "one@a"}, {"task": "two@b"}]}
    with pytest.raises(StateError, match="read-only"):
        state.take(story())
    state.close()


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (e.TaskStarted(task="one@a", title="", phase=""), "pending"),
        (e.TaskIntended(task="one@a", changes=()), "intended"),
        (e.TaskInterrupted(task="one@a"), "intended"),
        (e.TaskDone(task="one@a", seconds=1, changed=1), "done"),
        (e.TaskSkipped(task="one@a", reason="already right"), "skipped"),
        (e.TaskFailed(task="one@a", title="", error="", seen="", remedy=""), "failed"),
        (e.TaskBlocked(task="one@a", waiting_on="x@b"), "pending"),
    ],
)
def test_the_last_event_of_a_task_says_how_far_it_got(
    path: Path, last: e.Event, status: str
) -> None:
    """The table of tasks is derived from the events."""
    state = made(path)
    state.take([*story()[:4], last])
    statuses = {task.task: task.status for task in state.records.tasks()}
    assert statuses["one@a"] == status
    state.close()


def test_a_second_process_is_told_who_works_with_the_file(path: Path) -> None:
    """The message names person, machine, process and time; reading goes on meanwhile."""
    state = made(path)
    with pytest.raises(StateError, match=rf"in use by .* \(process {os.getpid()}\) since 20"):
        StateFile.open(path)
    StateFile.open_read_only(path).close()
    state.close()
    StateFile.open(path).close()


def test_a_process_that_was_stopped_amid_a_write_is_told_by_its_number(path: Path) -> None:
    """Who it is cannot be read from the file then; the kernel knows which process it is."""
    state = made(path)
    amid = sqlite3.connect(path, isolation_level=None)
    amid.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match=rf"in use by process {os.getpid()} of this machine"):
        StateFile.open(path)
    amid.execute("ROLLBACK")
    amid.close()
    state.close()


def test_a_killed_holder_leaves_no_lock(path: Path) -> None:
    """The kernel frees the lock; on the same machine nobody has to be asked."""
    made(path).close()
    code = (
        "import os,sys,signal,pathlib\n"
        "from wizard.run.state import StateFile\n"
        "StateFile.open(pathlib.Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=30)
    state = StateFile.open(path)
    owner = state.records.owner()
    assert owner is not None
    assert owner.pid == os.getpid()
    state.close()


def test_a_write_that_was_cut_off_is_not_seen_by_a_reader(path: Path) -> None:
    """Killed between the first page and the commit: the reader sees the state before."""
    filled(path)
    code = (
        "import os,sys,signal,sqlite3\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size = 2'); c.execute('BEGIN IMMEDIATE')\n"
        "c.execute('UPDATE events SET body = hex(zeroblob(9000))')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=30)
    assert path.with_name(path.name + "-journal").stat().st_size > 0
    before = path.read_bytes()
    assert verify_chain(path) == []
    assert path.read_bytes() == before
    StateFile.open(path).close()
    assert verify_chain(path) == []


def test_the_claim_of_another_machine_is_broken_only_on_request(path: Path) -> None:
    """A lock does not reach across machines, so a person has to decide."""
    made(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO owner VALUES (1, 7, 'jump2', 'b', 'then', 'eva', '')")
    connection.close()
    with pytest.raises(StateError, match="eva on jump2"):
        StateFile.open(path)
    StateFile.open(path, take_over=True).close()


def test_a_full_disk_is_named_and_loses_nothing(path: Path) -> None:
    """What was committed stays, the chain goes on when there is room again."""
    state = made(path)
    state.take(story()[:3])
    (pages,) = state._connection.execute("PRAGMA page_count").fetchone()  # noqa: SLF001 - a full disk
    state._connection.execute(f"PRAGMA max_page_count = {pages}")  # noqa: SLF001 - as SQLite sees one
    with pytest.raises(StateError, match="disk is full"):
        state.take([e.OutputLine(task="one@a", stream="out", text="x" * 1000) for _ in range(1000)])
    state._connection.execute("PRAGMA max_page_count = 1000000")  # noqa: SLF001 - room again
    state.take(story()[3:])
    state.close()
    assert verify_chain(path) == []


def test_a_file_is_read_while_it_is_written(path: Path) -> None:
    """A reader never sees half an event and never stops the writer."""
    state = made(path)
    done = threading.Event()
    problems: list[str] = []

    def read() -> None:
        while not done.is_set():
            problems.extend(verify_chain(path))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(30):
        state.take(story(100))
    done.set()
    reader.join()
    state.close()
    assert problems == []


def test_odd_bytes_of_hosts_are_kept(path: Path) -> None:
    """NUL, escapes and lone surrogates do not stop the journal."""
    state = made(path)
    texts = ["nul\0nul", "\x1b[31m", "lone \udc80", "漢字"]
    lines = [e.OutputLine(task="one@a", stream="err", text=text) for text in texts]
    state.take([*story()[:3], *lines, *story()[-1:]])
    kept = [line.text for line in state.records.output()]
    state.close()
    assert kept == ["nul\0nul", "\x1b[31m", "lone ?", "漢字"]
    assert verify_chain(path) == []


def test_an_edited_site_replaces_the_one_before(path: Path) -> None:
    """Its text and hash change together."""
    state = made(path)
    state.replace_site("site: acme2\n")
    assert state.records.site().text == "site: acme2\n"
    state.close()


def test_every_migration_is_reached_once(path: Path) -> None:
    """A new file has the version of the last migration."""
    made(path).close()
    (version,) = sqlite3.connect(path).execute("PRAGMA user_version").fetchone()
    assert version == len(MIGRATIONS) == VERSION


def test_a_hundred_thousand_lines_are_kept_in_order(path: Path) -> None:
    """Nothing is lost between eight lanes and the file, and outcomes come after their output."""
    state = made(path)
    bus = EventBus(str)
    bus.add(state, journal=True)
    bus.publish(e.RunStarted(site="acme", command="apply"))
    count = 12_500

    def lane(host: str) -> None:
        for number in range(count):
            bus.publish(e.OutputLine(host=host, task=f"t@{host}", stream="out", text=str(number)))
        bus.publish(e.TaskDone(host=host, task=f"t@{host}", seconds=1, changed=1))

    threads = [threading.Thread(target=lane, args=(f"h{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bus.publish(e.TaskIntended(host="h0", task="next@h0", changes=()))
    kept: dict[str, list[int]] = {}
    after = 0
    while page := state.records.output(after):
        after = page[-1].id
        for line in page:
            kept.setdefault(line.host, []).append(int(line.text))
    bus.close()
    state.close()
    assert kept == {f"h{n}": list(range(count)) for n in range(8)}
    assert verify_chain(path) == []


def test_what_was_changed_stays_unproven_until_a_proof_holds(path: Path) -> None:
    """A run that was killed before its proof, or whose proof failed, still owes one."""
    state = made(path)
    assert state.records.unproven() == frozenset()
    state.take(story())
    assert state.records.unproven() == {"one@a"}
    state.take([e.ProofFinished(verdict="failed", drills=True, seconds=1.0)])
    assert state.records.unproven() == {"one@a"}
    state.take([e.ProofFinished(verdict="warning", drills=True, seconds=1.0)])
    assert state.records.unproven() == frozenset()
    state.close()
