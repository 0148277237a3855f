"""A state file where it cannot be written, and one of an older version, are told in words."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from screens.audit_source import Source
from screens.audit_view import ReviewApp
from tests.run.state_story import filled, made, story
from tests.screens.test_audit_view import text, title, until
from wizard.cli.main import main
from wizard.errors import StateError
from wizard.run.audit import verify_chain
from wizard.run.state import StateFile
from wizard.run.state_schema import APPLICATION_ID, MIGRATIONS, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOP = Path(__file__).parent.parent.parent
NOBODY = 65534


@pytest.fixture
def public() -> Iterator[Path]:
    """Give a folder that everybody can reach."""
    folder = Path(tempfile.mkdtemp(prefix="minusnow-state-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_nobody(act: Callable[[], str]) -> str:
    """Return what an unprivileged user is told, or the error he gets."""
    if os.getuid() != 0:
        pytest.skip("needs root to become somebody else")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            try:
                said = act()
            except Exception as error:  # noqa: BLE001 - it is told to the parent
                said = str(error)
            os.write(writing, said.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "words"),
    [
        (0o444, 0o755, "cannot be written: it is read-only for you"),
        (0o600, 0o755, "cannot be written: it is read-only for you"),
        (0o666, 0o755, "Permission denied"),  # no lock can be made beside it
        (0o666, 0o700, "Permission denied"),
    ],
)
def test_a_file_that_belongs_to_others_is_named(
    public: Path, file_mode: int, folder_mode: int, words: str
) -> None:
    """What to do follows, and nothing was left in its folder."""
    path = public / "site.state"
    filled(path)
    path.chmod(file_mode)
    public.chmod(folder_mode)

    def opened() -> str:
        StateFile.open(path).close()
        return "it was opened"

    said = as_nobody(opened)
    assert words in said
    assert str(path) in said
    assert "\n" in said
    public.chmod(0o755)
    assert [each.name for each in public.iterdir()] == ["site.state"]


def reviewed(path: Path) -> str:
    """Return what the screens of the review show of a state file, with the exit status."""
    app = ReviewApp(Source(path))

    async def looked() -> str:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "chain" in title(app) and "site: acme" in text(app))
            said = title(app)
            await pilot.press("q")
        return f"{said} · status {app.return_value}"

    return asyncio.run(looked())


@pytest.mark.parametrize("at_work", [False, True], ids=["at rest", "while a run writes it"])
def test_a_file_of_others_is_reviewed_as_soon_as_it_may_be_read(
    public: Path, *, at_work: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Root's, 0644: as text and on the screens, and nothing is made beside it."""
    style = TOP / "screens" / "app.tcss"
    if not all(each.stat().st_mode & 0o004 for each in (style, *style.parents)):
        pytest.skip("the sources may not be read by everybody")
    path = public / "site.state"
    state = made(path)
    state.take(story()[:3] if at_work else story())
    if not at_work:
        state.close()
    command = ["review", "--state", str(path), "--format", "text"]
    # Not everybody may read this interpreter: what is imported late is imported here.
    assert reviewed(path).endswith("status 0")
    assert reviewed_by_command(command) == "status 0"
    capfd.readouterr()
    assert as_nobody(lambda: reviewed_by_command(command)) == "status 2"
    assert "whether you may read it" in capfd.readouterr().err
    path.chmod(0o644)
    before = sorted(each.name for each in public.iterdir())
    assert as_nobody(lambda: reviewed_by_command(command)) == "status 0"
    assert "SITE\n" in capfd.readouterr().out
    said = as_nobody(lambda: reviewed(path))
    assert said.startswith("chain intact · REVIEW · read-only · acme")
    assert said.endswith("status 0")
    assert ("a run is going on" in said) == at_work
    assert sorted(each.name for each in public.iterdir()) == before
    if at_work:
        state.take(story()[3:])  # the run was not disturbed
        state.close()
        assert verify_chain(path) == []


def reviewed_by_command(command: list[str]) -> str:
    """Return the exit status of the program, in words."""
    status = main(command)
    sys.stdout.flush()
    return f"status {status}"


