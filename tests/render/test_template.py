"""Rendering keeps secrets by name and never fills a gap silently."""

from __future__ import annotations

import pytest

from wizard.render import template
from wizard.render.template import render
from wizard.vault.secret import Secrets
from wizard.vault.text import Encoding, SecretRef


@pytest.fixture
def templates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Templates held in a dictionary instead of the package."""
    from jinja2 import DictLoader  # noqa: PLC0415

    files: dict[str, str] = {}
    monkeypatch.setattr(template._environment(), "loader", DictLoader(files))  # noqa: SLF001
    return files


def test_a_secret_stands_by_name_until_it_is_revealed(templates: dict[str, str]) -> None:
    """What is shown has the name, what is sent has the encoded value."""
    templates["a"] = "url {{ secret('app_password', 'url') }} end"
    text = render("a")
    assert text.masked() == "url ‹app_password› end\n"
    assert text.parts[1] == SecretRef("app_password", (Encoding.URL,))
    assert text.reveal(Secrets({"app_password": "a/b"})) == "url a%2Fb end\n"


def test_a_missing_value_is_an_error(templates: dict[str, str]) -> None:
    """An undefined name never becomes an empty string."""
    from jinja2 import UndefinedError  # noqa: PLC0415

    templates["b"] = "{{ nothing }}"
    with pytest.raises(UndefinedError):
        render("b")


def test_values_cannot_smuggle_in_template_code_or_secrets(templates: dict[str, str]) -> None:
    """A value that looks like a template or like a secret's place stays text."""
    templates["c"] = "{{ value }}\n"
    assert render("c", value="{{ 1 + 1 }}\x00abc:0\x00").parts == ("{{ 1 + 1 }}\x00abc:0\x00\n",)
