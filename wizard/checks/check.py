"""The contract of every check: a question, what was seen, what is wanted, how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"  # may go on
    FAILED = "failed"  # must not go on
    SKIPPED = "skipped"  # could not be asked, or does not apply; the words say why


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer to one question about one host: data for tables, JSON, screens and reports."""

    check: str  # short and stable: "ports", "virtual-ip"
    host: str  # name in the site file; SITE for what concerns no single host
    verdict: Verdict
    question: str
    seen: str
    wanted: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding for JSON."""
        return {
            "check": self.check,
            "host": self.host,
            "verdict": str(self.verdict),
            "question": self.question,
            "seen": self.seen,
            "wanted": self.wanted,
            "remedy": self.remedy,
        }


SITE = "(site)"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked of every host it concerns, and the ways it can be answered."""

    check: str
    text: str
    wanted: str = ""

    def ok(self, host: str, seen: str) -> Finding:
        """Answer that what was seen is what is wanted."""
        return self._answer(host, Verdict.OK, seen, "", "")

    def skipped(self, host: str, why: str) -> Finding:
        """Answer that it was not looked at, and why."""
        return self._answer(host, Verdict.SKIPPED, why, "", "")

    def warning(self, host: str, seen: str, remedy: str, *, wanted: str = "") -> Finding:
        """Answer that it is not right, yet no reason to stop."""
        return self._answer(host, Verdict.WARNING, seen, remedy, wanted)

    def failed(self, host: str, seen: str, remedy: str, *, wanted: str = "") -> Finding:
        """Answer that the installation must not begin like this."""
        return self._answer(host, Verdict.FAILED, seen, remedy, wanted)

    def _answer(self, host: str, verdict: Verdict, seen: str, remedy: str, wanted: str) -> Finding:
        return Finding(
            check=self.check,
            host=host,
            verdict=verdict,
            question=self.text,
            seen=seen,
            wanted=wanted or self.wanted,
            remedy=remedy,
        )


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict that decides: failed before warning before ok."""
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAILED, Verdict.WARNING):
        if verdict in verdicts:
            return verdict
    return Verdict.OK
