"""Verifying a ledger: is every stored event as it was stored, and are all of them there?

Everything is computed anew from what is stored. What a ledger says of itself can be written anew as a whole, hashes
and all; against that a head has to be kept outside of it (a log, a mail, another machine).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, Protocol

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.ports.chain import DISPLACED, NOTICE, Chained, Head, Link
from troth.runtime.chain import linked, seed

PAGE: Final = 5_000
"""Rows read at once: bounds memory."""
MOST: Final = 100
"""Problems that are told in words; the rest is counted."""
_FIRST: Final = -(2**62)
_HASH_BYTES: Final = 32


class Verifiable(Chained, Protocol):
    """What of a ledger is verified."""

    tenant: str


class Kept(msgspec.Struct, frozen=True):
    """A head that somebody has kept outside of the ledger.

    Attributes:
        shard: Which chain.
        position: A position.
        hash: The hash that stood there.
    """

    shard: int
    position: int
    hash: bytes


class Verified(msgspec.Struct, frozen=True):
    """What verifying found.

    Attributes:
        rows: How many rows were checked.
        heads: Where the chains end, as stored: to be kept outside.
        problems: What does not fit, by shard and position, at most `MOST`.
        count: How many problems there are.
    """

    rows: int
    heads: Sequence[Head]
    problems: Sequence[Problem]
    count: int


def verify(
    ledger: Verifiable, *, kept: Sequence[Kept] = (), name: str = "", progress: Callable[[int], None] | None = None
) -> Verified:
    """Check every row of every chain, also while others append.

    Args:
        ledger: The ledger.
        kept: Heads that were kept outside of it.
        name: The ledger's name, for problems.
        progress: Is told how many more rows have been checked.

    Raises:
        LedgerError: The storage cannot be read.
    """
    # The heads first: rows that are appended meanwhile only come after them.
    heads = {head.shard: head for head in ledger.heads()}
    rows = 0
    walks: list[_Walk] = []
    for shard in sorted({*range(ledger.shards), *heads, *(one.shard for one in kept)}):
        walk = _Walk(ledger.tenant, shard, heads.get(shard), [one for one in kept if one.shard == shard], name)
        walks.append(walk)
        for page in _pages(ledger, shard, _FIRST):
            for link in page:
                walk.see(link)
            rows += len(page)
            if progress is not None:
                progress(len(page))
    _settle(ledger, walks)
    for walk in walks:
        walk.end()
    problems = tuple(islice(chain.from_iterable(walk.problems for walk in walks), MOST))
    return Verified(rows, tuple(heads.values()), problems, sum(walk.count for walk in walks))


def _pages(ledger: Verifiable, shard: int, after: int) -> Iterator[Sequence[Link]]:
    """Yield a chain's rows past a position, page by page."""
    while page := ledger.chain(shard, after=after, limit=PAGE):
        yield page
        after = page[-1].position


def _settle(ledger: Verifiable, walks: Sequence[_Walk]) -> None:
    """Strike displaced events whose place was taken: perhaps in another shard, which holds the successor's subject."""
    taken: dict[tuple[str, str], int] = {}
    for walk in walks:
        for identity, position in walk.taken.items():
            taken[identity] = max(position, taken.get(identity, position))
    if any(taken.get(one, at) <= at for walk in walks for one, at in walk.displaced.items()):
        # What was displaced during the walk may have its successor in a shard that had been walked already.
        for walk in walks:
            for page in _pages(ledger, walk.shard, walk.position or _FIRST):
                taken |= {(link.source, link.id): link.position for link in page if link.replaces}
    for walk in walks:
        walk.displaced = {
            identity: position
            for identity, position in walk.displaced.items()
            if taken.get(identity, position) <= position
        }


