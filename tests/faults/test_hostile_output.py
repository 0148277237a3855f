"""What a hostile host writes is shown, kept and reported, and never obeyed."""

from __future__ import annotations

import json
import shlex
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.faults.desk import Desk
from tests.faults.hostile import LINES, LONG, SHOWN, as_bytes, unprintable
from tests.faults.small_site import EDITED
from tests.remote.sshd import Sshd
from wizard.run.report import gather
from wizard.run.report_write import written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.table import FaultTable

pytestmark = pytest.mark.sshd

MEMORY = 230 << 10  # KiB that the program may take; without a hostile host it is about 90 MiB
FILES = 400 << 10  # bytes that a line of ten megabytes may take in the state file and the output
ENDLESS = 20 << 20  # characters on one line that are too many


@pytest.fixture
def hostile(desk: Desk) -> Desk:
    """A desk whose hosts write everything that a terminal might obey, and then fail."""
    words = desk.folder / "words"
    words.write_bytes(as_bytes())
    (desk.folder / "script").write_text(
        f"cat {words}\nhead -c {LONG} /dev/zero | tr '\\0' x\necho\n"
        f"cat {words} >&2\nhead -c {LONG} /dev/zero | tr '\\0' '\\r' >&2\necho as-text 12 >&2\n"
        "exit 7\n"
    )
    edited = desk.folder / "hosts" / EDITED
    edited.mkdir(parents=True)
    (edited / "conf").write_bytes(as_bytes())
    return desk


def run_measured(desk: Desk, command: list[str]) -> tuple[int, int]:
    """Run a command into the files `out` and `err`; return its status and most memory, in KiB."""
    peak = desk.folder / "peak"
    process = desk.start([sys.executable, "-m", "tests.faults.peak", str(peak), *command])
    return process.wait(), int(peak.read_text())


def test_a_hostile_host_is_shown_and_not_obeyed(hostile: Desk, faults: FaultTable) -> None:
    """In the log of a run, on its failure card and in every form of its report."""
    with faults.tried("escape sequences, invalid UTF-8 and 10 MB on a line from a host") as fault:
        status, memory = run_measured(hostile, hostile.apply("--keep-going"))
        said = (hostile.folder / "out").read_text(encoding="utf-8", errors="strict")
        assert status == 1, hostile.said
        assert memory < MEMORY
        assert unprintable(said + hostile.said) == set()
        for number in range(1, 13):
            assert f"{SHOWN} {number}" in said, number
        assert f"({LONG} characters)" in said
        card = said[said.index("it ended with status 7") :]
        fault.said(next(line for line in said.splitlines() if "✗ Step work" in line))
        assert f"{SHOWN} 12" in card
        assert len(said) < FILES
        assert hostile.state.stat().st_size < 2 * FILES

        report = gather(hostile.state, lines=50)
        for form in ("text", "md", "html", "json"):
            text = written(report, form, width=80)
            assert unprintable(text) == set(), form
            assert f"{SHOWN} 6" in text, form
        check_html(written(report, "html"))
        check_markdown(written(report, "md"))

        (hostile.folder / "script").unlink()
        hostile.finish()


@pytest.mark.complete
def test_programs_read_whole_lines_of_ascii(hostile: Desk) -> None:
    """With --json whatever a host writes is a string of a JSON object on a line of its own."""
    ended = hostile.run(hostile.apply("--json"))
    assert ended.returncode == 1
    assert ended.stdout.isascii()
    assert unprintable(ended.stdout) == set()
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    texts = [event["text"] for event in told if event["kind"] == "output"]
    assert LINES[0] in texts
    assert max(map(len, texts)) < FILES


def test_a_plan_shows_what_a_hostile_file_holds(hostile: Desk, faults: FaultTable) -> None:
    """Every character of it: nothing may make another text of it for who agrees to the plan."""
    with faults.tried("escape sequences in a file that would be replaced") as fault:
        options = [word for word in hostile.apply() if word.startswith("--keyring")]
        site = str(hostile.folder / "site.yaml")
        made = hostile.run(hostile.command("secret", "generate", "--all", site, *options))
        assert made.returncode == 0, made.stderr
        plan = hostile.run(hostile.command("plan", site, *options))
        assert plan.returncode == 0, plan.stderr
        assert unprintable(plan.stdout) == set()
        assert "-install evil\\x0das-text 4" in plan.stdout
        assert "\\u202efdp.exe" in plan.stdout
        fault.said(next(line for line in plan.stdout.splitlines() if "evil" in line))


def test_words_of_a_login_shell_do_not_steer_the_terminal(
    tmp_path: Path, faults: FaultTable
) -> None:
    """They are quoted in the error that a person reads."""
    server = Sshd(options=f"ForceCommand printf {shlex.quote(LINES[0])}; exit 1")
    try:
        with faults.tried("escape sequences from a login shell that does not start") as fault:
            desk = Desk.of(tmp_path, server)
            ended = desk.run(desk.apply())
            assert ended.returncode == 1
            assert unprintable(ended.stdout + ended.stderr) == set()
            fault.said(desk.sentence(ended.stderr))
            assert SHOWN in fault.sentence
            assert "login shell" in fault.sentence
    finally:
        server.stop()


@pytest.mark.complete
def test_an_endless_line_is_ended(desk: Desk, faults: FaultTable) -> None:
    """A host that never ends a line is cut off before it fills the memory."""
    with faults.tried("a line without an end") as fault:
        (desk.folder / "script").write_text("tr '\\0' x </dev/zero\n")
        status, memory = run_measured(desk, desk.apply())
        said = (desk.folder / "out").read_text()
        assert status == 1, desk.said
        assert memory < MEMORY
        fault.said(next(line for line in said.splitlines() if "MiB" in line))
        assert "16 MiB on one line; it was ended" in fault.sentence
        (desk.folder / "script").unlink()
        desk.finish()


class _Page(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}


def check_html(text: str) -> None:
    """Fail if words of a host have become elements of the page."""
    page = _Page()
    page.feed(text)
    assert not page.elements & {"script", "img", "iframe", "b", "bold", "object", "form", "input"}
    assert page.attributes <= {"lang", "charset", "id", "href", "class"}


def check_markdown(text: str) -> None:
    """Fail if words of a host have ended a block of code or begun something else."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("````"):
            assert line == "````"
            fenced = not fenced
        elif not fenced:
            assert "<script" not in line.replace("\\<", "")
            assert "# as-text" not in line.replace("\\#", "")
            assert "](" not in line.replace("\\]", "")
    assert not fenced
