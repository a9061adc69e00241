"""Columns that feed personal members: no attribute, no id, and named where a row is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from troth.connectors.tabular import TabularSource, load_mapping
from troth.errors import SourceError
from troth.model.event import Event
from troth.ports.ledger import Refused
from troth.runtime.catalog import load

TEXT = "read_as: {id: text, who: text, born: timestamp, placed: timestamp}"
TABLE = f"tables: {{orders: {{file: [orders.csv], {TEXT}}}}}"
BLOCK = """
    subject: "'pickup/' + id"
    times: {placed: {column: placed}, birth: {column: born}}
    attributes: {order.placed: "*"}
    events:
      - type: order.placed
        source: oms
        at: placed
        data: {customer: "'customer/' + who", collector: name + ' ' + string(birth)}
"""
MAPPING = f"mapping: shop\npack: store_pickup\nzone: UTC\n{TABLE}\nrows:\n  - table: orders{BLOCK}"
QUERY = BLOCK.replace("name + ' ' + string(birth)", "label")
QUERIED = f"""mapping: shop\npack: store_pickup\nzone: UTC\n{TABLE}\nrows:
  - table: orders
    sql: select *, name || '!' as label from orders{QUERY}"""
HEAD = "id,who,placed,name,born,town"
GOOD = "1,7,2026-03-01 10:00:00,Ada,1990-05-05 00:00:00,Ulm"


def read(folder: Path, mapping: str, *rows: str) -> tuple[list[Event], list[Refused]]:
    """Return events and refusals of rows."""
    (folder / "orders.csv").write_text("\n".join([HEAD, *rows, ""]))
    pack = load("store_pickup").compiled.require()
    with TabularSource(load_mapping(mapping, "shop.yaml"), folder, pack) as source:
        batches = list(source.batches())
    return [e for batch in batches for e in batch.events], [one for batch in batches for one in batch.refused]


def raw(refused: Refused) -> dict[str, Any]:
    """Return what a refusal keeps."""
    found: dict[str, Any] = json.loads(refused.raw)
    return found


def test_they_are_no_attributes_where_all_columns_are(tmp_path: Path) -> None:
    ((event,), _) = read(tmp_path, MAPPING, GOOD)
    assert event.data["collector"].startswith("Ada 1990")
    assert event.data["attributes"] == {"id": "1", "who": "7", "placed": "2026-03-01T10:00:00", "town": "Ulm"}


def test_to_name_one_as_an_attribute_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="M115"):
        read(tmp_path, MAPPING.replace('"*"', "[town, name]"), GOOD)


def test_the_id_of_an_event_does_not_depend_on_them_and_on_all_else_it_does(tmp_path: Path) -> None:
    rows = [GOOD, GOOD.replace("Ada", "Eve"), GOOD.replace("1990", "1991"), GOOD.replace("Ulm", "Bonn")]
    (events, _) = read(tmp_path, MAPPING, *rows)
    assert len({event.id for event in events[:3]}) == 1
    assert events[3].id != events[0].id


def test_a_refused_row_names_them_and_whose_they_are_as_far_as_it_tells(tmp_path: Path) -> None:
    rows = [GOOD.replace("1,7", ",7", 1), GOOD.replace("1,7", ",", 1)]
    (_, refused) = read(tmp_path, MAPPING, *rows)
    assert [(sorted(raw(one)["personal"]), raw(one)["of"]) for one in refused] == [
        (["born", "name"], "customer/7"),
        (["born", "name"], ""),
    ]


def test_the_id_of_a_refused_row_does_not_depend_on_them(tmp_path: Path) -> None:
    bad = GOOD.replace("1,7", ",7", 1)
    (_, (one,)) = read(tmp_path, MAPPING, bad)
    (_, (other,)) = read(tmp_path, MAPPING, bad.replace("Ada", "Eve"))
    (_, (third,)) = read(tmp_path, MAPPING, bad.replace("Ulm", "Bonn"))
    assert one.id == other.id != third.id


def test_a_line_that_is_no_row_is_personal_as_a_whole(tmp_path: Path) -> None:
    (_, (refused,)) = read(tmp_path, MAPPING, GOOD, GOOD + ",more")
    assert (refused.code, raw(refused)["personal"]) == ("M206", ["line"])


def test_of_a_query_all_cells_are_personal_of_a_row_that_never_came_to_it(tmp_path: Path) -> None:
    (_, (refused,)) = read(tmp_path, QUERIED, GOOD, GOOD.replace("2026-03-01 10:00:00", "soon"))
    assert refused.code == "M205"
    assert set(raw(refused)["personal"]) == set(raw(refused)["cells"])


def test_without_a_pack_nothing_is_personal(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(f"{HEAD}\n,7,2026-03-01 10:00:00,Ada,,Ulm\n")
    with TabularSource(load_mapping(MAPPING, "shop.yaml"), tmp_path) as source:
        ((refused,),) = [batch.refused for batch in source.batches()]
    assert "personal" not in raw(refused)
