"""One event of a state file as an auditor reads it: who, where, what, how long; and its link."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wizard.run.canonical import said_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wizard.run.chain import Link


@dataclass(frozen=True, slots=True)
class Operator:
    """The person behind a run."""

    login: str = ""
    ssh_client: str = ""  # the address the session came from, "" at the console


def with_operators(links: Iterable[Link]) -> Iterator[tuple[Link, Operator]]:
    """Yield each event with whoever began its run; nobody before the first run."""
    found: dict[int, Operator] = {}
    for link in links:
        if link.kind == "run-started":
            said = said_in(link.body)
            found[link.run] = Operator(_text(said, "operator"), _text(said, "ssh_client"))
        yield link, found.get(link.run, Operator())


def record_of(link: Link, operator: Operator) -> dict[str, object]:
    """Return the event; all but `link` follows from `link` and the run's first event."""
    said = said_in(link.body)
    step, _, _ = link.task.partition("@")
    chain = asdict(link)
    chain["hash"] = chain.pop("stored_hash")
    return {
        "record": "event",
        "time": link.time,
        "operator": operator.login,
        "ssh_client": operator.ssh_client,
        "host": link.host,
        "step": step,
        "what": link.kind,
        "changes": _changes(said),
        "seconds": said.get("seconds"),
        "link": chain,
    }


def _changes(said: Mapping[str, object]) -> list[dict[str, object]]:
    """Return what an event changes, or is about to; hashes are over text with secrets by name."""
    listed = said.get("changes")
    every = listed if isinstance(listed, list) else [said] if "resource" in said else []
    names = ("resource", "summary", "before", "after")
    return [
        {name: change[name] for name in names if name in change}
        for change in every
        if isinstance(change, dict)
    ]


def _text(said: Mapping[str, object], name: str) -> str:
    return str(said.get(name, ""))
