"""Problems as people read them, and the golden report of a pack with many mistakes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from troth.codes.p_pack import PAGES
from troth.errors import Place, Problem
from troth.lang.compile import compile_pack
from troth.lang.render import as_rows, excerpt, pretty, schema_text

GOLDEN = "tests/golden/lang/broken"


def at(line: int, column: int) -> Problem:
    """Return a problem at a place."""
    return Problem(Place("f.yaml", line, column, "a.b"), "P111", "this", "that", "do it", "warning")


def test_the_caret_stands_under_the_column() -> None:
    assert excerpt(at(2, 3), "a\nb: c\n") == "  2 | b: c\n    |   ^\n"


def test_the_caret_follows_wide_characters_and_tabs() -> None:
    assert excerpt(at(1, 3), "漢字x") == "  1 | 漢字x\n    |     ^\n"
    assert excerpt(at(1, 2), "\tx") == "  1 | \tx\n    | \t^\n"


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    shown = excerpt(at(1, 500), "a" * 499 + "X" + "b" * 499).splitlines()
    assert len(shown[0]) < 200
    assert shown[0][shown[1].index("^")] == "X"


def test_a_place_outside_the_text_has_no_line() -> None:
    assert excerpt(at(9, 1), "a\n") == ""
    assert excerpt(Problem(Place("f.yaml"), "P106", "x"), "a\n") == ""


def test_a_problem_is_shown_with_place_severity_and_remedy() -> None:
    assert pretty([at(1, 1)], {"f.yaml": "x"}) == (
        "f.yaml:1:1: warning P111: this\n  1 | x\n    | ^\n      expected: that\n      remedy:   do it\n"
    )


def test_the_schema_is_json_that_an_editor_can_read() -> None:
    schema = json.loads(schema_text())
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["properties"]["facts"]["description"]


@pytest.fixture
def report(repository: Path) -> tuple[str, str]:
    """Return the report on the broken pack, for people and as JSON."""
    text = (repository / GOLDEN / "pack.yaml").read_text(encoding="utf-8")
    problems = compile_pack({"pack.yaml": text}).problems
    rows = json.dumps(as_rows(problems), indent=1, ensure_ascii=False) + "\n"
    return pretty(problems, {"pack.yaml": text}), rows


@pytest.mark.parametrize(("number", "name"), [(0, "report.txt"), (1, "report.json")])
def test_a_pack_with_many_mistakes_is_reported_as_agreed(
    report: tuple[str, str], repository: Path, number: int, name: str
) -> None:
    golden = repository / GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(report[number], encoding="utf-8")
    assert report[number] == golden.read_text(encoding="utf-8")


def test_each_line_that_announces_a_mistake_is_reported_with_that_code(repository: Path) -> None:
    text = (repository / GOLDEN / "pack.yaml").read_text(encoding="utf-8")
    problems = compile_pack({"pack.yaml": text}).problems
    found = {(problem.place.line, problem.code) for problem in problems}
    announced = {
        (number, code)
        for number, line in enumerate(text.splitlines(), start=1)
        for code in PAGES
        if code in line.partition("#")[2]
    }
    assert len(announced) > 35
    assert announced <= found
