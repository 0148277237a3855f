"""The whole log as a file, and the way into a host."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from screens.host_shell import ssh_command
from screens.keep_log import write_log
from screens.progress import Progress
from screens.run_log import KEPT, RunLog
from tests.run.state_story import made, story
from wizard.errors import StateError
from wizard.remote.endpoint import Endpoint
from wizard.run.events import OutputLine

if TYPE_CHECKING:
    from wizard.run.events import Event


def test_no_line_is_lost_in_the_log_that_is_written(tmp_path: Path) -> None:
    """More lines than any screen keeps, in their order, between the events."""
    count = KEPT + 5_000
    state = made(tmp_path / "site.state")
    state.take(story(lines=count))
    state.close()
    target = tmp_path / "site.log"
    written = write_log(tmp_path / "site.state", target)
    lines = target.read_text().splitlines()
    assert written == len(lines)
    numbers = [int(line.rpartition(" ")[2]) for line in lines if "| line " in line]
    assert numbers == list(range(count))
    assert "run-" not in lines[-1]
    assert "failed" in lines[-1]
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """It says so instead."""
    made(tmp_path / "site.state").close()
    target = tmp_path / "notes.txt"
    target.write_text("mine")
    with pytest.raises(StateError, match="cannot be written"):
        write_log(tmp_path / "site.state", target)
    assert target.read_text() == "mine"


def test_the_log_on_the_screen_is_bounded_and_harmless() -> None:
    """The last lines are kept; escape sequences are gone, markup is only text."""
    log = RunLog(Progress())
    events: list[Event] = [
        OutputLine(host="a", stream="out", text=f"\x1b[31m[bold]{n}\x07") for n in range(KEPT + 10)
    ]
    log.take(events)
    total, lines = log.since(0)
    assert (total, len(lines)) == (KEPT + 10, KEPT)
    assert "[bold]" in lines[-1][1]
    assert not any("\x1b" in text or "\x07" in text for _, text in lines)
    assert log.since(total) == (total, [])


def test_a_shell_takes_the_way_of_the_installer() -> None:
    """The same key, known hosts and jump host; an unknown key is refused."""
    known = Path("/k/known_hosts")
    jump = Endpoint(
        name="jump", address="192.0.2.1", port=2222, user="ops", key_file=None, known_hosts=known
    )
    way = Endpoint(
        name="db1",
        address="10.0.2.10",
        port=22,
        user="ops",
        key_file=Path("/k/id key"),
        known_hosts=known,
        jump=jump,
    )
    command = ssh_command(way)
    assert command[0] == "ssh"
    assert command[-1] == "ops@10.0.2.10"
    assert "UserKnownHostsFile=/k/known_hosts" in command
    assert "StrictHostKeyChecking=yes" in command
    assert command[command.index("-i") + 1] == "/k/id key"
    proxy = next(word for word in command if word.startswith("ProxyCommand="))
    assert "-p 2222" in proxy
    assert proxy.endswith("-W %h:%p ops@192.0.2.1")
