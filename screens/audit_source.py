"""What review mode shows: a state file, or a site file until there is one; on worker threads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wizard.errors import SiteError
from wizard.run.licences_part import licences_part
from wizard.run.report import gather
from wizard.run.report_parts import heading_on_screen, how_far, parts, secrets_part
from wizard.run.site_report import SiteReview, review_parts, unfinished_parts
from wizard.run.state import StateFile
from wizard.site.file import parse, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wizard.run.report import Report
    from wizard.run.report_parts import Part
    from wizard.site.model import Site
    from wizard.vault.store import SecretInfo

_LINES = 500  # of each step's output, until somebody wants all of them
_CLOSED = "By name: the keyring was not opened. s opens it and tells how old each one is."
_SIMULATED = "By name: simulated hosts had secrets that were made up and are forgotten."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything that is shown of one moment."""

    title: str
    below: str  # how far it is, "" where nothing was done
    parts: dict[str, Part]
    site: Site | None  # None if it is not finished, or of another version
    simulated: bool = False
    going_on: bool = False  # whether a run writes it, or was cut off
    wrong: str = ""  # the chapter that tells of something wrong, "" if nothing is
    not_known: frozenset[str] = frozenset()  # chapters that nobody has filled yet
    status: int = 0  # the exit status


class Source:
    """Reads the state file; with `site_file`, that one as long as there is no state file."""

    def __init__(self, state: Path, *, site_file: Path | None = None, tried: str = "") -> None:
        """Say `tried` of the site file: that it was tried on simulated hosts, "" if it was not."""
        self.state = state
        self._site_file = site_file
        self._tried = tried

    @property
    def name(self) -> str:
        """What is read."""
        return str(self._site_file or self.state)

    def newest(self) -> object:
        """Return what is another value as soon as there is something new. Raises: SetupError."""
        if self._site_file and not self.state.exists():
            return read_text(self._site_file)
        self._site_file = None  # an installation has begun: whatever becomes of it, that is shown
        state = StateFile.open_read_only(self.state)
        try:
            extent = state.records.extent()
            owner = str(state.records.owner() or "")
            return extent.last_event, extent.last_output, extent.head_hash, owner
        finally:
            state.close()

    def told(self, secrets: Sequence[SecretInfo] | None, *, whole: bool = False) -> Told:
        """Return all of it, with every line of the output if it is to be `whole`.

        `secrets` is None while the keyring is closed. Raises: SetupError.
        """
        told = self._of_site(self._site_file) if self._site_file else self._of_state(whole=whole)
        return replace(told, parts={one.id: one for one in _on_screen(told, secrets)})

    def _of_state(self, *, whole: bool) -> Told:
        report = gather(self.state, lines=None if whole else _LINES)
        found = {one.id: one for one in parts(report)}
        found["output"] = replace(found["output"], note=_how_much(report) or found["output"].note)
        at_work = "a run is going on, or was cut off" if report.owner else ""
        return Told(
            title=heading_on_screen(report),
            below=" · ".join(each for each in (how_far(report), at_work) if each),
            parts=found,
            site=report.site,
            simulated=report.record.simulated,
            going_on=report.owner is not None,
            wrong="chain" if report.broken else "",
            status=1 if report.broken else 0,
        )

    def _of_site(self, file: Path) -> Told:
        text, path = read_text(file), str(file)
        parsed = parse(text, path)
        below = "nothing was done for it yet"
        if self._tried:
            below += " · tried on SIMULATED hosts only: see Plan"
        if parsed.site is None:
            count = len(parsed.problems)
            return Told(
                title=f"{count} missing or wrong · REVIEW · read-only · {file.name}",
                below=below,
                parts={one.id: one for one in unfinished_parts(parsed.problems, path, text)},
                site=None,
                wrong="problems",
                status=SiteError.exit_status,
            )
        found = {
            one.id: one for one in review_parts(SiteReview(site=parsed.site, path=path, text=text))
        }
        plan = found["plan"]
        found["plan"] = replace(plan, note=f"{plan.note} {self._tried}".strip())
        return Told(
            title=f"before the installation · REVIEW · read-only · {parsed.site.site}",
            below=below,
            parts=found,
            site=parsed.site,
            not_known=frozenset({"checks", "plan"}),
        )


def _how_much(report: Report) -> str:
    """Return how to come to the lines that are not shown, "" where no step wrote so many."""
    if left := sum(each.total - len(each.lines) for each in report.output):
        return f"{left:,} earlier lines are not shown: a shows all lines."
    longest = max((each.total for each in report.output), default=0)
    return f"All lines: a shows the last {_LINES} of each step again." if longest > _LINES else ""


def _on_screen(told: Told, secrets: Sequence[SecretInfo] | None) -> Iterator[Part]:
    """Yield the chapters with what only the screens have: licences, and the keyring on demand."""
    for part in told.parts.values():
        if part.id == "secrets" and told.site:
            yield licences_part(told.site)
            closed = _SIMULATED if told.simulated else _CLOSED
            yield secrets_part(told.site, secrets, datetime.now(UTC), closed=closed)
        else:
            yield part
