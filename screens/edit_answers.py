"""From a failed step to the screen that holds an answer it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.dialogs.pick import Pick
from screens.flow import FLOW
from screens.form_step import FormStep
from wizard.steps.answers import HOSTS, answers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from screens.app import SetupApp
    from screens.draft import Draft
    from screens.place import Place
    from screens.widgets.field import Field
    from wizard.run.events import TaskFailed

BACK = (
    "Change what has to be changed, then press F9: it goes back to Install, shows what follows,"
    " and asks before anything is done."
)
_WORDS = "Enter goes to the answer. Afterwards F9 comes back, shows what is redone, and asks."
_ALL = "review"  # the page on which every answer stands


async def edit_answers(setup: SetupApp, failure: TaskFailed) -> bool:
    """Ask which answer, and go there; whether a person chose one."""
    options = list(answer_options(setup.draft, failure))
    title = f"Answers that {failure.title} on {failure.host} rests on"
    picked = await setup.push_screen_wait(Pick(title, _WORDS, options))
    if not picked:
        return False
    place = _ALL if picked == _ALL else _holder(picked).id
    await setup.go(place, field="" if picked == _ALL else picked)
    setup.notify(BACK, title="To go on", markup=False, timeout=20)
    return True


def answer_options(draft: Draft, failure: TaskFailed) -> Iterator[tuple[str, str, str]]:
    """Return path, place and present value of each answer that a failed step rests on."""
    step = failure.task.partition("@")[0]
    for path in answers_of(step, failure.error):
        if path == HOSTS:
            yield from _host(draft, failure.host)
            continue
        place = _holder(path)
        field = _asked(place, path, draft)
        if field is not None:
            yield path, f"{place.title} · {path}", f"now: {_now(field, draft.value(path))}"
    yield _ALL, "Something else", "Review shows every answer; passwords are under Database, F5"


def _host(draft: Draft, name: str) -> Iterator[tuple[str, str, str]]:
    hosts = draft.value(HOSTS)
    for number, host in enumerate(hosts if isinstance(hosts, list) else ()):
        if isinstance(host, dict) and host.get("name") == name:
            where = f"{HOSTS}[{number}].address"
            words = (
                f"now: {host.get('address', 'not set')}; roles and SSH of the host are there too"
            )
            yield where, f"Topology · host {name}", words


def _now(field: Field, value: object) -> str:
    """Return an answer as the form shows it, or what holds while the file says nothing."""
    held, default = (field.default, " (default)") if value is None else (value, "")
    if held is None:
        return "not set"
    label = next((label for label, option in field.options if option == held), None)
    return f"{label or field.shown(held)}{default}"


def _asked(place: Place, path: str, draft: Draft) -> Field | None:
    """Return the question that is asked there; None if it is not asked now."""
    if not issubclass(place.step, FormStep):
        return None
    for field in place.step.FIELDS:
        if not isinstance(field, str) and field.path == path:
            return field if field.when is None or field.when(draft) else None
    return None


def _holder(path: str) -> Place:
    return next(place for place in FLOW if place.owns(path))
