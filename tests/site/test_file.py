"""Reading a site file: all problems at once, each in plain words at its line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.site.example import APP1, APP2, HOSTS, REFERENCE, REFERENCE_PATH, host, parsed
from wizard.errors import SiteError
from wizard.site.file import load, parse, refuse_layout
from wizard.site.flow import flow
from wizard.site.problems import SiteProblems
from wizard.site.topology import Role

if TYPE_CHECKING:
    from pathlib import Path


def test_the_reference_file_is_valid() -> None:
    """The public interface as it is documented."""
    site = load(REFERENCE_PATH).site
    assert (site.site, len(site.hosts), site.primary.name) == ("acme-itsm", 8, "db1")


def test_a_problem_is_one_line_that_begins_with_file_and_line() -> None:
    """Editors and people jump to it."""
    text = REFERENCE.replace("10.0.1.10", "10.0.0.300")
    line = text[: text.index("10.0.0.300")].count("\n") + 1
    assert [str(one) for one in parse(text, "site.yaml").problems] == [
        (
            f"site.yaml:{line}: topology.hosts[2].address: seen '10.0.0.300', "
            "wanted an IPv4 or IPv6 address or a host name"
        )
    ]


def test_all_problems_are_reported_at_once_and_in_order() -> None:
    """Whatever their kind, and layout refusals among them."""
    outcome = parsed(
        {
            "site": "Acme!",
            "ssh.port": 0,
            "networking.smtp.password": "hunter2",
            "database.primary": "app1",
            "cachee": {},
        }
    )
    assert [one.path for one in outcome.problems] == [
        "site",
        "ssh.port",
        "networking.smtp.password",
        "database.primary",
        "cachee",
    ]
    lines = [one.line or 0 for one in outcome.problems]
    assert lines == sorted(lines)
    assert [one.rule.id for one in outcome.refusals] == ["primary-not-database"]


def test_layout_rules_are_judged_in_spite_of_field_errors() -> None:
    """An unreadable address elsewhere does not hide that app and database share a host."""
    hosts = [
        host("lb1", "10.0.0.300", "load_balancer"),
        APP1,
        APP2,
        host("db1", "10.0.2.10", "database", "app"),
        host("db2", "10.0.2.11", "databse"),
    ]
    outcome = parsed({"topology.hosts": hosts})
    assert [one.rule.id for one in outcome.refusals] == ["app-with-database"]


def test_rules_that_cannot_be_decided_are_not_guessed() -> None:
    """A host whose role is mistyped may be the missing second app server."""
    hosts = [*HOSTS[:3], host("app2", "10.0.1.11", "ap"), *HOSTS[4:]]
    assert parsed({"topology.hosts": hosts}).refusals == ()


def test_the_error_shows_problems_then_risks_and_the_smallest_layout(tmp_path: Path) -> None:
    """What a person sees who wanted one server."""
    path = tmp_path / "site.yaml"
    hosts = flow([host("one", "10.0.0.1", *map(str, Role))])
    path.write_text(
        REFERENCE.replace("hosts:", f"hosts: {hosts}\n  was:", 1).replace("db1\n", "one\n")
    )
    with pytest.raises(SiteProblems) as caught:
        load(path)
    text = str(caught.value)
    assert f"{path}:11: topology.hosts[0]: seen the whole installation stands on one server" in text
    assert "Hardware failure" in text
    assert "The smallest layout that would do: 5 servers" in text
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "an empty file"),
        (b" \n\n", "an empty file"),
        (b"# nothing\n", "comments only"),
        (b"- a\n", "a list of 1"),
        (b"acme\n", "'acme'"),
        (b"42\n", "42"),
        (b"\xff\xfe", "bytes that are not UTF-8"),
        (b"a: b\n\xe4: 1", "bytes that are not UTF-8"),
        (b"a: \x00\n", "wrong YAML: a control character"),
        (b"#" * 300_000, "more than 128 KiB"),
        (b"a: [" * 3000, "brackets nested too deep"),
        (b"a: &a [*a]\n", "more values than a site has, or anchors that multiply them"),
        (
            b"a: &a [1,1,1,1,1,1,1,1,1,1]\n"
            + b"".join(
                b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 10))
                for c in range(98, 110)
            ),
            "more values than a site has, or anchors that multiply them",
        ),
    ],
)
def test_a_file_that_is_no_site_gives_one_clear_problem(
    tmp_path: Path, content: bytes, seen: str
) -> None:
    """Empty, binary, huge and hostile files."""
    path = tmp_path / "site.yaml"
    path.write_bytes(content)
    with pytest.raises(SiteProblems) as caught:
        load(path)
    assert [one.seen for one in caught.value.problems] == [seen]


@pytest.mark.parametrize(
    ("text", "line", "seen"),
    [
        ("a: 1\nb: c: d\n", 2, "a second ':' on the line"),
        ("a:\n\tb: 1\n", 2, "a character that cannot begin a value"),
        ("a: 1\nb\nc: 2\n", 3, "a line without ':'"),
        ("a:\n  b: 1\n c: 2\n", 3, "a line that is not indented like its neighbours"),
        ("a: [1, 2\nb: 1\n", 2, "a list or mapping in brackets that goes on without ','"),
        ('a: "open\n', 2, "a quotation mark without its partner"),
        ("a: *b\n", 1, "a '*' before a text"),
        ("a: 1\n---\nb: 1\n", 2, "a second document after '---'"),
        ("a: !!python/object:x {}\n", 1, "a tag of YAML"),
        ("1: x\n", 1, "a key that is not a word"),
        ("? [a]\n: x\n", 1, "a key that is not a word"),
    ],
)
def test_wrong_yaml_is_explained_at_its_line(text: str, line: int, seen: str) -> None:
    """Without the jargon of a parser."""
    first = parse(text, "site.yaml").problems[0]
    assert seen in first.seen
    assert line == first.line


def test_a_syntax_error_does_not_quote_the_line() -> None:
    """The line may hold a secret."""
    found = parse("smtp:\n  password: hunter2: oops\n", "site.yaml").problems
    assert "hunter2" not in "".join(map(str, found))


def test_a_key_twice_is_reported_with_both_lines() -> None:
    """YAML would silently take one of them."""
    text = REFERENCE.replace("  port: 22\n", "  port: 22\n  port: 23\n")
    (found,) = parse(text, "site.yaml").problems
    assert found.path == "ssh.port"
    assert found.seen == f"the key a second time (first on line {(found.line or 0) - 1})"


def test_missing_directory_and_impossible_paths_are_one_problem_each(tmp_path: Path) -> None:
    """The path itself may be wrong."""
    for path, seen in (
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "a directory"),
        (tmp_path / "none" / "none.yaml", "no such file"),
        (tmp_path / ("x" * 300), "a file that cannot be read"),
        ("\0", "a file that cannot be read"),
        ("/dev/zero", "no regular file"),
    ):
        with pytest.raises(SiteError) as caught:
            load(path)
        assert seen in str(caught.value)


def test_an_unreadable_file_is_one_problem(tmp_path: Path) -> None:
    """Without a right to read it; root gives its rights up for the test."""
    path = tmp_path / "site.yaml"
    path.write_text(REFERENCE)
    path.chmod(0)
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        with pytest.raises(SiteProblems, match="may not be read"):
            load(path)
    finally:
        os.seteuid(user)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    """Files come from every kind of editor."""
    path = tmp_path / "site.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + REFERENCE.replace("\n", "\r\n").encode())
    assert load(path).site == load(REFERENCE_PATH).site


def test_paths_in_the_file_start_at_its_folder(tmp_path: Path) -> None:
    """A site moves together with its release."""
    path = tmp_path / "site.yaml"
    path.write_text(REFERENCE)
    loaded = load(path)
    assert loaded.local(loaded.site.application.release) == tmp_path / "minusnow-1.4.0.tar.gz"
    assert loaded.local("/srv/x") == path.parent.joinpath("/srv/x")
    assert loaded.local("~/x").is_absolute()


def test_the_layout_is_judged_again_with_resolved_names() -> None:
    """Names that turn out to be one machine are refused at their line."""
    loaded = load(REFERENCE_PATH)
    refuse_layout(loaded, {})
    with pytest.raises(SiteProblems) as caught:
        refuse_layout(loaded, {}, {"app1": "one", "app2": "one"})
    (found,) = caught.value.problems
    assert (found.path, found.line) == ("topology.hosts[3]", 15)
