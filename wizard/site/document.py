"""A YAML text as plain data, with the line of every value and everything wrong with its form."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from wizard.site.problems import Path, Problem, path_text, seen_text

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_VALUES = 10_000
"""Values a file may unfold to; a site of a hundred hosts has about a thousand."""
DEEPEST = 40
LARGEST = 128 * 1024
"""Bytes a site file may have; a site of a hundred hosts has about ten thousand."""

_TAG = "tag:yaml.org,2002:"
_PLAIN_WORDS = (
    ("mapping values are not allowed", "a second ':' on the line", "a text with ':' in quotes"),
    (
        "cannot start any token",
        "a character that cannot begin a value",
        "spaces to indent, and quotes around a text that begins with a special character",
    ),
    ("could not find expected ':'", "a line without ':'", "'key: value', with a space after ':'"),
    (
        "expected <block end>",
        "a line that is not indented like its neighbours",
        "the same indentation for what belongs together",
    ),
    (
        "expected ',' or",
        "a list or mapping in brackets that goes on without ','",
        "',' between the entries and the closing bracket",
    ),
    (
        "while scanning a quoted scalar",
        "a quotation mark without its partner",
        "a closing quotation mark",
    ),
    ("undefined alias", "a '*' before a text", "a text that begins with '*' in quotes"),
    ("single document", "a second document after '---'", "one document"),
    ("special characters", "a control character", "printable text"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a text; `lines` are counted from 1."""

    data: object
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...]

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest value around it."""
        return line_of(self.lines, path)


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a value, or of the nearest value around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def read(text: str, file: str) -> Document:
    """Reads a text; what cannot be read is among the problems and missing in the data."""
    if not text.strip():
        problem = Problem(file, 1, "", "an empty file", "a site: begin with `schema: 1`")
        return Document(None, {}, (problem,))
    try:
        root = compose(text)
    except RecursionError:
        problem = Problem(file, 1, "", "brackets nested too deep", "a site file")
        return Document(None, {}, (problem,))
    except YAMLError as error:
        return Document(None, {}, (_syntax(error, text, file),))
    if root is None:
        problem = Problem(file, 1, "", "comments only", "a site: begin with `schema: 1`")
        return Document(None, {}, (problem,))
    reader = _Reader(file)
    data = reader.value(root, (), ())
    if reader.too_large_at:
        seen = "more values than a site has, or anchors that multiply them"
        return Document(None, {}, (Problem(file, reader.too_large_at, "", seen, "a site file"),))
    return Document(data, reader.lines, tuple(reader.problems))


# A text that is being typed is read several times between two keystrokes.
@lru_cache(maxsize=4)
def compose(text: str) -> Node | None:
    """The nodes of a text, with their places in it; they are shared, and not to be changed.

    Raises:
        YAMLError: the text is not YAML.
        RecursionError: it is nested too deep.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about anchors defined twice, which is allowed
        return YAML(typ="safe", pure=True).compose(text)  # type: ignore[no-any-return]


def _syntax(error: YAMLError, text: str, file: str) -> Problem:
    # The error's own text quotes the line, which may hold a secret: only its kind is used.
    words, line = str(error), 1
    if isinstance(error, MarkedYAMLError):
        words = f"{error.context} {error.problem}"
        if mark := error.problem_mark or error.context_mark:
            line = mark.line + 1
    elif isinstance(position := getattr(error, "position", None), int):
        line = text.count("\n", 0, position) + 1
    for part, seen, wanted in _PLAIN_WORDS:
        if part in words:
            return Problem(file, line, "", f"wrong YAML: {seen}", wanted)
    return Problem(file, line, "", "wrong YAML", "'key: value' lines, indented with spaces")


class _Reader:
    """Turns nodes into data and notes lines and problems on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self.too_large_at = 0
        self._values = 0

    def value(self, node: Node, path: Path, above: tuple[int, ...]) -> object:
        self._values += 1
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if self._values > MOST_VALUES or len(path) > DEEPEST or id(node) in above:
            self.too_large_at = self.too_large_at or line
            return None
        if isinstance(node, CollectionNode) and node.tag not in {f"{_TAG}map", f"{_TAG}seq"}:
            self._note(line, path, f"a tag of YAML, {seen_text(str(node.tag))}", "plain values")
        if isinstance(node, MappingNode):
            return self._mapping(node, path, (*above, id(node)))
        if isinstance(node, SequenceNode):
            return self._sequence(node, path, (*above, id(node)))
        return self._scalar(node, path)

    def _note(self, line: int, path: Path, seen: str, wanted: str) -> None:
        self.problems.append(Problem(self.file, line, path_text(path), seen, wanted))

    def _sequence(self, node: SequenceNode, path: Path, above: tuple[int, ...]) -> list[object]:
        return [self.value(item, (*path, place), above) for place, item in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: Path, above: tuple[int, ...]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode) or key.tag != f"{_TAG}str":
                self._note(line, path, "a key that is not a word", "words as keys")
                continue
            name = str(key.value)
            here = (*path, name)
            if name in found:
                first = self.lines[here]
                self._note(line, here, f"the key a second time (first on line {first})", "it once")
                continue
            self.lines[here] = line
            found[name] = self.value(item, here, above)
        return found

    def _scalar(self, node: Node, path: Path) -> object:
        text = str(node.value)
        if node.tag == f"{_TAG}null":
            return None
        if node.tag == f"{_TAG}bool":
            return text.lower() == "true"
        if node.tag == f"{_TAG}int":
            return _whole(text)
        if node.tag == f"{_TAG}float":
            return _decimal(text)
        if node.tag not in {f"{_TAG}str", f"{_TAG}timestamp"}:
            line = node.start_mark.line + 1
            self._note(line, path, f"a tag of YAML, {seen_text(str(node.tag))}", "plain values")
        return text


def _whole(text: str) -> int | str:
    plain = text.replace("_", "")
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", plain):
        return text
    return int(plain)


def _decimal(text: str) -> float | str:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return text
