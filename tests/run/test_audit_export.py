"""A signed export can be checked by anybody, and says when it is not what was written down."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.run.state_story import filled, story
from wizard.cli.main import main
from wizard.errors import SetupError, StateError, VaultError
from wizard.run.audit_check import check
from wizard.run.audit_export import Export, export, read_lines
from wizard.run.canonical import canonical
from wizard.run.state import StateFile
from wizard.run.state_owner import this_process
from wizard.vault.signing import fingerprint, new_key, public_key, sign, verifies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY = new_key()
TOP = Path(__file__).parent.parent.parent


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Give an export of a small run."""
    filled(tmp_path / "site.state")
    made(tmp_path)
    return tmp_path / "record.jsonl"


def made(folder: Path) -> Export:
    """Export the state file of the folder."""
    return export(
        folder / "site.state",
        folder / "record.jsonl",
        private_key=KEY,
        made_by=this_process(),
    )


def events(out: Path) -> list[dict[str, Any]]:
    """Return the events of an export."""
    return [line for line in read_lines(out.read_bytes()) if line["record"] == "event"]


def rewritten(out: Path, lines: list[dict[str, Any]], *, key: str = "") -> None:
    """Replace the export; with a key it is signed again, as a forger would."""
    data = "".join(canonical(line) + "\n" for line in lines).encode()
    out.write_bytes(data)
    if key:
        out.with_name(out.name + ".sig").write_bytes(sign(key, data))


def test_every_event_says_who_where_what_when_and_how_long(out: Path) -> None:
    """Also those that do not name the operator themselves."""
    found = events(out)
    for event in found:
        assert (event["operator"], event["ssh_client"]) == ("ops", "10.0.0.9")
        assert event["time"].endswith("Z")
        assert "stored_hash" not in event["link"]
    assert out.stat().st_mode & 0o777 == 0o600
    (intended,) = (event for event in found if event["what"] == "task-intended")
    assert (intended["host"], intended["step"]) == ("a", "one")
    assert intended["changes"] == [
        {"resource": "file f", "summary": "write f", "before": "", "after": "00"}
    ]
    (done,) = (event for event in found if event["what"] == "task-done")
    assert done["seconds"] == 1.0


def test_an_export_that_nobody_touched_is_whole(out: Path) -> None:
    """Signature, chain and what is told of each event fit together."""
    found = check(out)
    assert (found.problems, found.events, found.site) == ((), 6, "acme")
    assert found.fingerprint == fingerprint(public_key(KEY))
    assert check(out, key=out.with_name(out.name + ".pub")).problems == ()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_checks_the_signature_too(out: Path) -> None:
    """Nobody needs this program for it."""
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin"]
    files = ["-inkey", f"{out}.pub", "-sigfile", f"{out}.sig", "-in", str(out)]
    assert subprocess.run([*command, *files], capture_output=True, check=False).returncode == 0
    out.write_bytes(out.read_bytes().replace(b'"ops"', b'"mal"'))
    assert subprocess.run([*command, *files], capture_output=True, check=False).returncode == 1


def _another_operator(lines: list[dict[str, Any]]) -> None:
    lines[3]["operator"] = "mallory"


def _another_hash(lines: list[dict[str, Any]]) -> None:
    lines[5]["changes"][0]["after"] = "ff"


def _another_body(lines: list[dict[str, Any]]) -> None:
    lines[5]["link"]["body"] = lines[5]["link"]["body"].replace("write f", "write g")


def _without_an_event(lines: list[dict[str, Any]]) -> None:
    del lines[4]
    lines[-1]["lines"] -= 1


def _without_the_last(lines: list[dict[str, Any]]) -> None:
    del lines[-2]
    lines[-1]["lines"] -= 1


def _another_plan(lines: list[dict[str, Any]]) -> None:
    lines[1]["body"] = "{}"


def _another_order(lines: list[dict[str, Any]]) -> None:
    lines[4], lines[5] = lines[5], lines[4]


def _another_kind_of_value(lines: list[dict[str, Any]]) -> None:
    lines[4]["link"]["seq"] = None


@pytest.mark.parametrize("signed", ["not signed again", "signed with another key", "signed again"])
@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (_another_operator, "what is told of event 2"),
        (_another_hash, "what is told of event 4"),
        (_another_body, "event 4 .* was changed"),
        (_without_an_event, "event 4 .* does not follow"),
        (_without_the_last, "should end with event 6"),
        (_another_plan, "plan of event 2"),
        (_another_order, "does not follow"),
        (_another_kind_of_value, "event 3 cannot be read"),
    ],
)
def test_a_forged_export_is_found_whoever_signed_it(
    out: Path,
    forge: Callable[[list[dict[str, Any]]], None],
    words: str,
    signed: str,
) -> None:
    """The signature tells it, and so does the chain where the key itself was stolen."""
    lines = read_lines(out.read_bytes())
    forge(lines)
    other = new_key()
    rewritten(
        out, lines, key={"signed again": KEY, "signed with another key": other}.get(signed, "")
    )
    problems = check(out, key=out.with_name(out.name + ".pub")).problems
    assert any(re.search(words, problem) for problem in problems), problems
    assert any("signature" in problem for problem in problems) == (signed != "signed again")


