"""YAML text as values that know where they stand.

The language is YAML with the plain scalars of its 1.2 core schema: `true`, `false`, `null`, numbers, text. `on`, `no`,
`12:30` and `2026-03-02` are text, as their writer sees them. Anchors, aliases and tags are refused: a reviewer reads
what stands there.

Source: YAML 1.2.2, section 10.3 (core schema); PyYAML for reading.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec
import yaml

from troth.errors import Place, Problem
from troth.lang.words import remedied

Path: TypeAlias = tuple[str | int, ...]
"""The way from the top of a document to a value: keys and list indices."""

_TAG: Final = "tag:yaml.org,2002:"
_CORE: Final = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null", "seq", "map"))
_MAX_DIGITS: Final = 400
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


def path_text(path: Path) -> str:
    """Return a path as people write it.

    >>> path_text(("chronology", 0, "ready.at"))
    'chronology[0].ready.at'
    """
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class Document(msgspec.Struct, frozen=True):
    """One file's values with the place of each, or several files' merged into one.

    Attributes:
        file: Name as the user gave it; of merged files the first.
        data: Plain values: dict, list, str, int, float, bool, None.
        values: Path → where its value starts. Of a quoted or block text, where the first character of the text itself
            stands.
        keys: Path → where its key stands, for members of a mapping.
    """

    file: str
    data: Any
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]

    def place(self, *path: str | int) -> Place:
        """Return where the value of a path starts; of a path that does not exist, where its nearest ancestor does."""
        return self._nearest(self.values, path)

    def key_place(self, *path: str | int) -> Place:
        """Return where the key of a path stands; of an item of a list, where its value starts."""
        return self.keys[path] if path in self.keys else self.place(*path)

    def _nearest(self, places: Mapping[Path, Place], path: Path) -> Place:
        """Return the place of the longest part of the path that has one, named by the whole path."""
        for length in range(len(path), -1, -1):
            if path[:length] in places:
                found = places[path[:length]]
                return found if length == len(path) else msgspec.structs.replace(found, path=path_text(path))
        return Place(self.file, 1, 1, path_text(path))


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalars of YAML 1.2 and without anchors."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML keeps them on the class, typed as if not

    def __init__(self, text: str) -> None:
        """Start with no anchor seen."""
        super().__init__(text)
        self.anchored: list[Any] = []

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node; note an anchor, and put null where an alias stands."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            self.anchored.append(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            mark: Any = event.start_mark
            return yaml.ScalarNode(_TAG + "null", "", mark, mark)
        return super().compose_node(parent, index)


_Loader.add_implicit_resolver(_TAG + "bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(_TAG + "null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(
    _TAG + "int", re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    _TAG + "float", re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"), list("-+0123456789.")
)


def read_document(text: str, file: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Return the document that YAML text is, and all problems of its form.

    Args:
        text: The text, decoded.
        file: Name for places.

    Returns:
        The document (`None` when the text is no YAML, or nothing) and its problems; a document with duplicate keys or
        refused anchors is returned beside its problems, so that the rest of it can be checked too.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        return None, (_syntax(error, text, file),)
    except RecursionError:
        return None, (
            Problem(
                Place(file, 1, 1),
                "P101",
                "the document is nested too deeply",
                "a flatter document",
                "name its parts, or split the file",
            ),
        )
    reading = _Reading(file, text.splitlines())
    for mark in loader.anchored:
        place = Place(file, mark.line + 1, mark.column + 1)
        remedy = "write the value out where it is needed"
        reading.problems.append(Problem(place, "P105", "an anchor or alias", "plain values", remedy))
    if node is None:
        return None, (
            Problem(
                Place(file, 1, 1), "P106", "the file is empty", "a mapping of keys to values", "fill it, or remove it"
            ),
        )
    data = reading.value(node, ())
    return Document(file, data, reading.values, reading.keys), tuple(sorted(reading.problems))


class _Reading:
    """The conversion of one node tree; collects places and problems."""

    def __init__(self, file: str, lines: list[str]) -> None:
        """Start empty."""
        self.file, self.lines = file, lines
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: Path) -> Any:
        """Return the plain value of a node, noting where it stands."""
        self.values[path] = self._start(node, path)
        if node.tag not in _CORE:
            self._complain(self.values[path], "P105", f"the tag {node.tag}", "a plain value", "leave the tag out")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        """Return a mapping, with unfit and duplicate keys reported and left out."""
        members: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            place = Place(self.file, mark.line + 1, mark.column + 1, path_text(path))
            key = key_node.value
            if key_node.tag != _TAG + "str" or _UNPRINTABLE.search(key):
                shown = f"the key {key}" if isinstance(key, str) else "a key that is a list or mapping"
                self._complain(place, "P104", shown, "a key that is text, on one line", "put the key in quotes")
                continue
            place = msgspec.structs.replace(place, path=path_text((*path, key)))
            if key in members:
                first = self.keys[(*path, key)]
                remedy = f"the first stands in line {first.line}: keep one of the two"
                self._complain(place, "P103", f"the key `{key}` a second time", "each key once", remedy)
                continue
            self.keys[(*path, key)] = place
            members[key] = self.value(value_node, (*path, key))
        return members

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        """Return a scalar in the type of its tag."""
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" | "float" as kind:
                number = _number(text, kind)
                if number is None:
                    self._complain(self.values[path], "P107", f"the number {text[:40]}", "a number within 64 bits")
                return number
            case _:
                return text

    def _start(self, node: yaml.Node, path: Path) -> Place:
        """Return where a value's own first character stands."""
        line, column = node.start_mark.line, node.start_mark.column
        style = getattr(node, "style", None)
        if style in ("'", '"'):
            column += 1
        elif style in ("|", ">") and isinstance(node, yaml.ScalarNode):
            below = range(line + 1, len(self.lines))
            line = next((number for number in below if self.lines[number].strip()), line)
            column = (
                len(self.lines[line]) - len(self.lines[line].lstrip(" ")) if line > node.start_mark.line else column
            )
        return Place(self.file, line + 1, column + 1, path_text(path))

    def _complain(self, place: Place, code: str, found: str, expected: str, remedy: str = "") -> None:
        """Note a problem."""
        self.problems.append(remedied(Problem(place, code, found, expected, remedy)))


