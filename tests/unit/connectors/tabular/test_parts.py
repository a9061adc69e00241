"""Tables that are parts of one file: which file serves which, and what a file does not have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.connectors.tabular.kit import read
from troth.connectors.tabular import TabularSource, load_mapping
from troth.errors import SourceError
from troth.lang.compile import compile_pack

LOG = {
    "objects": [{"id": "1", "type": "order"}],
    "events": [
        {"id": "e1", "type": "pay", "time": "2024-01-01T00:00:00Z", "relationships": [{"objectId": "1"}]},
        {"id": "e2", "type": "pay", "time": "2024-01-01T00:00:00Z", "relationships": [{"objectId": "2"}]},
    ],
}

MAPPING = """
mapping: small
pack: small
zone: Etc/UTC
tables:
  events: {{file: ["*.jsonocel"], part: events, read_as: {{ts: timestamp}}}}
  relations: {{file: ["*.jsonocel"], part: {part}}}
  cities: {{file: [cities.csv], optional: true, read_as: {{city: text}}}}
extract: {{max: [events.ts]}}
rows:
  - table: relations
    sql: select r.*, e.ts from relations r join events e using (event_id)
    subject: "'order/' + object_id"
    times: {{at: {{column: ts}}}}
    events: [{{type: placed, source: shop, at: at}}]
"""


def log_in(folder: Path, name: str = "log.jsonocel") -> Path:
    """Write the log into a folder."""
    (folder / name).write_text(json.dumps(LOG))
    return folder / name


@pytest.mark.parametrize("named", ["file", "folder"])
def test_one_file_serves_all_tables_that_are_parts_of_it(named: str, tmp_path: Path) -> None:
    file = log_in(tmp_path)
    found = read(MAPPING.format(part="relations"), file if named == "file" else tmp_path)
    assert [event.subject for event in found.events] == ["order/1"]
    assert found.codes() == ["D112"]
    assert found.extract == "2024-01-01T00:00:00Z"


def test_a_file_of_another_name_serves_them_as_well(tmp_path: Path) -> None:
    assert len(read(MAPPING.format(part="relations"), log_in(tmp_path, "export.json")).events) == 1


def test_a_part_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read(MAPPING.format(part="cases"), log_in(tmp_path))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.file) == ("M116", "small.yaml")
    assert "relations" in problem.expected


def test_a_refused_relation_is_refused_again_until_the_log_is_mended(tmp_path: Path) -> None:
    file = log_in(tmp_path)
    mapping = load_mapping(MAPPING.format(part="relations"), "small.yaml")
    with TabularSource(mapping, file) as source:
        (refused,) = [one for batch in source.batches() for one in batch.refused]
        place = json.loads(refused.raw)["file"], json.loads(refused.raw)["row"]
        assert refused in [one for _, _, bad in source.rows({place}) for one in bad]
        assert source.cells(refused) is None


def test_what_a_log_calls_an_attribute_is_sealed_whole_where_any_column_is_personal(tmp_path: Path) -> None:
    file = tmp_path / "log.xes"
    file.write_text('<log><trace><string key="concept:name" value="1"/><event><string key="who" value="Ada"/></event>'
                    "</trace></log>")  # fmt: skip
    mapping = """
mapping: small
pack: small
zone: Etc/UTC
tables: {log: {file: ["*.xes"], read_as: {ts: timestamp}}}
rows:
  - table: log
    sql: select *, attributes->>'who' as who from log
    subject: "'order/' + case_id"
    times: {at: {column: ts}}
    events: [{type: placed, source: shop, at: at, data: {who: who}}]
"""
    pack = """
pack: small
version: 1
title: Small
subject: order
request: placed
sources: {shop: {title: shop}}
facts: {placed: {type: bool, authority: [[shop]], otherwise: false}}
events: {placed: {observe: {placed: true}, personal: [who]}}
states: {placed: {when: placed, terminal: true, usable: true}, before: {when: "!placed"}}
"""

    compiled = compile_pack({"pack.yaml": pack}).require()
    with TabularSource(load_mapping(mapping, "small.yaml"), file, compiled) as source:
        (refused,) = [one for batch in source.batches() for one in batch.refused]
    raw = json.loads(refused.raw)
    assert set(raw["personal"]) == set(raw["cells"])
    assert "who" in raw["cells"]
