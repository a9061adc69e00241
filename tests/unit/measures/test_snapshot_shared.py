"""Snapshots that several processes build are, row by row, those that one builds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from troth.bootstrap import open_ledger
from troth.measures.question import Tables
from troth.measures.tables import SCHEMAS
from troth.measures.told import GROUPS
from troth.model.pack import Pack
from troth.model.times import HOUR, MINUTE, Micros
from troth.ports.ledger import Ledger
from troth.runtime import catalog, told
from troth.runtime.backtest import spread
from troth.runtime.backtest.customers import LedgerCustomers
from troth.runtime.snapshot import open_tables, run
from troth.runtime.work import as_of
from troth.sim.conduct import conduct
from troth.sim.drivers import LiveDriver
from troth.sim.firm import START, Firm
from troth.sim.world import PACKS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def opener(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Ledger]:
    """Return what opens the ledger of a firm with some days of orders."""
    path = tmp_path_factory.mktemp("shared") / "firm.db"
    store = open_ledger(path)
    driver = LiveDriver(store, catalog.gather(store, PACKS), START)
    conduct(Firm(5, START, orders=40, per_hour=2.0), driver)
    driver.close()
    store.close()
    return partial(open_ledger, path, must_exist=True)


@pytest.fixture
def ledger(opener: Callable[[], Ledger]) -> Iterator[Ledger]:
    """Return the ledger, opened."""
    found = opener()
    yield found
    found.close()


def _packs(ledger: Ledger) -> dict[str, Pack]:
    return dict(catalog.restore(ledger))


def _moment(ledger: Ledger) -> Micros:
    moment = as_of(ledger)
    assert moment is not None
    return moment


@pytest.mark.parametrize("earlier", [0, 20 * HOUR], ids=["present", "past"])
def test_two_processes_build_what_one_builds(
    opener: Callable[[], Ledger], ledger: Ledger, earlier: Micros, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, packs = _moment(ledger) - earlier, _packs(ledger)
    alone = open_tables(ledger, packs, moment, folder=tmp_path / "alone")
    monkeypatch.setattr(spread, "PAYS_FROM", 1)
    seen: list[int] = []
    shared = open_tables(ledger, packs, moment, seen.append, tmp_path / "shared", opener=opener)
    assert len(seen) >= spread.SHARES
    assert (shared.rows, shared.attributes, shared.several) == (alone.rows, alone.attributes, alone.several)
    assert shared.rows["subjects"] == seen[-1] > 0
    for name in (*SCHEMAS, *(() if earlier else GROUPS["told"])):
        rows = _rows(alone, name)
        assert _rows(shared, name) == rows
        assert rows


def test_other_packs_than_those_of_the_ledger_are_not_shared(
    opener: Callable[[], Ledger], ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = _packs(ledger)
    name = "store_pickup"
    promises = tuple(replace(kind, grace=kind.grace + MINUTE) for kind in packs[name].promises)
    packs[name] = replace(packs[name], digest="0" * 64, promises=promises)
    alone = open_tables(ledger, packs, _moment(ledger), folder=tmp_path / "alone")
    monkeypatch.setattr(spread, "PAYS_FROM", 1)
    tables = open_tables(ledger, packs, _moment(ledger), folder=tmp_path / "again", opener=opener)
    assert _rows(tables, "promises") == _rows(alone, "promises")


def _rows(tables: Tables, name: str) -> list[str]:
    table = getattr(tables, name) if name in SCHEMAS else tables.told(name)
    return sorted(map(repr, run(table).to_pylist()))


def test_a_folded_subject_gives_the_rows_that_its_record_and_events_give(ledger: Ledger) -> None:
    moment, packs = _moment(ledger), _packs(ledger)
    whose = LedgerCustomers(ledger, packs, ledger.watermarks())
    for group in ("told", "words"):
        work = told._Work(group, packs, ledger.watermarks(), moment, whose)
        for record in ledger.scan_records():
            events = ledger.events_of([record.subject])[record.subject]
            needed = events if work.needs(record, packs[record.pack]) else None
            assert work.folded(record.pack, record.subject, events) == work.rows(record, needed)
