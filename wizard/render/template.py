"""Rendering of one template into a text whose secrets stand by name."""

from __future__ import annotations

import re
import secrets as random
from functools import cache
from typing import TYPE_CHECKING, Any

from wizard.vault.text import Encoding, SecretRef, Text

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _environment() -> Environment:
    # Imported late: the command line starts without it.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=PackageLoader("templates", "."),
        undefined=StrictUndefined,
        # Configuration files are not HTML; every value is checked by the site model instead.
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, **values: Any) -> Text:  # noqa: ANN401 - templates take any value
    """Return the template `templates/NAME` filled in, always ending with a newline.

    In a template `{{ secret("app_password", "url", "systemd") }}` stands for a secret and its
    encodings. Raises jinja2.UndefinedError for a value that is missing: a defect of ours.
    """
    # Unguessable, so that no value of the site file can pose as a secret's place.
    token = random.token_hex(8)
    found: list[SecretRef] = []

    def secret(name: str, *encodings: str) -> str:
        found.append(SecretRef(name, tuple(Encoding(encoding) for encoding in encodings)))
        return f"\x00{token}:{len(found) - 1}\x00"

    text = _environment().get_template(template).render(secret=secret, **values)
    if not text.endswith("\n"):
        text += "\n"
    parts = re.split(f"\x00{token}:(\\d+)\x00", text)
    return Text(*(found[int(part)] if index % 2 else part for index, part in enumerate(parts)))
