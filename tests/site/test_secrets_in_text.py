"""A secret typed into the site file is refused and never shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.site.example import REFERENCE, parsed
from wizard.site.explain import keys_at
from wizard.site.file import parse
from wizard.site.problems import path_text
from wizard.site.secrets_in_text import secret_paths

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("changes", "path", "name"),
    [
        ({"networking.smtp.password": "hunter2"}, "networking.smtp.password", "smtp_password"),
        ({"networking.smtp.pass": "hunter2"}, "networking.smtp.pass", "smtp_password"),
        ({"ssh.sudo_password": "hunter2"}, "ssh.sudo_password", "sudo_password"),
        ({"ssh.key_passphrase": "hunter2"}, "ssh.key_passphrase", "key_passphrase"),
        ({"database.password": "hunter2"}, "database.password", "app_password"),
        ({"cache.auth_token": "hunter2"}, "cache.auth_token", "redis_password"),
        ({"secrets": {"app_password": "hunter2"}}, "secrets", "NAME"),
        ({"database.password": {"value": "hunter2"}}, "database.password", "app_password"),
        ({"database.password": 4711}, "database.password", "app_password"),
        ({"ssh.key_file": KEY}, "ssh.key_file", "NAME"),
        ({"networking.tls.key": KEY}, "networking.tls.key", "NAME"),
        ({"ssh.jump": "ops:hunter2@bastion"}, "ssh.jump", "NAME"),
        (
            {"networking.packages.mirror": "https://u:hunter2@mirror.example.com/debian"},
            "networking.packages.mirror",
            "NAME",
        ),
        (
            {"application.environment": {"DATADOG_API_KEY": "hunter2"}},
            "application.environment.DATADOG_API_KEY",
            "NAME",
        ),
        (
            {"application.environment": {"LICENSE_KEY": "hunter2"}},
            "application.environment.LICENSE_KEY",
            "NAME",
        ),
    ],
)
def test_a_secret_is_refused_without_being_shown(
    changes: dict[str, object], path: str, name: str
) -> None:
    """The problem names the place and the command that stores it."""
    found = parsed(changes).problems
    text = "\n".join(map(str, found))
    assert [one.path for one in found] == [path]
    assert "a secret (not shown)" in text
    assert f"minusnow-setup secret set {name} site.yaml" in text
    assert "hunter2" not in text
    assert "4711" not in text


def test_a_password_in_place_of_the_way_to_ask_for_it_is_not_shown() -> None:
    """`sudo: hunter2` is an easy mistake."""
    (found,) = parsed({"ssh.sudo": "hunter2"}).problems
    assert "hunter2" not in str(found)


@pytest.mark.parametrize("indent", ["# ", ""])
def test_a_private_key_anywhere_in_the_text_is_refused(indent: str) -> None:
    """Even in a comment, or pasted so that the file is no YAML any more."""
    pasted = "".join(f"{indent}{line}\n" for line in KEY.splitlines())
    text = "\n".join(map(str, parse(REFERENCE + pasted, "site.yaml").problems))
    assert "a private key (not shown)" in text or "a secret (not shown)" in text
    assert "hunter2" not in text


def test_a_variable_that_only_speaks_of_secrets_is_accepted() -> None:
    """Its last word says what it holds."""
    variables = {"TOKEN_URL": "https://id.example.com/token", "PASSWORD_MIN_LENGTH": "12"}
    assert parsed({"application.environment": variables}).problems == ()


def test_no_key_of_the_site_file_is_taken_for_a_secret() -> None:
    """Every field can be used."""
    paths = [(section, key) for section in keys_at(()) for key in keys_at((section,))]
    fields: dict[str, dict[str, str]] = {section: {} for section in keys_at(())}
    for section, key in paths:
        fields[section][key] = "value"
    assert list(secret_paths(fields)) == []


@settings(deadline=None, max_examples=20)
@given(st.text(alphabet="abcxyz0189", min_size=12, max_size=20))
def test_no_problem_ever_holds_the_value_of_a_secret(value: str) -> None:
    """Whatever the secret is."""
    outcome = parsed(
        {"networking.smtp.password": value, "cache.token": value, "ssh.jump": f"a:{value}@b"}
    )
    assert value not in "".join(map(str, outcome.problems))


def test_paths_of_secrets_are_written_as_people_write_them() -> None:
    """Lists and keys."""
    data = {"a": [{"b": {"token": "x"}}]}
    assert [path_text(path) for path in secret_paths(data)] == ["a[0].b.token"]
