"""One answer in each of its forms."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import example, given
from hypothesis import strategies as st

from troth.errors import Place, Problem
from troth.surfaces.render.answer import Answer, Section
from troth.surfaces.render.formats import as_csv, as_json, as_ndjson
from troth.surfaces.render.tables import as_table, shown

PROBLEM = Problem(Place("pack.yaml", 3, 5, "states.x"), "P101", "this", "that", "do so", "warning")

CELLS = st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none())


def test_json_is_the_published_envelope() -> None:
    said = json.loads(as_json(Answer(data=({"a": 1, "b": None},), diagnostics=(PROBLEM,), status="findings")))
    assert list(said) == ["version", "status", "data", "diagnostics"]
    assert said["version"] == 1
    assert said["status"] == "findings"
    assert said["data"] == [{"a": 1, "b": None}]
    assert said["diagnostics"] == [
        {
            "severity": "warning",
            "code": "P101",
            "place": {"file": "pack.yaml", "line": 3, "column": 5, "path": "states.x"},
            "found": "this",
            "expected": "that",
            "remedy": "do so",
        }
    ]


def test_json_for_people_says_the_same_as_json_for_programs() -> None:
    answer = Answer(data=({"a": {"b": [1, 2]}},))
    assert json.loads(as_json(answer)) == json.loads(as_json(answer, indent=True))


def test_ndjson_is_one_row_a_line() -> None:
    assert as_ndjson(Answer(data=({"a": 1}, {"a": "x\ny"}))) == '{"a":1}\n{"a":"x\\ny"}\n'


def test_a_segment_is_an_object_in_json_and_text_in_csv() -> None:
    answer = Answer(data=({"segment": {"carrier": "AA", "origin": None}, "value": 0.5},))
    assert json.loads(as_json(answer))["data"][0]["segment"] == {"carrier": "AA", "origin": None}
    assert as_csv(answer) == "segment,value\ncarrier=AA origin=,0.5\n"


@example([{"a": "x\ry"}])
@given(st.lists(st.dictionaries(st.sampled_from("abc"), CELLS, min_size=1), min_size=1, max_size=5))
def test_csv_gives_every_row_back(rows: list[dict[str, object]]) -> None:
    found = list(csv.DictReader(io.StringIO(as_csv(Answer(data=tuple(rows))), newline="")))
    assert len(found) == len(rows)
    for row, back in zip(rows, found, strict=True):
        for key, value in row.items():
            if isinstance(value, int) and not isinstance(value, bool):
                assert int(back[key]) == value


def test_csv_without_rows_is_empty() -> None:
    assert as_csv(Answer()) == ""


def test_a_narrow_terminal_leaves_out_optional_columns_last_first_and_says_so() -> None:
    rows = ({"name": "x" * 10, "value": 0.5, "extra": "y" * 30, "more": "z" * 30},)
    section = Section(rows=rows, columns=("name", "value", "extra", "more"), optional=("extra", "more"))
    wide, narrow = as_table(Answer(sections=(section,))), as_table(Answer(sections=(section,)), width=55)
    assert "zzz" in wide
    assert "not shown" not in wide
    assert "yyy" in narrow
    assert "zzz" not in narrow
    assert "not shown here: more" in narrow


def test_nothing_known_is_a_dash_and_never_nought() -> None:
    assert shown(None) == "–"
    assert shown(0) == "0"
    assert shown(0.0) == "0.0000"


def test_a_table_without_rows_says_its_sentence() -> None:
    assert as_table(Answer(sections=(Section(title="Told", empty="Nothing."),))) == "Told\nNothing.\n"


def test_no_colour_without_asking() -> None:
    answer = Answer(data=({"outcome": "broken"},))
    assert "\x1b" not in as_table(answer)
    assert "\x1b[31mbroken" in as_table(answer, colour=True)


def test_markup_in_data_is_text() -> None:
    assert "[bold]x[/bold]" in as_table(Answer(data=({"a": "[bold]x[/bold]"},)))