class _Walk:
    """Goes along one chain from its first row to its last."""

    def __init__(self, tenant: str, shard: int, head: Head | None, kept: Sequence[Kept], name: str) -> None:
        self.problems: list[Problem] = []
        self.count = 0
        self.shard = shard
        self.position = 0
        self.displaced: dict[tuple[str, str], int] = {}
        self.taken: dict[tuple[str, str], int] = {}
        self._name = name
        self._head = head
        self._kept = {one.position: one.hash for one in kept}
        self._number = 0
        self._hash = seed(tenant, shard)

    def see(self, link: Link) -> None:
        """Check one row."""
        missing = link.number - self._number - 1
        if missing < 0:
            self._say(link.position, "V103", "a row that is not of the chain", "rows that troth has stored only")
            return
        if missing:
            gap = f"{missing} row{'s' if missing > 1 else ''} missing after position {self.position}"
            self._say(link.position, "V102", gap, f"number {self._number + 1} of the chain, not {link.number}")
        elif linked(self._hash, link.said) != link.hash:
            self._say(link.position, "V101", "the row does not fit its hash", "the row as it was stored")
        # What follows is judged by the stored hash, so that one change is told once.
        self._number, self.position, self._hash = link.number, link.position, link.hash
        if self._head is not None and link.number == self._head.number and link.hash != self._head.hash:
            self._say(link.position, "V106", "another hash than the head's", "the hash that is stored as the head")
        self._compare_kept(link)
        self._follow(link)

    def end(self) -> None:
        """Check what only the end shows."""
        stored = self._head.number if self._head is not None else 0
        if self._head is None and self._number:
            self._say(self.position, "V106", "the chain has no head", "where it ends, stored apart from it")
        elif stored > self._number:
            missing = stored - self._number
            lost = f"the last {missing} row{'s' if missing > 1 else ''} missing after position {self.position}"
            self._say(self.position, "V104", lost, f"{stored} rows, as the head says")
        for position in self.displaced.values():
            found = "an event that does not stand, and none in its place"
            self._say(position, "V107", found, "the one that displaced it")
        for position in self._kept:
            self._say(position, "V105", "no such position", "the hash that was kept")

    def _compare_kept(self, link: Link) -> None:
        """Compare a row with a head that was kept outside."""
        kept = self._kept.pop(link.position, None)
        if kept is not None and kept != link.hash:
            self._say(link.position, "V105", f"hash {link.hash.hex()}", f"{kept.hex()}, which was kept")

    def _follow(self, link: Link) -> None:
        """Remember a displaced row until the one comes that took its place."""
        if link.standing == NOTICE:
            return
        identity = (link.source, link.id)
        if link.replaces:
            self.taken[identity] = link.position
        if link.standing == DISPLACED:
            self.displaced[identity] = link.position

    def _say(self, position: int, code: str, found: str, expected: str) -> None:
        """Note a problem."""
        self.count += 1
        if self.count <= MOST:
            where = f"position {position}" if not self.shard else f"shard {self.shard}, position {position}"
            remedy = f"`troth explain {code}` says what it means; restore a backup that fits"
            self.problems.append(Problem(Place(self._name, path=where), code, found, expected, remedy))


def written(head: Head) -> str:
    """Return a head as people keep it: `POSITION:HASH`, of another shard than 0 `SHARD/POSITION:HASH`."""
    shard = f"{head.shard}/" if head.shard else ""
    return f"{shard}{head.position}:{head.hash.hex()}"


def kept_of(text: str) -> Kept:
    """Return the head that a text says; the inverse of `written`.

    Raises:
        UsageError: V108, it is no head.
    """
    place, _, digits = text.strip().rpartition(":")
    shard, _, position = place.rpartition("/")
    try:
        kept = Kept(int(shard or 0), int(position), bytes.fromhex(digits))
    except ValueError:
        kept = None
    if kept is None or len(kept.hash) != _HASH_BYTES:
        expected = "POSITION:HASH as `troth verify` prints it"
        raise UsageError(Problem(Place(path="--head"), "V108", f"`{text}` is no head", expected, "copy it as printed"))
    return kept
