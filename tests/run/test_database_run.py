"""PostgreSQL objects in a run, on a real server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

from tests.run.local_host import LocalHost
from tests.run.pieces import Recorder
from tests.run.postgres import LocalServer, local_server
from wizard.database.object import DatabaseChange
from wizard.remote.cancellation import Cancellation
from wizard.run.bus import EventBus
from wizard.run.canonical import sha256
from wizard.run.clock import Clock
from wizard.run.events import ChangeDone, TaskDone, TaskFailed, TaskIntended, TaskSkipped
from wizard.run.planner import Plan, plan
from wizard.run.runner import Runner, RunResult
from wizard.run.survey import look_at_database
from wizard.steps.task import Phase, Task
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import psycopg

    from wizard.database.object import DatabaseObject


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row in the table `kept`, which is made with the first one."""

    name: str
    statement: str = ""  # instead of the insertion

    @property
    def key(self) -> str:
        """`row NAME`."""
        return f"row {self.name}"

    def look(self, connection: psycopg.Connection[Any]) -> object:
        """Return whether it is there."""
        if connection.execute("SELECT to_regclass('kept')").fetchone() == (None,):
            return False
        found = connection.execute("SELECT 1 FROM kept WHERE name = %s", [self.name])
        return found.fetchone() is not None

    def change(self, seen: object, _secrets: Secrets) -> DatabaseChange | None:
        """Insert it when it is not there."""

        def make(connection: psycopg.Connection[Any]) -> None:
            if self.statement:
                connection.execute(sql.SQL(self.statement))
                return
            connection.execute("CREATE TABLE IF NOT EXISTS kept (name text)")
            connection.execute("INSERT INTO kept VALUES (%s)", [self.name])

        if seen:
            return None
        return DatabaseChange(
            resource=self.key, summary=f"insert {self.name}", apply=make, after=self.key
        )


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """One server for all tests of this file."""
    with local_server() as found:
        yield found


@dataclass
class Trial:
    """Runs of one task on the server."""

    host: LocalHost
    server: LocalServer
    recorder: Recorder = field(default_factory=Recorder)

    def planned(self, rows: Sequence[DatabaseObject]) -> Plan:
        """Look and plan."""
        task = Task(phase=Phase.PRIMARY, step="db", host="a", title="Rows", database=tuple(rows))
        seen = look_at_database(self.host, [task], opener=self.server, clock=Clock())
        return plan([task], {}, seen, Secrets())

    def carry_out(self, made: Plan) -> RunResult:
        """Run the plan."""
        bus = EventBus(str)
        bus.add(self.recorder, journal=True)
        try:
            return Runner(
                plan=made,
                transports={"a": self.host},
                secrets=Secrets(),
                bus=bus,
                open_database=self.server,
                stop=Cancellation(),
            ).run()
        finally:
            bus.close()


@pytest.fixture
def trial(server: LocalServer, tmp_path: Path) -> Iterator[Trial]:
    """A host with the server, its table removed afterwards."""
    found = Trial(LocalHost("a", tmp_path), server)
    yield found
    server.up = True
    with server(found.host) as connection:
        assert connection
        connection.execute("DROP TABLE IF EXISTS kept")


def test_objects_are_made_in_order_and_a_second_run_is_empty(trial: Trial) -> None:
    """Intent first, then the changes, then a fresh look; and then nothing more."""
    rows = [Row(name="one"), Row(name="two")]
    result = trial.carry_out(trial.planned(rows))
    assert (result.outcome, result.changed) == ("done", 2)
    kinds = [event.kind for event in trial.recorder.events if event.task]
    assert kinds.index("task-intended") < kinds.index("change-started")
    assert len(trial.recorder.of(TaskDone)) == 1
    assert trial.planned(rows).empty
    result = trial.carry_out(trial.planned(rows))
    assert (result.changed, len(trial.recorder.of(TaskSkipped))) == (0, 1)


def test_what_an_object_was_and_is_stands_on_record_with_how_long_it_took(trial: Trial) -> None:
    """The same hashes before anything is done and after it; nothing was there before."""
    trial.carry_out(trial.planned([Row(name="one")]))
    (intended,) = trial.recorder.of(TaskIntended)
    (done,) = trial.recorder.of(ChangeDone)
    (change,) = intended.changes
    assert (change.before, change.after) == ("", sha256("row one"))
    assert (done.before, done.after) == (change.before, change.after)
    assert done.seconds >= 0


def test_what_another_object_has_made_already_is_not_made_twice(trial: Trial) -> None:
    """Each object is looked at right before it is changed."""
    both = "CREATE TABLE kept (name text); INSERT INTO kept VALUES ('one'), ('two')"
    result = trial.carry_out(trial.planned([Row(name="one", statement=both), Row(name="two")]))
    assert (result.outcome, result.changed) == ("done", 1)


@pytest.mark.parametrize(
    ("statement", "error", "words"),
    [
        ("SELECT 1", "StepFailed", "still finds something to change: insert one"),
        ("SELECT nonsense", "PostgresqlError", 'column "nonsense" does not exist'),
    ],
)
def test_a_change_that_fails_or_has_no_effect_is_a_card(
    trial: Trial, statement: str, error: str, words: str
) -> None:
    """PostgreSQL's words and the change are on it."""
    trial.carry_out(trial.planned([Row(name="one", statement=statement)]))
    (failure,) = trial.recorder.of(TaskFailed)
    assert (failure.command, failure.error) == ("insert one", error)
    assert words in failure.seen
    assert len(trial.recorder.of(TaskIntended)) == 1


def test_without_a_server_everything_would_be_made_and_nothing_is_pretended(trial: Trial) -> None:
    """The plan counts it as absent; carrying it out says that no server answers."""
    trial.server.up = False
    made = trial.planned([Row(name="one")])
    assert made.changes == 1
    trial.carry_out(made)
    (failure,) = trial.recorder.of(TaskFailed)
    assert "no PostgreSQL server answers" in failure.seen
