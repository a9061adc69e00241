"""What only a ledger on a server can get wrong: wrong addresses, foreign schemas, read-only copies, cuts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event as Signal
from threading import Thread

import psycopg
import pytest

from tests.postgres_server import PASSWORD, Server
from troth.bootstrap import open_ledger
from troth.errors import LedgerError, Place
from troth.model.event import Event
from troth.model.ids import bucket_of
from troth.ports.ledger import Appended
from troth.runtime.verify import verify
from troth.scale.address import shown
from troth.scale.postgres import PostgresLedger
from troth.scale.postgres.migrations import STEPS, migrate
from troth.scale.postgres.settings import PENDING
from troth.testing.conformance.strategies import a_record, an_event, subjects_of

pytestmark = pytest.mark.slow


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a LedgerError with this code, a remedy, and no password anywhere."""
    with pytest.raises(LedgerError) as caught:
        yield
    (problem,) = caught.value.problems
    assert problem.code == code, problem
    assert problem.remedy
    assert problem.place.file.startswith("postgresql://")
    assert PASSWORD not in str(caught.value)


@pytest.fixture
def address(postgres: Server) -> str:
    """Return the address of an empty database."""
    return postgres.database()


def test_an_address_that_leads_nowhere_is_said_clearly(postgres: Server, address: str) -> None:
    with refused("L131"):
        PostgresLedger(address.replace(f":{postgres.port}", ":1"))
    with refused("L132"):
        PostgresLedger(address.replace(PASSWORD, "wrong"))
    with refused("L132"):
        PostgresLedger(postgres.address("no_such_database"))
    with refused("L110"):
        open_ledger(address, must_exist=True)
    assert (
        postgres.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'troth'", shown(address).rsplit("/", 1)[1]) == []
    )


def test_a_schema_of_something_else_is_left_alone(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as beside:
        beside.execute("CREATE SCHEMA troth")
        beside.execute("CREATE TABLE troth.diary (day date)")
        with refused("L102"):
            PostgresLedger(address)
        tables = beside.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'troth'").fetchall()
        assert tables == [("diary",)]


def test_a_ledger_of_a_newer_schema_is_left_alone_and_an_older_one_is_brought_up_to_date(address: str) -> None:
    with closing(PostgresLedger(address)) as ledger, psycopg.connect(address, autocommit=True) as beside:
        ledger.append([an_event()], pack="delivery")
        steps = (*STEPS, "CREATE TABLE troth.later (a integer); INSERT INTO troth.later VALUES (1);")
        for _ in range(2):
            migrate(beside, Place(), steps)
        assert beside.execute("SELECT a FROM troth.later").fetchall() == [(1,)]
        with refused("L101"):
            PostgresLedger(address)
        assert ledger.count()["events"] == 1


def test_a_server_that_only_reads_is_read_and_says_so_when_written(postgres: Server, address: str) -> None:
    with closing(PostgresLedger(address)) as ledger:
        ledger.append([an_event()], pack="delivery")
    with psycopg.connect(address, autocommit=True) as beside:
        beside.execute("CREATE ROLE reader LOGIN PASSWORD 'reader'")
        beside.execute("GRANT USAGE ON SCHEMA troth TO reader")
        beside.execute("GRANT SELECT ON ALL TABLES IN SCHEMA troth TO reader")
    name = address.rsplit("/", 1)[1]
    with closing(PostgresLedger(postgres.address(name, user="reader", password="reader"))) as ledger:  # noqa: S106
        assert ledger.events_of(["order/1"]) == {"order/1": [an_event()]}
        with refused("L133"):
            ledger.append([an_event("2")], pack="delivery")
        assert [event for _, events in ledger.scan_events() for event in events] == [an_event()]


def test_a_value_that_the_server_cannot_keep_stores_nothing_of_the_batch(address: str) -> None:
    with closing(PostgresLedger(address)) as ledger:
        for bad in (an_event("a\0b"), an_event(sequence=2**63)):
            with refused("L135"):
                ledger.append([an_event("good"), bad], pack="delivery")
        assert ledger.count()["events"] == 0
        assert ledger.append([an_event("good")], pack="delivery") == Appended(accepted=1, subjects=1)


def test_a_restarted_server_is_survived(postgres: Server, address: str) -> None:
    """What was acknowledged is there, the ledger connects anew by itself, and a unit that was cut leaves nothing."""
    with closing(PostgresLedger(address)) as ledger:
        ledger.append([an_event("1")], pack="delivery")
        with refused("L134"), ledger.unit([5]):
            ledger.put("begun", 1)
            postgres.crash()
            postgres.start()
            ledger.put("more", 1)
        assert list(ledger.keys("")) == []
        postgres.crash()
        with refused("L131"):
            ledger.append([an_event("2")], pack="delivery")
        postgres.start()
        assert ledger.append([an_event("1"), an_event("2")], pack="delivery") == Appended(1, 1, subjects=1)
        postgres.crash()
        postgres.start()
        with ledger.unit([5]):
            ledger.put("whole", 1)
        assert list(ledger.keys("")) == ["whole"]
        assert [event.id for event in ledger.events_of(["order/1"])["order/1"]] == ["1", "2"]
        assert not verify(ledger).count


def test_a_connection_that_is_cut_in_a_call_is_made_anew(address: str) -> None:
    """Somebody ends all our sessions again and again, while events are appended: none is lost, none is there twice."""
    done = Signal()

    def cut() -> None:
        with psycopg.connect(address, autocommit=True, application_name="cutter") as beside:
            while not done.wait(0.02):
                beside.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'troth'"
                )

    with closing(PostgresLedger(address)) as ledger:
        cutter = Thread(target=cut)
        cutter.start()
        stored: list[str] = []
        failed: set[str] = set()
        try:
            for number in range(150):
                events = [an_event(f"{number}/{one}", subject=f"order/{one}") for one in range(3)]
                try:
                    told = ledger.append(events, pack="delivery")
                except LedgerError as error:
                    failed |= {problem.code for problem in error.problems}
                else:
                    # Not even the counts are wrong: whether a lost commit was stored is asked.
                    assert told == Appended(accepted=3, subjects=3)
                    stored += [event.id for event in events]
        finally:
            done.set()
            cutter.join()
        assert failed <= {"L131", "L132", "L134", "L136"}
        found = [event.id for _, events in ledger.scan_events() for event in events]
        assert len(found) == len(set(found))
        assert set(stored) <= set(found)
        assert len(stored) > 30
        assert not verify(ledger).count


