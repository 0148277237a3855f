"""`minusnow-setup schema`: the JSON Schema of the site file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "schema",
        help="print the JSON Schema of the site file",
        description="Prints the JSON Schema (draft 2020-12) of the site file. An editor that knows "
        "it completes fields and explains them: store the output as site.schema.json and begin "
        "the site file with '# yaml-language-server: $schema=site.schema.json'.",
    )
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Prints the schema."""
    from wizard.site.schema import json_schema  # noqa: PLC0415 - pydantic takes 0.2 s to import

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0
