"""A block of ours in a file of others: theirs stays, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import RefusedOnHost
from wizard.resources.block import Block
from wizard.vault.secret import Secrets

if TYPE_CHECKING:
    from tests.resources.machine import Machine

OURS = "# begin minusnow-setup names\n10.0.0.1 a\n# end minusnow-setup names\n"


def block(content: str = "10.0.0.1 a\n", path: str = "/etc/hosts") -> Block:
    """Return a block of host names."""
    return Block(path=path, name="names", content=content)


TEXTS = [
    ("", OURS),
    ("127.0.0.1 localhost\n", f"127.0.0.1 localhost\n{OURS}"),
    ("127.0.0.1 localhost", f"127.0.0.1 localhost\n{OURS}"),
    (f"a\n{OURS}b\n", f"a\n{OURS}b\n"),
    (f"a\n{OURS.replace('10.0.0.1', '10.9.9.9')}b", f"a\n{OURS}b"),
]


@pytest.mark.parametrize(("old", "new"), TEXTS)
def test_the_block_is_put_in_its_place(old: str, new: str) -> None:
    """At the end at first, in place later."""
    assert block().applied_to(old) == new


@pytest.mark.parametrize("old", ["", "x", "x\n", "x\r\n\r\n"])
def test_no_block_is_wanted_and_none_is_there(old: str) -> None:
    """Then the file is not touched, not even its last line."""
    assert block("").applied_to(old) == old
    assert block("").change(f"regular file|644|root|root\n{old}", Secrets()) is None


def test_a_block_that_is_no_longer_wanted_is_removed() -> None:
    """Without a trace."""
    assert block("").applied_to(f"a\n{OURS}b\n") == "a\nb\n"


def test_a_begin_without_its_end_does_not_swallow_what_follows() -> None:
    """Somebody has removed the end: the lines after it are theirs."""
    damaged = f"# begin minusnow-setup names\n1.2.3.4 theirs\n{OURS}tail\n"

    assert block().applied_to(damaged) == damaged
    assert "1.2.3.4 theirs" in block("10.0.0.2 b\n").applied_to(damaged)


@given(before=st.text(), after=st.text(), content=st.text(min_size=1).map(lambda text: text + "\n"))
def test_everything_around_the_block_stays(before: str, after: str, content: str) -> None:
    """Whatever the file holds; a second application changes nothing."""
    old = block().applied_to(before) + after

    new = block(content).applied_to(old)

    assert new.startswith(before)
    assert new.endswith(after)
    if "minusnow-setup names" not in before + after + content:
        assert content in new
        assert block(content).applied_to(new) == new


def test_a_file_that_is_not_utf_8_is_refused() -> None:
    """Writing it back would replace bytes of others."""
    with pytest.raises(RefusedOnHost, match="UTF-8"):
        block().change("regular file|644|root|root\nb\ufffdse\n", Secrets())


def test_the_cycle_on_a_real_file(machine: Machine) -> None:
    """A file is extended in place, so that its owner, mode and inode stay; a new one is made."""
    path = machine.folder / "hosts"
    path.write_text("127.0.0.1 localhost\n")
    path.chmod(0o600)
    inode = path.stat().st_ino

    machine.settle(block(path=str(path)))

    assert path.read_text() == f"127.0.0.1 localhost\n{OURS}"
    assert (path.stat().st_ino, path.stat().st_mode & 0o777) == (inode, 0o600)
    assert len(machine.kept(path)) == 1
    machine.settle(block(path=str(machine.folder / "new")))
    assert sorted(each.name for each in machine.folder.iterdir()) == ["hosts", "new", "own"]
