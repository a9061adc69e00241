"""Several workers on one PostgreSQL database, and the same history in a file: one set of records."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.golden.cli.conftest import PARCEL
from tests.postgres_server import Server
from troth.ledger.sqlite import SqliteLedger
from troth.model.ids import record_hash
from troth.ports.ledger import Ledger
from troth.runtime import catalog
from troth.runtime.importing import import_events
from troth.runtime.work import as_of, fold
from troth.scale.postgres import PostgresLedger
from troth.scale.postgres.workers import Portion, fold_side_by_side
from troth.surfaces.importing import source_of

pytestmark = pytest.mark.slow

PARCELS = 1_500


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of parcels: on time, late, never, noted."""
    path = tmp_path_factory.mktemp("parcels") / "parcels.csv"
    rows = ["id,posted,delivered,noted,town,state"]
    for number in range(PARCELS):
        posted = f"2026-03-{number % 20 + 1:02} 09:00:00"
        delivered = f"2026-03-{number % 20 + 2 + number % 5:02} 10:30:00" if number % 7 else ""
        noted = f"2026-03-{number % 20 + 4:02} 08:00:00" if number % 3 == 0 else ""
        rows.append(f"{number},{posted},{delivered},{noted},{'Kiel' if number % 2 else 'Ulm'},")
    path.write_text("\n".join(rows) + "\n")
    return path


def filled(ledger: Ledger, table: Path) -> catalog.Loaded:
    """Take the table in without folding it; return its pack."""
    loaded = catalog.load(str(PARCEL))
    pack = loaded.compiled.require()
    catalog.store(ledger, loaded)
    with source_of(loaded, "rows", table) as source:
        summary = import_events(
            ledger, pack.name, source.batches(), extract=source.extract, sources=source.sources, cursor=source.cursor,
            origin=source.origin, series=source.series,
        )  # fmt: skip
    assert summary.subjects == PARCELS
    assert summary.extract_at is not None
    ledger.put("test/moment", summary.extract_at)
    return loaded


def hashes(ledger: Ledger) -> dict[str, str]:
    """Return subject → record hash."""
    return {record.subject: record_hash(record) for record in ledger.scan_records()}


@pytest.fixture(scope="module")
def expected(table: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the record hashes that one worker makes in a file."""
    with closing(SqliteLedger(tmp_path_factory.mktemp("file") / "one.db")) as ledger:
        loaded = filled(ledger, table)
        pack = loaded.compiled.require()
        fold(ledger, {pack.name: pack}, now=ledger.get("test/moment"))
        return hashes(ledger)


@pytest.fixture
def shared(postgres: Server, table: Path) -> Iterator[tuple[str, PostgresLedger]]:
    """Give a database with the table's events, not folded yet."""
    address = postgres.database()
    with closing(PostgresLedger(address)) as ledger:
        filled(ledger, table)
        yield address, ledger


def test_one_worker_makes_the_records_that_it_makes_in_a_file(
    shared: tuple[str, PostgresLedger], expected: dict[str, str]
) -> None:
    _, ledger = shared
    fold(ledger, catalog.restore(ledger), now=ledger.get("test/moment"))
    assert hashes(ledger) == expected


def test_two_processes_fold_every_subject_once_and_make_the_same_records(
    shared: tuple[str, PostgresLedger], expected: dict[str, str]
) -> None:
    address, ledger = shared
    moment = ledger.get("test/moment")
    *portions, closing_fold = fold_side_by_side(address, catalog.restore(ledger), workers=2, now=moment)
    assert all(portion.events > 0 for portion in portions)
    assert sum(portion.events for portion in portions) == ledger.count()["events"]
    assert (closing_fold.events, closing_fold.fired) == (0, 0), "the portions left nothing"
    assert hashes(ledger) == expected
    assert as_of(ledger) == moment
    assert max(record.version for record in ledger.scan_records()) <= 2, "once for events, at most once for a timer"


def test_workers_that_all_want_everything_make_the_same_records(
    shared: tuple[str, PostgresLedger], expected: dict[str, str]
) -> None:
    """Without portions, one of two loses at the fence and goes on from what the other has done."""
    address, ledger = shared
    packs, moment = catalog.restore(ledger), ledger.get("test/moment")

    def work(_: int) -> None:
        with closing(PostgresLedger(address)) as mine:
            fold(mine, packs, now=moment)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert hashes(ledger) == expected


def test_portions_are_all_buckets_each_in_one(shared: tuple[str, PostgresLedger]) -> None:
    address, ledger = shared
    parts = []
    for worker in range(3):
        with closing(Portion(address, worker=worker, of=3)) as portion:
            parts.append(portion.dirty_buckets())
    assert sorted(bucket for part in parts for bucket in part) == ledger.dirty_buckets()
    with pytest.raises(ValueError, match="portion 2 of 2"):
        Portion(address, worker=2, of=2)
