"""`minusnow-setup validate SITE`: everything that is wrong with a site file, at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wizard.counted import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from wizard.site.file import LoadedSite
    from wizard.site.problems import SiteProblems

VALID = 0
INVALID = 2


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "validate",
        help="check a site file and list all problems",
        description="Checks a site file and lists every problem with its line, what was seen and "
        "what is wanted. Exit status 0: it can be installed; 2: it cannot.",
    )
    parser.add_argument("site", metavar="SITE", help="the site file")
    parser.add_argument(
        "--no-resolve",
        action="store_true",
        help="do not look host names up to find two that are one machine",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="for people, or for programs"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints the verdict; the exit status is 0 or 2."""
    from wizard.site.file import load, refuse_layout  # noqa: PLC0415 - pydantic: 0.2 s to import
    from wizard.site.problems import SiteProblems  # noqa: PLC0415 - as above
    from wizard.site.resolve import resolve  # noqa: PLC0415 - as above

    resolved: Mapping[str, frozenset[str]] = {}
    try:
        loaded = load(args.site)
        if not args.no_resolve:
            resolved = resolve(loaded.site.hosts)
            refuse_layout(loaded, resolved)
    except SiteProblems as problems:
        print(_invalid_json(args.site, problems) if args.format == "json" else _invalid(problems))
        return INVALID
    unresolved = sorted(name for name, addresses in resolved.items() if not addresses)
    print(_valid_json(loaded, unresolved) if args.format == "json" else _valid(loaded, unresolved))
    return VALID


def _invalid(found: SiteProblems) -> str:
    number = len(found.problems)
    return f"{found}\n\n{counted(number, 'problem')}"


def _valid(loaded: LoadedSite, unresolved: list[str]) -> str:
    from wizard.site.layout import unacknowledged, warnings  # noqa: PLC0415 - as above
    from wizard.site.layout_text import warning_text  # noqa: PLC0415 - as above
    from wizard.site.renewals import renewals  # noqa: PLC0415 - as above
    from wizard.site.support import out_of_support  # noqa: PLC0415 - as above

    site, today = loaded.site, datetime.now(UTC).date()
    found = warnings(site)
    verdict = f"{loaded.path}: valid: {len(site.hosts)} hosts, {site.topology.mode}"
    if open_ones := len(unacknowledged(site)):
        verdict += f", {open_ones} of {counted(len(found), 'warning')} to be acknowledged"
    notes = [f"note: {one.rule.sentence} {one.rule.remedy}" for one in out_of_support(site, today)]
    notes += [f"note: {one.sentence}" for one in renewals(site, today)]
    notes += [
        f"note: {name}: {site.host(name).address} does not resolve on this machine"
        for name in unresolved
    ]
    return "\n".join(filter(None, (warning_text(found, site.acknowledged), *notes, verdict)))


def _invalid_json(file: str, found: SiteProblems) -> str:
    return _json(
        {
            "file": file,
            "valid": False,
            "problems": [problem.as_dict() for problem in found.problems],
            "refusals": [
                {
                    "id": one.rule.id,
                    "hosts": one.hosts,
                    "seen": one.seen,
                    "sentence": one.rule.sentence,
                    "reason": one.rule.reason,
                    "remedy": one.rule.remedy,
                }
                for one in found.refusals
            ],
        }
    )


def _valid_json(loaded: LoadedSite, unresolved: list[str]) -> str:
    from wizard.site.layout import warnings  # noqa: PLC0415 - as above
    from wizard.site.renewals import renewals  # noqa: PLC0415 - as above

    today = datetime.now(UTC).date()
    return _json(
        {
            "file": str(loaded.path),
            "valid": True,
            "problems": [],
            "refusals": [],
            "warnings": [
                {
                    "id": one.id,
                    "hosts": one.hosts,
                    "seen": one.seen,
                    "sentence": one.rule.sentence,
                    "reason": one.rule.reason,
                    "remedy": one.rule.remedy,
                    "acknowledged": one.id in loaded.site.acknowledged,
                }
                for one in warnings(loaded.site)
            ],
            "unresolved": unresolved,
            "renewals": [one.sentence for one in renewals(loaded.site, today)],
        }
    )


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
