"""Whatever stands in a site file, reading it gives a site or problems, never a traceback."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.site.example import parsed
from wizard.site.file import parse
from wizard.site.flow import flow


@settings(deadline=None)
@given(st.text())
def test_arbitrary_text_never_raises(text: str) -> None:
    """There is a problem or a site, but no traceback."""
    outcome = parse(text, "site.yaml")
    assert (outcome.site is None) == bool(outcome.problems)


KEYS = st.sampled_from(
    ["schema", "topology", "hosts", "name", "address", "roles", "ssh", "cache", "kind", "x", "a.b"]
)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(VALUES)
def test_arbitrary_structures_never_raise(value: object) -> None:
    """Whatever stands where."""
    assert parse(flow(value), "site.yaml").problems


PATHS = st.sampled_from(
    [
        f"{section}.{field}" if field else section
        for section, fields in {
            "topology": ("", "hosts", "mode"),
            "ssh": ("", "port", "sudo"),
            "networking": ("", "tls", "smtp", "virtual_ip", "packages", "admin_networks"),
            "database": ("", "primary", "version"),
            "application": ("", "environment", "node_source"),
            "licensing": ("", "components", "checklist"),
            "acknowledged": ("",),
            "schema": ("",),
        }.items()
        for field in fields
    ]
)


@settings(deadline=None, max_examples=50)
@given(path=PATHS, value=VALUES)
def test_an_arbitrary_value_anywhere_never_raises(path: str, value: object) -> None:
    """Each section in turn is given something it does not expect."""
    outcome = parsed({path: value})
    assert (outcome.site is None) == bool(outcome.problems)
    assert all("\n" not in str(one) for one in outcome.problems)
