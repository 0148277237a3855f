"""The JSON Schema of the site file, for editors that complete fields and for other programs."""

from __future__ import annotations

from wizard.site.model import Site


def json_schema() -> dict[str, object]:
    """The schema (draft 2020-12), with a description of every field."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Site.model_json_schema(by_alias=True, mode="validation"),
        "title": "MinusNow site file",
    }
