"""The whole job as two functions: `prepare` up to the plan, `apply` from there to the end."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.errors import RefusedOnHost, SetupError
from wizard.remote.ssh_program import RUN_DIRECTORY
from wizard.run.clock import Clock
from wizard.run.edited import edited_in, refuse_edited
from wizard.run.events import HostConnected, PlanMade
from wizard.run.graph import Graph
from wizard.run.planner import plan
from wizard.run.runner import Runner
from wizard.run.skips import left_out
from wizard.run.state_owner import person
from wizard.run.survey import everywhere, look_at, look_at_database
from wizard.steps.task import Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from wizard.facts.host import HostFacts
    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Transport
    from wizard.run.bus import EventBus
    from wizard.run.events import TaskLeftOut
    from wizard.run.pause import Pause
    from wizard.run.planner import Plan
    from wizard.run.ports import DatabaseOpener
    from wizard.run.runner import RunResult
    from wizard.site.model import Site
    from wizard.steps.inputs import Inputs
    from wizard.steps.task import Task
    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What a run is made of: how hosts are reached, known and changed."""

    connect: Callable[[str], Transport]  # by the host's name in the site
    gather: Callable[[Transport], HostFacts]
    tasks_for: Callable[[Situation], Sequence[Task]]
    open_database: DatabaseOpener
    secrets: Secrets
    bus: EventBus
    stop: Cancellation
    lock_folder: str = RUN_DIRECTORY  # on the hosts; "" where no other run can be


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Open ways to all hosts and what they are."""

    transports: Mapping[str, Transport]
    facts: Mapping[str, HostFacts]
    clock: Clock = field(default_factory=Clock)

    def close(self) -> None:
        """End all connections."""
        close_all(self.transports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A plan and the open connections over which it can be carried out."""

    situation: Situation
    plan: Plan
    reached: Reached

    def close(self) -> None:
        """End all connections."""
        self.reached.close()


def reach(hosts: Sequence[str], engine: Engine) -> Reached:
    """Connect to all hosts and gather their facts, side by side.

    Raises: HostError naming every host that failed, Cancelled.
    """
    clock = Clock()
    transports: dict[str, Transport] = {}

    def one(host: str) -> HostFacts:
        with clock.busy(), clock.waiting():
            begin = time.monotonic()
            transport = engine.connect(host)
            transports[host] = transport
            seconds = round(time.monotonic() - begin, 3)
            engine.bus.publish(HostConnected(host=host, seconds=seconds))
            return engine.gather(transport)

    try:
        facts = everywhere(hosts, one, bus=engine.bus, stop=engine.stop)
    except BaseException:
        close_all(transports)
        raise
    return Reached(transports=transports, facts=facts, clock=clock)


def plan_for(site: Site, inputs: Inputs, reached: Reached, engine: Engine) -> Prepared:
    """Look at every host in one trip each and plan; what is shown is what `apply` runs.

    Whoever asked for the plan tells of it.
    Raises: HostError, SetupError for tasks that cannot be ordered, Cancelled.
    """
    clock = reached.clock
    with clock.busy():
        situation = Situation(site=site, facts=reached.facts, inputs=inputs)
        tasks = list(Graph(engine.tasks_for(situation)))
    by_host: dict[str, list[Task]] = {}
    for task in tasks:
        by_host.setdefault(task.host, []).append(task)

    def one(host: str) -> tuple[Mapping[str, dict[str, str]], Mapping[str, Mapping[str, object]]]:
        transport = reached.transports[host]
        with clock.busy():
            seen = look_at(transport, by_host[host], clock=clock)
            database = look_at_database(
                transport, by_host[host], opener=engine.open_database, clock=clock
            )
        return seen, database

    looks = everywhere(list(by_host), one, bus=engine.bus, stop=engine.stop)
    with clock.busy():
        seen = {name: found for look, _ in looks.values() for name, found in look.items()}
        stored = {name: found for _, look in looks.values() for name, found in look.items()}
        made = plan(tasks, seen, stored, engine.secrets)
    return Prepared(situation=situation, plan=made, reached=reached)


def prepare(site: Site, hosts: Sequence[str], inputs: Inputs, engine: Engine) -> Prepared:
    """Connect, gather facts, look and plan; nothing is changed on any host.

    Raises: HostError, Cancelled, SetupError; all connections are closed then.
    """
    reached = reach(hosts, engine)
    try:
        prepared = plan_for(site, inputs, reached, engine)
        with reached.clock.busy():
            engine.bus.publish(plan_made(prepared.plan))
    except BaseException:
        reached.close()
        raise
    return prepared


def apply(
    prepared: Prepared,
    engine: Engine,
    *,
    keep_going: bool = False,
    pause: Pause | None = None,
    skips: Mapping[str, str] | None = None,
    replace_edited: Collection[str] = (),
    begin: Callable[[], None] | None = None,
) -> RunResult:
    """Carry the plan out; failed tasks are in the result. While `pause` is set nothing starts.

    `skips` are the tasks that a person leaves out, with the reasons; `replace_edited` the files,
    as PATH@HOST, that a person edited and agrees to have replaced. `begin` is called once nothing
    is in the way any more, before the first change.
    Raises: RefusedOnHost, before anything is touched, if the plan names something of value that
    would be overwritten; SetupError for a task that must not be left out; StateError if the
    journal cannot be written.
    """
    skipped = skipped_in(prepared.plan, skips or {})
    names = {event.task for event in skipped}
    problems = tuple(
        problem
        for item in prepared.plan.tasks
        if item.task.id not in names
        for problem in item.problems
    )
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise RefusedOnHost(
            "going on would overwrite something of value:\n"
            + "\n".join(
                f"  {problem.host} · {problem.step}: {problem.seen}" for problem in problems
            ),
            remedy=problems[0].remedy,
        )
    refuse_edited(edited_in(prepared.plan, names), replace_edited)
    if begin:
        begin()
    return Runner(
        plan=prepared.plan,
        transports=prepared.reached.transports,
        secrets=engine.secrets,
        bus=engine.bus,
        open_database=engine.open_database,
        stop=engine.stop,
        keep_going=keep_going,
        clock=prepared.reached.clock,
        connect=engine.connect,
        pause=pause,
        left_out=skipped,
        replace_edited=replace_edited,
    ).run()


def skipped_in(made: Plan, skips: Mapping[str, str]) -> tuple[TaskLeftOut, ...]:
    """Return what a person's skips (reasons by task id) leave out of a plan.

    Raises: SetupError for a task that is not in it, or must not be left out.
    """
    return left_out(Graph([item.task for item in made.tasks]), skips, person())


def plan_made(made: Plan) -> PlanMade:
    """Return the event that carries a plan to those who show and keep it."""
    return PlanMade(
        fingerprint=made.fingerprint,
        changes=made.changes,
        tasks=tuple(item.task.id for item in made.tasks),
        changing=tuple(item.task.id for item in made.tasks if not item.empty),
        plan=made.to_json(),
    )


def close_all(transports: Mapping[str, Transport]) -> None:
    """End all connections; one that is dead already does not keep the others open."""
    for transport in transports.values():
        with suppress(SetupError, OSError):
            transport.close()
