"""How refusals and warnings read."""

from __future__ import annotations

from tests.site.example import host, site
from wizard.site.database import Database
from wizard.site.layout import RISKS, RULES, SMALLEST_LAYOUT, Refusal, refusals, warnings
from wizard.site.layout_text import refusal_text, warning_text
from wizard.site.topology import Role, Topology


def test_a_refusal_shows_the_six_risks_and_the_smallest_layout() -> None:
    """A refused person learns why, and what would do."""
    topology = Topology.model_validate({"hosts": [host("one", "10.0.0.1", *Role)]})
    text = refusal_text(refusals(topology, Database(primary="one")))
    assert all(one.risk in text and one.impact in text for one in RISKS)
    assert all(one.name in text and one.purpose in text for one in SMALLEST_LAYOUT)
    assert "no override" in text


def test_every_refusal_fits_80_columns() -> None:
    """However long the host names are."""
    names = tuple(f"{letter * 63}" for letter in "abc")
    text = refusal_text([Refusal(rule, names, " and ".join(names)) for rule in RULES])
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_warning_names_its_id_and_whether_it_is_acknowledged() -> None:
    """What to write under `acknowledged` is there to be copied."""
    text = warning_text(warnings(site()), ["single-storage"])
    assert "id: single-storage · acknowledged" in text
    assert "id: self-signed-certificate · to be acknowledged" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_without_warnings_nothing_is_said() -> None:
    """Silence is the good case."""
    assert warning_text([]) == ""
