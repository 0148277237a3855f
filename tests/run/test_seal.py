"""Who can write a state file and makes its chain anew is found by the seals of the events."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from tests.run.state_story import filled, made, story
from wizard.cli.main import main
from wizard.errors import VaultError
from wizard.run import events as e
from wizard.run.audit import verify_chain
from wizard.run.audit_export import export
from wizard.run.audit_verify import verified
from wizard.run.chain import COLUMNS, START, Link
from wizard.run.report import gather
from wizard.run.seal import Sealer, seal_with_key_of
from wizard.run.simulated.secrets import simulated_vault
from wizard.run.state import StateFile
from wizard.run.state_owner import this_process
from wizard.vault.signing import new_key
from wizard.vault.store import AUDIT_KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY, FOREIGN = new_key(), new_key()
Links = list[Link]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state file with a small run whose events are sealed: six of them."""
    found = tmp_path / "site.state"
    state = made(found)
    state.seal_with(Sealer(KEY))
    state.take([event for event in story() if not isinstance(event, e.OutputLine)])
    state.close()
    return found


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """The public key that an auditor trusts."""
    file = tmp_path / "site.pub"
    file.write_text(Sealer(KEY).public)
    return file


def remake(
    path: Path,
    edit: Callable[[Links], Links],
    *,
    seals: Literal["kept", "removed", "made anew"] = "kept",
) -> None:
    """Do as somebody who may write the file: edit events, and make a chain that fits."""
    connection = sqlite3.connect(path)
    names = ", ".join(COLUMNS)
    rows = connection.execute(f"SELECT {names} FROM events ORDER BY seq").fetchall()  # noqa: S608
    links = edit([Link(**dict(zip(COLUMNS, row, strict=True))) for row in rows])
    connection.execute("DELETE FROM events")
    connection.execute("DELETE FROM seals WHERE seq > ?", (len(links),))
    previous, sealer = START, Sealer(FOREIGN)
    for number, link in enumerate(links, start=1):
        whole = replace(link, seq=number, previous_hash=previous)
        previous = whole.hash()
        connection.execute(
            f"INSERT INTO events ({names}, hash) VALUES ({', '.join('?' * 11)})",  # noqa: S608
            (*(getattr(whole, name) for name in COLUMNS), previous),
        )
        if seals == "made anew":
            connection.execute(
                "INSERT OR REPLACE INTO seals VALUES (?, ?, ?)",
                (number, sealer.fingerprint, sealer.seal(previous)),
            )
    if seals == "made anew":
        connection.execute(
            "INSERT INTO seal_keys VALUES (?, ?)", (sealer.fingerprint, sealer.public)
        )
    if seals == "removed":
        connection.execute("DELETE FROM seals")
    connection.execute("UPDATE meta SET value = ? WHERE key = 'head_hash'", (previous,))
    connection.execute("UPDATE meta SET value = ? WHERE key = 'head_seq'", (str(len(links)),))
    connection.commit()
    connection.close()


def lie(link: Link) -> Link:
    """Return an event that tells something else."""
    return replace(link, body=json.dumps({**json.loads(link.body), "seconds": 99.0}))


def same(links: Links) -> Links:
    """Leave the events as they are."""
    return links


def test_a_sealed_record_is_whole(path: Path, public: Path) -> None:
    """Every event, with the key that is trusted; also where reports tell of the chain."""
    found = verified(path, key=public)
    assert found.problems == ()
    assert found.sealed == f"sealed to event 6 with the key {Sealer(KEY).fingerprint}"
    assert not gather(path, lines=0).broken


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (
            lambda links: [*links[:4], lie(links[4]), *links[5:]],
            "event 5 is not the one that was sealed, nor what follows it",
        ),
        (
            lambda links: [*links[:2], *links[3:]],
            "event 3 is not the one that was sealed, nor what follows it",
        ),
        (
            lambda links: [*links[:2], links[3], links[2], *links[4:]],
            "event 3 is not the one that was sealed, nor what follows it",
        ),
        (
            lambda links: [*links, lie(links[4])],
            "event 7 is without a seal: written by somebody without the site's key",
        ),
        (
            lambda links: [*links, lie(links[4]), links[5]],
            "events 7 to 8 are without a seal: written by somebody without the site's key",
        ),
    ],
    ids=["changed", "removed", "reordered", "appended", "two appended"],
)
def test_what_was_done_to_it_is_named_although_the_chain_was_made_anew(
    path: Path, edit: Callable[[Links], Links], problem: str
) -> None:
    """The chain alone would have nothing to say."""
    remake(path, edit)
    assert verify_chain(path) == [problem]
    assert gather(path, lines=0).broken == (problem,)
    assert main(["audit", "verify", "--state", str(path)]) == 1


