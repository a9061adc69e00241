"""A backup is of one moment, checked, and never in place of another file; restored, everything is as it was."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from troth.errors import LedgerError
from troth.ledger.sqlite import SqliteLedger
from troth.ledger.sqlite.backup import back_up
from troth.model.effect import Entry, Outgoing, WakeUp
from troth.ports.ledger import Ledger, Share
from troth.ports.outbox import Destination
from troth.runtime.verify import verify
from troth.testing.conformance.strategies import START, a_record, a_refusal, an_event, subjects_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a LedgerError whose first problem has this code."""
    with pytest.raises(LedgerError) as caught:
        yield
    assert code in {problem.code for problem in caught.value.problems}


def fill(path: Path) -> None:
    """Make a ledger that has something of everything."""
    subject = subjects_of(5, 1)[0]
    with closing(SqliteLedger(path)) as ledger:
        ledger.append([an_event(str(n), subject=subject) for n in range(9)], [a_refusal()], pack="delivery")
        ledger.put_destination(Destination("crm", ("*",)))
        share = Share(
            5,
            0,
            9,
            [a_record(subject)],
            [WakeUp("w", subject, START)],
            [Entry("case", "customer/1", 1, subject)],
            [Outgoing("o", "case.opened", subject, START)],
        )
        ledger.commit_shares([share])
        ledger.advance({"oms": 7})
    with closing(SqliteLedger(path, tenant="north")) as ledger:
        ledger.append([an_event("1", tenant="north")], pack="delivery")


def seen_of(ledger: Ledger) -> list[object]:
    """Return all that a ledger holds."""
    return [
        list(ledger.scan_events()),
        list(ledger.scan_records()),
        [ledger.position(bucket) for bucket in range(9)],
        ledger.due(START, limit=9),
        list(ledger.entries("case", "customer/1")),
        list(ledger.deliveries()),
        list(ledger.quarantine()),
        ledger.watermarks(),
        [(key, ledger.get(key)) for key in ledger.keys("")],
        ledger.count(),
        list(ledger.heads()),
    ]


def test_a_restored_ledger_holds_everything_and_goes_on(path: Path, tmp_path: Path) -> None:
    fill(path)
    told: list[tuple[int, int]] = []
    done = back_up(path, tmp_path / "copy.db", progress=lambda left, total: told.append((left, total)))
    assert (done.rows, sorted(done.heads)) == (10, ["main", "north"])
    assert done.size == (tmp_path / "copy.db").stat().st_size
    assert told
    assert told[-1][0] == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copy.db", "ledger.db"]
    for tenant in ("main", "north"):
        with (
            closing(SqliteLedger(path, tenant=tenant)) as ledger,
            closing(SqliteLedger(tmp_path / "copy.db", tenant=tenant)) as copy,
        ):
            assert seen_of(copy) == seen_of(ledger)
            assert done.heads[tenant] == tuple(ledger.heads())
            copy.append([an_event("later", tenant=tenant)], pack="delivery")
            assert not verify(copy).count


@pytest.mark.parametrize("name", ["copy.db", "copy.db.part"])
def test_a_backup_replaces_no_file_also_not_by_its_unfinished_copy(path: Path, tmp_path: Path, name: str) -> None:
    fill(path)
    (tmp_path / name).write_text("the only good copy")
    with refused("L111"):
        back_up(path, tmp_path / "copy.db")
    assert (tmp_path / name).read_text() == "the only good copy"
    assert [one.name for one in tmp_path.glob("copy.db*")] == [name]


def test_nobody_may_read_a_copy_who_may_not_read_the_ledger(path: Path, tmp_path: Path) -> None:
    fill(path)
    path.chmod(0o600)
    back_up(path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_what_is_no_ledger_is_not_backed_up(path: Path, tmp_path: Path) -> None:
    with refused("L110"):
        back_up(path, tmp_path / "copy.db")
    path.write_text("Dear diary. " * 100)
    with refused("L102"):
        back_up(path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_folder_that_is_not_there_is_named(path: Path, tmp_path: Path) -> None:
    fill(path)
    with refused("L104"):
        back_up(path, tmp_path / "none" / "copy.db")


def test_a_copy_that_does_not_pass_the_check_is_removed(path: Path, tmp_path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE event SET type = 'order.forged' WHERE position = 3")
    with pytest.raises(LedgerError) as caught:
        back_up(path, tmp_path / "copy.db")
    assert sorted(problem.code for problem in caught.value.problems) == ["L112", "V101"]
    assert [one.name for one in tmp_path.iterdir()] == ["ledger.db"]


_WRITING = """
import sys
from troth.ledger.sqlite import SqliteLedger
from troth.testing.conformance.strategies import an_event
ledger = SqliteLedger(sys.argv[1])
print("ready", flush=True)
for number in range(100_000):
    ledger.append([an_event(f"w{number}", subject=f"order/{number}")], pack="delivery")
"""


@pytest.mark.slow
def test_a_backup_is_of_one_moment_while_another_process_writes(path: Path, tmp_path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        data = {"text": "x" * 3000}  # Large enough that the copy takes several steps.
        events = [an_event(str(n), subject=f"order/{n}", data=data) for n in range(6000)]
        ledger.append(events, pack="delivery")
    writer = subprocess.Popen([sys.executable, "-c", _WRITING, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        told: list[int] = []
        done = back_up(path, tmp_path / "copy.db", progress=lambda left, _total: told.append(left))
        assert writer.poll() is None, "it wrote all the while"
    finally:
        writer.kill()
        writer.communicate()
    assert told == sorted(told, reverse=True), "the copy never started again"
    assert len(told) > 1
    with closing(SqliteLedger(path)) as ledger, closing(SqliteLedger(tmp_path / "copy.db")) as copy:
        assert not verify(ledger).count
        links = list(copy.chain(after=0, limit=10**6))
        assert len(links) == done.rows >= 6000
        assert links == list(ledger.chain(after=0, limit=len(links))), "the copy is how the ledger began"
