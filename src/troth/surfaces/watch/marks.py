"""How far somebody has read a ledger: one position for each of its shards.

Within a shard positions become visible in their order, across shards they need not: whoever remembers one position for
all of them would miss what becomes visible late behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import merge
from typing import Final

import msgspec

from troth.model.event import Stored
from troth.ports.ledger import Ledger

BEGINNING: Final = "0"
"""Before everything, of any ledger."""
PATTERN: Final = r"^\d{1,18}(\.\d{1,18}){0,63}$"
"""What marks look like as text."""


class Stretch(msgspec.Struct, frozen=True):
    """What comes next.

    Attributes:
        stored: Events, by position.
        marks: Read on after these.
        more: Whether there is more already.
    """

    stored: Sequence[Stored]
    marks: Sequence[int]
    more: bool


def marks_of(text: str, shards: int) -> list[int]:
    """Return the positions that a text names.

    Args:
        text: As `text_of` returned it, or `BEGINNING`.
        shards: How many shards the ledger has.

    Raises:
        ValueError: They are not those of a ledger with so many shards.
    """
    if text == BEGINNING:
        return [0] * shards
    marks = [int(part) for part in text.split(".")]
    if len(marks) != shards:
        raise ValueError(f"{len(marks)} positions, and {shards} shards")
    return marks


def text_of(marks: Sequence[int]) -> str:
    """Return positions as text, which orders nothing and is only handed back.

    >>> text_of([12]), text_of([3, 0, 7])
    ('12', '3.0.7')
    """
    return ".".join(map(str, marks)) if any(marks) else BEGINNING


def end_of(ledger: Ledger) -> list[int]:
    """Return the positions after which nothing stands yet."""
    return _heads(ledger)


def next_of(ledger: Ledger, marks: Sequence[int], limit: int) -> Stretch:
    """Return the next events past some marks, in the order of their positions as far as that is settled.

    Nothing is ever missed, however late it becomes visible, and nothing comes twice.

    Args:
        ledger: Whose events.
        marks: After these.
        limit: How many events at most.
    """
    heads = _heads(ledger)
    moved = [shard for shard in range(ledger.shards) if heads[shard] > marks[shard]]
    if not moved:
        return Stretch((), marks, more=False)
    each = max(1, limit // len(moved))
    found = {shard: ledger.tail(shard, after=marks[shard], limit=each) for shard in moved}
    full = {shard for shard, rows in found.items() if len(rows) == each}
    # What a full shard has behind its last row is not known: what others have there waits for it.
    bound = min((found[shard][-1].position for shard in full), default=None)
    reached = list(marks)
    for shard, rows in found.items():
        told = [one for one in rows if bound is None or one.position <= bound]
        found[shard] = told
        if told:
            reached[shard] = told[-1].position
        if len(told) == len(rows) and shard not in full:
            # Rows that nobody is told of may be the last of a shard.
            reached[shard] = max(reached[shard], heads[shard])
    stored = tuple(merge(*found.values(), key=_position))
    return Stretch(stored, reached, more=bound is not None)


def _heads(ledger: Ledger) -> list[int]:
    """Return the last position of each shard; 0 where there is none."""
    heads: Mapping[int, int] = {head.shard: head.position for head in ledger.heads()}
    return [heads.get(shard, 0) for shard in range(ledger.shards)]


def _position(one: Stored) -> int:
    """Return where an event stands."""
    return one.position
