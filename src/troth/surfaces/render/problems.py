"""Problems in the forms that people and builds read: pretty, GitHub annotations, SARIF, JUnit.

Source: SARIF 2.1.0 (OASIS), the workflow commands of GitHub Actions, the JUnit XML that build servers accept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import msgspec

from troth.errors import Problem

_STYLES: Final = {"error": "\x1b[1;31m", "warning": "\x1b[33m", "note": "\x1b[36m"}
_PLAIN: Final = "\x1b[0m"
_HEAD: Final = re.compile(r"\b(error|warning|note) [A-Z]\d{3}(?=: )")
_LEVELS: Final = {"error": "error", "warning": "warning", "note": "note"}
_ANNOTATIONS: Final = {"error": "error", "warning": "warning", "note": "notice"}


def as_pretty(problems: Sequence[Problem], *, colour: bool = False) -> str:
    """Return each problem on up to three lines: place and what was found, what was expected, what to do."""
    return "".join(_pretty(problem, colour=colour) for problem in problems)


def _pretty(problem: Problem, *, colour: bool) -> str:
    """Return one problem for people."""
    word = f"{problem.severity} {problem.code}"
    if colour:
        word = f"{_STYLES.get(problem.severity, '')}{word}{_PLAIN}"
    place = str(problem.place) if problem.place.file or problem.place.line else problem.place.path
    text = f"{place}: {word}: {problem.found}\n" if place else f"{word}: {problem.found}\n"
    for label, said in (("expected", problem.expected), ("remedy", problem.remedy)):
        if said:
            text += f"  {label + ':':<10}{said}\n"
    return text


def as_github(problems: Sequence[Problem]) -> str:
    """Return one workflow command a problem, so that GitHub shows it beside the line."""
    return "".join(_annotation(problem) + "\n" for problem in problems)


def _annotation(problem: Problem) -> str:
    """Return one workflow command."""
    place = problem.place
    fields = {"file": place.file, "line": place.line or "", "col": place.column or "", "title": problem.code}
    head = ",".join(f"{name}={_property(str(value))}" for name, value in fields.items() if value != "")
    return f"::{_ANNOTATIONS.get(problem.severity, 'notice')} {head}::{_message(_sentence(problem))}"


def _message(text: str) -> str:
    """Return text with the characters escaped that would end a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Return a property's value escaped."""
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _sentence(problem: Problem) -> str:
    """Return found, expected and remedy as one line."""
    parts = [problem.found, problem.expected and f"expected {problem.expected}", problem.remedy]
    return "; ".join(part for part in parts if part)


def as_sarif(problems: Sequence[Problem], *, version: str) -> str:
    """Return a SARIF 2.1.0 log with one run.

    Args:
        problems: The results.
        version: Version of troth, as the tool's.
    """
    run = {
        "tool": {"driver": {"name": "troth", "version": version, "rules": [
            {"id": code} for code in sorted({problem.code for problem in problems})
        ]}},
        "results": [_result(problem) for problem in problems],
    }  # fmt: skip
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _result(problem: Problem) -> dict[str, object]:
    """Return one SARIF result."""
    place = problem.place
    physical: dict[str, object] = {"artifactLocation": {"uri": place.file}}
    if place.line:
        physical["region"] = {"startLine": place.line, "startColumn": max(place.column, 1)}
    location: dict[str, object] = {"physicalLocation": physical} if place.file else {}
    if place.path:
        location["logicalLocations"] = [{"fullyQualifiedName": place.path}]
    return {
        "ruleId": problem.code,
        "level": _LEVELS.get(problem.severity, "none"),
        "message": {"text": _sentence(problem)},
        "locations": [location] if location else [],
    }


def as_junit(suite: str, cases: Sequence[tuple[str, Sequence[Problem]]]) -> str:
    """Return JUnit XML with one suite.

    Args:
        suite: Its name.
        cases: (name, problems) of each case; a case with an error or a warning among them failed.
    """
    failing = sum(1 for _, problems in cases if _failures(problems))
    text = ['<?xml version="1.0" encoding="UTF-8"?>']
    text.append(f'<testsuite name={quoteattr(suite)} tests="{len(cases)}" failures="{failing}" errors="0">')
    for name, problems in cases:
        text.append(f"  <testcase classname={quoteattr(suite)} name={quoteattr(name)}>")
        for problem in _failures(problems):
            body = _printable(str(problem))
            head = quoteattr(_printable(problem.found))
            text.append(f"    <failure type={quoteattr(problem.code)} message={head}>{escape(body)}</failure>")
        text.append("  </testcase>")
    text.append("</testsuite>")
    return "\n".join(text) + "\n"


def _failures(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems that make a case fail."""
    return [problem for problem in problems if problem.severity in ("error", "warning")]


def _printable(text: str) -> str:
    """Return text without the control characters that XML 1.0 refuses."""
    return "".join(mark for mark in text if mark in "\t\n" or mark >= " ")


def emphasised(text: str) -> str:
    """Return rendered problems with severity and code of each in colour."""
    return _HEAD.sub(lambda found: f"{_STYLES[found[1]]}{found[0]}{_PLAIN}", text)
