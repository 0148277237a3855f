"""Reading a site file: either a site, or everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import ValidationError

from wizard.site.consistency import Readable, disagreements
from wizard.site.document import LARGEST, line_of, read
from wizard.site.explain import explained, worth_telling
from wizard.site.layout import PRIMARY_ELSEWHERE, Refusal, refusals, refusals_of
from wizard.site.layout_text import refusal_text
from wizard.site.machines import Placement
from wizard.site.model import Site
from wizard.site.problems import Path, Problem, SiteProblems, path_text, seen_text
from wizard.site.secrets_in_text import key_block_problem, secret_paths, secret_problem
from wizard.site.topology import Role
from wizard.site.values import Section, normal_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_Section = TypeVar("_Section", bound=Section)


@dataclass(frozen=True, slots=True)
class LoadedSite:
    """A site and the file it came from; `lines` are counted from 1."""

    site: Site
    path: FilePath
    text: str
    lines: Mapping[Path, int]

    def local(self, path: str) -> FilePath:
        """A path named in the file: relative ones start at the file's folder."""
        return self.path.parent / FilePath(path).expanduser()


@dataclass(frozen=True, slots=True)
class Parsed:
    """The outcome of reading a text: a site if there are no problems."""

    site: Site | None
    problems: tuple[Problem, ...]
    refusals: tuple[Refusal, ...]
    lines: Mapping[Path, int]


def load(path: FilePath | str) -> LoadedSite:
    """Reads a site file.

    Raises:
        SiteProblems: a SiteError that lists every problem.
    """
    path = FilePath(path)
    text = read_text(path)
    parsed = parse(text, str(path))
    if parsed.site is None:
        raise SiteProblems(
            parsed.problems,
            parsed.refusals,
            explained=refusal_text(parsed.refusals) if parsed.refusals else "",
        )
    return LoadedSite(parsed.site, path, text, parsed.lines)


def read_text(path: FilePath) -> str:
    """The text of a site file.

    Raises:
        SiteProblems: it cannot be read, is too large or is not UTF-8.
    """

    def refused(seen: str, wanted: str) -> SiteProblems:
        return SiteProblems([Problem(str(path), None, "", seen, wanted)])

    try:
        if path.exists() and not path.is_file():
            kind = "a directory" if path.is_dir() else "no regular file"
            raise refused(kind, "the path of a site file")
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise refused("no such file", "the path of a site file") from None
    except PermissionError:
        raise refused("a file that may not be read", "read permission for it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "an impossible name"
        raise refused(f"a file that cannot be read ({reason})", "a site file") from None
    if len(content) > LARGEST:
        limit = LARGEST // 1024
        raise refused(f"more than {limit} KiB", "a site file, which has a few")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(str(path), line, "", "bytes that are not UTF-8", "a text in UTF-8")
        raise SiteProblems([problem]) from None


def parse(text: str, file: str) -> Parsed:
    """Reads the text of a site file, without touching the world; `file` is its name."""
    document = read(text, file)
    problems = list(document.problems)
    secrets = tuple(secret_paths(document.data))
    problems += [secret_problem(path, document, file) for path in secrets]
    if not secrets and (key := key_block_problem(text, file)):
        problems.append(key)
    if not isinstance(document.data, dict):
        if not problems:
            wanted = "a site: begin with `schema: 1`"
            problems = [Problem(file, 1, "", seen_text(document.data), wanted)]
        return Parsed(None, tuple(problems), (), document.lines)
    site = None
    try:
        site = Site.model_validate(document.data)
    except ValidationError as errors:
        problems += [
            explained(error, document, file)
            for error in worth_telling(errors.errors(), set(secrets))
        ]
    readable = _readable(document.data)
    problems += [
        Problem(file, document.line(one.path), path_text(one.path), one.seen, one.wanted)
        for one in disagreements(readable)
    ]
    primary = _text(_mapping(document.data.get("database")).get("primary"))
    refused = refusals_of(readable.placements, primary, {}, {}) if readable.placements else ()
    problems += _refusal_problems(refused, readable.placements, document.lines, file)
    problems.sort(key=lambda problem: problem.line or 0)
    return Parsed(None if problems else site, tuple(problems), refused, document.lines)


def refuse_layout(
    loaded: LoadedSite,
    resolved: Mapping[str, frozenset[str]],
    identities: Mapping[str, str] | None = None,
) -> None:
    """Judges the layout again, now that names are resolved or machines were identified.

    Raises:
        SiteProblems: hosts that looked different are one machine.
    """
    site = loaded.site
    refused = refusals(site.topology, site.database, resolved, identities)
    if refused:
        hosts = [Placement(host.name, host.address, frozenset(host.roles)) for host in site.hosts]
        problems = tuple(_refusal_problems(refused, hosts, loaded.lines, str(loaded.path)))
        raise SiteProblems(problems, refused, explained=refusal_text(refused))


def _refusal_problems(
    refused: Sequence[Refusal],
    placements: Sequence[Placement],
    lines: Mapping[Path, int],
    file: str,
) -> Iterator[Problem]:
    """The refusals of the layout as problems at the hosts they concern."""
    places = {placement.name: place for place, placement in reversed(list(enumerate(placements)))}
    for one in refused:
        path: Path = ("topology", "hosts")
        if one.rule is PRIMARY_ELSEWHERE:
            path = ("database", "primary")
        elif one.hosts:
            path = (*path, max(places[name] for name in one.hosts))
        sentence = one.rule.sentence.rstrip(".")
        seen = f"{sentence[0].lower()}{sentence[1:]} ({one.seen})"
        yield Problem(file, line_of(lines, path), path_text(path), seen, one.rule.wanted)


def _readable(data: Mapping[str, object]) -> Readable:
    hosts = _mapping(data.get("topology")).get("hosts")
    names = data.get("acknowledged")
    return Readable(
        placements=tuple(_placements(hosts if isinstance(hosts, list) else [])),
        networking=_section(data, "networking"),
        database=_section(data, "database"),
        load_balancer=_section(data, "load_balancer"),
        storage=_section(data, "storage"),
        cache=_section(data, "cache"),
        application=_section(data, "application"),
        acknowledged=[one for one in names if isinstance(one, str)]
        if isinstance(names, list)
        else [],
    )


def _section(data: Mapping[str, object], name: str) -> _Section | None:
    field = Site.model_fields[name]
    if name not in data:
        return cast("_Section | None", None if field.is_required() else field.default)
    try:
        model = cast("type[_Section]", field.annotation)
        return model.model_validate(data[name])
    except ValidationError:
        return None


def _placements(hosts: Sequence[object]) -> Iterator[Placement]:
    for place, host in enumerate(hosts):
        entry = _mapping(host)
        name = _text(entry.get("name"))
        yield Placement(
            name=name.lower() if name else f"hosts[{place}]",
            address=_address(entry.get("address")),
            roles=_roles(entry.get("roles")),
            unnamed=not name,
        )


def _roles(value: object) -> frozenset[Role] | None:
    known = {str(role) for role in Role}
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None
    return frozenset(map(Role, value)) if value and known.issuperset(value) else None


def _address(value: object) -> str | None:
    try:
        return normal_address(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
