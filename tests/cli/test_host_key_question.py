"""The first host key at a terminal: the real fingerprint is shown, and a person decides."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.cli.workplace import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.workplace import Workplace

pytestmark = pytest.mark.sshd

KEY_QUESTION, PLAN_QUESTION = "may it be kept in", "Install MinusNow as shown above? [yes/no]"


@pytest.fixture
def unknown(workplace: Workplace) -> Path:
    """Nobody has met the hosts yet."""
    workplace.server.known_hosts.write_text("")
    return workplace.server.known_hosts


def answered(place: Workplace, answers: dict[str, str]) -> int:
    """Run `apply` at a terminal and answer every question there; return its exit status."""
    place.open_gate()
    process = place.start_at_terminal(place.apply("--drills=never"))
    read = 0

    def asked() -> bool:
        return "[yes/no]" in place.screen[read:]

    while True:
        with suppress(AssertionError):  # it has ended
            place.until(asked, process)
        if not asked():
            return process.wait(LIMIT)
        end = place.screen.index("[yes/no]", read) + len("[yes/no]")
        (word,) = (word for part, word in answers.items() if part in place.screen[read:end])
        read = end
        os.write(place.terminal, f"{word}\n".encode())


def test_a_confirmed_key_is_kept_and_the_run_goes_on(workplace: Workplace, unknown: Path) -> None:
    """The fingerprint is what `ssh-keygen` says at the host; what is kept is its key alone."""
    status = answered(workplace, {KEY_QUESTION: "yes", PLAN_QUESTION: "yes"})
    assert status == 0, workplace.screen
    public = workplace.server.host_key.with_suffix(".pub")
    said = subprocess.run(["ssh-keygen", "-lf", public], capture_output=True, text=True, check=True)
    assert said.stdout.split()[1] in workplace.screen
    assert unknown.read_text() == workplace.server.known_line()


@pytest.mark.parametrize("word", ["no", "y", ""])
def test_anything_but_yes_reaches_nobody(workplace: Workplace, unknown: Path, word: str) -> None:
    """Nothing is kept, nothing is changed, and no plan is asked about."""
    status = answered(workplace, {KEY_QUESTION: word})
    assert status == 1, workplace.screen
    assert "is not known" in workplace.screen
    assert PLAN_QUESTION not in workplace.screen
    assert unknown.read_text() == ""
    assert not (workplace.folder / "hosts").exists()


def test_unattended_nobody_is_asked(workplace: Workplace, unknown: Path) -> None:
    """With --yes at a terminal, too: a first key comes from known_hosts or not at all."""
    process = workplace.start_at_terminal(workplace.apply("--yes", "--drills=never"))
    with suppress(AssertionError):
        workplace.until(lambda: "[yes/no]" in workplace.screen, process)
    assert process.wait(LIMIT) == 1
    assert "[yes/no]" not in workplace.screen
    assert "is not known" in workplace.screen
    assert unknown.read_text() == ""
