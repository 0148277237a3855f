"""What the fleet takes from this machine's own package sources."""

from pathlib import Path

import pytest

from wizard.errors import PracticeError
from wizard.practice.apt_sources import (
    machine_sources,
    parse_deb822,
    parse_lines,
    release_of,
)

STANZA = """Types: deb
URIs: http://mirror.example.com/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg"""

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n'


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (STANZA, 1),
        (f"{STANZA}\n\n{STANZA}", 2),
        (STANZA.replace("bookworm bookworm-updates", "bookworm-security"), 1),
        (STANZA.replace("bookworm bookworm-updates", "nodistro"), 0),
        (STANZA.replace("bookworm bookworm-updates", "cloud-sdk-bookworm"), 0),
        (STANZA.replace("Components: main", "Components: contrib"), 0),
        (STANZA.replace("Types: deb", "Types: deb-src"), 0),
        (f"Enabled: no\n{STANZA}", 0),
        (f"# only a comment\n\n{STANZA}", 1),
        ("", 0),
    ],
)
def test_paragraphs_of_the_release_are_taken(text: str, kept: int) -> None:
    """Other products' sources, disabled ones and source packages are left out."""
    assert len(parse_deb822(text, "bookworm")[0]) == kept


def test_comments_are_left_behind_and_keys_are_found() -> None:
    """A comment may name an address; the key file is needed where apt runs."""
    stanzas, keys = parse_deb822(f"# http://old.example.com\n{STANZA}", "bookworm")

    assert stanzas == (STANZA,)
    assert keys == (Path("/usr/share/keyrings/debian-archive-keyring.gpg"),)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("deb http://mirror.example.com/debian bookworm main", True),
        ("deb http://mirror.example.com/debian bookworm-updates main contrib # why", True),
        ("deb [arch=amd64] http://mirror.example.com/debian bookworm main", True),
        ("deb-src http://mirror.example.com/debian bookworm main", False),
        ("deb http://mirror.example.com/docker bookworm stable", False),
        ("deb http://mirror.example.com/debian trixie main", False),
        ("# deb http://mirror.example.com/debian bookworm main", False),
        ("deb nonsense", False),
    ],
)
def test_one_line_sources_of_the_release_are_taken(line: str, kept: bool) -> None:  # noqa: FBT001 - a table
    """As with paragraphs."""
    assert bool(parse_lines(line, "bookworm")[0]) is kept


def test_a_one_line_source_names_its_key() -> None:
    """In its options."""
    line = (
        "deb [arch=amd64 signed-by=/etc/apt/keyrings/own.asc] http://m.example.com/d bookworm main"
    )

    assert parse_lines(line, "bookworm")[1] == (Path("/etc/apt/keyrings/own.asc"),)


def test_the_machines_files_are_read_together(tmp_path: Path) -> None:
    """Both formats; a file with another ending is not apt's either."""
    parts = tmp_path / "apt/sources.list.d"
    parts.mkdir(parents=True)
    (tmp_path / "os-release").write_text(BOOKWORM)
    (parts / "debian.sources").write_text(STANZA)
    (parts / "off.sources.disabled").write_text(STANZA)
    (tmp_path / "apt/sources.list").write_text("deb http://m.example.com/debian bookworm main\n")

    sources = machine_sources(tmp_path)

    assert (len(sources.stanzas), len(sources.lines)) == (1, 1)
    assert [path.name for path in sources.write(tmp_path)] == ["machine.sources", "machine.list"]


def test_a_machine_without_usable_sources_is_told(tmp_path: Path) -> None:
    """Before anything is built."""
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "os-release").write_text(BOOKWORM)

    with pytest.raises(PracticeError, match="Debian bookworm main"):
        machine_sources(tmp_path)


@pytest.mark.parametrize(
    "os_release",
    [
        'PRETTY_NAME="Ubuntu 24.04"\nVERSION_CODENAME=noble\nID=ubuntu\n',
        'PRETTY_NAME="Debian 13"\nVERSION_CODENAME=trixie\nID=debian\n',
        "",
    ],
)
def test_other_distributions_are_refused(os_release: str) -> None:
    """What was not proven is not promised."""
    with pytest.raises(PracticeError, match="bookworm only"):
        release_of(os_release)
