"""Whatever a host says of itself, it is judged and planned for, or refused in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.remote.local import LocalTransport
from tests.site.example import site
from tests.steps.assumed_site import situation
from wizard.checks.preflight import judge
from wizard.errors import SetupError
from wizard.facts import sections
from wizard.facts.gather import gather_script, parse
from wizard.facts.needed import questions
from wizard.steps.sequence import tasks_for

if TYPE_CHECKING:
    from wizard.facts.host import HostFacts

MARKER = "x" * 24
SITE = site()
HOSTS = ("lb1", "app1", "db1", "st1", "cache1")
TODAY = dt.date(2026, 1, 31)
ODD = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        [
            "",
            "-1",
            "0",
            "99999999999999999999",
            "1e400",
            "nan",
            "NULL",
            "'",
            '"',
            "$(id)",
            "\x1b[2J",
        ]
    ),
)


@pytest.fixture(scope="module")
def printed() -> dict[str, dict[str, str]]:
    """Give what the probes print on this machine, by host of the site and by probe."""
    found = {}
    for name in HOSTS:
        host = SITE.host(name)
        asked = questions(SITE, host)
        script = gather_script(
            packages_asked=asked.packages,
            names=asked.names,
            data_path=asked.data_path,
            marker=MARKER,
        )
        said = LocalTransport(name).run(script, waiting_for="facts", timeout=120).out
        found[name] = sections.split(said, MARKER)
    return found


@st.composite
def spoilt(draw: st.DrawFn, text: str) -> str:
    """Return the text with a line gone, doubled, or with another word in it."""
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        words = lines[place].split(" ")
        words[draw(st.integers(0, len(words) - 1))] = draw(ODD)
        line = draw(
            st.sampled_from(["", " ".join(words), draw(ODD), f"{lines[place]}\n{lines[place]}"])
        )
        lines[place] = line
    return "\n".join(lines)


def facts(name: str, outputs: dict[str, str]) -> HostFacts:
    """Return the facts that a host's probes print."""
    said = "".join(f"\n{MARKER}:{probe}\n{text}\n" for probe, text in outputs.items())
    names = questions(SITE, SITE.host(name)).names
    return parse(said, name=name, names=names, marker=MARKER, before=1.0, after=2.0)


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_odd_answers_of_one_host_are_judged_and_planned_for(
    data: st.DataObject, printed: dict[str, dict[str, str]]
) -> None:
    """Preflight has its findings, and the steps their tasks or a reason why not."""
    name = data.draw(st.sampled_from(HOSTS))
    outputs = dict(printed[name])
    for probe in data.draw(st.sets(st.sampled_from(sorted(outputs)), min_size=1, max_size=4)):
        outputs[probe] = data.draw(spoilt(outputs[probe]))
    found = situation(SITE)
    odd = replace(found, facts={**found.facts, name: facts(name, outputs)})
    findings = list(judge(SITE, odd.facts, today=TODAY))
    assert all(finding.seen for finding in findings)
    try:
        tasks = tasks_for(odd)
    except SetupError as refused:
        words = refused.seen
        tasks = ()
    else:
        words = "planned"
    assert words
    for task in tasks:
        for resource in task.resources:
            assert "\0" not in resource.look()