def test_a_read_only_file_system_is_named_and_can_still_be_looked_into(public: Path) -> None:
    """As on a rescued disk: verify and the screens of the review work, a run is refused."""
    path = public / "site.state"
    filled(path)
    program = (
        "import sys; from pathlib import Path; from wizard.cli.main import main\n"
        "path = sys.argv[1]\n"
        "from tests.run.test_state_places import reviewed\n"
        "assert main(['audit', 'verify', '--state', path]) == 0\n"
        "print(reviewed(Path(path)))\n"
        "sys.exit(main(['resume', '--state', path, '--yes']))\n"
    )
    mount = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 77\nshift\nexec "$@"'
    command = [sys.executable, "-c", program, str(path)]
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", str(public), *command],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if ended.returncode == 77 or "unshare" in ended.stderr:
        pytest.skip("needs a mount namespace")
    assert ended.returncode == StateError.exit_status, ended.stderr
    assert "chain of events is intact" in ended.stdout
    assert "chain intact · REVIEW · read-only · acme" in ended.stdout
    assert "cannot be written: it is read-only for you" in ended.stderr
    assert "Traceback" not in ended.stderr


FULL = """
import sys
from pathlib import Path
from tests.run.state_story import made, story
from wizard.errors import StateError
from wizard.run import events as e
from wizard.run.audit import verify_chain

folder = Path(sys.argv[1])
state = made(folder / "site.state")
state.take(story()[:3])
filler = folder / "filler"
with filler.open("wb", buffering=0) as file:
    try:
        while file.write(b"x" * 4096):
            pass
    except OSError:
        pass
try:
    made(folder / "other.state")
    sys.exit("a state file was made where there is no room")
except StateError as error:
    print(error)
many = [e.OutputLine(task="one@a", stream="out", text="x" * 1000) for _ in range(1000)]
try:
    state.take(many)
    sys.exit("lines were kept where there is no room")
except StateError as error:
    print(error)
assert verify_chain(folder / "site.state") == []
filler.unlink()
state.take(many)
state.take(story()[3:])
state.close()
assert verify_chain(folder / "site.state") == []
print(sorted(each.name for each in folder.iterdir()))
"""


def test_a_disk_that_is_really_full_loses_nothing(public: Path) -> None:
    """A file system of 4 MiB: both errors name it, and there is nothing left over of either."""
    mount = 'mount -t tmpfs -o size=4m tmpfs "$1" || exit 77\nshift\nexec "$@"'
    command = [sys.executable, "-c", FULL, str(public)]
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", str(public), *command],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if ended.returncode == 77 or "unshare" in ended.stderr:
        pytest.skip("needs a mount namespace")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("disk is full") + ended.stdout.count("No space left") == 2
    assert ended.stdout.splitlines()[-1] == "['site.state']"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")])
@pytest.mark.parametrize("opener", [StateFile.open, StateFile.open_read_only])
def test_what_is_no_file_is_not_opened(
    tmp_path: Path, make: Callable[[Path], None], opener: Callable[[Path], StateFile]
) -> None:
    """A folder, a pipe that would be waited for, a link to nowhere."""
    path = tmp_path / "site.state"
    make(path)
    with pytest.raises(StateError, match="there is no state file"):
        opener(path)


def of_version(path: Path, version: int) -> None:
    """Make the file one of an older version, as that version made it, with the same rows."""
    filled(path)
    newer = path.with_name("newer")
    path.rename(newer)
    old = sqlite3.connect(path)
    old.executescript("\n".join(MIGRATIONS[:version]))
    old.execute("ATTACH ? AS newer", (str(newer),))
    for table in ("meta", "runs", "plans", "events", "output"):
        old.execute(f"INSERT INTO main.{table} SELECT * FROM newer.{table}")  # noqa: S608 - names
    old.commit()
    old.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};")
    old.close()
    newer.unlink()


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_file_of_an_older_version_is_read_and_gone_on_with(tmp_path: Path, version: int) -> None:
    """Reading changes nothing in it; a run brings it to the present version and keeps all."""
    path = tmp_path / "site.state"
    of_version(path, version)
    before = path.read_bytes()
    state = StateFile.open_read_only(path)
    assert [task.task for task in state.records.tasks()] == ["one@a", "two@b"]
    state.close()
    assert verify_chain(path) == []
    assert path.read_bytes() == before

    state = StateFile.open(path)
    state.take(story())
    state.close()
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert verify_chain(path) == []
    state = StateFile.open_read_only(path)
    assert [run.id for run in state.records.runs()] == [1, 2]
    state.close()


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_migration_that_is_cut_off_leaves_the_older_version(
    tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it or nothing, and the next opening does it."""
    path = tmp_path / "site.state"
    of_version(path, version)
    broken = (*MIGRATIONS, "CREATE TABLE late (x INTEGER); INSERT INTO nowhere VALUES (1);")
    with monkeypatch.context() as patch:
        patch.setattr("wizard.run.state_schema.MIGRATIONS", broken)
        patch.setattr("wizard.run.state_schema.VERSION", len(broken))
        with pytest.raises(StateError):
            StateFile.open(path)
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (version,)
    StateFile.open(path).close()
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (VERSION,)
