"""`minusnow-setup serve`: what it will not do."""

from __future__ import annotations

import socket

import pytest

from wizard.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["apply", "acme.yaml"], "apply has no screens"),
        (["--address", "0.0.0.0"], "0.0.0.0 is reached from other machines"),  # noqa: S104 - refused
        (["--address", "::"], ":: is reached from other machines"),
        (["--address", "jump.example.com"], "is no IP address"),
        (["--port", "70000"], "cannot listen on 127.0.0.1, port 70000"),
    ],
)
def test_what_is_refused(
    arguments: list[str], seen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commands without screens, and addresses that other machines reach."""
    assert main(["serve", *arguments]) in {1, 2}
    assert seen in capsys.readouterr().err


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """And what to do instead."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 1
    said = capsys.readouterr().err
    assert f"port {port}" in said
    assert "--port" in said
