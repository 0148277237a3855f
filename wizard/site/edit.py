"""Changes to the text of a site file that leave everything else as a person wrote it.

The text is changed in place, value by value, and read again: should the result not say what it
ought to, the text is written anew from its data, which keeps comments and order but not spacing.
"""

from __future__ import annotations

import copy
import difflib
import io
import json
import re
from typing import TYPE_CHECKING, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

from wizard.site.document import compose, read
from wizard.site.flow import flow, plain
from wizard.site.problems import Path, Problem, SiteProblems, path_text

if TYPE_CHECKING:
    from collections.abc import Mapping

REMOVE = object()
"""In place of a value: takes the key out of the file."""


def update(text: str, changes: Mapping[str, object]) -> str:
    """The text with values changed, by path: `{"database.max_connections": 300}`.

    Raises:
        SiteProblems: the text is not a YAML mapping, or a path does not fit it.
    """
    for path, value in changes.items():
        text = _changed(text, read_path(path), REMOVE if value is REMOVE else plain(value))
    return text


def read_path(text: str) -> Path:
    """A path in parts: `topology.hosts[2].address`."""
    parts = re.findall(r"\[([0-9]+)\]|([^.\[\]]+)", text)
    return tuple(int(place) if place else key for place, key in parts)


def _changed(text: str, path: Path, value: object) -> str:
    document = read(text, "the site file")
    if document.problems:
        raise SiteProblems(document.problems)
    wanted = copy.deepcopy(document.data)
    _put(wanted, path, value)
    try:
        spliced = _Splice(text).change(path, _at(document.data, path), value)
        if spliced == text and _same(wanted, document.data):
            return text
        outcome = read(spliced, "the site file")
        if not outcome.problems and _same(outcome.data, wanted):
            return spliced
    except (YAMLError, LookupError, TypeError):
        pass
    return _written_anew(text, path, value)


def _written_anew(text: str, path: Path, value: object) -> str:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        data = yaml.load(text)
    except (YAMLError, NotImplementedError):
        wanted = "comments on lines of their own, which can be kept"
        problem = Problem("the site file", None, path_text(path), "comments in the way", wanted)
        raise SiteProblems([problem]) from None
    _put(data, path, value)
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


_MISSING = object()


def _same(one: object, other: object) -> bool:
    """Whether two values are written alike; true equals 1, and 15 equals 15.0, but are not."""
    return one is other or _written(one) == _written(other)


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=id)


def _at(data: object, path: Path) -> object:
    for part in path:
        try:
            data = data[part]  # type: ignore[index]
        except (LookupError, TypeError):
            return _MISSING
    return data


def _put(data: object, path: Path, value: object) -> None:
    *above, last = path
    for part, following in zip(above, path[1:], strict=True):
        holder = cast("dict[str | int, object]", data)
        if _at(data, (part,)) in (_MISSING, None) and isinstance(following, str):
            holder[part] = {}
        data = holder[part]
    holder = cast("dict[str | int, object]", data)
    if value is not REMOVE:
        holder[last] = value
    elif _at(data, (last,)) is not _MISSING:
        del holder[last]


