"""A run ends with its program; long work on a host goes on there and is taken up again."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.long_site import LONG
from tests.cli.workplace import LIMIT

if TYPE_CHECKING:
    from tests.cli.workplace import Workplace

pytestmark = pytest.mark.sshd


def standing(place: Workplace, *, use: str) -> list[str]:
    """Ask how far it is; return the hosts on which something may be at work."""
    asked = place.say("status", "--state", str(place.state), "--json")
    assert asked.returncode == 1
    told = json.loads(asked.stdout)
    assert told["use"] == use
    assert "service@app2" in [each["task"] for each in told["steps"] if each["far"] == "to do"]
    assert all(job["unit"].startswith("minusnow-setup-") for job in told["jobs"])
    return [job["host"] for job in told["jobs"]]


def taken_up_again(place: Workplace, *, half_done: bool = True) -> None:
    """Let `resume` find the long step at work, then let that end; it was begun once."""
    assert place.begun == 1
    assert not (place.folder / "hosts/app2/up").exists(), "a step was begun after the end"
    (host,) = standing(place, use="free" if place.events("run-finished") else "cut off")
    assert host == "db1"
    going_on = place.start(place.resume("--yes", "--json"))
    place.wait_for_long_step(going_on, times=2)  # what it writes is told from its beginning
    standing(place, use="in use")
    place.open_gate()
    assert going_on.wait(LIMIT) == 0, place.said
    assert place.begun == 1, "the long step was begun twice"
    assert (place.folder / "hosts/app2/up").exists()
    assert place.events("earlier-steps")[-1]["half_done"] == ([LONG] if half_done else [])
    assert place.say("audit", "verify", "--state", str(place.state)).returncode == 0


@pytest.mark.parametrize(
    "way",
    ["the terminal is closed", pytest.param("SIGTERM", marks=pytest.mark.complete), "kill -9"],
)
def test_long_work_goes_on_without_the_program(workplace: Workplace, way: str) -> None:
    """Nothing is begun any more; the state says how far it came; `resume` waits for the rest."""
    command = workplace.apply("--yes")
    if way == "the terminal is closed":
        process = workplace.start_at_terminal(command)
        workplace.wait_for_long_step(process)
        workplace.close_terminal()
    else:
        process = workplace.start(command)
        workplace.wait_for_long_step(process)
        process.send_signal(signal.SIGKILL if way == "kill -9" else signal.SIGTERM)
    status = process.wait(LIMIT)

    interrupted = workplace.events("task-interrupted")
    finished = workplace.events("run-finished")
    (intended,) = [event for event in workplace.events("task-intended") if event["task"] == LONG]
    jobs = [change["job"] for change in intended["changes"] if change["job"]]
    if way == "kill -9":
        assert (interrupted, finished) == ([], [])
    else:
        assert status == 130
        assert [(event["task"], event["job"]) for event in interrupted] == [(LONG, *jobs)]
        assert [event["outcome"] for event in finished] == ["cancelled"]
    if way == "SIGTERM":
        assert "goes on there" in workplace.said
        assert f"resume --state {workplace.state}" in workplace.said
    taken_up_again(workplace)


@pytest.mark.complete
def test_ctrl_c_ends_what_runs_on_the_hosts(workplace: Workplace) -> None:
    """It is a person's wish: the long step is ended there, and begun anew when the run goes on."""
    process = workplace.start(workplace.apply("--yes"))
    workplace.wait_for_long_step(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT) == 130
    assert [event["job"] for event in workplace.events("task-interrupted")] == [""]
    workplace.open_gate()
    ended = workplace.end(workplace.resume("--yes"))
    assert ended.returncode == 0, ended.stderr
    assert workplace.begun == 2


def test_a_dropped_connection_is_a_card_and_the_work_goes_on(workplace: Workplace) -> None:
    """The step fails with what is known; the work on the host is not begun a second time."""
    process = workplace.start(workplace.apply("--yes", "--json"))
    workplace.wait_for_long_step(process)
    workplace.server.signal_sessions(signal.SIGKILL)
    assert process.wait(LIMIT) == 1
    failed = [json.loads(line) for line in workplace.said.splitlines() if "task-failed" in line]
    (card,) = [event for event in failed if event["task"] == LONG]
    assert card["error"] == "ConnectionLost"
    assert card["job"].startswith("minusnow-packages-")
    taken_up_again(workplace, half_done=False)  # that it failed is known


