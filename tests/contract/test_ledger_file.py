"""What only a ledger in a file can get wrong: foreign files, locks, old schemas, other processes, full disks."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from troth.errors import LedgerError, Place
from troth.ledger.sqlite import SqliteLedger, chain, outbox, statements
from troth.ledger.sqlite.connect import connect
from troth.ledger.sqlite.migrations import STEPS, migrate
from troth.model.effect import WakeUp
from troth.model.event import Event
from troth.model.ids import BUCKETS, bucket_of
from troth.runtime.verify import verify
from troth.testing.conformance.strategies import a_record, an_event, subjects_of


@contextmanager
def refused(code: str, *, file: Path) -> Iterator[None]:
    """Expect a LedgerError with this code that names the file and a remedy."""
    with pytest.raises(LedgerError) as caught:
        yield
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.file) == (code, str(file))
    assert problem.remedy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_every_commit_reaches_the_disk(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        asked = {name: ledger._rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_ledger_of_a_newer_schema_is_left_alone(path: Path) -> None:
    SqliteLedger(path).close()
    with closing(connect(str(path))) as connection:
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    before = path.read_bytes()
    with refused("L101", file=path):
        SqliteLedger(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.write_text("Dear diary, this is not a ledger. " * 100)
    before = path.read_bytes()
    with refused("L102", file=path):
        SqliteLedger(path)
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    before = path.read_bytes()
    with refused("L102", file=path):
        SqliteLedger(path)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.touch()
    with closing(SqliteLedger(path)) as ledger:
        assert ledger.count()["events"] == 0


def test_a_locked_ledger_says_so_and_works_again_afterwards(path: Path) -> None:
    with closing(SqliteLedger(path, busy_ms=0)) as ledger, closing(connect(str(path))) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused("L103", file=path):
            ledger.append([an_event()], pack="delivery")
        assert ledger.count()["events"] == 0, "readers do not wait"
        other.execute("ROLLBACK")
        assert ledger.append([an_event()], pack="delivery").accepted == 1


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    absent = tmp_path / "none" / "ledger.db"
    with refused("L104", file=absent):
        SqliteLedger(absent)


def test_a_command_that_only_reads_makes_no_file(path: Path) -> None:
    with refused("L110", file=path):
        SqliteLedger(path, create=False)
    assert not path.exists()


def test_a_full_disk_stores_nothing_of_the_batch_and_loses_nothing_before(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.append([an_event("first")], pack="delivery")
        ledger._rows(f"PRAGMA max_page_count = {ledger._rows('PRAGMA page_count')[0][0] + 8}")
        big = [an_event(str(number), data={"text": "x" * 2000}) for number in range(50)]
        with refused("L109", file=path):
            ledger.append(big, pack="delivery")
        assert ledger.events_of(["order/1"]) == {"order/1": [an_event("first")]}


def test_a_commit_that_fails_half_way_stores_nothing(path: Path) -> None:
    subjects = subjects_of(5, 200)
    with closing(SqliteLedger(path)) as ledger:
        ledger._rows(f"PRAGMA max_page_count = {ledger._rows('PRAGMA page_count')[0][0] + 2}")
        records = [a_record(subject) for subject in subjects]
        with refused("L109", file=path):
            ledger.commit(5, fence=0, position=9, records=records, wake_ups=[WakeUp("w", subjects[0], 1)])
        assert ledger.position(5) == (0, 0)
        assert ledger.count()["records"] == ledger.count()["wake_ups"] == 0


def test_an_older_ledger_is_brought_up_to_date_once(path: Path) -> None:
    steps = (*STEPS, "CREATE TABLE later (a INTEGER); INSERT INTO later VALUES (1);")
    with closing(SqliteLedger(path)) as ledger:
        ledger.append([an_event()], pack="delivery")
    with closing(connect(str(path))) as connection:
        for _ in range(2):
            migrate(connection, Place(), steps)
        assert connection.execute("SELECT a FROM later").fetchall() == [(1,)]
        assert connection.execute("PRAGMA user_version").fetchone() == (len(steps),)
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (1,)


def test_events_from_before_there_was_a_chain_get_theirs(path: Path) -> None:
    """The file of a first troth, with displaced rows, a notice and two tenants, chains as a new one does."""
    with closing(SqliteLedger(path)) as ledger, closing(SqliteLedger(path, tenant="north")) as north:
        for number in range(5):
            ledger.append([an_event(str(number)), an_event("0", subject="order/2", heard=-number)], pack="delivery")
            north.append([an_event(str(number), tenant="north")], pack="delivery")
        expected = [(one.heads(), one.chain(after=0, limit=99)) for one in (ledger, north)]
    with closing(connect(str(path))) as connection:
        for statement in _BACK_TO_THE_FIRST_STEP:
            connection.execute(statement)
    with closing(SqliteLedger(path)) as ledger, closing(SqliteLedger(path, tenant="north")) as north:
        assert [(one.heads(), one.chain(after=0, limit=99)) for one in (ledger, north)] == expected
        assert not verify(ledger).count
        ledger.append([an_event("next")], pack="delivery")
        assert not verify(ledger).count


_BACK_TO_THE_FIRST_STEP = (
    "ALTER TABLE event DROP COLUMN chain",
    "ALTER TABLE event DROP COLUMN number",
    *(f"DROP TABLE {name}" for name in ("head", "entry", "outgoing", "delivery")),
    "PRAGMA user_version = 1",
)


def test_a_step_that_fails_leaves_the_former_version(path: Path) -> None:
    SqliteLedger(path).close()
    with closing(connect(str(path))) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, Place(), (*STEPS, "CREATE TABLE later (a INTEGER); CREATE TABLE event (a INTEGER);"))
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").fetchone() == (0,)


def test_tenants_of_one_file_do_not_see_each_other(path: Path) -> None:
    with closing(SqliteLedger(path)) as main, closing(SqliteLedger(path, tenant="north")) as north:
        main.append([an_event("1")], pack="delivery")
        assert north.append([an_event("1", tenant="north", data={"n": 1})], pack="delivery").accepted == 1
        north.put("setting", 1)
        north.advance({"oms": 5})
        bucket = bucket_of("main", "order/1")
        main.commit(bucket, fence=0, position=1, records=[a_record()], wake_ups=[WakeUp("w", "order/1", 1)])
        assert north.count() == {"events": 1, "subjects": 1, "records": 0, "quarantined": 0, "wake_ups": 0}
        assert (main.last_position(), north.last_position()) == (1, 2)
        assert main.get("setting") is None
        assert main.watermarks() == {}
        assert north.position(bucket) == (0, 0)
        assert next(north.scan_events())[1][0].tenant == "north"


def test_queries_of_the_hot_path_use_their_indices_and_sort_nothing(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        plans = {
            query: " / ".join(row[3] for row in ledger._rows(f"EXPLAIN QUERY PLAN {query}", *arguments))
            for query, *arguments in (
                (statements.READ, 1, 2, 3, 4),
                (statements.DIRTY, 1),
                (statements.EVENTS_OF, 1, 2, "x"),
                (statements.SCAN_EVENTS, 1, 2, ""),
                (statements.SCAN_RECORDS, 1, 2, ""),
                (statements.DUE, 1, 2, -1, 4),
                (statements.ENTRIES, 1, "case", "", 3, 4, 5),
                (statements.DROP_ENTRIES, 1, "x"),
                (outbox.PAGE, 1, "", 4),
                (outbox.PAGE_OF_STATE, 1, "dead", "", 4),
                (outbox.SETTLE, "dead", 1, 2, "", 1, "x"),
                (chain.CHAIN, 1, 2, 3),
            )
        }
        wanted = " / ".join(row[3] for row in ledger._rows(f"EXPLAIN QUERY PLAN {statements.RECORDS}", "[]", 1))
    for query, plan in plans.items():
        assert "SCAN" not in plan.replace("SCALAR", ""), query
        assert "TEMP B-TREE" not in plan, query
    assert "rowid>?" in plans[statements.READ]
    assert "SEARCH r USING INDEX" in wanted
    assert "(tenant=? AND bucket=? AND subject=?)" in wanted


def test_a_scan_holds_one_subject_at_a_time(path: Path) -> None:
    data = {"text": "x" * 1000}
    with closing(SqliteLedger(path)) as ledger:
        for start in range(0, 5_000, 1000):
            events = [an_event(str(n), subject=f"order/{n // 2}", data=data) for n in range(start, start + 1000)]
            ledger.append(events, pack="delivery")
        tracemalloc.start()
        try:
            scanned = sum(len(events) for _, events in ledger.scan_events())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert scanned == 5_000
    assert peak < 1_000_000, "the events together have five million characters"


_APPENDING = """
import sys
from troth.ledger.sqlite import SqliteLedger
from troth.runtime.verify import verify
from troth.testing.conformance.strategies import an_event
path, name = sys.argv[1:]
ledger = SqliteLedger(path)
for start in range(0, 300, 10):
    shared = [an_event(str(n), subject=f"order/{n}") for n in range(start, start + 10)]
    own = [an_event(f"{name}-{n}", source=name, subject=f"order/{n}") for n in range(start, start + 10)]
    ledger.append(shared + own, pack="delivery")
