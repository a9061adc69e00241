"""Snapshots: attributes as typed columns, caching by content, replay where stored records do not hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.unit.measures.builders import AS_OF, Shelf, a_pack, a_promise, a_record, opened
from troth.errors import MeasureError
from troth.measures.question import Question
from troth.model.record import Record
from troth.model.times import DAY
from troth.ports.ledger import Ledger
from troth.runtime import snapshot, snapshot_build, snapshot_rows
from troth.runtime.snapshot import measure, open_tables, run, select_subjects

PACKS = {"parcel": a_pack()}


def _values(name: str, *values: Any) -> tuple[str, list[Any]]:
    tables = opened([a_record(n, attributes={name: value}) for n, value in enumerate(values)])
    column = tables.attributes[name]
    rows = run(tables.subjects.order_by("subject")).column(column.column).to_pylist()
    return column.type, rows


@pytest.mark.parametrize(
    ("values", "kind", "stored"),
    [
        ((True, False, None), "bool", [True, False, None]),
        ((1, -(2**62), None), "int64", [1, -(2**62), None]),
        ((1, 2.5), "float64", [1.0, 2.5]),
        ((1, 1e300), "float64", [1.0, 1e300]),
        ((2**63, 1), "string", [str(2**63), "1"]),
        ((True, 1), "string", ["true", "1"]),
        (("x", 1, 2.5, None), "string", ["x", "1", "2.5", None]),
        (("", "é'\"\\\n"), "string", ["", "é'\"\\\n"]),
        ((None, None), "string", [None, None]),
        (([1, 2], {"a": 1}), "string", ["[1,2]", '{"a":1}']),
    ],
)
def test_an_attribute_has_the_narrowest_type_that_holds_its_values(
    values: tuple[Any, ...], kind: str, stored: list[Any]
) -> None:
    assert _values("shop", *values) == (kind, stored)


@pytest.mark.parametrize("name", ["subject", 'we"ird', "a/b~c", "$.x[0]", "o'clock", "at", "*", "ü", "a b"])
def test_an_attribute_may_have_any_name(name: str) -> None:
    assert _values(name, "x", "y") == ("string", ["x", "y"])


def test_names_that_differ_in_case_alone_are_two_attributes() -> None:
    tables = opened([a_record(1, attributes={"Shop": "x", "shop": 7})])
    row = run(tables.subjects).to_pylist()[0]
    assert row[tables.attributes["Shop"].column] == "x"
    assert row[tables.attributes["shop"].column] == 7


def test_many_chunks_give_the_same_tables_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [a_record(n, [("placed", 0)], promises=[a_promise()], attributes={"n": n or "zero"}) for n in range(57)]
    whole = opened(records)
    monkeypatch.setattr(snapshot_rows, "CHUNK", 10)
    seen: list[int] = []
    parts = open_tables(cast(Ledger, Shelf(records)), PACKS, AS_OF, seen.append)
    assert seen == [10, 20, 30, 40, 50, 57]
    assert (parts.rows, parts.attributes) == (whole.rows, whole.attributes)
    assert run(parts.subjects).equals(run(whole.subjects))
    assert run(parts.promises).equals(run(whole.promises))


def test_a_snapshot_is_built_once_for_one_content(tmp_path: Path) -> None:
    shelf = Shelf([a_record(1, promises=[a_promise()])])
    for _ in range(2):
        tables = open_tables(cast(Ledger, shelf), PACKS, AS_OF, folder=tmp_path)
        assert measure("promise_reliability", tables, Question())[0].value == 1.0
    assert shelf.scans == 1
    shelf.records.append(a_record(2, promises=[a_promise("broken")]))
    tables = open_tables(cast(Ledger, shelf), PACKS, AS_OF, folder=tmp_path)
    assert measure("promise_reliability", tables, Question())[0].value == 0.5
    open_tables(cast(Ledger, shelf), {"parcel": a_pack(digest="e" * 64)}, AS_OF, folder=tmp_path)
    assert shelf.scans == 3
    assert not list(tmp_path.glob("*.partial"))


def test_old_snapshots_are_removed(tmp_path: Path) -> None:
    for moment in range(6):
        open_tables(cast(Ledger, Shelf([a_record(1, at=0)])), PACKS, AS_OF + moment, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == snapshot.KEEP


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="Q105"):
        open_tables(cast(Ledger, Shelf([a_record(1, pack="gone")])), PACKS, AS_OF, folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "changes", [{"at": AS_OF + 1}, {"wake_at": AS_OF}, {"pending": AS_OF - DAY}], ids=["later", "wakes", "pending"]
)
def test_records_that_do_not_hold_are_replayed(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    replayed: list[int] = []

    def records_at(ledger: Ledger, packs: Any, moment: int) -> Iterator[Record]:
        replayed.append(moment)
        return iter([a_record(1, promises=[a_promise("broken")])])

    monkeypatch.setattr(snapshot_build, "records_at", records_at)
    shelf = Shelf([a_record(1, promises=[a_promise()]), a_record(2, promises=[a_promise()], **changes)])
    tables = open_tables(cast(Ledger, shelf), PACKS, AS_OF)
    assert replayed == [AS_OF]
    assert measure("promise_reliability", tables, Question())[0].value == 0.0


def test_a_condition_selects_subjects_and_counts_those_it_cannot_judge() -> None:
    records = [
        a_record(n, promises=[a_promise("kept" if n < 6 else "broken")], attributes={"shop": "a", "n": n} if n else {})
        for n in range(10)
    ]
    tables = opened(records)

    def keep(values: Any) -> bool | None:
        return None if values["n"] is None else values["n"] < 8 and values["shop"] == "a"

    chosen, unknown = select_subjects(tables, ["n", "shop"], keep)
    row = measure("promise_reliability", chosen, Question())[0]
    assert (unknown, row.n, row.figures["kept"]) == (1, 7, 5)
    none, unknown = select_subjects(tables, ["n"], lambda values: None)
    assert (unknown, measure("promise_reliability", none, Question())) == (10, [])


def test_a_condition_may_ask_for_what_is_not_known() -> None:
    tables = opened([a_record(1, attributes={"shop": "a"}), a_record(2), a_record(3)])
    chosen, unknown = select_subjects(tables, ["shop"], lambda values: values["shop"] is None)
    assert unknown == 0
    assert run(chosen.subjects).column("subject").to_pylist() == ["parcel/2", "parcel/3"]


@pytest.mark.parametrize("truth", [True, False, None])
def test_a_condition_that_reads_nothing_is_one_truth_for_all(truth: bool | None) -> None:
    tables = opened([a_record(1), a_record(2)])
    chosen, unknown = select_subjects(tables, [], lambda values: truth)
    assert run(chosen.subjects).num_rows == (2 if truth else 0)
    assert unknown == (2 if truth is None else 0)