class _Splice:
    """A text whose parts are replaced; it is read again after each replacement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def change(self, path: Path, old: object, new: object) -> str:
        """The text after the value at a path has become another one."""
        if _same(old, new) or (old is _MISSING and new is REMOVE):
            return self.text
        if new is REMOVE:
            self._remove(path)
        elif old is _MISSING:
            self._add(path, new)
        elif isinstance(old, dict) and isinstance(new, dict) and new:
            for key in [*old, *(key for key in new if key not in old)]:
                before, after = old.get(key, _MISSING), new.get(key, REMOVE)
                self.change((*path, key), before, after)
        elif isinstance(old, list) and isinstance(new, list) and old and new:
            self._items(path, old, new)
        else:
            self._replace(path, new)
        return self.text

    def _items(self, path: Path, old: list[object], new: list[object]) -> None:
        if _is_flow(self._node(path)):
            self._replace(path, new)
            return
        matcher = difflib.SequenceMatcher(
            a=[_key(one) for one in old], b=[_key(one) for one in new]
        )
        # From the end, so that the places before stay what they were.
        for kind, a, b, c, d in reversed(matcher.get_opcodes()):
            if kind == "equal":
                for place, after in zip(range(a, b), range(c, d), strict=True):
                    self.change((*path, place), old[place], new[after])
                continue
            shared = min(b - a, d - c)
            for one in reversed(new[c + shared : d]):
                self._insert_item(path, a + shared, one)
            for place in reversed(range(a + shared, b)):
                self._remove((*path, place))
            for place in range(shared):
                self.change((*path, a + place), old[a + place], new[c + place])

    def _node(self, path: Path) -> Node:
        node = cast("Node", compose(self.text))
        for part in path:
            node = _child(node, part)[1]
        return node

    def _replace(self, path: Path, value: object) -> None:
        node = self._node(path)
        start, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, CollectionNode) and not _is_flow(node):
            end = _last(node).end_mark.index
        words = flow(value)
        if start == end:
            # Nothing stands there: the value goes right behind the colon of its key.
            key, _ = _child(self._node(path[:-1]), path[-1])
            start = end = self.text.index(":", key.end_mark.index) + 1
            words = f" {words}"
        self._write(start, end, words)

    def _add(self, path: Path, value: object) -> None:
        """Adds a key to the nearest mapping that is there."""
        depth = len(path) - 1
        while True:
            try:
                holder = self._node(path[:depth])
            except LookupError:
                depth -= 1
                continue
            break
        for part in reversed(path[depth + 1 :]):
            value = {part: value}
        if not isinstance(holder, MappingNode):
            self._replace(path[:depth], {path[depth]: value})
            return
        entry = f"{flow(path[depth])}: {flow(value)}"
        if _is_flow(holder):
            end = holder.end_mark.index - 1
            before = self.text[:end].rstrip()
            comma = "" if before.endswith(("{", ",")) else ","
            space = "" if before.endswith("{") else " "
            self._write(len(before), end, f"{comma}{space}{entry}")
        else:
            self._add_line(_last(holder).end_mark.index, holder.start_mark.column, entry)

    def _insert_item(self, path: Path, place: int, value: object) -> None:
        holder = cast("SequenceNode", self._node(path))
        column = holder.start_mark.column
        if place:
            after = _last(holder.value[place - 1]).end_mark.index
            self._add_line(after, column, f"- {flow(value)}")
        else:
            start = self.text.rindex("\n", 0, holder.start_mark.index) + 1
            self._write(start, start, f"{' ' * column}- {flow(value)}{self.newline}")

    def _remove(self, path: Path) -> None:
        holder = self._node(path[:-1])
        key, node = _child(holder, path[-1])
        if _is_flow(holder):
            rest = plain(_at(read(self.text, "").data, path[:-1]))
            _put(rest, (path[-1],), REMOVE)
            self._replace(path[:-1], rest)
            return
        start = self.text.rfind("\n", 0, key.start_mark.index) + 1
        end = self.text.find("\n", _last(node).end_mark.index)
        self._write(start, len(self.text) if end < 0 else end + 1, "")

    def _add_line(self, after: int, column: int, words: str) -> None:
        end = self.text.find("\n", after)
        if end < 0:
            self.text += self.newline
            end = len(self.text) - 1
        self._write(end + 1, end + 1, f"{' ' * column}{words}{self.newline}")

    def _write(self, start: int, end: int, words: str) -> None:
        self.text = f"{self.text[:start]}{words}{self.text[end:]}"


def _key(item: object) -> str:
    """What makes an item of a list the same item: its name, if it has one."""
    return str(item.get("name")) if isinstance(item, dict) and "name" in item else repr(item)


def _is_flow(node: Node) -> bool:
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def _child(node: Node, part: str | int) -> tuple[Node, Node]:
    """The node that a part of a path leads to, with the node at which its entry begins."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key, value
    elif isinstance(node, SequenceNode) and isinstance(part, int):
        return node.value[part], node.value[part]
    raise LookupError(part)


def _last(node: Node) -> Node:
    """The last node with text of its own; a block's own end lies beyond the comments after it."""
    while isinstance(node, CollectionNode) and not _is_flow(node) and node.value:
        node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return node
