"""The changes of a task as one script, and its output told apart again by change."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.resources.placing import PlacingScript, placing_script
from wizard.run.canonical import sha256
from wizard.run.look import look_script
from wizard.vault.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wizard.remote.transport import Stream
    from wizard.resources.resource import Change
    from wizard.steps.task import Task

LAST_LINES = 20  # lines of output that a failure shows
RUNNING = "running"  # in the place of a number: the change that was begun last

_FAILED = f'minusnow_mark {RUNNING}:end:$minusnow_status; exit "$minusnow_status"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Changes that travel together: any number of plain ones, or a single detached one."""

    changes: tuple[Change, ...]
    job: str = ""  # the name of the detached unit, "" for plain ones

    @property
    def timeout(self) -> float:
        """Seconds for all of them together."""
        return sum(change.timeout for change in self.changes)

    @property
    def silence(self) -> float:
        """Seconds without output that the most patient of them allows."""
        return max(change.silence or change.timeout for change in self.changes)

    @property
    def waiting_for(self) -> str:
        """What is waited for while they run."""
        names = dict.fromkeys(change.waiting_for or change.resource for change in self.changes)
        return ", then ".join(names)


def batches(task: Task, changes: Sequence[Change]) -> list[Batch]:
    """Return the changes in their order, parted where a detached one stands."""
    found: list[Batch] = []
    plain: list[Change] = []
    for change in changes:
        if change.detached:
            if plain:
                found.append(Batch(changes=tuple(plain)))
                plain = []
            found.append(Batch(changes=(change,), job=job_name(task, change)))
        else:
            plain.append(change)
    if plain:
        found.append(Batch(changes=tuple(plain)))
    return found


def job_name(task: Task, change: Change) -> str:
    """Return the same name for the same work, so that a later run attaches to it.

    The script is no part of it: what is still missing in the middle of an installation of packages
    is not what was missing before, and two scripts for one thing must not run side by side.
    """
    slug = "".join(char if char.isalnum() else "-" for char in task.step)
    return f"minusnow-{slug}-{sha256(change.resource)[:12]}"


def change_script(changes: Sequence[Change], token: str, looks: Sequence[str] = ()) -> Text:
    """Return one script that makes the changes in order and then looks at what is there.

    Each change runs in a subshell of its own and is announced on both streams; the first that
    fails ends the script with its status. Files in a row are placed together, in one subshell.
    """
    parts: list[str | Text] = [
        "set +e +u\n",
        f'minusnow_mark() {{ echo "{token}:$1"; echo "{token}:$1" >&2; }}\n',
    ]
    for numbers in _runs(changes):
        alone = len(numbers) == 1
        parts += [
            _mark(token, numbers, "begin"),
            "( set -euo pipefail\n",
            changes[numbers[0]].script if alone else _placed_together(changes, numbers),
            "\n) </dev/null\nminusnow_status=$?\n",
            f'[ "$minusnow_status" -eq 0 ] || {{ {_FAILED}; }}\n',
            _mark(token, numbers, "end:0"),
        ]
    if looks:
        parts.append(look_script(looks, token).script)
    return Text(*parts)


def _mark(token: str, numbers: Sequence[int], what: str) -> str:
    """Return the announcement of changes; of many in one piece: each is a message on its way."""
    if len(numbers) == 1:
        return f"minusnow_mark {numbers[0]}:{what}\n"
    told = f"printf '%s\\n' {' '.join(f'{token}:{number}:{what}' for number in numbers)}"
    return f"{told}\n{told} >&2\n"


def _runs(changes: Sequence[Change]) -> list[list[int]]:
    """Return the numbers of the changes, those of files that follow one another together."""
    found: list[list[int]] = []
    for number, change in enumerate(changes):
        if (
            found
            and isinstance(change.script, PlacingScript)
            and isinstance(changes[found[-1][-1]].script, PlacingScript)
        ):
            found[-1].append(number)
        else:
            found.append([number])
    return found


def _placed_together(changes: Sequence[Change], numbers: Sequence[int]) -> Text:
    scripts = (changes[number].script for number in numbers)
    files = [script.file for script in scripts if isinstance(script, PlacingScript)]
    return placing_script(files, lambda at: f"minusnow_mark {numbers[at]}:begin")


@dataclass(slots=True)
class OutputReader:
    """Attributes each line to the change that wrote it and remembers the last ones.

    A line that a change leaves unfinished is joined with the marker that follows; both are kept.
    What the look prints is never handed on: it may hold secrets in encoded form.
    """

    token: str
    changes: Sequence[Change]
    on_begin: Callable[[Change], None]
    on_line: Callable[[Change, Stream, str], None]
    on_end: Callable[[Change, int], None]
    running: Change | None = None
    ended: dict[str, int] = field(default_factory=dict)  # exit status by resource
    _tails: dict[tuple[str, Stream], deque[tuple[int, str]]] = field(default_factory=dict)
    _count: int = 0
    _at: dict[Stream, Change | None] = field(default_factory=dict)
    _looking: bool = False
    _begun: set[str] = field(default_factory=set)

    @property
    def last(self) -> tuple[str, ...]:
        """The last lines of the change that is running or has failed.

        Most of them are kept for standard error: a chatty standard output must not push out why
        something failed.
        """
        if not self.running:
            return ()
        out = list(self._tails.get((self.running.resource, "out"), ()))
        err = list(self._tails.get((self.running.resource, "err"), ()))
        errors = err[-max(LAST_LINES - 3, LAST_LINES - len(out)) :]
        rest = LAST_LINES - len(errors)
        return tuple(text for _, text in sorted(errors + (out[-rest:] if rest else [])))

    def line(self, stream: Stream, text: str) -> None:
        """Take one line as the transport hands it out."""
        text = text.rstrip("\r\n")
        written, mark, rest = text.partition(self.token + ":")
        if self._looking and stream == "out":
            return
        if mark and written:
            self._text(stream, written)
        if mark:
            self._mark(stream, rest)
        else:
            self._text(stream, text)

    def _text(self, stream: Stream, text: str) -> None:
        change = self._at.get(stream) or self.running
        if change:
            place = (change.resource, stream)
            self._count += 1
            tail = self._tails.setdefault(place, deque(maxlen=LAST_LINES))
            tail.append((self._count, text))
            self.on_line(change, stream, text)

    def _mark(self, stream: Stream, mark: str) -> None:
        number, _, what = mark.partition(":")
        if number == "look":
            self._looking = True
            return
        change = self._meant(number)
        if change is None:
            return
        if what == "begin":
            self._at[stream] = change
            if stream == "out":
                self.running = change
                if change.resource not in self._begun:
                    self._begun.add(change.resource)
                    self.on_begin(change)
            return
        self._at[stream] = None
        if stream == "out":
            status = int(what.partition(":")[2])
            self.ended[change.resource] = status
            if status == 0:
                self.running = None
            self.on_end(change, status)

    def _meant(self, number: str) -> Change | None:
        if number == RUNNING:
            return self.running
        return self.changes[int(number)] if number.isdigit() else None