def _number(text: str, kind: str) -> int | float | None:
    """Return the number that YAML text is; `None` when it is too large to mean anything."""
    if len(text) > _MAX_DIGITS:
        return None
    if kind == "float":
        number = float(text)
        return number if math.isfinite(number) else None
    whole = int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    return whole if -(2**63) <= whole < 2**63 else None


def _syntax(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """Return what a YAML error says, in our form."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "the text cannot be read"
    if mark is None:
        line, column = _position_of(text, getattr(error, "position", 0))
        place = Place(file, line, column)
        return Problem(place, "P101", f"no YAML: {said}", "YAML text", "remove the control character")
    place = Place(file, mark.line + 1, mark.column + 1)
    if "\\t" in said or text[mark.index : mark.index + 1] == "\t":
        return Problem(place, "P102", "a tab where the indentation is", "spaces", "indent with two spaces a level")
    if "single document" in (getattr(error, "context", None) or ""):
        return Problem(place, "P106", "a second document in the file", "one document a file", "remove the line `---`")
    context = getattr(error, "context", None)
    found = f"no YAML: {context}: {said}" if context else f"no YAML: {said}"
    return Problem(
        place, "P101", found, "YAML text", "check quotes, brackets, colons and indentation here and just before"
    )


def _position_of(text: str, index: int) -> tuple[int, int]:
    """Return line and column, from 1, of a character."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def merge(documents: tuple[Document, ...]) -> tuple[Document, tuple[Problem, ...]]:
    """Return several files as one document: their top-level keys, and the members of mappings given in several.

    Args:
        documents: At least one; those whose top is no mapping are left to the schema to complain of.

    Returns:
        The merged document, and a problem for everything given twice.
    """
    first = documents[0]
    if len(documents) == 1 or not all(isinstance(document.data, dict) for document in documents):
        return first, ()
    data: dict[str, Any] = {}
    values: dict[Path, Place] = {(): first.place()}
    keys: dict[Path, Place] = {}
    problems: list[Problem] = []

    def take(document: Document, path: Path) -> None:
        """Take over the places of a path and of everything below it."""
        depth = len(path)
        values.update({at: place for at, place in document.values.items() if at[:depth] == path})
        keys.update({at: place for at, place in document.keys.items() if at[:depth] == path})

    for document in documents:
        for key, value in document.data.items():
            if key not in data:
                data[key] = dict(value) if isinstance(value, dict) else value
                take(document, (key,))
                continue
            together = isinstance(value, dict) and isinstance(data[key], dict)
            fresh = {name: member for name, member in value.items() if name not in data[key]} if together else {}
            twice = [(key, name) for name in value if name in data[key]] if together else [(key,)]
            for path in twice:
                remedy = f"it stands in {keys[path]} too: keep one of the two"
                problems.append(
                    Problem(document.key_place(*path), "P220", f"`{path_text(path)}` a second time", "once", remedy)
                )
            for name, member in fresh.items():
                data[key][name] = member
                take(document, (key, name))
    return Document(first.file, data, values, keys), tuple(problems)
