"""Whatever a host prints when it is looked at, the plan is made or refused in words."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.steps.assumed_site import situation
from tests.steps.variants import VARIANTS
from wizard.errors import RefusedOnHost
from wizard.steps.sequence import tasks_for
from wizard.vault.catalogue import needed
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from wizard.resources.resource import Change, Resource

MARK = "canaryXq7"
# What would run, end a quotation, or stand for something else, if it ever reached a script.
INJECTION = f"'\"; touch /nowhere/{MARK} #$(touch /nowhere/{MARK})`touch /nowhere/{MARK}`\\"
HERE_DOCUMENT = re.compile(r"<<'(END_[0-9a-f]{16})'[^\n]*\n.*?^\1$", re.DOTALL | re.MULTILINE)
NAMES = st.sampled_from(
    ["LoadState", "ActiveState", "UnitFileState", "Applied", "NeedDaemonReload", "Pending"]
)
LINE = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    st.builds("{}={}".format, NAMES, st.sampled_from(["active", "", INJECTION, "yes", "é" * 3])),
    st.sampled_from(
        [
            "regular file|600|root|root",
            "directory|755|root|root",
            "symbolic link|777|root|root",
            "regular file",
            "|||",
            "t|SCRAM-SHA-256$4096:c2FsdA==$a:b",
            "minusnow:x:990:990::/opt/minusnow:/usr/sbin/nologin",
            INJECTION,
            "\x1b[2J\x07",
        ]
    ),
)
SEEN = st.lists(LINE, max_size=6).map("\n".join)


@cache
def resources() -> tuple[Resource, ...]:
    """Return every resource of a site on either family."""
    found: dict[str, Resource] = {}
    for name in ("debian-12", "rhel-9"):
        os, changes = VARIANTS[name]
        for task in tasks_for(situation(changes, os)):
            for resource in task.resources:
                found.setdefault(f"{name} {task.id} {resource.key}", resource)
    return tuple(found.values())


# A key or certificate ends with a newline, and is the end of a here-document.
SECRETS = Secrets({spec.name: f"value of {spec.name}\n" for spec in needed(situation().site)})


def changes(seen: str) -> list[Change]:
    """Return what every resource would change; a refusal has its words."""
    found = []
    for resource in resources():
        for secrets in (SECRETS, Secrets()):
            try:
                change = resource.change(seen, secrets)
            except RefusedOnHost:
                continue
            if change:
                found.append(change)
    return found


@given(seen=SEEN)
@settings(max_examples=25, deadline=None)
def test_no_look_is_a_traceback(seen: str) -> None:
    """Of any resource of either family, with and without its secrets."""
    for change in changes(seen):
        assert change.summary
        assert "\0" not in change.script.masked()


@pytest.mark.parametrize(
    "seen",
    [
        INJECTION,
        f"regular file|644|root|root\n{INJECTION}",
        f"{INJECTION}|{INJECTION}|{INJECTION}|{INJECTION}\n{INJECTION}",
        f"ActiveState=active\nUnitFileState={INJECTION}\nApplied={INJECTION}\nPending={INJECTION}",
        f"{INJECTION}\n" * 5,
    ],
)
def test_nothing_that_a_host_prints_becomes_shell(seen: str) -> None:
    """No script holds it: a host that was taken over cannot have others run its words."""
    scripts = [change.script.reveal(SECRETS) for change in changes(seen)]
    assert scripts
    # A file of others that is kept, like /etc/hosts, travels as text, behind quoted delimiters
    # that are made of its hash.
    assert not [script for script in scripts if MARK in HERE_DOCUMENT.sub("", script)]
    everything = "\n".join(f"({script}\n)" for script in dict.fromkeys(scripts))
    ended = subprocess.run(
        ["bash", "-n"], input=everything, text=True, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
