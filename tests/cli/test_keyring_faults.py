"""A keyring that is locked, missing, opened wrongly or emptied: said in words, nothing written."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from tests.cli.test_render import add_release
from tests.vault.keyrings import LockedKeyring, MemoryKeyring
from wizard.cli.main import main
from wizard.run import events as e
from wizard.run.state import StateFile
from wizard.vault.store import Origin, open_vault

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).parent.parent / "site" / "reference.yaml"
ACKNOWLEDGED = "acknowledged: [single-storage, self-signed-certificate]\n"
PASSPHRASE = "correct horse battery staple"
SITE = "acme-itsm"

COMMANDS = {
    "apply": ("apply", "SITE", "--state", "STATE", "--yes"),
    "resume": ("resume", "--state", "STATE", "--yes"),
    "rotate": ("rotate", "app_password", "SITE", "--state", "STATE", "--yes"),
    "rotate --abandon": (
        "rotate",
        "app_password",
        "SITE",
        "--state",
        "STATE",
        "--yes",
        "--abandon",
    ),
    "secret set": ("secret", "set", "smtp_password", "SITE", "--replace"),
    "secret generate": ("secret", "generate", "--all", "SITE"),
    "secret list": ("secret", "list", "SITE"),
    "audit export": ("audit", "export", "--state", "STATE", "--out", "OUT"),
    "review": ("review", "--state", "STATE", "--secrets", "--format", "text"),
    "plan": ("plan", "SITE"),
    "prove": ("prove", "SITE"),
}
# Those that would make what is missing, on a site whose hosts were given it.
MAKING = ("apply", "resume", "rotate", "audit export")


@dataclass
class Ground:
    """An installed site's files; commands are run as the program runs them."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @property
    def ring(self) -> Path:
        """The encrypted keyring."""
        return self.folder / "ring"

    @property
    def phrase(self) -> Path:
        """What opens it."""
        return self.folder / "phrase"

    def files(self) -> dict[str, object]:
        """Everything that there is: of the state file what it tells; locks hold nothing."""
        state = self.folder / "site.state"
        found = (file for file in self.folder.rglob("*") if file.is_file())
        kept = (file for file in found if file.suffix != ".lock" and file.stem != state.stem)
        opened = StateFile.open_read_only(state)
        told = [link.stored_hash for link in opened.records.events()]
        site = opened.records.site()
        opened.close()
        return {**{str(file): file.read_bytes() for file in kept}, "events": told, "site": site}

    def refused(self, command: str, *options: str) -> str:
        """Run a command that must end with bad input and write nothing; return what it said."""
        places = {"SITE": "site.yaml", "STATE": "site.state", "OUT": "record.jsonl"}
        words = [
            str(self.folder / places[word]) if word in places else word
            for word in COMMANDS[command]
        ]
        before = self.files()
        self.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"by mail\n")))
        status = main([*words, *options])
        said = self.capsys.readouterr()
        assert status == 2, said
        assert self.files() == before
        assert "Traceback" not in said.err
        assert said.err.count("\n") > 1, "what to do is said too"
        return said.err

    @property
    def options(self) -> tuple[str, ...]:
        """The options of the encrypted keyring."""
        return (f"--keyring-file={self.ring}", f"--keyring-passphrase-file={self.phrase}")