print(ledger.count()["events"])
"""


@pytest.mark.slow
def test_two_processes_make_and_fill_one_file(path: Path) -> None:
    """They start on no file at all, append the same events and events of their own, and neither fails nor repeats."""
    command = [sys.executable, "-c", _APPENDING, str(path)]
    running = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in ("first", "second")]
    try:
        assert [process.wait(timeout=60) for process in running] == [0, 0]
    finally:
        for process in running:
            process.kill()
            process.communicate()
    with closing(SqliteLedger(path, create=False)) as ledger:
        assert ledger.count() == {"events": 900, "subjects": 300, "records": 0, "quarantined": 0, "wake_ups": 0}


def test_a_reader_beside_two_writers_skips_nothing(path: Path) -> None:
    """Positions become visible in their order: whoever reads on from the last one seen has missed none."""
    subjects = subjects_of(3, 4)

    def write(name: str) -> None:
        with closing(SqliteLedger(path)) as ledger:
            for number in range(60):
                ledger.append([an_event(f"{name}{number}", subject=subjects[number % 4])], pack="delivery")

    with closing(SqliteLedger(path)) as ledger:
        writers = [Thread(target=write, args=(name,)) for name in "ab"]
        for writer in writers:
            writer.start()
        seen: list[Event] = []
        after = 0
        while len(seen) < 120:
            alive = any(writer.is_alive() for writer in writers)
            page = ledger.read(3, after=after, limit=7)
            seen += [stored.event for stored in page]
            after = page[-1].position if page else after
            if not alive and not page:
                break
        for writer in writers:
            writer.join()
        assert {event.id for event in seen} == {f"{name}{number}" for name in "ab" for number in range(60)}
        assert len(seen) == 120


def test_a_reader_neither_waits_for_a_unit_nor_opens_the_file_each_time(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger, ThreadPoolExecutor(1) as pool:
        with ledger.unit([1]):
            ledger.put("setting", 1)
            assert pool.submit(ledger.get, "setting").result(20) is None
            assert pool.submit(ledger.get, "setting").result(20) is None
            assert len(ledger._idle) == 1
        assert pool.submit(ledger.get, "setting").result(20) == 1


def test_a_unit_that_a_full_disk_has_undone_stores_nothing_that_comes_after(path: Path) -> None:
    """SQLite itself ends the transaction then; what the body goes on to write must not be stored without the rest."""
    with closing(SqliteLedger(path)) as ledger:
        ledger._rows(f"PRAGMA max_page_count = {ledger._rows('PRAGMA page_count')[0][0] + 8}")
        big = [an_event(str(number), data={"text": "x" * 2000}) for number in range(50)]

        def body() -> None:
            with ledger.unit([1]):
                ledger.put("before", 1)
                with suppress(LedgerError):
                    ledger.append(big, pack="delivery")
                if ledger._connection.in_transaction:  # Whether SQLite has ended it depends on the page it failed at.
                    ledger._connection.execute("ROLLBACK")
                with suppress(LedgerError):
                    ledger.put("after", 1)

        with refused("L109", file=path):
            body()
        assert list(ledger.keys("")) == []


def test_erased_bytes_are_in_no_file_after_a_unit(path: Path) -> None:
    secret = "sesame" * 20
    with closing(SqliteLedger(path)) as ledger:
        ledger.put("key/anna", secret)
        with ledger.unit([1]):
            assert ledger.erase(["key/anna"]) == 1
        stored = b"".join(one.read_bytes() for one in path.parent.iterdir())
        assert secret.encode() not in stored
        ledger.put("key/ben", secret)
        stored = b"".join(one.read_bytes() for one in path.parent.iterdir())
        assert secret.encode() in stored, "what is looked for could be found"


def test_every_bucket_has_a_position_from_the_start(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        assert {ledger.position(bucket) for bucket in range(BUCKETS)} == {(0, 0)}
