"""The work that the fold is measured on: orders of the bench pack, 5 % late and 2 % duplicate events, seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator

from troth.model.event import Event
from troth.model.times import HOUR, MINUTE, SECOND

START = 1_700_000_000 * SECOND
HEARD = {"desk": START + 10_000 * HOUR, "floor": START + 10_000 * HOUR}
NOW = START + 10_000 * HOUR


def events(subjects: int, seed: int = 7, *, late: float = 0.05, duplicate: float = 0.02) -> list[Event]:
    """Return the events of so many orders in the order of arrival: about five an order, three facts each.

    Args:
        subjects: Number of orders.
        seed: The same seed gives the same events.
        late: Share of events that arrive after later ones of their subject.
        duplicate: Share of events that arrive twice.
    """
    chance = random.Random(seed)
    arrivals: list[tuple[int, int, Event]] = []
    for number in range(subjects):
        for order, event in enumerate(_order(chance, number)):
            delay = 12 * HOUR if chance.random() < late else 0
            arrivals.append((event.occurred_at + delay, order, event))
            if chance.random() < duplicate:
                arrivals.append((event.occurred_at + delay + MINUTE, order, event))
    arrivals.sort(key=lambda arrival: (arrival[0], arrival[2].subject, arrival[1]))
    return [event for _, _, event in arrivals]


def _order(chance: random.Random, number: int) -> Iterator[Event]:
    """Yield one order's events in the order in which they happen."""
    moment = START + number * 20 * SECOND + chance.randrange(SECOND)
    subject, lines = f"order/{number}", chance.randrange(1, 9)

    def event(source: str, kind: str, data: dict[str, object]) -> Event:
        return Event(source, f"{kind}/{number}", kind, subject, moment, moment, data)

    yield event("desk", "order.placed", {"lines": lines, "channel": chance.choice(["web", "app", "desk"])})
    yield event("desk", "message.sent", {"message": "confirmation", "id": f"c{number}", "channel": "email"})
    moment += chance.randrange(30 * MINUTE, 4 * HOUR)
    yield event("floor", "order.picked", {"lines": lines - (chance.random() < 0.1), "bin": f"B{number % 40}"})
    moment += chance.randrange(MINUTE, HOUR)
    yield event("floor", "order.staged", {"checked": chance.random() < 0.95, "bin": f"S{number % 40}"})
    moment += chance.randrange(HOUR, 80 * HOUR)
    gone = chance.random() < 0.05
    yield event("desk", "order.cancelled" if gone else "order.collected", {"bin": f"S{number % 40}"})
