"""A secret does not become text by accident, whichever way one tries."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING

import pytest

from wizard.errors import VaultError
from wizard.vault.secret import Secret, Secrets

if TYPE_CHECKING:
    from collections.abc import Callable

CLEAR = "Zx9-very-clear-value"


@pytest.mark.parametrize(
    "leak",
    [
        str,
        lambda secret: f"{secret}",
        lambda secret: f"{secret:>40}",
        "{}".format,
        lambda secret: "%s" % secret,  # noqa: UP031 - as above
        lambda secret: "".join(list((secret,))),  # noqa: C410 - a list ruff would join itself
        lambda secret: "a" + secret,
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        bytes,
    ],
)
def test_formatting_and_copying_are_refused(leak: Callable[[Secret], object]) -> None:
    """Each way to make text of a secret ends in a TypeError that does not hold the value."""
    with pytest.raises(TypeError) as caught:
        leak(Secret("app_password", CLEAR))
    assert CLEAR not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("show", [repr, ascii, lambda secret: "%r" % (secret,)])  # noqa: UP031
def test_repr_shows_the_name_only(show: Callable[[object], str]) -> None:
    """What debuggers, containers and tracebacks use shows the name."""
    secret = Secret("app_password", CLEAR)
    for value in (secret, [secret], {"x": secret}, Secrets({"app_password": CLEAR})):
        assert "app_password" in show(value)
        assert CLEAR not in show(value)


def test_there_is_no_dictionary_to_look_into() -> None:
    """vars() and its like find nothing."""
    with pytest.raises(TypeError):
        vars(Secret("app_password", CLEAR))


def test_logging_a_secret_writes_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log call with a secret as argument leaves no trace of the value anywhere."""
    output = io.StringIO()
    monkeypatch.setattr("sys.stderr", output)  # where logging reports its own errors
    logger = logging.getLogger("tests.leak")
    logger.propagate = False
    logger.addHandler(logging.StreamHandler(output))
    secret = Secret("app_password", CLEAR)
    logger.warning("value %s", secret)
    logger.warning("value %r", secret)
    logger.warning("values", extra={"secret": secret})
    assert "app_password" in output.getvalue()
    assert CLEAR not in output.getvalue()


def test_a_traceback_with_local_variables_holds_no_value() -> None:
    """Even a traceback that prints local variables shows the name only."""
    secrets = Secrets({"app_password": CLEAR})
    try:
        _fail(secrets, secrets["app_password"])
    except VaultError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert CLEAR not in "".join(shown.format()).replace(f"CLEAR = '{CLEAR}'", "")


def _fail(secrets: Secrets, secret: Secret) -> None:
    assert secret in secrets.values()
    secrets["other"]


def test_secrets_compare_by_name_and_value() -> None:
    """Equality and hash need no clear text outside."""
    assert Secret("a", "x") == Secret("a", "x")
    assert Secret("a", "x") != Secret("a", "y")
    assert len({Secret("a", "x"), Secret("a", "x"), Secret("b", "x")}) == 2
    assert len(Secrets({"a": "x", "b": "y"})) == 2
    assert "a" in Secrets({"a": "x"})
    assert list(Secrets({"a": "x"})) == ["a"]


def test_a_missing_secret_says_how_to_store_it() -> None:
    """The error names the two commands."""
    with pytest.raises(VaultError) as caught:
        Secrets({})["smtp_password"]
    assert "secret set smtp_password" in str(caught.value)
