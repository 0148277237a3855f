"""Nobody hears what a run says: the run goes on to its end, and the state file has it all."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import EVERYTHING

if TYPE_CHECKING:
    import subprocess

    from tests.faults.desk import Desk
    from tests.faults.table import FaultTable

pytestmark = pytest.mark.sshd

# The name of the fault, how the program is called, what it says of it on standard error.
LEFT = "nobody reads standard output any more; the run goes on"
FULL = "standard output cannot be written: No space left on device; the run goes on"
FAULTS = [
    ("the reader of the output leaves: apply | head -1", "{apply} --json | head -1", LEFT),
    ("standard output is on a full disk", "{apply} >/dev/full", FULL),
]
UNHEARD = [
    pytest.param("{apply} >/dev/full 2>/dev/full", marks=pytest.mark.complete),
    pytest.param("{apply} >&-", marks=pytest.mark.complete),
    "{apply} <&- >&- 2>&-",
]


def ended_well(desk: Desk, ended: subprocess.CompletedProcess[str]) -> None:
    """Fail unless the run came to its end, as its status, state file and the hosts say."""
    assert ended.returncode == 0, ended.stderr
    assert [run.outcome for run in desk.report().runs] == ["done"]
    assert desk.on_hosts() == desk.announced() == EVERYTHING


@pytest.mark.parametrize(("name", "line", "words"), FAULTS)
def test_a_run_outlives_its_reader(
    desk: Desk, faults: FaultTable, name: str, line: str, words: str
) -> None:
    """It says once, on standard error, that it goes on and where to read of it."""
    with faults.tried(name) as fault:
        ended = desk.shell(f"set -o pipefail; {line}")
        fault.said(desk.sentence(ended.stderr))
        assert words in fault.sentence
        assert fault.sentence.count("goes on") == 1
        assert "minusnow-setup review" in fault.sentence
        ended_well(desk, ended)


@pytest.mark.parametrize("line", UNHEARD)
def test_a_run_that_can_say_nothing_at_all_does_its_work(desk: Desk, line: str) -> None:
    """There is nobody to tell; its status and the state file do."""
    ended_well(desk, desk.shell(line))


def test_what_only_shows_says_that_it_could_not(desk: Desk, faults: FaultTable) -> None:
    """Where the output is all there is, a full disk is a failure."""
    schema = shlex.join(desk.command("schema"))
    with faults.tried("the output of a command that only shows is on a full disk") as fault:
        ended = desk.shell(f"{schema} >/dev/full")
        assert ended.returncode == 1
        fault.said(desk.sentence(ended.stderr))
        assert "No space left on device" in fault.sentence
        assert desk.shell(f"set -o pipefail; {schema} | cat").returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", pytest.param("latin-1", marks=pytest.mark.complete)])
def test_a_terminal_of_few_characters_gets_them_spelt_out(desk: Desk, encoding: str) -> None:
    """No sign and no letter of a host is a reason to fail."""
    (desk.folder / "script").write_text("printf 'naïve – ✓ 漢字\\n'\n")
    env = {**desk.env, "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    env["PYTHONIOENCODING"] = encoding
    for command in (desk.apply(), desk.command("review", "--state", str(desk.state))):
        ended = desk.run(command, env=env, encoding=encoding)
        assert ended.returncode == 0, ended.stderr
        assert "\\u6f22" in ended.stdout
