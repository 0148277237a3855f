"""One task on its host: look, decide, journal, act, look again."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.errors import CommandFailed, StepFailed
from wizard.remote.transport import ANOTHER_ENDED
from wizard.resources.resource import Change
from wizard.run.canonical import sha256
from wizard.run.change_script import OutputReader, batches, change_script, job_name
from wizard.run.database_run import DatabaseRun, definitions
from wizard.run.edited import EditedReplaced, edited_by, refuse_edited
from wizard.run.events import (
    ChangeDone,
    ChangeStarted,
    IntendedChange,
    OutputLine,
    TaskDone,
    TaskIntended,
    TaskSkipped,
    TaskStarted,
    UploadProgress,
)
from wizard.run.failure import Doing
from wizard.run.look import LOOK_TIMEOUT, LookScript, look_script, new_token
from wizard.run.state_owner import person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wizard.database.object import DatabaseChange
    from wizard.remote.cancellation import Cancellation
    from wizard.remote.transport import Stream, Transport
    from wizard.run.change_script import Batch
    from wizard.run.clock import Clock
    from wizard.run.events import Event
    from wizard.run.ports import DatabaseOpener
    from wizard.steps.task import Task
    from wizard.vault.secret import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all tasks of a run share."""

    secrets: Secrets
    publish: Callable[[Event], None]
    open_database: DatabaseOpener
    stop: Cancellation
    clock: Clock
    mask: Callable[[str], str] = str
    replace_edited: frozenset[str] = frozenset()  # PATH@HOST: what a person agreed to


