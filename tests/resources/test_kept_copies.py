"""Copies of replaced files keep everything but the value that was replaced in them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.vault.programs import PASSWORDS
from wizard.resources.kept_copies import KeptCopies
from wizard.vault.secret import Secrets
from wizard.vault.text import Encoding, encode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.resources.machine import Machine

COPIES = KeptCopies(secret="old", shown="‹pw, replaced›", mark="pw 2026-11-24T04:00:00+00:00")
KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\nByqGSM49AgEG\n-----END PRIVATE KEY-----\n"


def copy_in(machine: Machine, name: str, text: str) -> Path:
    """Put a copy where replaced files are kept."""
    file = machine.own / "replaced" / "20261124T040000Z" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o640)
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return file


@pytest.mark.parametrize("password", [one for one in PASSWORDS if len(one) > 3], ids=ascii)
def test_the_value_is_taken_out_however_it_is_written(machine: Machine, password: str) -> None:
    """In an environment file, a URL in one, a password file, redis.conf; what else stands stays."""
    machine.secrets = Secrets({"old": password})
    url = encode(encode(password, Encoding.URL), Encoding.SYSTEMD)
    texts = {
        "opt/minusnow/.env": f'# by hand: &\\0\nURL="postgres://u:{url}@h/"\n'
        f'KEY="{encode(password, Encoding.SYSTEMD)}"\nPORT="5000"',
        "home/pgpass": f"h:5432:*:r:{encode(password, Encoding.PGPASS)}\n\n",
        "etc/redis.conf": f'requirepass "{encode(password, Encoding.REDIS)}"\n',
        "etc/plain": password,
    }
    files = {name: copy_in(machine, name, text) for name, text in texts.items()}

    machine.settle(COPIES)

    shown = "‹pw, replaced›"
    assert files["opt/minusnow/.env"].read_text() == (
        f'# by hand: &\\0\nURL="postgres://u:{shown}@h/"\nKEY="{shown}"\nPORT="5000"'
    )
    assert files["home/pgpass"].read_text() == f"h:5432:*:r:{shown}\n\n"
    assert files["etc/redis.conf"].read_text() == f'requirepass "{shown}"\n'
    assert files["etc/plain"].read_text() == shown


def test_a_key_is_taken_out_of_a_bundle(machine: Machine) -> None:
    """The certificates before and after it stay."""
    machine.secrets = Secrets({"old": KEY})
    file = copy_in(machine, "etc/haproxy/minusnow.pem", f"-leaf-\n{KEY}-chain-\n")

    machine.settle(COPIES)

    assert file.read_text() == "-leaf-\n‹pw, replaced›\n-chain-\n"


def test_a_copy_keeps_its_access_and_time_and_others_are_left_alone(machine: Machine) -> None:
    """Also one that holds NUL characters, and names with spaces and signs."""
    machine.secrets = Secrets({"old": "hunter2 and more"})
    with_it = copy_in(machine, "etc/a 'file'\n$(id)", "x hunter2 and more y\n")
    without = copy_in(machine, "etc/other", "nothing\n")
    binary = copy_in(machine, "var/data", "a\0hunter2 and more")
    before = without.stat().st_ino

    machine.settle(COPIES)

    assert with_it.read_text() == "x ‹pw, replaced› y\n"
    assert (with_it.stat().st_mode & 0o777, with_it.stat().st_mtime) == (0o640, 1_700_000_000)
    assert without.stat().st_ino == before
    assert binary.read_text() == "a\0hunter2 and more"


def test_it_is_done_once_for_an_occasion(machine: Machine) -> None:
    """A later rotation has another mark; where nothing was ever replaced nothing is done."""
    machine.secrets = Secrets({"old": "hunter2"})
    assert machine.change(COPIES) is None
    file = copy_in(machine, "etc/file", "hunter2")
    machine.settle(COPIES)
    file.write_text("hunter2")
    assert machine.change(COPIES) is None
    machine.settle(KeptCopies(secret="old", shown="‹pw›", mark="pw later"))
    assert file.read_text() == "‹pw›"


def test_a_value_of_three_characters_is_not_looked_for(machine: Machine) -> None:
    """It would be found in other words; so short a secret protects nothing."""
    machine.secrets = Secrets({"old": "abc"})
    copy_in(machine, "etc/file", "alphabcdef")
    assert machine.change(COPIES) is None
