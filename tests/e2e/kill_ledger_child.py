"""The process that `test_kill_ledger` kills: appends and folds as fast as it can, and says what is durable.

Each line on stdout is an acknowledgement: written after the durable commit, flushed, and true from then on.
"""

from __future__ import annotations

import sys

from troth.ledger.sqlite import SqliteLedger
from troth.model.effect import WakeUp
from troth.model.event import Event
from troth.model.record import Record

SUBJECTS = 12
BATCH = 5


def event_of(number: int) -> Event:
    """Return the event of a number."""
    return Event("oms", str(number), "order.changed", f"order/{number % SUBJECTS}", number, number, {"n": number})


def acknowledge(word: str, one: int, two: int) -> None:
    """Write an acknowledgement."""
    sys.stdout.write(f"{word} {one} {two}\n")
    sys.stdout.flush()


def main(path: str, first: int) -> None:
    """Append batches from a number on, and fold what is new after each, until killed."""
    ledger = SqliteLedger(path)
    while True:
        ledger.append([event_of(first + offset) for offset in range(BATCH)], pack="delivery")
        acknowledge("appended", first, first + BATCH)
        first += BATCH
        for bucket in ledger.dirty_buckets():
            fold(ledger, bucket)


def fold(ledger: SqliteLedger, bucket: int) -> None:
    """Count each subject's events into its record: a fold that any repetition or gap would falsify."""
    position, fence = ledger.position(bucket)
    page = ledger.read(bucket, after=position, limit=100)
    records = ledger.records({stored.event.subject for stored in page})
    wake_ups: dict[str, WakeUp] = {}
    for stored in page:
        event = stored.event
        former = records.get(event.subject)
        counted = former.events + 1 if former else 1
        records[event.subject] = Record(event.subject, "delivery", "d", event.occurred_at, events=counted)
        wake_ups[event.subject] = WakeUp(f"wake {counted}", event.subject, counted)
    last = page[-1].position
    ledger.commit(bucket, fence=fence, position=last, records=list(records.values()), wake_ups=list(wake_ups.values()))
    acknowledge("committed", bucket, last)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