def test_another_key_beside_it_shows_in_the_fingerprint(out: Path) -> None:
    """A forger who signs with a key of their own cannot have the fingerprint of yours."""
    other = new_key()
    lines = read_lines(out.read_bytes())
    lines[0]["public_key"] = public_key(other)
    rewritten(out, lines, key=other)
    trusted = out.with_name("trusted.pem")
    trusted.write_text(public_key(KEY))
    out.with_name(out.name + ".pub").write_text(public_key(other))
    assert check(out).problems == ()
    assert check(out).fingerprint != fingerprint(public_key(KEY))
    assert "signature" in check(out, key=trusted).problems[0]


def test_a_state_that_was_tampered_with_is_exported_with_what_is_wrong(tmp_path: Path) -> None:
    """The export does not hide it, and its check fails."""
    filled(tmp_path / "site.state")
    connection = sqlite3.connect(tmp_path / "site.state")
    connection.execute("UPDATE events SET host = 'b' WHERE seq = 4")
    connection.commit()
    connection.close()
    assert "event 4 (task-intended) was changed" in made(tmp_path).problems
    problems = check(tmp_path / "record.jsonl").problems
    assert "when it was exported: event 4 (task-intended) was changed" in problems
    assert "event 4 (task-intended) was changed" in problems


def test_evidence_is_never_written_over(out: Path) -> None:
    """Not the export, not its signature, not its key."""
    with pytest.raises(StateError, match="is there already"):
        made(out.parent)
    out.unlink()
    with pytest.raises(StateError, match=r"\.sig is there already"):
        made(out.parent)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data[: len(data) // 2], "no audit export|cut off"),
        (lambda data: data[: data.rindex(b"\n", 0, -1) + 1], "cut off"),
        (lambda _data: b"", "no audit export"),
        (lambda _data: b"hello\n", "no audit export"),
        (lambda _data: b"[1]\n", "no audit export"),
        (lambda data: data.replace(b'"version":1', b'"version":2', 1), "of version 2"),
    ],
)
def test_what_is_no_export_is_named(out: Path, damage: Any, words: str) -> None:  # noqa: ANN401 - of bytes
    """Each with its reason."""
    out.write_bytes(damage(out.read_bytes()))
    with pytest.raises(StateError, match=words):
        check(out)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_byte_that_differs_is_found(data: st.DataObject, tmp_path_factory: Any) -> None:  # noqa: ANN401 - pytest's
    """In the export, in the signature or in the key: a problem or an error with its reason."""
    folder = tmp_path_factory.getbasetemp() / "any-byte"
    out = folder / "record.jsonl"
    if not out.exists():
        folder.mkdir()
        filled(folder / "site.state")
        made(folder)
    file = folder / data.draw(st.sampled_from(["record.jsonl", "record.jsonl.sig"]))
    before = file.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != before[place]))
    file.write_bytes(before[:place] + bytes([byte]) + before[place + 1 :])
    try:
        found: Sequence[str] = check(out).problems
    except SetupError as error:
        found = [error.remedy]
    finally:
        file.write_bytes(before)
    assert all(found)
    assert found


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_whatever_stands_for_a_key_is_refused_in_words(text: str) -> None:
    """No library's words, no traceback."""
    for use in (public_key, fingerprint, lambda key: verifies(key, b"", b"")):
        with pytest.raises(VaultError, match="Ed25519"):
            use(text)


def test_the_command_line_exports_with_a_key_file_and_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The public key's fingerprint is printed by both, to be compared."""
    filled(tmp_path / "site.state")
    key, out = tmp_path / "key.pem", tmp_path / "record.jsonl"
    key.write_text(KEY)
    command = ["audit", "export", "--state", str(tmp_path / "site.state"), "--out", str(out)]
    key.chmod(0o644)
    assert main([*command, "--key-file", str(key)]) == VaultError.exit_status
    assert "may be read by others" in capsys.readouterr().err
    key.chmod(0o600)
    assert main([*command, "--key-file", str(key)]) == 0
    assert fingerprint(public_key(KEY)) in capsys.readouterr().out
    assert main(["audit", "verify-export", str(out)]) == 0
    said = capsys.readouterr().out
    assert fingerprint(public_key(KEY)) in said
    assert "Compare the key" in said
    out.write_bytes(out.read_bytes().replace(b"write f", b"write g"))
    assert main(["audit", "verify-export", str(out), "--key", f"{out}.pub"]) == 1
    assert "was changed" in capsys.readouterr().out
    assert json.loads(out.read_text().splitlines()[0])["format"]


def test_the_key_in_the_keyring_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two exports of one site bear the same fingerprint, and the list of secrets names the key."""
    site = TOP / "tests" / "site" / "reference.yaml"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    state = StateFile.create(
        tmp_path / "site.state", site_name="acme-itsm", site_text=site.read_text()
    )
    state.take(story())
    state.close()
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o600)
    keyring = ["--keyring-passphrase-file", str(passphrase)]
    command = ["audit", "export", "--state", str(tmp_path / "site.state"), *keyring]
    assert main(["secret", "generate", "redis_password", str(site), *keyring]) == 0
    capsys.readouterr()
    said = []
    for name in ("first", "second"):
        assert main([*command, "--out", str(tmp_path / name)]) == 0
        said.append(re.findall("SHA256:\\S+", capsys.readouterr().out))
    assert said[0] == said[1] != []
    assert main(["audit", "verify-export", str(tmp_path / "first")]) == 0
    assert main(["secret", "list", str(site), *keyring]) == 0
    (line,) = (
        line for line in capsys.readouterr().out.splitlines() if line.startswith("audit_key")
    )
    assert "not needed" not in line
