"""Importing a history: idempotent, resumable, with the moment of the extract and the way out of quarantine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest

from troth.ledger.memory import MemoryLedger
from troth.model.event import Event
from troth.ports.ledger import Refused
from troth.runtime.importing import EXTRACT, Batch, ImportSummary, Progress, import_events, release
from troth.runtime.privacy import key_of_row

SECOND = 1_000_000


def event(number: int, *, heard: int = 0) -> Event:
    """Return one of the events 0, 1, 2 …; two in a row share a subject."""
    at = number * SECOND
    return Event("shop", f"e{number}", "placed", f"order/{number // 2}", at, heard or at, {"number": number})


def refused(name: str, origin: str = "set") -> Refused:
    """Return a refused row of an origin."""
    return Refused(name, "M201", "no time", "rows.csv row 1", json.dumps({"origin": origin}), 0, "row", "small")


def batches(numbers: int = 10, *, bad: tuple[str, ...] = ()) -> Iterator[Batch]:
    """Yield events in batches of two; the first brings the refused rows."""
    for start in range(0, numbers, 2):
        kept = [refused(name) for name in bad] if start == 0 else []
        yield Batch("orders", start + 2, numbers, [event(start), event(start + 1)], kept)


def run(ledger: MemoryLedger, source: Iterator[Batch], cursor: str = "c", extract: int | None = None) -> ImportSummary:
    """Import under the cursor."""
    return import_events(ledger, "small", source, extract=extract, sources=["shop"], cursor=cursor, origin="set")


class Erasing(MemoryLedger):
    """A ledger that tells what it erased: clearing the room of nothing may cost as much as of something."""

    def __init__(self) -> None:
        super().__init__()
        self.erased: list[list[str]] = []

    def erase(self, keys: Iterable[str]) -> int:
        self.erased.append(list(keys))
        return super().erase(self.erased[-1])


def test_only_keys_that_are_there_are_erased_with_what_is_released() -> None:
    ledger = Erasing()
    ledger.append([], [refused("r1"), refused("r2"), refused("r3")], pack="small")
    assert release(ledger, ["r1"]) == 1
    assert ledger.erased == []
    ledger.put(key_of_row("r2"), "a key")
    assert release(ledger, ["r2", "r3"]) == 2
    assert ledger.erased == [[key_of_row("r2")]]


def test_an_import_says_what_it_did() -> None:
    ledger = MemoryLedger()
    done = run(ledger, batches(bad=("r1",)), extract=99 * SECOND)
    assert (done.events, done.subjects, done.duplicates, done.quarantined, done.extract_at) == (
        10,
        5,
        0,
        1,
        99 * SECOND,
    )
    assert ledger.watermarks() == {"shop": 99 * SECOND}
    assert ledger.get(EXTRACT) == 99 * SECOND
    assert ledger.quarantine()[0].heard_at > 0


def test_without_an_extract_everything_is_heard_up_to_the_last_thing_heard() -> None:
    ledger = MemoryLedger()
    source = iter([Batch("orders", 1, 1, [event(1, heard=50 * SECOND), event(2)])])
    assert run(ledger, source).extract_at == 50 * SECOND
    assert ledger.watermarks() == {"shop": 50 * SECOND}


def test_the_same_import_again_is_not_even_read_and_counts_every_event_as_there() -> None:
    ledger = MemoryLedger()
    first = run(ledger, batches(bad=("r1",)))

    unread = batches()
    again = run(ledger, unread)
    assert next(unread).row == 2, "the first batch has not been asked for"
    assert (again.events, again.duplicates, again.subjects, again.quarantined) == (0, 10, 5, 1)
    assert again.extract_at == first.extract_at
    assert again.notes


def test_another_cursor_reads_again_and_still_adds_nothing() -> None:
    ledger = MemoryLedger()
    run(ledger, batches())
    again = run(ledger, batches(), cursor="mapping changed")
    assert (again.events, again.duplicates, ledger.count()["events"]) == (0, 10, 10)


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_a_broken_import_goes_on_where_it_was(after: int) -> None:
    ledger = MemoryLedger()

    def breaking() -> Iterator[Batch]:
        for number, batch in enumerate(batches()):
            if number == after:
                raise KeyboardInterrupt
            yield batch

    if after < 5:
        with pytest.raises(KeyboardInterrupt):
            run(ledger, breaking())
        assert ledger.watermarks() == {}, "the sources are heard only when everything is in"
    else:
        run(ledger, breaking())
    done = run(ledger, batches())
    assert done.events + done.duplicates == 10
    assert done.duplicates == 2 * after
    assert ledger.count()["events"] == 10
    assert ledger.watermarks() == {"shop": 9 * SECOND}


def test_a_row_that_can_be_used_now_leaves_quarantine_and_strangers_stay() -> None:
    ledger = MemoryLedger()
    run(ledger, batches(bad=("r1", "r2")))
    ledger.append([], [refused("other", origin="another set")], pack="small")
    done = run(ledger, batches(bad=("r2",)), cursor="mapping mended")
    assert (done.released, done.quarantined) == (1, 1)
    assert [item.id for item in ledger.quarantine()] == ["other", "r2"]


def test_an_older_extract_never_moves_the_moment_backward() -> None:
    ledger = MemoryLedger()
    run(ledger, batches(), extract=100 * SECOND)
    run(ledger, batches(), cursor="older", extract=50 * SECOND)
    assert ledger.get(EXTRACT) == 100 * SECOND
    assert ledger.watermarks() == {"shop": 100 * SECOND}


def test_progress_is_told_after_every_batch() -> None:
    told: list[Progress] = []
    import_events(MemoryLedger(), "small", batches(4), progress=told.append)
    assert [(step.part, step.row, step.of_rows, step.events) for step in told] == [
        ("orders", 2, 4, 2),
        ("orders", 4, 4, 4),
    ]
