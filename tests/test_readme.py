"""What the README shows is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wizard.cli.main import COMMANDS, main
from wizard.site.file import load
from wizard.site.risks import RISKS
from wizard.vault.catalogue import needed

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The README's site file."""
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)
    file = tmp_path / "acme.yaml"
    file.write_text(block, encoding="utf-8")
    return file


def test_the_site_file_is_valid(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A newcomer can begin with a copy of it."""
    status = main(["validate", "--no-resolve", str(example)])

    assert (status, "0 of" in capsys.readouterr().out) == (0, False)


def test_every_command_is_one_of_the_programs() -> None:
    """No line shows a command that does not exist."""
    shown = set(re.findall(r"minusnow-setup ([a-z]+)\b", TEXT))

    assert shown <= set(COMMANDS)


def test_every_secret_of_the_example_is_in_the_table(example: Path) -> None:
    """Operators see beforehand what will be where; hosts stand as HOST."""
    site = load(example).site
    names = {re.sub(r"_db\d$", "_HOST", spec.name) for spec in needed(site)}

    assert names <= set(re.findall(r"^\| `(\w+)` \|", TEXT, flags=re.MULTILINE))


def test_the_six_risks_are_the_vendors() -> None:
    """They read as the program shows them."""
    for risk in RISKS:
        assert f"| {risk.risk} | {risk.impact} | {risk.consequence} |" in TEXT


def test_every_promise_has_tests_that_are_there() -> None:
    """A sentence without one, or with one that has gone, is no promise."""
    section = TEXT.partition("## What it promises")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?\.) \| (.+) \|$", section, flags=re.MULTILINE)
    assert len(rows) == section.count("\n|") - 2  # the head and its rule

    for promise, links in rows:
        files = re.findall(r"\]\(([^)]*)\)", links)
        assert files, promise
        for file in files:
            assert "def test_" in (ROOT / file).read_text(encoding="utf-8"), promise


def test_every_injected_fault_belongs_to_a_promise() -> None:
    """What the complete matrix tries is named among the promises."""
    shown = set(re.findall(r"tests/(?:fleet/)?faults/test_\w+\.py", TEXT))
    files = {*ROOT.glob("tests/faults/test_*.py"), *ROOT.glob("tests/fleet/faults/test_*.py")}

    assert {str(file.relative_to(ROOT)) for file in files} - shown == set()
