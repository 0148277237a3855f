"""Changes to a site file leave everything else as a person wrote it."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.site.example import HOSTS, REFERENCE, host, site
from wizard.site.document import read
from wizard.site.edit import REMOVE, read_path, update
from wizard.site.problems import SiteProblems
from wizard.site.topology import Host


def differences(changes: dict[str, object], text: str = REFERENCE) -> list[str]:
    """The lines that differ, marked with - and +."""
    lines = difflib.ndiff(text.splitlines(), update(text, changes).splitlines())
    return [line for line in lines if line[0] in "-+"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"database.max_connections": 200}, [], id="the same value"),
        pytest.param(
            {"database.max_connections": 300},
            ["-   max_connections: 200", "+   max_connections: 300"],
            id="a value",
        ),
        pytest.param(
            {"ssh.key_file": "./id"},
            [
                "-   key_file: ~/.ssh/id_ed25519    # or the agent",
                "+   key_file: ./id    # or the agent",
            ],
            id="a value with a comment beside it",
        ),
        pytest.param({"ssh.jump": "bastion"}, ["+   jump: bastion"], id="a new key"),
        pytest.param(
            {"acknowledged": ["single-storage"]},
            ["+ acknowledged: [single-storage]"],
            id="a new key at the end",
        ),
        pytest.param(
            {"networking.smtp.tls": "none"},
            [
                "-   smtp: {host: smtp.example.com, port: 587, user: noreply@example.com}",
                (
                    "+   smtp: {host: smtp.example.com, port: 587, user: noreply@example.com, "
                    "tls: none}"
                ),
            ],
            id="a new key in braces",
        ),
        pytest.param(
            {"database.tls": REMOVE, "application.node": REMOVE}, ["-   node: 20"], id="removal"
        ),
        pytest.param(
            {"networking.smtp.user": REMOVE},
            [
                "-   smtp: {host: smtp.example.com, port: 587, user: noreply@example.com}",
                "+   smtp: {host: smtp.example.com, port: 587}",
            ],
            id="removal in braces",
        ),
        pytest.param(
            {"topology.hosts[4].address": "10.0.2.99"},
            [
                "-     - {name: db1,    address: 10.0.2.10, roles: [database]}",
                "+     - {name: db1,    address: 10.0.2.99, roles: [database]}",
            ],
            id="a value inside a list",
        ),
        pytest.param(
            {"topology.hosts": [*HOSTS[:3], *HOSTS[4:]]},
            ["-     - {name: app2,   address: 10.0.1.11, roles: [app]}"],
            id="a host less",
        ),
        pytest.param(
            {"topology.hosts": [HOSTS[0], host("lb3", "fd00::3", "load_balancer"), *HOSTS[1:]]},
            ["+     - {name: lb3, address: fd00::3, roles: [load_balancer]}"],
            id="a host more in the middle",
        ),
        pytest.param(
            {"topology.hosts": [host("lb0", "10.0.0.9", "load_balancer"), *HOSTS]},
            ["+     - {name: lb0, address: 10.0.0.9, roles: [load_balancer]}"],
            id="a host more at the beginning",
        ),
        pytest.param(
            {"topology.hosts": [*site().hosts, Host(name="x", address="x", roles=("app",))]},
            ["+     - {name: x, address: x, roles: [app]}"],
            id="models as values",
        ),
        pytest.param(
            {"licensing.checklist.database.state": "done"},
            ["+   checklist: {database: {state: done}}"],
            id="a key below keys that are not there",
        ),
        pytest.param(
            {"networking.packages.mirror": "deb [trusted=yes] file:/srv/mirror ./"},
            [
                "-   packages: {mirror: null}       # or the sources an air-gapped site uses",
                (
                    '+   packages: {mirror: "deb [trusted=yes] file:/srv/mirror ./"}       '
                    "# or the sources an air-gapped site uses"
                ),
            ],
            id="a text that needs quotes",
        ),
    ],
)
def test_only_the_lines_of_a_change_differ(changes: dict[str, object], expected: list[str]) -> None:
    """Comments, order and spacing of everything else stay."""
    assert sorted(differences(changes)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("a:\n", {"a": 1}, "a: 1\n"),
        ("a: {}\n", {"a.b": 1}, "a: {b: 1}\n"),
        ("a: 1", {"b": 2}, "a: 1\nb: 2\n"),
        ("a: 1\r\nb: 2\r\n", {"c": 3}, "a: 1\r\nb: 2\r\nc: 3\r\n"),
        ("a: 'x'  # why\n", {"a": "z"}, "a: z  # why\n"),
        ("a:\n  b: 1\n\n# next\nc: 2\n", {"a.d": 3}, "a:\n  b: 1\n  d: 3\n\n# next\nc: 2\n"),
        ("a:\n- 1\n- 2\nb: 1\n", {"a": [1, 3]}, "a:\n- 1\n- 3\nb: 1\n"),
        ("a: null\n", {"a.b.c": 1}, "a: {b: {c: 1}}\n"),
    ],
)
def test_texts_of_other_styles_are_changed_in_place(
    text: str, changes: dict[str, object], expected: str
) -> None:
    """Empty values, braces, line ends and lists without indentation."""
    assert update(text, changes) == expected


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("a:\n  b: 1  # why\n", {"a.b": REMOVE}, {"a": {}}),
        ("a: |\n  long\n  text\nb: 1\n", {"a": "short"}, {"a": "short", "b": 1}),
        ("a: &x {c: 1}\nb: *x\n", {"b.c": 2}, {"a": {"c": 2}, "b": {"c": 2}}),
        ("? a\n: 1\n", {"a": 2}, {"a": 2}),
    ],
)
def test_a_change_that_does_not_fit_in_place_is_still_made(
    text: str, changes: dict[str, object], expected: object
) -> None:
    """The text is then written anew from its data."""
    assert read(update(text, changes), "x").data == expected


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcxyz_", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=40)
@example(path="ssh.port", value="a\x7f\x85\u2028\u2029\ufeffb")
@given(
    path=st.sampled_from(["ssh.port", "networking.tls", "topology.hosts", "new", "new.below"]),
    value=VALUES,
)
def test_whatever_is_written_is_read_back(path: str, value: object) -> None:
    """Any text, however odd, comes out as it went in, and nothing else changes."""
    data = read(update(REFERENCE, {path: value}), "x").data
    for part in read_path(path):
        data = data[part]  # type: ignore[index]
    assert data == value


def test_an_unreadable_text_is_not_changed() -> None:
    """A file with wrong YAML is reported, not mended."""
    with pytest.raises(SiteProblems, match="wrong YAML"):
        update("a: [1\nb: 2\n", {"b": 1})


def test_a_path_has_keys_and_places() -> None:
    """As problems show it."""
    assert read_path("topology.hosts[12].address") == ("topology", "hosts", 12, "address")
