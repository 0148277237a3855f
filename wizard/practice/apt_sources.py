"""This machine's own apt sources, narrowed to its Debian release: what the fleet is built from.

They are read when something is built and copied into nothing that stays.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from wizard.errors import PracticeError

POSTGRESQL = {"bookworm": 15}
"""Debian releases the fleet can be built from, with the PostgreSQL each one ships."""

OPTION = re.compile(r"\[(?P<options>[^]]*)]")


@dataclass(frozen=True)
class AptSources:
    """The sources of one Debian release, as deb822 and one-line texts, and the keys they name."""

    release: str
    stanzas: tuple[str, ...]
    """deb822 paragraphs, for a file that ends in ``.sources``."""
    lines: tuple[str, ...]
    """One-line entries, for a file that ends in ``.list``."""
    keyrings: tuple[Path, ...]

    def write(self, directory: Path) -> tuple[Path, ...]:
        """Write the sources as files that apt reads, and return them."""
        written = []
        for name, parts, between in (
            ("machine.sources", self.stanzas, "\n\n"),
            ("machine.list", self.lines, "\n"),
        ):
            if parts:
                (directory / name).write_text(between.join(parts) + "\n")
                written.append(directory / name)
        return tuple(written)


def _of_release(suites: list[str], components: list[str], release: str) -> bool:
    return "main" in components and any(
        suite == release or suite.startswith(f"{release}-") for suite in suites
    )


def _fields(stanza: str) -> dict[str, str]:
    """A deb822 paragraph's fields, names in lower case, without its comments."""
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += "\n" + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def parse_deb822(text: str, release: str) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """The paragraphs that serve the release, comments removed, and the key files they name."""
    kept, keys = [], []
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if fields.get("enabled", "yes").lower() in {"no", "false", "off", "0"}:
            continue
        if "deb" not in fields.get("types", "").split():
            continue
        if not _of_release(
            fields.get("suites", "").split(), fields.get("components", "").split(), release
        ):
            continue
        lines = [line for line in stanza.strip().splitlines() if not line.startswith("#")]
        kept.append("\n".join(lines))
        if fields.get("signed-by", "").startswith("/"):
            keys.append(Path(fields["signed-by"]))
    return tuple(kept), tuple(keys)


def parse_lines(text: str, release: str) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """The one-line entries that serve the release, and the key files they name."""
    kept, keys = [], []
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        words = OPTION.sub("", line).split()
        if len(words) < 4 or words[0] != "deb":  # noqa: PLR2004 - deb, address, suite, components
            continue
        if not _of_release([words[2]], words[3:], release):
            continue
        kept.append(line)
        options = OPTION.search(line)
        for option in options["options"].split() if options else ():
            name, _, value = option.partition("=")
            if name.lower() == "signed-by" and value.startswith("/"):
                keys.append(Path(value))
    return tuple(kept), tuple(keys)


def release_of(os_release: str) -> str:
    """The Debian release named by the text of ``/etc/os-release``.

    Raises:
        PracticeError: the fleet cannot be built from this distribution.
    """
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    release = fields.get("VERSION_CODENAME", "").strip('"')
    if fields.get("ID", "").strip('"') != "debian" or release not in POSTGRESQL:
        raise PracticeError(
            f"This machine runs {fields.get('PRETTY_NAME', 'an unknown system').strip(chr(34))}; "
            "the practice fleet is built from the machine's own package sources, and that was "
            f"proven on Debian {' and '.join(POSTGRESQL)} only.",
            remedy="Run the practice fleet on Debian 12.",
        )
    return release


def machine_sources(etc: Path = Path("/etc")) -> AptSources:
    """The sources this machine installs its own Debian packages from.

    Raises:
        PracticeError: none of them serves the machine's Debian release.
    """
    release = release_of((etc / "os-release").read_text())
    stanzas: list[str] = []
    lines: list[str] = []
    keyrings: list[Path] = []
    apt = etc / "apt"
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        found, keys = parse_deb822(path.read_text(), release)
        stanzas += found
        keyrings += keys
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))):
        if path.is_file():
            found, keys = parse_lines(path.read_text(), release)
            lines += found
            keyrings += keys
    if not stanzas and not lines:
        raise PracticeError(
            f"None of this machine's apt sources offers Debian {release} main.",
            remedy="Add the distribution's own sources under /etc/apt, then run this again.",
        )
    return AptSources(release, tuple(stanzas), tuple(lines), tuple(dict.fromkeys(keyrings)))
