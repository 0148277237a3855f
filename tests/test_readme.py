"""What the README shows is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wizard.cli.main import COMMANDS, main
from wizard.site.edit import update
from wizard.site.file import parse
from wizard.site.risks import RISKS
from wizard.vault.catalogue import needed
from wizard.vault.store import AUDIT_KEY

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


PRODUCT = {"edition": "redis_enterprise", "licensed": True, "renewal": "2027-06-30"}
VARIANTS: dict[str, dict[str, object]] = {
    "as it is": {},
    "sudo with a password": {"ssh.sudo": "password"},
    "nginx": {"load_balancer.kind": "nginx"},
    "a bought product": {"licensing": {"components": {"cache": PRODUCT}}},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_secret_and_each_of_its_places_is_in_the_table(example: Path, variant: str) -> None:
    """Operators see beforehand what will be where, and whose; hosts stand as HOST."""
    text = update(example.read_text(encoding="utf-8"), VARIANTS[variant])
    site = parse(text, "acme.yaml").site
    assert site, parse(text, "acme.yaml").problems
    table = TEXT.partition("## Secrets")[2].partition("**Where none of them may ever be:**")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, flags=re.MULTILINE))

    for spec in needed(site):
        name = re.sub(r"_db\d$", "_HOST", spec.name)
        row = rows[re.sub(r"^license_key_\w+", "license_key_PRODUCT", name)]
        for where in spec.where_used:
            for place in re.findall(r"[/~]\S+ \(\S+ \d+\)", where) or [where.partition(",")[0]]:
                assert place in row, spec.name
    assert AUDIT_KEY in rows


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
