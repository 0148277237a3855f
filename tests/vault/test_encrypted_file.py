"""The encrypted keyring file: nothing readable in it, nothing half-written, clear errors."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import signal
import stat
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from keyring.errors import PasswordDeleteError

from tests.vault.sites import PASSPHRASE
from wizard.errors import VaultError
from wizard.vault.encrypted_file import EncryptedFileKeyring
from wizard.vault.envelope import Damaged, Derivation, fresh, parse, seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICE = "minusnow-setup/test"


def _open(path: Path, passphrase: str = PASSPHRASE) -> EncryptedFileKeyring:
    return EncryptedFileKeyring(path, lambda: passphrase)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file will be; its folder is not there yet."""
    return tmp_path / "deep" / "site.keyring"


def test_what_is_stored_comes_back_to_another_process(path: Path) -> None:
    """A second instance with the same passphrase reads every value."""
    values = {"a": "x", "b": 'Grüße \'n "quotes" \n', "ca_key": "-----BEGIN\n…" * 50}
    _open(path).set_many(SERVICE, values)
    assert _open(path).get_all(SERVICE) == values
    assert _open(path).get_password(SERVICE, "a") == "x"
    assert _open(path).get_password(SERVICE, "c") is None
    assert _open(path).get_password("other", "a") is None


def test_one_value_is_replaced_and_deleted(path: Path) -> None:
    """Set replaces, delete removes, and deleting what is not there is keyring's error."""
    ring = _open(path)
    ring.set_password(SERVICE, "a", "1")
    ring.set_password(SERVICE, "a", "2")
    assert ring.get_password(SERVICE, "a") == "2"
    ring.delete_password(SERVICE, "a")
    assert ring.get_password(SERVICE, "a") is None
    with pytest.raises(PasswordDeleteError):
        ring.delete_password(SERVICE, "a")


def test_only_the_owner_may_read_it_and_it_holds_no_clear_text(path: Path) -> None:
    """The file is 0600 in a folder 0700, under any umask, and shows neither name nor value."""
    before = os.umask(0)
    try:
        _open(path).set_password(SERVICE, "app_password", "very-clear-text")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    data = path.read_bytes()
    for word in (b"very-clear-text", b"app_password", base64.b64encode(b"very-clear-text")[:18]):
        assert word not in data


def test_two_writes_of_the_same_content_differ(path: Path) -> None:
    """Each write has a nonce of its own."""
    ring = _open(path)
    ring.set_password(SERVICE, "a", "1")
    first = json.loads(path.read_bytes())
    ring.set_password(SERVICE, "a", "1")
    second = json.loads(path.read_bytes())
    assert first["nonce"] != second["nonce"]
    assert first["sealed"] != second["sealed"]
    assert first["argon2id"] == second["argon2id"]


def test_a_wrong_passphrase_is_named_and_changes_nothing(path: Path) -> None:
    """Reading and writing with another passphrase fail, the file stays, the right one works."""
    _open(path).set_password(SERVICE, "a", "1")
    data = path.read_bytes()
    wrong = _open(path, "another passphrase")
    with pytest.raises(VaultError, match="passphrase does not open"):
        wrong.get_password(SERVICE, "a")
    with pytest.raises(VaultError, match="passphrase does not open"):
        wrong.set_password(SERVICE, "a", "2")
    assert path.read_bytes() == data
    assert _open(path).get_password(SERVICE, "a") == "1"


def test_after_a_mistyped_passphrase_it_is_asked_again(path: Path) -> None:
    """The passphrase that did not open the file is forgotten, not repeated."""
    _open(path).set_password(SERVICE, "a", "1")
    typed = iter(["wrong passphrase", PASSPHRASE])
    ring = EncryptedFileKeyring(path, lambda: next(typed))
    with pytest.raises(VaultError):
        ring.get_password(SERVICE, "a")
    assert ring.get_password(SERVICE, "a") == "1"


