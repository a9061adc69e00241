"""Object-centric logs become the same parts from JSON, XML and SQLite; what contradicts itself is set aside."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.unit.connectors.tabular.kit import read
from troth.connectors.forms import form_of, unfold
from troth.connectors.parts import Unfolding
from troth.errors import SourceError

SAMPLE = Path(__file__).resolve().parents[4] / "src/troth/connectors/ocel/samples/orders.jsonocel"

MAPPING = """
mapping: small
pack: small
zone: Etc/UTC
tables:
  events: {file: ["*.jsonocel", "*.json"], part: events, read_as: {ts: timestamp}}
  relations: {file: ["*.jsonocel", "*.json"], part: relations}
extract: {max: [events.ts]}
rows:
  - table: relations
    sql: |
      select r.*, e.activity, e.ts from relations r join events e using (event_id) where r.object_type = 'order'
    subject: "'order/' + object_id"
    times: {at: {column: ts}}
    events:
      - {type: placed, source: shop, at: at, when: activity == 'place order'}
      - {type: done, source: shop, at: at, when: activity == 'deliver parcel', data: {how: qualifier}}
"""


def unfolded(file: Path, folder: Path) -> Unfolding:
    """Unfold a log by what it is."""
    return unfold(file, form_of(file), folder)


def rows(log: Unfolding, part: str, columns: str = "* exclude (file_row)") -> list[tuple[Any, ...]]:
    """Return the rows of a part, sorted."""
    with duckdb.connect() as connection:
        return connection.execute(f"select {columns} from '{log.paths[part]}' order by all").fetchall()


def written(folder: Path, document: object, name: str = "log.json") -> Path:
    """Write a JSON file."""
    file = folder / name
    file.write_text(json.dumps(document))
    return file


def small(**changes: Any) -> dict[str, Any]:
    """Return a log of one order and one event, changed."""
    log: dict[str, Any] = {
        "objectTypes": [], "eventTypes": [], "objects": [{"id": "o1", "type": "order"}],
        "events": [{"id": "e1", "type": "pay", "time": "2024-01-01T00:00:00Z",
                    "relationships": [{"objectId": "o1", "qualifier": "q"}]}],
    }  # fmt: skip
    return log | changes


def test_an_event_belongs_to_every_object_of_the_chosen_type(tmp_path: Path) -> None:
    (tmp_path / "orders.jsonocel").write_bytes(SAMPLE.read_bytes())
    found = read(MAPPING, tmp_path)
    assert sorted((one.subject, one.type) for one in found.events) == [
        ("order/o1", "done"), ("order/o1", "placed"), ("order/o2", "done"), ("order/o2", "placed"),
    ]  # fmt: skip
    assert not found.refused


def test_values_from_the_beginning_are_the_objects_and_later_ones_are_changes_with_their_time(tmp_path: Path) -> None:
    log = unfolded(SAMPLE, tmp_path)
    assert rows(log, "objects") == [
        ("o1", "order", None, '{"price":20.0}'), ("o2", "order", None, '{"price":5.0}'), ("p1", "parcel", None, "{}"),
    ]  # fmt: skip
    assert rows(log, "changes") == [("o1", "order", "price", "2024-03-05T08:00:00Z", "18.5")]
    assert rows(log, "links") == [("o1", "p1", "goes in"), ("o2", "p1", "goes in")]


def test_xml_gives_the_same_parts_as_json(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    (tmp_path / "xml").mkdir()
    first = unfolded(SAMPLE, tmp_path / "json")
    second = unfolded(SAMPLE.with_suffix(".xmlocel"), tmp_path / "xml")
    for part in ("events", "relations", "links", "changes"):
        assert rows(second, part) == rows(first, part)
    # In XML all values are text.
    assert rows(second, "objects", "attributes")[0] == ('{"price":"20.0"}',)


@pytest.mark.parametrize(
    ("change", "part", "code"),
    [
        ({"events": [{"id": "e1", "type": "pay"}]}, "events", "D111"),
        ({"events": [{"type": "pay", "time": "2024-01-01T00:00:00Z"}]}, "events", "D111"),
        ({"events": ["e1"]}, "events", "D111"),
        ({"objects": [7], "events": []}, "objects", "D111"),
        ({"events": [{"id": "e1", "type": "pay", "time": "2024-01-01T00:00:00Z"}] * 2}, "events", "D113"),
        ({"objects": [{"id": "o1", "type": "order"}] * 2}, "objects", "D113"),
        ({"objects": [{"id": "o1"}], "events": []}, "objects", "D111"),
        ({"objects": []}, "relations", "D112"),
    ],
)
def test_what_contradicts_itself_is_set_aside_with_its_path(
    change: dict[str, Any], part: str, code: str, tmp_path: Path
) -> None:
    (bad,) = unfolded(written(tmp_path, small(**change)), tmp_path).bad
    assert (bad.part, bad.code) == (part, code)
    assert bad.reason.startswith(("events[", "objects["))


def test_broken_json_is_refused_with_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text('{"objects": [],\n "events": [}\n')
    with pytest.raises(SourceError) as caught:
        unfolded(file, tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line, problem.place.column) == ("D101", 2, 13)


@pytest.mark.parametrize("document", [[], {}, {"events": []}, 7, {"events": 7, "objects": []}])
def test_json_that_is_no_log_is_refused(document: object, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        unfolded(written(tmp_path, document), tmp_path)
    assert caught.value.problems[0].code == "D104"


def test_version_one_is_read_with_a_note(tmp_path: Path) -> None:
    document = {
        "ocel:global-log": {"ocel:version": "1.0"},
        "ocel:events": {
            "1": {"ocel:activity": "pay", "ocel:timestamp": "2024-01-01T00:00:00Z", "ocel:omap": ["o1", "gone"],
                  "ocel:vmap": {"sum": 3}},
        },
        "ocel:objects": {"o1": {"ocel:type": "order", "ocel:ovmap": {"price": 2}}},
    }  # fmt: skip
    log = unfolded(written(tmp_path, document), tmp_path)
    assert rows(log, "events") == [("1", "pay", "2024-01-01T00:00:00Z", '{"sum":3}')]
    assert rows(log, "relations") == [("1", "o1", "order", None)]
    assert rows(log, "objects") == [("o1", "order", None, '{"price":2}')]
    assert [bad.code for bad in log.bad] == ["D112"]
    assert [code for code, _ in log.notes] == ["D401"]


def test_xml_with_an_entity_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "log.xmlocel"
    file.write_text('<!DOCTYPE log [<!ENTITY a "b">]>\n<log><objects/></log>')
    with pytest.raises(SourceError) as caught:
        unfolded(file, tmp_path)
    assert caught.value.problems[0].code == "D102"


def test_a_database_that_is_no_log_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as database:
        database.execute("create table orders (id text)")
    with pytest.raises(SourceError) as caught:
        unfolded(tmp_path / "shop.sqlite", tmp_path)
    assert caught.value.problems[0].code == "D105"
    (tmp_path / "cut.sqlite").write_bytes((tmp_path / "shop.sqlite").read_bytes()[:700])
    with pytest.raises(SourceError) as caught:
        unfolded(tmp_path / "cut.sqlite", tmp_path)
    assert caught.value.problems[0].code == "D105"


@pytest.mark.data
def test_the_standards_example_is_the_same_in_its_three_forms(shared_data: Path, tmp_path: Path) -> None:
    files = [shared_data / f"ocel/ocel20_example.{ending}" for ending in ("json", "xml", "sqlite")]
    logs = []
    for number, file in enumerate(files):
        (tmp_path / str(number)).mkdir()
        logs.append(unfolded(file, tmp_path / str(number)))
    parts = {"events": "event_id, activity, attributes", "objects": "object_id, object_type, attributes",
             "relations": "*", "links": "*", "changes": "object_id, object_type, field, value"}  # fmt: skip
    for part, columns in parts.items():
        told = columns if columns != "*" else "* exclude (file_row)"
        first, *others = (rows(log, part, told) for log in logs)
        assert first
        assert others == [first, first]
    assert not [bad for log in logs for bad in log.bad]


@pytest.mark.data
def test_a_log_cut_to_some_objects_loses_no_relation(shared_data: Path, tmp_path: Path) -> None:
    packed = shared_data / "ocel/ocel20_logistics.sqlite.gz"
    (tmp_path / "plain.sqlite").write_bytes(gzip.decompress(packed.read_bytes()))
    with closing(sqlite3.connect(tmp_path / "plain.sqlite")) as database:
        ((events, objects, relations, dangling),) = database.execute(
            "select (select count(*) from event), (select count(*) from object), (select count(*) from event_object), "
            "(select count(*) from event_object where ocel_object_id not in (select ocel_id from object))"
        ).fetchall()
    log = unfolded(packed, tmp_path)
    assert (len(rows(log, "events")), len(rows(log, "objects"))) == (events, objects)
    assert (len(rows(log, "relations")), len(log.bad)) == (relations - dangling, dangling)
    assert {bad.code for bad in log.bad} == {"D112"}
