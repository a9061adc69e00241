"""Kill -9, twenty times: nothing acknowledged is lost, nothing is there twice, records agree with their position."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from troth.ledger.sqlite import SqliteLedger
from troth.model.ids import BUCKETS

ROUNDS = 20
BATCH = 5  # as in the child
CHILD = Path(__file__).with_name("kill_ledger_child.py")


@pytest.mark.slow
def test_twenty_kills_lose_nothing_acknowledged_and_repeat_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    rng = random.Random(20)
    appended: set[int] = set()
    committed: dict[int, int] = {}
    for _ in range(ROUNDS):
        # Start a batch back: what was under way, and what was acknowledged last, is sent again, as a source would.
        first = max(appended, default=-1) + 1 - BATCH
        for word, one, two in _run_and_kill(path, max(first, 0), acknowledgements=rng.randrange(1, 40)):
            if word == "appended":
                appended |= set(range(one, two))
            else:
                committed[one] = two
        _check(path, appended, committed)
    assert len(appended) > ROUNDS * BATCH, "the rounds have hardly done anything"


def _run_and_kill(path: Path, first: int, *, acknowledgements: int) -> list[tuple[str, int, int]]:
    """Run the child, kill it after so many acknowledgements, and return all that it had made."""
    command = [sys.executable, str(CHILD), str(path), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        lines = [child.stdout.readline() for _ in range(acknowledgements)]
        child.kill()
        # Lines that the child had written before it died are acknowledgements, too; only a torn one is not.
        rest, errors = child.communicate()
    assert not errors, errors
    lines += rest.splitlines(keepends=True)
    words = [line.split() for line in lines if line.endswith("\n")]
    return [(word, int(one), int(two)) for word, one, two in words]


def _check(path: Path, appended: set[int], committed: dict[int, int]) -> None:
    """Open the ledger as after a crash and compare it with what was acknowledged, and with itself."""
    with closing(SqliteLedger(path, create=False)) as ledger:
        assert ledger._rows("PRAGMA integrity_check") == [("ok",)]
        ids = Counter(int(event.id) for _, events in ledger.scan_events() for event in events)
        assert appended <= set(ids), "an acknowledged event is lost"
        assert set(ids.values()) <= {1}, "an event is there twice"
        assert sorted(ids) == list(range(len(ids))), "a batch is missing between others"
        assert len(ids) % BATCH == 0, "a batch is there in part"
        folded: Counter[str] = Counter()
        for bucket in range(BUCKETS):
            position, _ = ledger.position(bucket)
            assert position >= committed.get(bucket, 0), "an acknowledged commit is lost"
            seen = ledger.read(bucket, after=0, limit=10**6)
            folded.update(stored.event.subject for stored in seen if stored.position <= position)
        assert {record.subject: record.events for record in ledger.scan_records()} == folded
        wake_ups = {wake_up.subject: wake_up.due_at for wake_up in ledger.due(10**9, limit=10**6)}
        assert wake_ups == folded, "records, wake-ups and position are not of one commit"