@dataclass(slots=True, kw_only=True)
class TaskRun:
    """A task that is being carried out; `doing` says with what it is busy."""

    task: Task
    transport: Transport
    around: Surroundings
    doing: Doing = field(default_factory=Doing)
    _acted: Counter[str] = field(default_factory=Counter)  # how often, by resource
    _waited: bool = False  # for the end of what an earlier run had begun otherwise
    _seen: dict[str, str] = field(default_factory=dict)  # what looks saw last, by resource

    def execute(self) -> int:
        """Make the task's goal true; return how many changes it took, 0 if it already was.

        Raises: StepFailed, CommandFailed, RefusedOnHost, what the transport raises, psycopg.Error.
        """
        begin = time.monotonic()
        task = self.task
        self.around.publish(
            TaskStarted(host=task.host, task=task.id, title=task.title, phase=task.phase.value)
        )
        if task.resources:
            self._resources()
        if task.database:
            DatabaseRun(
                task=task,
                transport=self.transport,
                around=self.around,
                doing=self.doing,
                intend=self.intend,
            ).execute()
        if self.doing.changed:
            seconds = round(time.monotonic() - begin, 3)
            self.around.publish(
                TaskDone(host=task.host, task=task.id, seconds=seconds, changed=self.doing.changed)
            )
        else:
            self.around.publish(
                TaskSkipped(host=task.host, task=task.id, reason="already right: looked afresh")
            )
        return self.doing.changed

    def intend(self, changes: Sequence[Change | DatabaseChange]) -> None:
        """Have it on disk what is about to be done."""
        self.around.stop.raise_if_cancelled()
        self.around.publish(
            TaskIntended(
                host=self.task.host,
                task=self.task.id,
                changes=tuple(self._intended(change) for change in changes),
            )
        )

    def _intended(self, change: Change | DatabaseChange) -> IntendedChange:
        """Return what the journal keeps of a change before it is made."""
        job = ""
        if isinstance(change, Change):
            before, after = sides(change.diff)
            seen = self._seen.get(change.resource, "").strip()
            before = before or (sha256(self.around.mask(seen)) if seen else "")
            after = after or sha256(change.script.masked())
            job = job_name(self.task, change) if change.detached else ""
        else:
            before, after = definitions(change)
        return IntendedChange(
            resource=change.resource, summary=change.summary, before=before, after=after, job=job
        )

    def _resources(self) -> None:
        """Act until a look finds nothing to change.

        A change may make another one due (a file that a service has to take in), so there may be
        several rounds; but what was changed once and is still not right has failed.
        """
        seen = self._look()
        while changes := self._due(seen):
            # What is detached has one try more: the first may have told how an earlier run's ended,
            # while nobody listened, and its effect be gone since.
            again = [
                change for change in changes if self._acted[change.resource] > int(change.detached)
            ]
            if again:
                raise StepFailed(
                    "a fresh look still finds something to change: "
                    + "; ".join(change.summary for change in again)
                    + "".join(f"\n{change.diff.rstrip()}" for change in again if change.diff),
                    remedy="The commands ended well but had no lasting effect: see whether"
                    " something on the host undoes them, then go on with `minusnow-setup resume`.",
                    host=self.task.host,
                    step=self.task.step,
                )
            self._replace_edited(changes)
            self.intend(changes)
            seen = self._act(changes)
            if not self._waited:
                self._acted.update(change.resource for change in changes)

    def _replace_edited(self, changes: Sequence[Change]) -> None:
        """Have it on disk whose work is replaced with whose consent.

        Raises: RefusedOnHost for what somebody has edited since the plan was made.
        """
        found = edited_by(self.task, changes)
        refuse_edited(found, self.around.replace_edited)
        for each in found:
            self.around.publish(
                EditedReplaced(
                    host=each.host,
                    task=self.task.id,
                    path=each.path,
                    since=each.since,
                    operator=person(),
                )
            )

    def _due(self, seen: Sequence[str]) -> list[Change]:
        pairs = tuple(zip(self.task.resources, seen, strict=True))
        self._seen.update((resource.key, text) for resource, text in pairs)
        found = (resource.change(text, self.around.secrets) for resource, text in pairs)
        return [change for change in found if change]

    def _looks(self) -> list[str]:
        return [resource.look() for resource in self.task.resources]

    def _look(self) -> tuple[str, ...]:
        look = look_script(self._looks())
        self.around.stop.raise_if_cancelled()
        with self.around.clock.waiting():
            result = self.transport.run(
                look.script, waiting_for=f"a look at {self.task.title}", timeout=LOOK_TIMEOUT
            )
        self.around.stop.raise_if_cancelled()
        return look.split(result.out)

    def _act(self, changes: Sequence[Change]) -> tuple[str, ...]:
        """Make the changes; return what a look directly afterwards saw."""
        self._upload(changes)
        self._waited = False
        parts = batches(self.task, changes)
        for part in parts[:-1]:
            self._send(part, [])
            if self._waited:
                return self._look()
        last = parts[-1]
        if last.job:
            # A detached unit may have been started by an earlier run: its output ends with it.
            self._send(last, [])
            return self._look()
        return self._send(last, self._looks())

    def _upload(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for upload in change.uploads:
                self.doing.command = f"upload {upload.destination}"
                with self.around.clock.waiting():
                    self.transport.upload(
                        upload.source,
                        upload.destination,
                        mode=upload.mode,
                        owner=upload.owner,
                        on_progress=self._progress(upload.destination),
                    )

    def _progress(self, destination: str) -> Callable[[int, int], None]:
        shown = 0.0

        def progress(sent: int, size: int) -> None:
            nonlocal shown
            now = time.monotonic()
            if sent < size and now - shown < 1.0:
                return
            shown = now
            self.around.publish(
                UploadProgress(
                    host=self.task.host,
                    task=self.task.id,
                    destination=destination,
                    sent=sent,
                    size=size,
                )
            )

        return progress

    def _send(self, batch: Batch, looks: Sequence[str]) -> tuple[str, ...]:
        """Run the changes of a batch and, with `looks`, look; return what was seen."""
        # The marker of a detached unit must be the one of the run that started it.
        token = batch.job or new_token()
        reader = self._reader(batch, token)
        script = change_script(batch.changes, token, looks).reveal(self.around.secrets)
        self.doing.command, self.doing.job = batch.changes[0].summary, batch.job
        try:
            with self.around.clock.waiting():
                result = self.transport.run(
                    script,
                    waiting_for=batch.waiting_for,
                    timeout=batch.timeout + (LOOK_TIMEOUT if looks else 0),
                    silence=batch.silence,
                    on_line=reader.line,
                    job=batch.job or None,
                )
        finally:
            self._note(reader)
        self.around.stop.raise_if_cancelled()
        if batch.job and not reader.ended and result.status == ANOTHER_ENDED:
            self._waited, self.doing.job = True, ""
            return ()
        # Files that are placed together end together: one that failed comes before all others.
        undone = [change for change in batch.changes if reader.ended.get(change.resource) != 0]
        failed = [change for change in undone if change.resource in reader.ended]
        for change in failed or undone:
            status = reader.ended.get(change.resource)
            self.doing.command = change.summary
            raise CommandFailed(
                f"it ended with status {status}"
                if status is not None
                else f"the script ended with status {result.status} before this was done",
                status=result.status if status is None else status,
                host=self.task.host,
            )
        self.doing.lines, self.doing.job = (), ""
        if not looks:
            return ()
        return LookScript(token=token, count=len(looks), script="").split(result.out)

    def _note(self, reader: OutputReader) -> None:
        """Keep for a failure card what was running and what it wrote last."""
        if reader.running:
            self.doing.command = reader.running.summary
            self.doing.lines = reader.last

    def _reader(self, batch: Batch, token: str) -> OutputReader:
        host, task, publish = self.task.host, self.task.id, self.around.publish
        begun: dict[str, float] = {}

        def begin(change: Change) -> None:
            begun[change.resource] = time.monotonic()
            publish(
                ChangeStarted(
                    host=host, task=task, resource=change.resource, summary=change.summary
                )
            )

        def line(change: Change, stream: Stream, text: str) -> None:
            publish(
                OutputLine(host=host, task=task, stream=stream, text=text, resource=change.resource)
            )

        def end(change: Change, status: int) -> None:
            if status == 0:
                self.doing.changed += 1
                seconds = time.monotonic() - begun.get(change.resource, time.monotonic())
                meant = self._intended(change)
                publish(
                    ChangeDone(
                        host=host,
                        task=task,
                        resource=change.resource,
                        seconds=round(seconds, 3),
                        before=meant.before,
                        after=meant.after,
                    )
                )

        return OutputReader(
            token=token, changes=batch.changes, on_begin=begin, on_line=line, on_end=end
        )


def sides(diff: str) -> tuple[str, str]:
    """Return the SHA-256 of the old and of the new side of a unified diff, "" without one."""
    if not diff:
        return "", ""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    old = [line[1:] for line in lines if not line.startswith("+")]
    new = [line[1:] for line in lines if not line.startswith("-")]
    return sha256("\n".join(old)), sha256("\n".join(new))
