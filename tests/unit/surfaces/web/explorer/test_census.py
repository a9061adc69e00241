"""Counts of subjects: those of the records, kept up by what happens, by time, and by feeds that are heard again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.unit.surfaces.web.conftest import House
from troth.surfaces.web.explorer.census import ANEW, Census

Served = Callable[..., House]


def of_records(house: House, pack: str) -> dict[str, int]:
    """Return how many records are in which state."""
    return dict(Counter(record.states[-1].value for record in house.store.scan_records(pack=pack) if record.states))


def test_it_counts_what_the_records_say_and_goes_on_doing_so(served: Served) -> None:
    house = served("store_pickup", "customer")
    census = Census(house.store)
    counts = census.counts("store_pickup", house.now)
    assert counts.subjects == 0
    for name, story in (("A-1", "ready"), ("A-2", "closed"), ("A-3", "contradiction"), ("A-4", "late")):
        house.tell(story, f"pickup/{name}")
        counts = census.counts("store_pickup", house.now)
        assert counts.states == of_records(house, "store_pickup")
        assert counts.cases == sum(
            case.closed_at is None for record in house.store.scan_records() for case in record.cases
        )
    assert counts.subjects == 4
    assert Census(house.store).counts("store_pickup", house.now).states == counts.states


def test_time_alone_moves_subjects(served: Served) -> None:
    house = served("store_pickup", "customer")
    census = Census(house.store)
    house.tell("ready")
    assert census.counts("store_pickup", house.now).states == {"ready": 1}
    # The feeds fall silent: after a while nobody can tell any more.
    house.later(60 * 24)
    house.service.heartbeat({}).result(10)
    _settle(house)
    assert census.counts("store_pickup", house.now).states == of_records(house, "store_pickup")


def _settle(house: House) -> None:
    """Wait until the writer has fired what was due."""
    for _ in range(200):
        house.service.heartbeat({}).result(10)
        if house.service.next_due() > house.now:
            return


def test_subjects_are_listed_whoever_was_there_longest_first_page_by_page(served: Served) -> None:
    house = served("delivery")
    for number in (2, 0, 1):
        house.later(1)
        house.accept({
            "specversion": "1.0", "id": f"e{number}", "source": "shop", "type": "order.placed",
            "subject": f"order/{number}", "data": {"promised_day": "2026-04-01", "zone": "UTC"},
        })  # fmt: skip
    census = Census(house.store)
    state = next(iter(census.counts("delivery", house.now).states))
    first = census.subjects("delivery", state, house.now, limit=2)
    rest = census.subjects("delivery", state, house.now, after=first[-1], limit=2)
    assert [subject for _, subject in (*first, *rest)] == ["order/2", "order/0", "order/1"]
    assert census.subjects("delivery", "nowhere", house.now) == []


@pytest.mark.parametrize("most", [0, 2])
def test_above_its_room_it_counts_anew_and_lists_nobody(served: Served, most: int) -> None:
    house = served("delivery")
    census = Census(house.store, most=most)
    for number in range(3):
        house.accept({
            "specversion": "1.0", "id": f"e{number}", "source": "shop", "type": "order.placed",
            "subject": f"order/{number}", "data": {},
        })  # fmt: skip
    counts = census.counts("delivery", house.now)
    assert (counts.subjects, counts.listed) == (3, False)
    assert census.subjects("delivery", "", house.now) == []
    house.accept({
        "specversion": "1.0", "id": "more", "source": "shop", "type": "order.placed", "subject": "order/9", "data": {},
    })  # fmt: skip
    assert census.counts("delivery", house.now).subjects == 3
    house.now += ANEW
    assert census.counts("delivery", house.now).subjects == 4