def test_a_reader_beside_writers_of_several_shards_skips_nothing(address: str) -> None:
    """Each writer has its instance; the readers go on from the last position seen, and miss none."""
    subjects = {bucket: subjects_of(bucket, 3) for bucket in (3, 4, 19)}

    def write(name: str) -> None:
        with closing(PostgresLedger(address)) as ledger:
            for number in range(60):
                events = [
                    an_event(f"{name}{number}/{bucket}", subject=some[number % 3]) for bucket, some in subjects.items()
                ]
                ledger.append(events, pack="delivery")

    with closing(PostgresLedger(address)) as ledger:
        writers = [Thread(target=write, args=(name,)) for name in "abc"]
        for writer in writers:
            writer.start()
        seen: dict[int, list[Event]] = {bucket: [] for bucket in subjects}
        after = dict.fromkeys(subjects, 0)
        known: dict[int, int] = {}
        while True:
            alive = any(writer.is_alive() for writer in writers)
            last, rows = ledger.last_position(), ledger.count()["events"]
            if ledger.last_position() == last:
                assert known.setdefault(last, rows) == rows, "the same last position is the same set of events"
            for bucket, events in seen.items():
                page = ledger.read(bucket, after=after[bucket], limit=7)
                events += [stored.event for stored in page]
                after[bucket] = page[-1].position if page else after[bucket]
            if not alive and all(len(events) == 180 for events in seen.values()):
                break
            assert alive or any(ledger.read(bucket, after=after[bucket], limit=1) for bucket in subjects)
        for bucket, events in seen.items():
            assert {event.id for event in events} == {f"{name}{n}/{bucket}" for name in "abc" for n in range(60)}
        assert not verify(ledger).count


def test_writers_that_fight_over_identities_of_several_shards_agree(address: str) -> None:
    """Instances append the same identities with subjects of different shards, in opposite orders, without end."""
    subjects = [subjects_of(bucket, 1)[0] for bucket in range(8)]

    def write(name: int) -> None:
        with closing(PostgresLedger(address)) as ledger:
            for number in range(40):
                events = [
                    an_event(f"{number}/{one}", subject=subjects[(one + name) % 8], heard=100 - name)
                    for one in range(8)
                ]
                ledger.append(events if name % 2 else events[::-1], pack="delivery")

    writers = [Thread(target=write, args=(name,)) for name in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with closing(PostgresLedger(address)) as ledger:
        counts = ledger.count()
        assert (counts["events"], counts["quarantined"]) == (320, 960)
        standing = {event.id: event.subject for _, events in ledger.scan_events() for event in events}
        assert standing == {f"{n}/{one}": subjects[(one + 3) % 8] for n in range(40) for one in range(8)}
        assert not verify(ledger).count


def test_tenants_of_one_database_do_not_see_each_other(address: str) -> None:
    with closing(PostgresLedger(address)) as main, closing(PostgresLedger(address, tenant="north")) as north:
        main.append([an_event("1")], pack="delivery")
        north.append([an_event("1", tenant="north"), an_event("2", tenant="north")], pack="delivery")
        bucket = bucket_of("north", "order/1")
        north.commit(bucket, fence=0, position=2, records=[a_record()], wake_ups=[])
        assert (main.count()["events"], north.count()["events"]) == (1, 2)
        assert main.records(["order/1"]) == {}
        assert set(north.records(["order/1"])) == {"order/1"}
        assert [event.tenant for _, events in main.scan_events() for event in events] == ["main"]


def test_what_cannot_be_cleared_at_once_is_erased_and_cleared_the_next_time(address: str) -> None:
    where = "SELECT pg_relation_filepath('troth.setting')"
    with closing(PostgresLedger(address, busy_ms=200)) as ledger, psycopg.connect(address) as reader:
        for name in ("a", "b", "c"):
            ledger.put(f"person-key/{name}", name)
        (before,) = reader.execute(where).fetchone() or ()
        reader.execute("SELECT FROM troth.setting")  # A transaction of somebody else holds the table.
        with ledger.unit(range(8)):
            assert ledger.erase(["person-key/a"]) == 1
        assert ledger.erase(["person-key/b"]) == 1
        assert ledger.get(PENDING) is not None
        assert list(ledger.keys("")) == ["person-key/c"]
        reader.rollback()
        assert ledger.erase([]) == 0
        assert ledger.get(PENDING) is None
        assert list(ledger.keys("")) == ["person-key/c"]
        (after,) = reader.execute(where).fetchone() or ()
        reader.rollback()
        assert before != after
        assert ledger.erase(["person-key/unknown"]) == 0
        assert reader.execute(where).fetchone() == (after,)