def test_nobody_else_seals_in_its_place(path: Path, public: Path) -> None:
    """With another key, wholly or from somewhere on; or without any seal."""
    remake(path, lambda links: [lie(links[0]), *links[1:]], seals="made anew")
    assert verify_chain(path) == []
    assert Sealer(FOREIGN).fingerprint in verified(path).sealed
    (problem,) = verified(path, key=public).problems
    assert Sealer(FOREIGN).fingerprint in problem
    remake(path, same, seals="removed")
    assert verify_chain(path) == []
    assert "no event is sealed" in verified(path).sealed
    assert verified(path, key=public).problems == (
        f"no event is sealed with the key {Sealer(KEY).fingerprint}",
    )
    assert main(["audit", "verify", "--state", str(path), "--key", str(public)]) == 1


def test_another_key_from_somewhere_on_is_named(path: Path) -> None:
    """A run with another keyring, or somebody who made a key."""
    state = StateFile.open(path)
    state.seal_with(Sealer(FOREIGN))
    state.take([e.RunStarted(site="acme", command="apply", operator="eve")])
    state.close()
    (problem,) = verify_chain(path)
    assert problem.startswith(f"event 7 is sealed with another key ({Sealer(FOREIGN).fingerprint})")


def test_an_end_that_was_cut_off_is_found_with_an_earlier_export(path: Path) -> None:
    """An older whole state file is whole: only what was kept elsewhere can tell."""
    out = path.with_name("record.jsonl")
    export(path, out, private_key=KEY, made_by=this_process())
    assert verified(path, export=out).problems == ()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE runs SET finished = NULL, outcome = NULL")
    connection.commit()
    connection.close()
    remake(path, lambda links: links[:5])
    assert verify_chain(path) == []
    (problem,) = verified(path, export=out).problems
    assert problem == f"event 6 of {out} is not there any more: the end was cut off"
    arguments = ["audit", "verify", "--state", str(path)]
    assert main(arguments) == 0
    assert main([*arguments, "--export", str(out)]) == 1


def test_what_an_older_version_wrote_is_not_held_against_it(tmp_path: Path) -> None:
    """Seals begin with the first run that makes them; nothing after that may lack one."""
    path = tmp_path / "site.state"
    filled(path)
    assert verify_chain(path) == []
    state = StateFile.open(path)
    state.seal_with(Sealer(KEY))
    state.take([e.RunStarted(site="acme", command="resume", operator="ops")])
    state.close()
    assert verify_chain(path) == []
    assert "sealed from event 7 to event 7" in verified(path).sealed


def test_the_key_is_made_once_and_kept_in_the_keyring(tmp_path: Path) -> None:
    """A second run seals with the same; simulated hosts have none."""
    vault = simulated_vault("acme")
    for run in range(2):
        path = tmp_path / "site.state"
        state = StateFile.open(path) if run else made(path)
        assert seal_with_key_of(state, vault, vault.secrets()) == ""
        state.take([e.RunStarted(site="acme", command="apply", operator="ops")])
        state.close()
    assert verify_chain(tmp_path / "site.state") == []
    assert AUDIT_KEY in vault.secrets()
    state = StateFile.create(tmp_path / "sim.state", site_name="acme", site_text="", simulated=True)
    assert seal_with_key_of(state, simulated_vault("acme"), vault.secrets()) == ""
    state.take([e.RunStarted(site="acme", command="apply", operator="ops")])
    assert state.records.seals() == []
    state.close()


def test_a_keyring_that_keeps_no_key_does_not_stop_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said; what is written then has no seal."""
    vault = simulated_vault("acme")

    def refuse(*_values: object, **_options: object) -> None:
        raise VaultError("the keyring is read-only", remedy="Let it be written.")

    monkeypatch.setattr(vault, "set", refuse)
    state = made(tmp_path / "site.state")
    assert "read-only" in seal_with_key_of(state, vault, vault.secrets())
    state.close()
