"""What a command answers, before anybody decides how it looks."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from troth.errors import Problem

Row: TypeAlias = dict[str, Any]
"""One row of an answer: plain JSON values under the names that are published."""

VERSION = 1
"""Version of the JSON envelope."""


class Section(msgspec.Struct, frozen=True):
    """One table of an answer's human form.

    Attributes:
        title: Heading; empty for none.
        rows: Its rows.
        columns: Keys to show, in order; empty: all keys in the order of their first appearance.
        optional: Keys among the columns that may be left out, last first, where the terminal is too narrow.
        empty: The sentence to print when there is no row.
        text: Text to print above the rows, as it is.
    """

    title: str = ""
    rows: tuple[Row, ...] = ()
    columns: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    empty: str = ""
    text: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What a command has to say.

    Attributes:
        data: Rows, as JSON shows them.
        diagnostics: Problems and notes.
        status: `ok`, `findings` or `error`.
        exit_code: 0 ok, 1 finding or failed test, 2 usage, 3 could not run, 130 interrupted.
        sections: The human form; empty: one table of the rows.
        flat: Rows for CSV; `None`: the rows of `data`, nested values as text.
        raw: Text that a format of its own prints (a schema, a completion script); empty: none.
        rendered: Format name → text, for formats that only this command knows (`github`, `sarif`, ...).
        told: True when the human form says the diagnostics itself, so that they are not repeated under it.
    """

    data: tuple[Row, ...] = ()
    diagnostics: tuple[Problem, ...] = ()
    status: str = "ok"
    exit_code: int = 0
    sections: tuple[Section, ...] = ()
    flat: tuple[Row, ...] | None = None
    raw: str = ""
    rendered: dict[str, str] = {}
    told: bool = False


def envelope(answer: Answer) -> Row:
    """Return the published JSON form: version, status, data, diagnostics."""
    return {
        "version": VERSION,
        "status": answer.status,
        "data": list(answer.data),
        "diagnostics": [diagnostic(problem) for problem in answer.diagnostics],
    }


def diagnostic(problem: Problem) -> Row:
    """Return one problem as JSON: severity, code, place, found, expected, remedy."""
    place = problem.place
    return {
        "severity": problem.severity,
        "code": problem.code,
        "place": {"file": place.file, "line": place.line, "column": place.column, "path": place.path},
        "found": problem.found,
        "expected": problem.expected,
        "remedy": problem.remedy,
    }
