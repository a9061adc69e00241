"""Mapping files: what is wrong with them, all at once, and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.unit.connectors.tabular.kit import PLAIN
from troth.connectors.tabular import check_against_pack, load_mapping
from troth.connectors.tabular.schema import MAPPING
from troth.errors import PackError
from troth.runtime import catalog


def problems_of(text: str) -> list[tuple[str, int]]:
    """Return (code, line) of all problems of a mapping."""
    with pytest.raises(PackError) as caught:
        load_mapping(text, "small.yaml")
    return [(problem.code, problem.place.line) for problem in caught.value.problems]


def test_a_right_mapping_is_loaded_with_what_it_says() -> None:
    mapping = load_mapping(PLAIN, "small.yaml")
    assert (mapping.name, mapping.pack, mapping.sources) == ("small", "small", ("shop",))
    assert mapping.place("rows", 0, "subject").line == 9


def test_every_problem_is_found_in_one_go() -> None:
    text = (
        PLAIN.replace("America/New_York", "Mars/Olympus")
        .replace("at: done}", "at: finished}")
        .replace("{column: placed_at}", "{column: placed_at, unit: days}")
        .replace("attributes: {placed", "attributes: {plcaed")
        .replace("table: orders", "table: order")
    )
    assert sorted(problems_of(text)) == [("M104", 8), ("M104", 11), ("M104", 14), ("M105", 10), ("M106", 4)]


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("{}", "M105"),
        ("{column: a, clock: b, date: c}", "M105"),
        ("{clock: a}", "M105"),
        ("{clock: a, date: b, after: placed}", "M105"),
        ("{plus: a, to: placed}", "M105"),
        ("{plus: a, unit: days}", "M105"),
        ("{shift: 1d}", "M105"),
        ("{shift: 1d, to: later}", "M104"),
        ("{shift: 1 day, to: placed}", "P"),
        ("{latest: [placed, later]}", "M104"),
        ("{column: a, zone: Nowhere}", "M106"),
        ("{column: a, zone: UTC, zone_column: z}", "M105"),
        ("{collumn: a}", "P"),
    ],
)
def test_a_time_that_is_not_one_kind_of_time_is_refused(time: str, code: str) -> None:
    found = problems_of(PLAIN.replace("done: {column: done_at}", f"done: {time}"))
    assert all(line == 10 for _, line in found)
    assert found[0][0].startswith(code)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{file: [orders.parquet, orders.csv, orders.csv.gz, orders.zip]}", "{}", "M101"),
        ("{file: [orders.parquet, orders.csv, orders.csv.gz, orders.zip]}", "{columns: [a, b], values: [[1]]}", "M101"),
        ("orders.zip]}", "orders.zip], read_as: {id: word}}", "M102"),
        ("tables:", "extract: {at: yesterday}\ntables:", "M103"),
        ("tables:", "extract: {at: 2024-01-01T00:00:00}\ntables:", "M103"),
        ("tables:", "extract: {}\ntables:", "M103"),
        ("tables:", "extract: {max: [orders]}\ntables:", "M104"),
        ("{placed: [city]}", '{placed: "*", done: "*"}', "M107"),
    ],
)
def test_tables_extracts_and_attributes_are_checked(old: str, new: str, code: str) -> None:
    assert {found for found, _ in problems_of(PLAIN.replace(old, new))} == {code}


def test_the_schema_is_a_schema_and_describes_every_field() -> None:
    Draft202012Validator.check_schema(MAPPING)
    assert set(MAPPING["properties"]) >= {"mapping", "pack", "zone", "tables", "rows", "extract"}
    assert all(field["title"] and field["description"] for field in MAPPING["properties"].values())


def test_every_shipped_mapping_fits_its_pack(repository: Path) -> None:
    folder = repository / "src/troth/packs"
    files = sorted(folder.glob("*/mappings/*.yaml"))
    assert len(files) >= 4
    for file in files:
        mapping = load_mapping(file.read_text(), file.name)
        pack = catalog.load(mapping.pack).compiled.require()
        assert check_against_pack(mapping, pack) == ()


def test_events_and_sources_that_the_pack_does_not_know_are_named() -> None:
    pack = catalog.load("delivery").compiled.require()
    found = check_against_pack(load_mapping(PLAIN, "small.yaml"), pack)
    assert [(problem.code, problem.place.line) for problem in found] == [("M104", 13), ("M104", 14)]
