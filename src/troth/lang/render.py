"""Problems with the line that they are about, and schemas as text.

The forms for builds (GitHub, SARIF, JUnit) need no source text; they are the surfaces'
(`troth.surfaces.render.problems`).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from troth.errors import Problem
from troth.lang.schema.pack import PACK

_WIDEST = 160


def schema_text(schema: Mapping[str, Any] = PACK) -> str:
    """Return a JSON Schema as text for an editor: two spaces a level, keys as declared, a line feed at the end."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def excerpt(problem: Problem, text: str) -> str:
    r"""Return the line that a problem is about, with a caret under its column; empty when the place has no such line.

    >>> from troth.errors import Place
    >>> print(excerpt(Problem(Place("pack.yaml", 2, 3), "P111", "x"), "a: 1\nb: 2"), end="")
      2 | b: 2
        |   ^
    """
    lines = text.splitlines()
    place = problem.place
    if not 1 <= place.line <= len(lines):
        return ""
    line, start = lines[place.line - 1], max(place.column, 1) - 1
    cut = max(0, start - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[cut : cut + _WIDEST]
    # A wide character takes two cells, a combining one none; a tab stays a tab, so that the caret follows it.
    pad = "".join("\t" if mark == "\t" else " " * _cells(mark) for mark in line[cut:start])
    number = f"{place.line:>3}"
    return f"{number} | {shown}\n{' ' * len(number)} | {pad}^\n"


def _cells(mark: str) -> int:
    """Return how many cells of a terminal a character takes."""
    if unicodedata.combining(mark):
        return 0
    return 2 if unicodedata.east_asian_width(mark) in "WF" else 1


def pretty(problems: Iterable[Problem], sources: Mapping[str, str] | None = None) -> str:
    """Return problems for people: place and what was found, the line with a caret, what was expected, what to do.

    Args:
        problems: In the order to show.
        sources: File name → text, for the lines; a file that is not among them is shown without.
    """
    return "\n".join(_pretty(problem, sources or {}) for problem in problems)


def _pretty(problem: Problem, sources: Mapping[str, str]) -> str:
    """Return one problem for people."""
    head = f"{problem.place}: {problem.severity} {problem.code}: {problem.found}\n"
    body = excerpt(problem, sources.get(problem.place.file, ""))
    for label, said in (("expected", problem.expected), ("remedy", problem.remedy)):
        body += f"      {label + ':':<10}{said}\n" if said else ""
    return head + body


def as_rows(problems: Iterable[Problem]) -> list[dict[str, str | int]]:
    """Return problems as flat rows for JSON: file, line, column, path, code, severity, found, expected, remedy."""
    return [
        {
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "path": problem.place.path,
            "code": problem.code,
            "severity": problem.severity,
            "found": problem.found,
            "expected": problem.expected,
            "remedy": problem.remedy,
        }
        for problem in problems
    ]
