"""The desk on which a pack is compiled: typed look-ups, references, expressions, and every problem found.

All look-ups are tolerant: where the document has not the shape that the schema asks for, the schema has complained
already, and a look-up returns a harmless value, so that the rest of the pack is checked in the same run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from troth.errors import Problem
from troth.lang.document import Document, Path, path_text
from troth.lang.expressions import Wanted, compile_data
from troth.lang.expressions.strict import Asserts
from troth.lang.schema.build import DURATION
from troth.lang.words import did_you_mean, one_of, remedied
from troth.model.record import PHASES
from troth.model.rules import Extract, RuleIndex, ValueType
from troth.model.times import Micros, parse_duration, parse_instant

CORRECTED: Final = "event.corrected"
_FORMAT: Final = "troth-pack-1"

_CODES: Final = {
    "sources": ("source", "P201"), "facts": ("fact", "P202"), "events": ("event type", "P203"),
    "states": ("state", "P204"),
    "statements": ("statement", "P205"), "messages": ("message", "P206"), "promises": ("promise", "P207"),
    "actions": ("action", "P208"),
}  # fmt: skip
_TYPE_WORDS: Final = {
    "bool": "true or false", "int": "a whole number", "double": "a number", "string": "text",
    "timestamp": "a moment such as 2026-03-02T09:00:00Z", "duration": "a duration such as 1h30m",
}  # fmt: skip


class Draft:
    """What is known of a pack while it is compiled.

    Attributes:
        document: The source.
        problems: Everything found wrong so far.
        wanted: The rules so far, in the order of their indices.
        names: Section → the names declared in it.
        facts: Fact → its type, for the expressions.
    """

    def __init__(self, document: Document) -> None:
        """Start from a document, whatever its shape."""
        self.document = document
        self.problems: list[Problem] = []
        self.wanted: list[Wanted] = []
        self.names: dict[str, tuple[str, ...]] = {section: tuple(self.mapping(section)) for section in _CODES}
        generic = [f"message.{phase}" for phase in PHASES] + [CORRECTED]
        self.names["events"] = tuple(dict.fromkeys((*self.names["events"], *generic)))
        self.facts: dict[str, ValueType] = {}

    # Look-ups

    def get(self, *path: str | int) -> Any:
        """Return the value at a path, `None` where there is none."""
        here = self.document.data
        for step in path:
            here = _below(here, step)
        return here

    def has(self, *path: str | int) -> bool:
        """Return whether a key is written at a path, be it with null."""
        parent = self.get(*path[:-1])
        return isinstance(parent, dict) and path[-1] in parent

    def mapping(self, *path: str | int) -> dict[str, Any]:
        """Return the mapping at a path, empty where there is none."""
        found = self.get(*path)
        return found if isinstance(found, dict) else {}

    def items(self, *path: str | int) -> list[Any]:
        """Return the list at a path, empty where there is none."""
        found = self.get(*path)
        return found if isinstance(found, list) else []

    def text(self, *path: str | int) -> str:
        """Return the text at a path, empty where there is none."""
        found = self.get(*path)
        return found if isinstance(found, str) else ""

    def texts(self, *path: str | int) -> list[tuple[str, Path]]:
        """Return the texts at a path, one or a list of them, each with its own path."""
        if self.text(*path):
            return [(self.text(*path), path)]
        listed = enumerate(self.items(*path))
        return [(item, (*path, index)) for index, item in listed if isinstance(item, str)]

    def flag(self, *path: str | int) -> bool:
        """Return whether true stands at a path."""
        return self.get(*path) is True

    def duration(self, *path: str | int) -> Micros | None:
        """Return the duration at a path, `None` where there is none."""
        try:
            return parse_duration(self.text(*path)) if self.text(*path) else None
        except ValueError as error:
            # Its form is the schema's business; that it is longer than all time, only the parser sees.
            if re.fullmatch(DURATION, self.text(*path)):
                self.complain(path, "P116", str(error), "at most some thousands of years", "write a shorter one")
            return None

    # Problems

    def complain(
        self, path: Path, code: str, found: str, expected: str, remedy: str = "", *, at_key: bool = False
    ) -> None:
        """Note a problem at the value of a path, or at its key."""
        place = self.document.key_place(*path) if at_key else self.document.place(*path)
        self.problems.append(remedied(Problem(place, code, found, expected, remedy)))

    # References

    def refer(self, section: str, name: str, path: Path, *, at_key: bool = False, also: Iterable[str] = ()) -> bool:
        """Return whether a thing of this name is declared; else note a problem where it is referred to."""
        known = self.names[section]
        if name in known or name in also:
            return True
        noun, code = _CODES[section]
        remedy = did_you_mean(name, known) or f"declare it under `{section}:`"
        self.complain(path, code, f"the undeclared {noun} `{name}`", one_of(known), remedy, at_key=at_key)
        return False

    def references(self, section: str, *path: str | int) -> tuple[str, ...]:
        """Return the declared names that a text or list of texts refers to."""
        return tuple(name for name, where in self.texts(*path) if self.refer(section, name, where))

    def index(self, section: str, name: str) -> int:
        """Return the index of a declared thing."""
        return self.names[section].index(name)

    # Expressions

    def rule(self, *path: str | int, asserts: Asserts = "true", expected: ValueType = "bool") -> RuleIndex | None:
        """Return the index of the rule at a path, `None` where none is written.

        Args:
            path: Where the rule stands.
            asserts: The answers that must not appear because a fact became unknown (see `Wanted`).
            expected: The type that it must have; a number may stand for itself where a number is expected.
        """
        found = self.get(*path)
        if isinstance(found, bool):
            found = "true" if found else "false"
        elif expected == "double" and isinstance(found, int | float):
            found = repr(found)
        if not isinstance(found, str) or not found:
            return None
        self.wanted.append(Wanted(path_text(path), found, expected, self.document.place(*path), asserts))
        return len(self.wanted) - 1

    def extract(self, *path: str | int, expected: ValueType = "dyn") -> Extract | None:
        """Return the compiled expression (or literal) over event data at a path, `None` where none is written."""
        found = self.get(*path)
        if not self.has(*path) or isinstance(found, dict | list):
            return None
        extract, problems = compile_data(found, place=self.document.place(*path), expected=expected)
        self.problems.extend(problems)
        return extract

    def literal(self, kind: str, value: Any, path: Path) -> Any:
        """Return a literal of a fact's type as the engine holds it; `None` and a problem when it is of another type."""
        fits, held = literal_of(kind, value)
        if not fits:
            shown = f"`{value}`" if isinstance(value, str) else str(value).lower()
            self.complain(path, "P214", f"{shown} for a fact of type {kind}", _TYPE_WORDS.get(kind, kind))
            return None
        return held


def _below(here: Any, step: str | int) -> Any:
    """Return the member or item of a value, `None` where there is none."""
    if isinstance(here, dict):
        return here.get(step)
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return None


def literal_of(kind: str, value: Any) -> tuple[bool, Any]:
    """Return whether a YAML value is a literal of a type, and it as the engine holds it (times in microseconds)."""
    try:
        match kind:
            case "bool":
                return isinstance(value, bool), value
            case "int":
                return isinstance(value, int) and not isinstance(value, bool), value
            case "double":
                fits = isinstance(value, int | float) and not isinstance(value, bool)
                return fits, float(value) if fits else None
            case "string":
                return isinstance(value, str), value
            case "timestamp":
                return isinstance(value, str), parse_instant(value) if isinstance(value, str) else None
            case "duration":
                return isinstance(value, str), parse_duration(value) if isinstance(value, str) else None
            case _:
                return True, value
    except ValueError:
        return False, None


def digest_of(data: Any) -> str:
    """Return SHA-256 over the content of a pack, hexadecimal: order counts, layout and comments do not."""
    return hashlib.sha256(_FORMAT.encode() + b"\0" + msgspec.json.encode(data)).hexdigest()