@pytest.fixture
def ground(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Ground]:
    """A site that was begun: keyring, state file with a change in it, release; no host exists."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("wizard.cli.keyring_options.can_ask", lambda: False)
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    site = tmp_path / "site.yaml"
    site.write_text(REFERENCE.read_text() + ACKNOWLEDGED)
    add_release(tmp_path)
    made = Ground(tmp_path, monkeypatch, capsys)
    made.phrase.write_text(f"{PASSPHRASE}\n")
    made.phrase.chmod(0o600)
    state = StateFile.create(
        tmp_path / "site.state",
        site_name=SITE,
        site_text=site.read_text(),
        site_path=str(site),
    )
    change = e.IntendedChange(resource="role minusnow", summary="x", before="", after="00")
    state.take(
        [
            e.RunStarted(site=SITE, command="apply"),
            e.TaskIntended(host="db1", task="roles@db1", changes=(change,)),
        ]
    )
    state.close()
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def filled(ground: Ground) -> Ground:
    """The same, and every secret is in the encrypted keyring."""
    from wizard.site.file import load  # noqa: PLC0415 - beside its only use

    vault = open_vault(SITE, passphrase_file=ground.phrase, keyring_file=ground.ring)
    vault.set("smtp_password", "sent by mail")
    vault.ensure(load(ground.folder / "site.yaml").site)
    return ground


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_passphrase(filled: Ground, command: str) -> None:
    """It is said which file it does not open."""
    filled.phrase.write_text("something else altogether\n")
    said = filled.refused(command, *filled.options)
    assert f"the passphrase does not open the keyring file {filled.ring}" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_locked_desktop_keyring(ground: Ground, command: str) -> None:
    """In the words of the desktop, with the way around it."""
    keyring.set_keyring(LockedKeyring())
    said = ground.refused(command)
    assert "dismissed" in said
    assert "Unlock it, or use an encrypted file with --keyring-file" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_passphrase_that_is_nowhere(filled: Ground, command: str) -> None:
    """Its file is gone; or nobody can be asked for it."""
    said = filled.refused(command, f"--keyring-file={filled.ring}")
    assert "nobody can be asked" in said
    filled.phrase.unlink()
    assert "cannot be read: No such file" in filled.refused(command, *filled.options)


@pytest.mark.parametrize("command", MAKING)
@pytest.mark.parametrize("kind", ["file", "desktop"])
def test_a_keyring_that_is_missing_is_not_made_anew(
    filled: Ground, command: str, kind: str
) -> None:
    """Its file was lost, or it is another person's desktop: hosts have what it held."""
    filled.ring.unlink()
    shutil.rmtree(filled.folder / "data", ignore_errors=True)
    if kind == "desktop":
        keyring.set_keyring(MemoryKeyring())
    said = filled.refused(command, *(filled.options if kind == "file" else ()))
    assert f"holds no secret of {SITE}, whose hosts were given some" in said
    assert "restore it from a backup" in said


@pytest.mark.parametrize("command", ["apply", "resume", "rotate"])
@pytest.mark.parametrize("name", ["app_password", "smtp_password", "ca_key"])
def test_an_entry_that_was_deleted_between_runs(filled: Ground, command: str, name: str) -> None:
    """One made in its place would be news to every host; one that was typed would be left out."""
    desktop = MemoryKeyring()
    keyring.set_keyring(desktop)
    vault = open_vault(SITE)
    known = open_vault(SITE, passphrase_file=filled.phrase, keyring_file=filled.ring).secrets()
    for each in known:
        vault.set(each, known[each].reveal(), origin=Origin.GENERATED)
    del desktop.entries[f"minusnow-setup/{SITE}", name]
    before = dict(desktop.entries)
    said = filled.refused(command)
    assert f"held {name}, and does so no longer" in said
    assert f"secret generate {name} SITE" in said
    assert desktop.entries == before


def test_a_key_for_audits_that_was_deleted_is_not_replaced(filled: Ground) -> None:
    """Auditors know the old one by its fingerprint."""
    desktop = MemoryKeyring()
    keyring.set_keyring(desktop)
    vault = open_vault(SITE)
    vault.set("app_password", "x" * 32)
    vault.set("audit_key", "a key")
    del desktop.entries[f"minusnow-setup/{SITE}", "audit_key"]
    assert "held audit_key" in filled.refused("audit export")


class LocksItself(MemoryKeyring):
    """A desktop keyring that is locked after so many writes."""

    left = 3

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store one value, or refuse."""
        if not self.left:
            raise KeyringLocked("the screen was locked")
        self.left -= 1
        super().set_password(service, username, password)


def test_a_keyring_that_locks_itself_in_between(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was stored by then counts for nothing, until it is made again as a whole."""
    desktop = LocksItself()
    keyring.set_keyring(desktop)
    site = str(ground.folder / "site.yaml")
    assert main(["secret", "generate", "--all", site]) == 2
    assert "the screen was locked" in capsys.readouterr().err
    assert len(open_vault(SITE).secrets()) == 0
    desktop.left = 1000
    assert main(["secret", "generate", "--all", site]) == 0
    assert open_vault(SITE).gone() == frozenset()
