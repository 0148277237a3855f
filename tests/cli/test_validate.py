"""The commands `validate` and `schema`, from their arguments to their exit status."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from tests.site.example import REFERENCE, REFERENCE_PATH
from wizard.cli import schema, validate
from wizard.site.edit import update
from wizard.site.schema import json_schema

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def run(*arguments: str) -> int:
    """The exit status of the command line."""
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers(required=True)
    validate.register(subparsers)
    schema.register(subparsers)
    parsed = parser.parse_args(arguments)
    status: int = parsed.run(parsed)
    return status


def written(folder: Path, changes: dict[str, object]) -> str:
    """The path of a site file with values changed."""
    path = folder / "site.yaml"
    path.write_text(update(REFERENCE, changes))
    return str(path)


def test_a_valid_file_exits_0_and_lists_its_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """With the ids to acknowledge."""
    assert run("validate", str(REFERENCE_PATH)) == 0
    output = capsys.readouterr().out
    assert "reference.yaml: valid: 8 hosts, active-active, 2 of 2 warnings" in output
    assert "id: single-storage · to be acknowledged" in output


def test_an_invalid_file_exits_2_and_lists_every_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With file, line and path."""
    path = written(tmp_path, {"ssh.port": 0, "cache.kind": "memcached"})
    assert run("validate", path) == 2
    output = capsys.readouterr().out
    assert f"{path}:23: ssh.port: seen 0, wanted a port from 1 to 65535" in output
    assert "cache.kind: seen 'memcached'" in output
    assert "2 problems" in output


def test_a_missing_file_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says that there is none."""
    assert run("validate", str(tmp_path / "none.yaml")) == 2
    assert "none.yaml: seen no such file, wanted the path of a site file" in capsys.readouterr().out


def test_a_name_that_resolves_to_another_host_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The C library reads this name as the address 10.0.2.10, which is db1's."""
    path = written(tmp_path, {"topology.hosts[5].address": "0x0a00020a"})
    assert run("validate", "--no-resolve", path) == 0
    capsys.readouterr()
    assert run("validate", path) == 2
    output = capsys.readouterr().out
    assert "two database servers are on one host (db1 and db2 are one machine)" in output
    assert "Hardware failure" in output


def test_a_name_that_does_not_resolve_here_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind a jump host that may be as it should."""
    path = written(tmp_path, {"topology.hosts[7].address": "nowhere.invalid"})
    assert run("validate", path) == 0
    assert "note: cache1: nowhere.invalid does not resolve on this machine" in (
        capsys.readouterr().out
    )


def test_a_licence_that_has_ended_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stops nothing, but whoever validates is told."""
    path = written(tmp_path, {"licensing.components.certificates.renewal": "2020-01-31"})
    assert run("validate", path) == 0
    assert "note: licence of certificates: ended on 2020-01-31" in capsys.readouterr().out
    assert run("validate", "--format", "json", path) == 0
    assert "ended on 2020-01-31" in json.loads(capsys.readouterr().out)["renewals"][0]


def test_minusnows_own_licence_is_noted_too_and_never_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day that is none is refused, and so is a key, which belongs into the keyring."""
    path = written(tmp_path, {"licensing.minusnow": {"renewal": "2020-01-31"}})
    assert run("validate", path) == 0
    assert "note: licence of MinusNow: ended on 2020-01-31" in capsys.readouterr().out
    for wrong in ({"renewal": "soon"}, {"key": "MN-4711"}):
        assert run("validate", written(tmp_path, {"licensing.minusnow": wrong})) == 2
        assert f"licensing.minusnow.{next(iter(wrong))}" in capsys.readouterr().out


def test_programs_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same verdict in parts."""
    path = written(tmp_path, {"database.primary": "app1", "acknowledged": ["single-storage"]})
    assert run("validate", "--format", "json", path) == 2
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["valid"] is False
    assert verdict["problems"][0]["path"] == "database.primary"
    assert verdict["refusals"][0]["id"] == "primary-not-database"
    assert run("validate", "--format", "json", str(REFERENCE_PATH)) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in verdict["warnings"]] == [
        "single-storage",
        "self-signed-certificate",
    ]


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For an editor, or for another program."""
    assert run("schema") == 0
    assert json.loads(capsys.readouterr().out) == json_schema()
