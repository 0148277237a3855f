"""Files are placed whole, exactly, and never lose what was there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resources.machine import ME, MY_GROUP, Machine
from wizard.errors import VaultError
from wizard.resources.file import File
from wizard.vault.secret import Secrets
from wizard.vault.text import SecretRef, Text

SECRETS = Secrets({"password": "s3cret$`'\"\\word"})
WANTED = Text("user me\npassword ", SecretRef("password"), "\n")

ODD_LINES = st.text(
    st.characters(exclude_characters="\x00\n", codec="utf-8"), max_size=40
) | st.sampled_from(
    [
        "EOF",
        "END",
        "END_0123456789abcdef",
        "$HOME `id` $(id) ${x}",
        "'\"'\"",
        "\\",
        "\\n",
        "!!",
        "é✓\u2028",
    ]
)


def file(path: Path, content: Text | str, **other: object) -> File:
    """Return a file of ours."""
    text = content if isinstance(content, Text) else Text(content)
    given: dict[str, object] = {"owner": ME, "group": MY_GROUP, **other}
    return File(path=str(path), content=text, **given)  # type: ignore[arg-type]


SEEN = [
    ("", "create /etc/x (0640 root:redis)"),
    ("regular file|640|root|redis\nright\n", None),
    ("regular file|644|root|redis\nright\n", "set /etc/x to 0640 root:redis (was 0644 root:redis)"),
    (
        "regular file|640|nobody|redis\nright\n",
        "set /etc/x to 0640 root:redis (was 0640 nobody:redis)",
    ),
    ("regular file|640|root|redis\nwrong\n", "replace /etc/x (0640 root:redis)"),
    ("regular file|640|root|redis\nright", "replace /etc/x (0640 root:redis)"),
    ("regular empty file|640|root|redis\n", "replace /etc/x (0640 root:redis)"),
    ("symbolic link|777|root|root\nright\n", "replace /etc/x (0640 root:redis)"),
]


@pytest.mark.parametrize(("seen", "summary"), SEEN)
def test_what_is_seen_decides_what_changes(seen: str, summary: str | None) -> None:
    """Content, kind, owner, group and mode each make a change due; nothing else does."""
    wanted = File(path="/etc/x", content=Text("right\n"), group="redis", mode=0o640)

    change = wanted.change(seen, Secrets())

    assert (change.summary if change else None) == summary


@given(lines=st.lists(ODD_LINES, max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_text_arrives_exactly(lines: list[str]) -> None:
    """Quotes, dollars, backticks, here-document ends and any character: bytes for bytes."""
    text = "".join(f"{line}\n" for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a file"
        Machine(folder=Path(folder)).settle(file(path, text))
        assert path.read_bytes() == text.encode()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o444])
def test_owner_and_mode_are_as_wanted(machine: Machine, mode: int) -> None:
    """The mode does not depend on the umask."""
    path = machine.folder / "deep" / "er" / "x"

    machine.settle(file(path, "x\n", mode=mode))

    assert path.stat().st_mode & 0o7777 == mode
    assert path.owner() == ME


def test_what_is_replaced_is_set_aside(machine: Machine) -> None:
    """The file before, whoever wrote it, can be found again, readable by root only."""
    path = machine.folder / "x"
    path.write_text("somebody's work\n")

    machine.settle(file(path, "ours\n"))

    assert [kept.read_text() for kept in machine.kept(path)] == ["somebody's work\n"]
    assert (machine.own / "replaced").stat().st_mode & 0o077 == 0


def test_a_file_that_the_program_refuses_never_goes_live(machine: Machine) -> None:
    """The check runs on the new file; the old one stays, and nothing is left behind."""
    path = machine.folder / "x.conf"
    path.write_text("good\n")
    change = machine.change(file(path, "bad\n", check="grep -q good {}"))
    assert change is not None

    assert machine.carry_out(change).status != 0

    assert path.read_text() == "good\n"
    assert [each.name for each in machine.folder.iterdir()] == ["x.conf"]


def test_the_check_sees_the_new_file_beside_the_old_one(machine: Machine) -> None:
    """Relative includes work in the check; a leading dot keeps it out of `*.conf` includes."""
    path = machine.folder / "x.conf"
    check = f'echo {{}} >{machine.folder}/checked; [ "$(cat {{}})" = new ]'

    machine.settle(file(path, "new\n", check=check))

    checked = (machine.folder / "checked").read_text().strip()
    assert checked == str(machine.folder / ".x.conf.minusnow-new")


def test_another_file_appears_in_one_step(machine: Machine) -> None:
    """The path leads to a new file (rename), never to a half-written one."""
    path = machine.folder / "x"
    machine.settle(file(path, "one\n"))
    with path.open() as reader:
        machine.settle(file(path, "two\n"))
        assert reader.read() == "one\n"
    assert path.read_text() == "two\n"


def test_a_link_in_its_place_is_replaced_not_followed(machine: Machine) -> None:
    """What the link led to stays as it is."""
    target = machine.folder / "target"
    target.write_text("x\n")
    path = machine.folder / "x"
    path.symlink_to(target)

    machine.settle(file(path, "ours\n"))

    assert not path.is_symlink()
    assert target.read_text() == "x\n"


def test_a_directory_in_its_place_is_not_removed(machine: Machine) -> None:
    """It fails and says so."""
    path = machine.folder / "x"
    (path / "something").mkdir(parents=True)
    change = machine.change(file(path, "ours\n"))
    assert change is not None

    assert machine.carry_out(change).status != 0
    assert (path / "something").is_dir()


def test_the_first_of_several_previous_files_is_kept_for_the_unit(machine: Machine) -> None:
    """The unit last ran with the oldest: a second attempt must not replace it."""
    path = machine.folder / "x"
    path.write_text("runs with this\n")
    (machine.own / "applied").mkdir(parents=True)
    applied = machine.own / "applied" / "web"

    for text in ("first attempt\n", "second attempt\n"):
        applied.write_text("stamp\n")
        machine.settle(file(path, text, unit="web"))
        assert not applied.exists()

    assert machine.previous("web", path).read_text() == "runs with this\n"


def test_secrets_stand_by_name_in_all_that_is_shown() -> None:
    """Old and new lines with secrets are masked; the script holds the name only."""
    seen = "regular file|644|root|root\nuser me\npassword s3cret$`'\"\\word\nother x\n"
    change = File(path="/etc/x", content=WANTED).change(seen, SECRETS)
    assert change is not None

    shown = change.summary + change.diff + change.script.masked()

    assert "s3cret" not in shown
    assert "-‹hidden›" in change.diff
    assert "password ‹password›" in change.script.masked()


SECRET_TEXT = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="‹›"),
    min_size=6,
    max_size=40,
).map(lambda text: f"Zq~{text}")  # nothing else begins so
PLACES = st.sampled_from(
    ["password {}", "PASSWORD={}", "{}", "  x: {}", 'requirepass "{}"', "{}==", "a b {} c", "{}=x"]
)


@given(old=SECRET_TEXT, new=SECRET_TEXT, place=PLACES, wanted_place=PLACES)
@settings(max_examples=300, deadline=None)
def test_no_secret_is_ever_shown(old: str, new: str, place: str, wanted_place: str) -> None:
    """Neither the new one nor the one it replaces, wherever on the line they stand."""
    before, after = wanted_place.split("{}")
    wanted = Text("# made\nname fixed\n", before, SecretRef("it"), after, "\n")
    seen = "regular file|600|root|root\n# old\nname fixed\n" + place.replace("{}", old) + "\n"

    change = File(path="/etc/x", content=wanted, mode=0o600).change(seen, Secrets({"it": new}))

    if change is None:
        return
    shown = [change.diff, change.summary, change.script.masked()]
    assert not any("Zq~" in text for text in shown)


def test_a_private_key_that_is_replaced_is_hidden_to_its_last_line() -> None:
    """Base64 that happens to look like `name=` is hidden as well."""
    seen = (
        "regular file|600|root|root\n-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\nGgyLcFj8uKX9Zz==\n"
    )
    change = File(path="/etc/x.key", content=Text(SecretRef("key")), mode=0o600).change(
        seen, Secrets({"key": "-----BEGIN PRIVATE KEY-----\nother\n"})
    )
    assert change is not None
    assert "GgyLcF" not in change.diff
    assert "MIGH" not in change.diff


def test_a_missing_secret_can_be_planned_but_not_placed() -> None:
    """A plan names it; only where the value would leave for a host it is an error."""
    change = File(path="/etc/x", content=WANTED).change("", Secrets())
    assert change is not None
    assert "‹password›" in change.diff
    with pytest.raises(VaultError):
        change.script.reveal(Secrets())
