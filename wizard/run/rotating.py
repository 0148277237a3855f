"""Carries a rotation out: both values are safe from before the first host changes to the last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from wizard.counted import counted
from wizard.database.connect import DatabaseAccess
from wizard.errors import SetupError, StepFailed
from wizard.resources.kept_copies import KeptCopies
from wizard.run.events import RotationBegan, RotationFinished, RunFinished
from wizard.run.recorded import begun
from wizard.steps.task import Phase, Task
from wizard.vault.mask import Mask
from wizard.vault.secret import Secrets
from wizard.vault.store import NEXT, with_next

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wizard.run.installation import Installation
    from wizard.run.planner import Plan
    from wizard.run.ports import DatabaseOpener
    from wizard.run.rotation import Rotation, Stage, Tasks
    from wizard.run.runner import RunResult
    from wizard.steps.task import Situation
    from wizard.vault.store import Origin, Vault

_WITHDRAWN = " (withdrawn)"  # behind the name of a secret whose value no host needs any more


@dataclass(slots=True, kw_only=True)
class Rotating:
    """One rotation on its way; `begin` and then `go_on`, or `go_on` alone after it was cut off."""

    work: Installation  # connected already
    vault: Vault
    rotation: Rotation
    open_database: Callable[[Secrets], DatabaseOpener] | None = None  # default: the site's server

    def begin(self, values: Mapping[str, str], origin: Origin) -> None:
        """Have all hosts to itself and store the next values; no host has them yet.

        Raises: SetupError unless the site is as its file says: nothing else may change with it.
        """
        due = self.work.plan()
        if not due.empty:
            tasks = [item.task.id for item in due.tasks if not item.empty]
            raise SetupError(
                "the site is not as its file says, something is to be done in"
                f" {counted(len(tasks), 'step')}:"
                f" {', '.join(tasks[:5])}{' …' if len(tasks) > len(tasks[:5]) else ''}",
                remedy="Run `minusnow-setup apply` first, then rotate: one thing at a time.",
            )
        self.work.hold()
        self.vault.begin_rotation(values, origin=origin)
        names = self.rotation.names
        self._use(with_next(self.vault.secrets()))
        self.work.engine.bus.publish(RotationBegan(secret=self.rotation.name, names=names))

    def give_up(self) -> None:
        """Have all hosts to itself and turn back: from now on, `go_on` restores present values.

        Raises: VaultError if there is nothing to give up, or nothing to go back to.
        """
        self.work.hold()
        self.vault.give_up_rotation()
        names = self.rotation.names
        turned = RotationBegan(secret=self.rotation.name, names=names, value="old")
        self.work.engine.bus.publish(turned)

    def go_on(self) -> RunResult | None:
        """Carry out every stage that is not behind already; return one that failed, None if none.

        Each stage is a run of its own in the record. Raises: SetupError, Cancelled.
        """
        work = self.work
        stored = self.vault.secrets()
        back, ahead = self.vault.given_up(), with_next(stored)
        wanted = stored if back else ahead
        work.engine.bus.mask_with(Mask(stored).text)
        work.rotating = True
        usual = work.engine.tasks_for
        try:
            for stage in self.rotation.stages:
                over = ahead if stage.bridge else wanted
                result = self._told(stage.title, partial(self._carry_out, stage, over, wanted))
                if result is not None and result.outcome != "done":
                    return result
            self._use(wanted)
            self._told("a look at every host", partial(self._require_right, usual))
            result = self._told("the copies of replaced files", partial(self._clean, stored, back))
            self._use(wanted)
            if result is not None and result.outcome != "done":
                return result
        finally:
            work.engine = replace(work.engine, tasks_for=usual)
            work.rotating = False
        names = self.vault.finish_rotation()
        finished = RotationFinished(
            secret=self.rotation.name, names=names, value="old" if back else "new"
        )
        work.engine.bus.publish(finished)
        return None

    def _use(self, secrets: Secrets) -> None:
        """Work with these values from here on; none of old and new is shown."""
        engine = self.work.engine
        engine.bus.mask_with(Mask(self.vault.secrets()).text)
        opener = self.open_database or self._opener
        self.work.engine = replace(engine, secrets=secrets, open_database=opener(secrets))

    def _opener(self, secrets: Secrets) -> DatabaseOpener:
        return DatabaseAccess(site=self.work.site, secrets=secrets)

    def _told(self, title: str, part: Callable[[], RunResult | None]) -> RunResult | None:
        """Do a part as a run of its own in the record, whose end is told however it ends."""
        bus = self.work.engine.bus
        with begun(bus, self.work.site.site, f"rotate {self.rotation.name}: {title}"):
            result = part()
            if result is None:
                bus.publish(RunFinished(outcome="done"))
        return result

    def _carry_out(self, stage: Stage, over: Secrets, wanted: Secrets) -> RunResult | None:
        """Carry a stage out with its values; None if it lies behind by those wanted in the end."""
        self._use(wanted)
        if stage.behind and self._plan(stage.behind).empty:
            return None
        self._use(over)
        self._plan(stage.tasks)
        self.work.hold()
        return self.work.apply()

    def _clean(self, stored: Secrets, back: bool) -> RunResult | None:  # noqa: FBT001 - which way
        """Take the value that no host needs any more out of the copies of replaced files."""
        # A certificate is public, and its old one tells what was in use.
        names = [one for one in self.rotation.names if "certificate" not in one]
        since = {info.name: info.created for info in self.vault.describe()}
        values = {name: secret.reveal() for name, secret in stored.items()}
        for name in names:
            # One that was never stored is in no copy.
            values[name + _WITHDRAWN] = values.get(name + NEXT if back else name, "")
        marks = {
            one: f"{one} {since[one + NEXT].isoformat()}" for one in names if one + NEXT in since
        }
        self._use(Secrets(values))

        def tasks(situation: Situation) -> tuple[Task, ...]:
            return tuple(
                Task(
                    phase=Phase.BASE,
                    step=f"copies-{name}",
                    host=host.name,
                    title="copies of replaced files",
                    resources=(
                        KeptCopies(
                            secret=name + _WITHDRAWN, shown=f"‹{name}, replaced›", mark=mark
                        ),
                    ),
                )
                for host in situation.site.hosts
                for name, mark in marks.items()
            )

        if self._plan(tasks).empty:
            return None
        self.work.hold()
        return self.work.apply()

    def _require_right(self, tasks: Tasks) -> None:
        """Raise StepFailed unless a look at all hosts finds the new value everywhere."""
        left = [item.task.id for item in self._plan(tasks).tasks if not item.empty]
        if left:
            raise StepFailed(
                f"after the rotation these steps still have something to do: {', '.join(left)}",
                remedy="Both values are kept. See `minusnow-setup plan`, then"
                " `minusnow-setup resume`.",
            )

    def _plan(self, tasks: Tasks) -> Plan:
        self.work.engine = replace(self.work.engine, tasks_for=tasks)
        return self.work.plan()