def test_a_terminal_that_closes_at_the_question_leaves_everything_as_it_is(
    workplace: Workplace,
) -> None:
    """Nobody has agreed: nothing is changed, and the state says that the run was given up."""
    process = workplace.start_at_terminal(workplace.apply())
    workplace.until(lambda: "[yes/no]" in workplace.screen, process)
    workplace.close_terminal()
    assert process.wait(LIMIT) == 130
    assert [event["outcome"] for event in workplace.events("run-finished")] == ["cancelled"]
    assert not (workplace.folder / "hosts").exists()


@pytest.mark.parametrize(
    "way", ["the terminal is closed", pytest.param("SIGTERM", marks=pytest.mark.complete)]
)
def test_the_wizard_dies_and_what_it_began_goes_on(workplace: Workplace, way: str) -> None:
    """It ends at once, with no question that nobody could answer; `resume` does the rest."""
    command = [sys.executable, "-m", "tests.cli.long_wizard", str(workplace.folder)]
    process = workplace.start_at_terminal(command)
    workplace.wait_for_long_step(process)
    if way == "SIGTERM":
        process.terminate()
    else:
        workplace.close_terminal()
    assert process.wait(LIMIT) in {-signal.SIGHUP, -signal.SIGTERM}
    taken_up_again(workplace)


@pytest.mark.complete
def test_nohup_is_respected(workplace: Workplace) -> None:
    """Whoever asked for it has a run that does not end with its terminal."""
    process = workplace.start_at_terminal(["nohup", *workplace.apply("--yes")])
    workplace.wait_for_long_step(process)
    workplace.close_terminal()
    workplace.open_gate()
    assert process.wait(LIMIT) == 0
    assert workplace.begun == 1


# An interactive shell: it has its program in a process group of its own, is told when it is
# stopped, and lets it go on with `fg` once there is a file.
JOB_CONTROL = """
set -m
bash -c 'echo $$ >shell-job; exec "$@"' - "$@"
echo "stopped with $?"
until [ -e shell-goes-on ]; do sleep 0.05; done
fg
"""


@pytest.mark.parametrize("what", ["apply", pytest.param("wizard", marks=pytest.mark.complete)])
def test_a_program_that_is_stopped_at_its_terminal_goes_on_in_the_foreground(
    workplace: Workplace, what: str
) -> None:
    """Ctrl-Z and `fg`: work on the hosts goes on meanwhile, and the run takes it from there.

    In the wizard Ctrl-Z takes a change back, so there the signal comes from elsewhere.
    """
    wizard = [sys.executable, "-m", "tests.cli.long_wizard", str(workplace.folder)]
    command = workplace.apply("--yes") if what == "apply" else wizard
    shell = workplace.start_at_terminal(["bash", "-c", JOB_CONTROL, "bash", *command])
    workplace.wait_for_long_step(shell)
    pid = int((workplace.folder / "shell-job").read_text())
    if what == "apply":
        os.write(workplace.terminal, b"\x1a")
    else:
        os.kill(pid, signal.SIGTSTP)
    workplace.until(lambda: "stopped with 14" in workplace.screen, shell)  # 128 + its signal
    standing(workplace, use="in use")
    refused = workplace.end(workplace.resume("--yes"))
    assert (refused.returncode, f"process {pid}" in refused.stderr) == (2, True), refused.stderr
    workplace.open_gate()
    workplace.until((workplace.folder / "hosts/db1/long").exists, shell)
    assert not (workplace.folder / "hosts/app2/up").exists()
    (workplace.folder / "shell-goes-on").touch()
    workplace.until((workplace.folder / "hosts/app2/up").exists, shell)
    workplace.until(lambda: workplace.events("run-finished"), shell)
    assert [event["outcome"] for event in workplace.events("run-finished")] == ["done"]
    assert workplace.begun == 1
    assert workplace.events("task-interrupted") == []
    if what == "apply":
        assert shell.wait(LIMIT) == 0, workplace.screen
    else:
        os.kill(pid, signal.SIGTERM)
        shell.wait(LIMIT)
