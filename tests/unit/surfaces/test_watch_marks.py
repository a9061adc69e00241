"""How far a reader is: in each shard for itself, so that nothing that becomes visible late is missed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, cast

import pytest

from troth.model.event import Event, Stored
from troth.ports.chain import Head
from troth.ports.ledger import Ledger
from troth.surfaces.watch.marks import BEGINNING, end_of, marks_of, next_of, text_of

SHARDS = 4


class Shards:
    """A ledger of several shards in which positions of one shard become visible in order, and others when they like."""

    shards = SHARDS

    def __init__(self) -> None:
        self.rows: list[list[Stored]] = [[] for _ in range(SHARDS)]

    def put(self, shard: int, position: int) -> None:
        """Let an event become visible."""
        event = Event("s", str(position), "t", f"order/{position}", 0, 0, {})
        self.rows[shard].append(Stored(position, event, False, True, "p"))

    def heads(self) -> Sequence[Head]:
        """Return the ends of the shards that have some rows."""
        return [Head(shard, rows[-1].position, len(rows), b"") for shard, rows in enumerate(self.rows) if rows]

    def tail(self, shard: int = 0, *, after: int, limit: int) -> Sequence[Stored]:
        """Return the next rows of a shard."""
        return [one for one in self.rows[shard] if one.position > after][:limit]


def read(ledger: Any, marks: Sequence[int], limit: int) -> tuple[list[int], Sequence[int]]:
    """Return the positions of all that is there past some marks, and where to read on."""
    found: list[int] = []
    while True:
        stretch = next_of(cast(Ledger, ledger), marks, limit)
        assert len(stretch.stored) <= max(limit, SHARDS)
        found += [one.position for one in stretch.stored]
        marks = stretch.marks
        if not stretch.more:
            return found, marks


@pytest.mark.parametrize("seed", range(20))
def test_whatever_becomes_visible_late_is_told_once(seed: int) -> None:
    chance, ledger, told = random.Random(seed), Shards(), list[int]()
    marks: Sequence[int] = [0] * SHARDS
    waiting: dict[int, list[int]] = {shard: [] for shard in range(SHARDS)}
    for position in range(1, 200):
        waiting[chance.randrange(SHARDS)].append(position)
        if chance.random() < 0.3:
            # What a shard has drawn becomes visible together, long after others have gone on.
            shard = chance.randrange(SHARDS)
            drawn, waiting[shard] = waiting[shard], []
            for one in drawn:
                ledger.put(shard, one)
        if chance.random() < 0.3:
            found, marks = read(ledger, marks, chance.choice([1, 3, 500]))
            told += found
    for shard, left in waiting.items():
        for one in left:
            ledger.put(shard, one)
    told += read(ledger, marks, 7)[0]
    assert sorted(told) == list(range(1, 200))


@pytest.mark.parametrize("limit", [1, 4, 5, 1_000])
def test_what_is_there_is_told_in_the_order_of_positions(limit: int) -> None:
    ledger = Shards()
    for position in range(1, 100):
        ledger.put(position * 7 % 11 % SHARDS, position)
    found, marks = read(ledger, [0] * SHARDS, limit)
    assert found == list(range(1, 100))
    assert list(marks) == end_of(cast(Ledger, ledger))


def test_marks_are_text_that_fits_its_own_ledger_only() -> None:
    assert marks_of(BEGINNING, SHARDS) == [0, 0, 0, 0]
    assert marks_of(text_of([3, 0, 7, 9]), SHARDS) == [3, 0, 7, 9]
    assert text_of([0, 0, 0, 0]) == BEGINNING
    for text in ("5", "1.2.3", "1.2.3.4.5"):
        with pytest.raises(ValueError, match="positions"):
            marks_of(text, SHARDS)
