"""The JSON Schema of the site file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.site.example import REFERENCE, varied
from wizard.site.document import read
from wizard.site.edit import REMOVE
from wizard.site.schema import json_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: dict[str, Any] = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def test_it_is_a_schema_of_draft_2020_12() -> None:
    """By the rules of JSON Schema itself."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_reference_file_fits_it() -> None:
    """The public interface as it is documented."""
    assert [one.message for one in VALIDATOR.iter_errors(read(REFERENCE, "x").data)] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"networking.packages.mirror": "http://mirror.example.com/debian"},
        {"networking.packages.mirror": ["deb http://mirror.example.com/debian bookworm main"]},
        {"licensing.checklist": {"smtp": "done", "backup": {"state": "open", "owner": "Jane"}}},
        {"networking.domain": "ITSM.Example.com"},
        {"topology.hosts[0].ssh": {"port": 2222}},
    ],
)
def test_what_the_models_accept_fits_it(changes: dict[str, object]) -> None:
    """The short forms too."""
    assert VALIDATOR.is_valid(read(varied(changes), "x").data)


@pytest.mark.parametrize(
    "changes",
    [
        {"databse": {}},
        {"schema": 2},
        {"ssh.port": 0},
        {"ssh.port": "22"},
        {"cache.kind": "memcached"},
        {"networking.domain": REMOVE},
        {"networking.domain": "a b"},
        {"topology.hosts[0].roles": ["web"]},
        {"topology.hosts": []},
        {"cache.max_memory": "lots"},
    ],
)
def test_mistakes_do_not_fit_it(changes: dict[str, object]) -> None:
    """So that an editor marks them while one types."""
    assert not VALIDATOR.is_valid(read(varied(changes), "x").data)


def properties(schema: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property anywhere in a schema."""
    if isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            referred = SCHEMA["$defs"].get(value.get("$ref", "").removeprefix("#/$defs/"), {})
            yield f"{path}.{name}", {**referred, **value}
        for key, value in schema.items():
            yield from properties(value, f"{path}/{key}")


def test_every_field_is_described() -> None:
    """An editor shows the description while one types; so does the wizard's help."""
    found = dict(properties(SCHEMA))
    assert len(found) > 80
    assert [path for path, one in found.items() if not one.get("description")] == []