@pytest.mark.parametrize(
    ("passphrase", "words"),
    [
        ("", "empty"),
        ("short", "too short"),
        ("with a \t tab", "U\\+0009"),
        ("zero\u200bwidth", "invisible"),
        ("x" * 1025, "1024 are the most"),
    ],
    ids=ascii,
)
def test_a_passphrase_that_cannot_be_makes_no_file(path: Path, passphrase: str, words: str) -> None:
    """A new file wants one of some length, that can be typed again; what is wrong is said."""
    with pytest.raises(VaultError, match=words):
        _open(path, passphrase).set_password(SERVICE, "a", "1")
    assert not path.exists()


def _altered(change: Callable[[dict[str, Any]], None], *, checksum: bool) -> Callable[..., bytes]:
    def alter(data: bytes) -> bytes:
        document = json.loads(data)
        change(document)
        if checksum:
            document.pop("checksum")
            canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
            document["checksum"] = hashlib.sha256(canonical.encode()).hexdigest()
        return json.dumps(document).encode()

    return alter


@pytest.mark.parametrize(
    "damage",
    [
        lambda _data: b"",
        lambda data: data[:-40],
        lambda data: data[: len(data) // 2],
        lambda data: b"\0" * len(data),
        lambda data: b"\xff" + data,
        lambda _data: b"[]",
        lambda _data: b"{}",
        lambda data: data.replace(b'"memory_kib": 19456', b'"memory_kib": 19457'),
        lambda data: data.replace(b'"iterations": 2', b'"iterations": "2"'),
        _altered(lambda d: d.update(sealed=d["sealed"][:-8]), checksum=False),
        _altered(lambda d: d.update(format="other"), checksum=True),
        _altered(lambda d: d.update(version=2), checksum=True),
        _altered(lambda d: d["argon2id"].update(memory_kib=8), checksum=True),
        _altered(lambda d: d["argon2id"].update(iterations=1), checksum=True),
        _altered(lambda d: d["argon2id"].update(memory_kib=2**40), checksum=True),
        _altered(lambda d: d["argon2id"].update(salt="AAAA"), checksum=True),
        _altered(lambda d: d["argon2id"].update(extra=1), checksum=True),
        _altered(lambda d: d.update(nonce="AAAA"), checksum=True),
    ],
)
def test_a_damaged_file_is_called_damaged(path: Path, damage: Callable[[bytes], bytes]) -> None:
    """Cut, zeroed, altered and foreign files give the one clear error and are left as they are."""
    _open(path).set_password(SERVICE, "a", "1")
    data = damage(path.read_bytes())
    path.write_bytes(data)
    with pytest.raises(VaultError, match="is damaged"):
        _open(path).get_password(SERVICE, "a")
    with pytest.raises(VaultError, match="is damaged"):
        _open(path).set_password(SERVICE, "a", "2")
    assert path.read_bytes() == data


def test_an_alteration_with_a_fitting_checksum_does_not_open(path: Path) -> None:
    """Whoever alters the content or its header and mends the checksum is not believed."""
    _open(path).set_password(SERVICE, "a", "1")
    data = path.read_bytes()
    flip = base64.b64encode(b"x" * 60).decode()
    for change in (
        lambda d: d.update(sealed=flip),
        lambda d: d["argon2id"].update(iterations=4),
    ):
        path.write_bytes(_altered(change, checksum=True)(data))
        with pytest.raises(VaultError):
            _open(path).get_password(SERVICE, "a")


def test_the_key_is_derived_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading everything and writing twice costs one key derivation."""
    _open(path).set_many(SERVICE, {str(number): "x" for number in range(20)})
    calls = []
    original = Derivation.key

    def counted(derivation: Derivation, passphrase: str) -> bytes:
        calls.append(1)
        return original(derivation, passphrase)

    monkeypatch.setattr(Derivation, "key", counted)
    ring = _open(path)
    ring.get_all(SERVICE)
    ring.get_password(SERVICE, "1")
    ring.set_password(SERVICE, "1", "y")
    ring.set_password(SERVICE, "2", "y")
    assert len(calls) == 1


def test_an_unreadable_place_is_an_error_in_words(tmp_path: Path) -> None:
    """A folder in the place of the file, and a file in the place of its folder."""
    with pytest.raises(VaultError, match="cannot be read"):
        _open(tmp_path).get_password(SERVICE, "a")
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultError):
        _open(tmp_path / "file" / "site.keyring").set_password(SERVICE, "a", "1")


def test_a_failed_write_keeps_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full the old content stays and nothing else lies around."""
    ring = _open(path)
    ring.set_password(SERVICE, "a", "1")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError, match="No space left"):
        ring.set_password(SERVICE, "a", "2")
    monkeypatch.undo()
    assert _open(path).get_password(SERVICE, "a") == "1"
    assert sorted(item.name for item in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


def test_threads_do_not_lose_each_others_values(path: Path) -> None:
    """Many threads of one instance write at once; every value is there afterwards."""
    ring = _open(path)
    ring.set_password(SERVICE, "start", "x")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: ring.set_password(SERVICE, str(name), "x"), range(40)))
    assert len(_open(path).get_all(SERVICE)) == 41


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from wizard.vault.encrypted_file import EncryptedFileKeyring

    path, service, prefix, number = sys.argv[1:]
    ring = EncryptedFileKeyring(Path(path), lambda: "correct horse battery staple")
    ring.get_all(service)
    print("ready", flush=True)
    for count in range(int(number)):
        # Two values that belong together: both or neither.
        pair = {f"{prefix}-a": str(count), f"{prefix}-b": str(count)}
        ring.set_many(service, {**pair, "pad": "p" * 50000})
        print(count, flush=True)
    """
)


def _writer(path: Path, prefix: str, number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), SERVICE, prefix, str(number)],
        stdout=subprocess.PIPE,
    )


def test_a_writer_killed_at_any_moment_leaves_a_whole_file(path: Path) -> None:
    """After each SIGKILL the file opens, holds the last confirmed write or the one after it."""
    _open(path).set_password(SERVICE, "kept", "always")
    moments = random.Random(7)  # noqa: S311 - moments of a test, the same each time
    for _ in range(12):
        process = _writer(path, "w", 100_000)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        for _ in range(moments.randrange(1, 4)):
            process.stdout.readline()
        # A spin of random length, up to some ten writes: the kill falls anywhere in a write.
        for _ in range(moments.randrange(200_000)):
            pass
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split(b"\n")
        process.wait(10)
        process.stdout.close()
        confirmed = max((int(line) for line in rest[:-1] if line.isdigit()), default=0)
        values = _open(path).get_all(SERVICE)
        assert values["kept"] == "always"
        assert values["w-a"] == values["w-b"]
        assert int(values["w-a"]) >= confirmed
    # The next writer clears away what the killed ones left, and is not locked out.
    _open(path).set_password(SERVICE, "kept", "again")
    assert sorted(item.name for item in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


def test_two_processes_do_not_lose_each_others_values(path: Path) -> None:
    """Both write again and again into one file; both find all of theirs."""
    _open(path).set_password(SERVICE, "start", "x")
    writers = [_writer(path, prefix, 30) for prefix in ("one", "two")]
    for writer in writers:
        output, _ = writer.communicate(timeout=60)
        assert output.endswith(b"29\n")
    values = _open(path).get_all(SERVICE)
    assert [values["one-a"], values["two-b"], values["start"]] == ["29", "29", "x"]


def test_the_default_derivation_is_acceptable() -> None:
    """What is written today can be read tomorrow; each file has a salt of its own."""
    first, second = fresh(), fresh()
    assert first.acceptable()
    assert first.salt != second.salt
    sealed = parse(seal(b"content", first, first.key("phrase")))
    assert sealed.open(sealed.derivation.key("phrase")) == b"content"


def test_a_foreign_file_is_damaged() -> None:
    """Any bytes are answered by the one error."""
    for data in (b"", b"null", b'"text"', b"12", b"\x00\x01", b'{"checksum": 1}'):
        with pytest.raises(Damaged):
            parse(data)
