"""XES logs become parts: cases, lifecycles, kinds of attributes, lists, and what cannot be used, with its line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.unit.connectors.tabular.kit import read
from troth.connectors.forms import form_of, unfold
from troth.connectors.parts import Unfolding
from troth.errors import SourceError

SAMPLES = Path(__file__).resolve().parents[4] / "src/troth/connectors/xes/samples"

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0" xmlns="http://www.xes-standard.org/">\n'

MAPPING = """
mapping: small
pack: small
zone: Etc/UTC
tables:
  log: {file: ["*.xes", "*.xes.gz"], read_as: {case_id: text, ts: timestamp, activity: text}}
extract: {max: [log.ts]}
rows:
  - table: log
    subject: "'order/' + case_id"
    sequence: seq
    times: {at: {column: ts}}
    events:
      - {type: placed, source: shop, at: at, data: {activity: activity}}
"""


def event(name: str, time: str = "2024-01-01T10:00:00+01:00", more: str = "") -> str:
    """Return an event of XES on one line."""
    named = f'<string key="concept:name" value="{name}"/>' if name else ""
    timed = f'<date key="time:timestamp" value="{time}"/>' if time else ""
    return f"<event>{named}{timed}{more}</event>\n"


def trace(name: str, *events: str, more: str = "") -> str:
    """Return a case of XES."""
    named = f'<string key="concept:name" value="{name}"/>' if name else ""
    return f"<trace>{named}{more}\n{''.join(events)}</trace>\n"


def unfolded(folder: Path, *inside: str) -> Unfolding:
    """Write a log and unfold it."""
    file = folder / "log.xes"
    file.write_text(HEAD + "".join(inside) + "</log>\n", encoding="utf-8")
    assert form_of(file) == "xes"
    return unfold(file, "xes", folder)


def rows(log: Unfolding, part: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Return the rows of a part."""
    with duckdb.connect() as connection:
        return connection.execute(f"select {columns} from '{log.paths[part]}' order by file_row").fetchall()


def attributes(log: Unfolding, number: int = 0) -> dict[str, Any]:
    """Return the attributes of an event."""
    found: dict[str, Any] = json.loads(rows(log, "events", "attributes")[number][0])
    return found


def test_a_case_names_its_events_in_order_and_its_attributes_stand_on_the_first(tmp_path: Path) -> None:
    amount = '<int key="amount" value="7"/>'
    log = unfolded(tmp_path, trace("17", event("a"), event("b"), more=amount), trace("18", event("c")))
    assert rows(log, "events", "case_id, seq, activity, case_attributes") == [
        ("17", 0, "a", '{"amount":7}'), ("17", 1, "b", None), ("18", 0, "c", "{}"),
    ]  # fmt: skip
    assert rows(log, "cases", "case_id, events") == [("17", 2), ("18", 1)]


def test_attributes_of_a_case_may_stand_after_its_events(tmp_path: Path) -> None:
    late = '<string key="concept:name" value="17"/>'
    log = unfolded(tmp_path, f"<trace>{event('a')}{late}</trace>")
    assert rows(log, "events", "case_id") == [("17",)]


def test_the_four_extensions_have_columns_and_all_other_attributes_are_kept_by_kind(tmp_path: Path) -> None:
    more = (
        '<string key="org:resource" value="Pete"/><string key="lifecycle:transition" value="complete"/>'
        '<string key="org:group" value="A &amp; B"/><int key="n" value="-3"/><float key="x" value="1.5e3"/>'
        '<boolean key="ok" value="TRUE"/><id key="who" value="ab-1"/><date key="due" value="2024-01-02T00:00:00Z"/>'
        '<float key="none" value="NaN"/>'
    )
    log = unfolded(tmp_path, trace("1", event("a", more=more)))
    assert rows(log, "events", "resource, lifecycle") == [("Pete", "complete")]
    assert attributes(log) == {
        "org:group": "A & B", "n": -3, "x": 1500.0, "ok": True, "who": "ab-1",
        "due": "2024-01-02T00:00:00Z", "none": "NaN",
    }  # fmt: skip
    assert not log.bad


def test_lists_containers_and_attributes_of_attributes_are_kept(tmp_path: Path) -> None:
    more = (
        '<list key="items"><values><string key="item" value="x"/><string key="item" value="y"/></values></list>'
        '<container key="box"><int key="width" value="2"/></container>'
        '<string key="name" value="n"><string key="unit" value="kg"/></string>'
    )
    log = unfolded(tmp_path, trace("1", event("a", more=more)))
    assert attributes(log) == {
        "items": [{"item": "x"}, {"item": "y"}],
        "box": {"width": 2},
        "name": {"value": "n", "attributes": {"unit": "kg"}},
    }


