"""A live service over a file, on the real clock, that says how late each lapse was acted on: a child to be killed.

    python -m tests.reliability.timers_child LEDGER arm COUNT WAIT_S SPREAD_S
    python -m tests.reliability.timers_child LEDGER fire START COUNT SPREAD

`arm` orders at so many doors, due evenly over the spread, which begins WAIT_S after the last is ordered, and prints the
beginning. `fire` serves until standard input ends; after each turn it prints the microseconds from due to committed.
"""

from __future__ import annotations

import sys
from contextlib import closing

from tests.reliability.served import DOOR
from troth.bootstrap import open_ledger
from troth.model.event import Event
from troth.model.times import SECOND, Micros, format_instant
from troth.ports.ledger import Batch
from troth.runtime import catalog
from troth.runtime.clock import wall_clock
from troth.runtime.live import LiveService
from troth.runtime.live.run import Done
from troth.runtime.work import fold

_BATCH = 10_000


def due_of(number: int, start: Micros, count: int, spread: Micros) -> Micros:
    """Return when the promise of a door falls due."""
    return start + number * spread // count


def ordered(number: int, due: Micros, now: Micros) -> Event:
    """Return the order at a door."""
    data = {"due": format_instant(due), "customer": f"customer/{number}"}
    return Event(
        source="sensor", id=f"o{number}", type="door.ordered", subject=f"door/{number}", occurred_at=now, heard_at=now,
        data=data,
    )  # fmt: skip


def arm(db: str, count: int, wait: Micros, spread: Micros) -> None:
    """Order at all doors, and fold them: a timer each; print when the first is due."""
    pack = catalog.load(str(DOOR)).compiled.require()
    with closing(open_ledger(db)) as ledger:
        now = wall_clock()
        start = now + wait
        for first in range(0, count, _BATCH):
            numbers = range(first, min(count, first + _BATCH))
            events = [ordered(number, due_of(number, start, count, spread), now) for number in numbers]
            ledger.append_all([Batch(events, (), "door")])
        # The sensor has been heard: that nobody went through is known, once the promise is due.
        ledger.advance({"sensor": now})
        fold(ledger, {"door": pack}, now=wall_clock())
        armed = ledger.count()["wake_ups"]
    assert armed == count, f"{armed} timers are armed"
    print(start, wall_clock(), flush=True)


def fire(db: str, start: Micros, count: int, spread: Micros) -> None:
    """Serve, and print how late each lapse was committed."""
    pack = catalog.load(str(DOOR)).compiled.require()

    def told(done: Done) -> None:
        now = wall_clock()
        late = [
            now - due_of(int(event.subject.partition("/")[2]), start, count, spread)
            for event in done.journal
            if event.type == "troth.case.opened"
        ]
        if late:
            print(*late, flush=True)

    with closing(open_ledger(db)) as ledger, closing(LiveService(ledger, {"door": pack}, on_turn=told)):
        print("ready", wall_clock(), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _, db_, what, *numbers_ = sys.argv
    one, two, three = map(int, numbers_)
    if what == "arm":
        arm(db_, one, two * SECOND, three * SECOND)
    else:
        fire(db_, one, two, three)
