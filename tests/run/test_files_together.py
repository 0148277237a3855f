"""The files of a task are placed together, and each is told of as a change of its own."""

from __future__ import annotations

import grp
import os
import pwd
from typing import TYPE_CHECKING

import pytest

from tests.run.local_host import LocalHost
from tests.run.pieces import Trial, task
from wizard.resources.file import File
from wizard.run.events import ChangeDone, ChangeStarted
from wizard.vault.text import Text

if TYPE_CHECKING:
    from pathlib import Path

ME = pwd.getpwuid(os.geteuid()).pw_name
MY_GROUP = grp.getgrgid(os.getegid()).gr_name


def files(folder: Path, count: int) -> list[File]:
    """Return files of ours."""
    return [
        File(path=f"{folder}/{n}", content=Text(f"file {n}\n"), owner=ME, group=MY_GROUP)
        for n in range(count)
    ]


@pytest.fixture
def host(tmp_path: Path) -> LocalHost:
    """A host that is a folder."""
    return LocalHost("h", tmp_path / "host")


def test_many_files_take_two_trips(host: LocalHost, tmp_path: Path) -> None:
    """A look, then all files and a look in one script; every file begins once and ends well."""
    wanted = files(tmp_path / "d", 12)
    trial = Trial({"h": host})

    result = trial.run([task("files@h", *wanted)])

    assert (result.outcome, result.changed) == ("done", 12)
    assert host.trips == 3  # the plan's look as well
    keys = [one.key for one in wanted]
    assert [event.resource for event in trial.recorder.of(ChangeStarted)] == keys
    assert [event.resource for event in trial.recorder.of(ChangeDone)] == keys
    assert Trial({"h": host}).run([task("files@h", *wanted)]).changed == 0


def test_the_one_that_fails_is_the_one_on_the_card(host: LocalHost, tmp_path: Path) -> None:
    """Neither the first of those placed with it nor the last."""
    folder = tmp_path / "d"
    wanted = files(folder, 5)
    trial = Trial({"h": host})
    hinder = f"mkdir -p {folder}/3/x\n"
    plain = host.run

    def late(script: str, **given: object) -> object:
        """Put a directory in the way once the plan and the look are made."""
        if ":begin" in script:
            script = hinder + script
        return plain(script, **given)  # type: ignore[arg-type]

    host.run = late  # type: ignore[method-assign,assignment]

    result = trial.run([task("files@h", *wanted)])

    (failure,) = result.failures
    assert (result.outcome, failure.command) == (
        "failed",
        f"create {folder}/3 (0644 {ME}:{MY_GROUP})",
    )
    assert "cannot overwrite directory" in "\n".join(failure.lines)
    assert [event.resource for event in trial.recorder.of(ChangeDone)] == []