def test_globals_classifiers_and_extensions_are_no_values_of_events(tmp_path: Path) -> None:
    told = (
        '<extension name="Concept" prefix="concept" uri="x"/>'
        '<global scope="event"><string key="concept:name" value="__INVALID__"/></global>'
        '<classifier name="c" keys="concept:name"/><string key="source" value="made"/>'
    )
    log = unfolded(tmp_path, told, trace("1", event("a")))
    assert rows(log, "events", "activity") == [("a",)]
    assert rows(log, "log", "key, value") == [("source", '"made"')]


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (trace("1", event("a", time="")), "no time:timestamp"),
        (trace("", event("a")), "no concept:name"),
        (event("a"), "no concept:name"),
        (trace("1", event("a", more='<int key="cost" value="cheap"/>')), "`cost`: `cheap` is no whole number"),
        (trace("1", event("a", more='<boolean key="ok" value="maybe"/>')), "neither true nor false"),
        (trace("1", event("a", more='<string key="x"/>')), "a string without a value"),
    ],
)
def test_an_event_that_cannot_be_used_is_set_aside_whole_with_its_line(inside: str, said: str, tmp_path: Path) -> None:
    log = unfolded(tmp_path, inside, trace("2", event("b")))
    (bad,) = log.bad
    assert (bad.code, bad.row) == ("D110", 1)
    assert said in bad.reason
    assert bad.reason.startswith("line ")
    assert bad.cells["activity"] == "a"
    assert rows(log, "events", "case_id, file_row") == [("2", 2)]


def test_an_offset_without_a_colon_is_an_offset(tmp_path: Path) -> None:
    log = unfolded(tmp_path, trace("1", event("a", "2024-01-01T10:00:00.000+0100")))
    assert rows(log, "events", "ts") == [("2024-01-01T10:00:00.000+01:00",)]


ENTITY = '<?xml version="1.0"?>\n<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<log><trace>&b;</trace></log>'
OUTSIDE = '<?xml version="1.0"?>\n<!DOCTYPE log [<!ENTITY x SYSTEM "/etc/passwd">]>\n<log>&x;</log>'


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (ENTITY, "D102", 2),
        (OUTSIDE, "D102", 2),
        ("<log>\n<trace>\n</log>", "D101", 3),
        ("<log>\n<trace>", "D101", 2),
        ("<log>" + "<string key='a'>" * 200, "D103", 1),
        ("<html>\n</html>", "D104", 1),
    ],
)
def test_what_is_no_log_is_refused_where_it_is_wrong(text: str, code: str, line: int, tmp_path: Path) -> None:
    file = tmp_path / "log.xes"
    file.write_text(text)
    with pytest.raises(SourceError) as caught:
        unfold(file, "xes", tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.file, problem.place.line) == (code, "log.xes", line)


def test_a_gzipped_log_gives_the_same_events_and_half_of_it_an_error(tmp_path: Path) -> None:
    text = (HEAD + trace("1", event("a"), event("b")) + "</log>").encode()
    (tmp_path / "log.xes").write_bytes(text)
    (tmp_path / "zip").mkdir()
    (tmp_path / "zip/log.xes.gz").write_bytes(gzip.compress(text))
    assert read(MAPPING, tmp_path).events == read(MAPPING, tmp_path / "zip").events
    (tmp_path / "zip/log.xes.gz").write_bytes(gzip.compress(text)[:-20])
    with pytest.raises(SourceError) as caught:
        read(MAPPING, tmp_path / "zip")
    assert caught.value.problems[0].code in ("M111", "D101")


def test_a_mapping_makes_events_of_a_log_and_quarantine_of_the_rest(tmp_path: Path) -> None:
    text = (
        HEAD + trace("1", event("a"), event("b", time="")) + trace("2", event("c", "2024-02-30T00:00:00Z")) + "</log>"
    )
    (tmp_path / "log.xes").write_text(text)
    found = read(MAPPING, tmp_path)
    assert [(one.subject, one.data["activity"]) for one in found.events] == [("order/1", "a")]
    assert sorted(found.codes()) == ["D110", "M205"]
    assert {json.loads(one.raw)["row"] for one in found.refused} == {2, 3}


def test_an_empty_log_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "log.xes").write_text(HEAD + "</log>")
    assert read(MAPPING, tmp_path).events == []


@pytest.mark.parametrize("name", ["plain.xes", "all_kinds.xes"])
def test_the_samples_are_read_whole(name: str, tmp_path: Path) -> None:
    log = unfold(SAMPLES / name, form_of(SAMPLES / name), tmp_path)
    assert rows(log, "events", "case_id")
    assert not log.bad
