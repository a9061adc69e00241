"""The ledger port: what storage must offer, whatever is behind it.

Guarantees that every adapter gives (`troth.testing.conformance` proves them):

- What `append` has returned is durable. An event refused by `append` is in quarantine, never lost.
- Identity is (tenant, source, id). Of two contents with one identity the earlier (heard_at, content hash) stands, and
  the other is in quarantine (kind `conflict`). The same content again changes nothing but an earlier heard_at. Whatever
  the order of arrival, the same events stand, and the same refusals are in quarantine.
- Events are never rewritten. One that is displaced stays in storage and stands no more; the one that takes its place is
  read with `replaces`. Where the two differ in subject, the former subject gets a *notice*: it is read with `replaces`
  and without `stands`. Both say one thing: refold this subject from `events_of`, do not apply the event on top.
- Positions ascend in commit order. A reader never skips a position that becomes visible late.
- `commit` is atomic: records, wake-ups and the bucket's position together, or nothing. A stale fence is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

import msgspec

from troth.model.effect import Entry, Outgoing, WakeUp
from troth.model.event import Event, Stored
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.chain import Chained
from troth.ports.outbox import Outbox

ALL: Final = 2**63 - 1
"""As a limit: however many there are."""


class Refused(msgspec.Struct, frozen=True):
    """Something that could not be accepted, kept as it came.

    Attributes:
        id: Deterministic id: the same refusal twice is one row.
        code: Code of the problem.
        reason: The problem in words.
        place: File and row, or source and event id.
        raw: What came: JSON text of the event, or of the row with `file`, `row`, `map`.
        heard_at: When; microseconds since 1970 UTC.
        kind: `event` (could be replayed as an event), `row` (of a table, by its mapping) or `conflict`.
        pack: Name of the pack it was meant for.
    """

    id: str
    code: str
    reason: str
    place: str
    raw: str
    heard_at: Micros
    kind: str = "event"
    pack: str = ""


class Appended(msgspec.Struct, frozen=True):
    """What became of a batch.

    Attributes:
        accepted: New events: identities that were not known.
        duplicates: Arrivals of a content that was known; at most they made its heard_at earlier.
        conflicts: Further contents of a known identity: whichever lost is in quarantine.
        quarantined: Refusals newly kept, conflicts not counted.
        subjects: Distinct subjects among the accepted.

    Every event is counted once: accepted + duplicates + conflicts is the number of events given.
    """

    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0
    subjects: int = 0


class Batch(msgspec.Struct, frozen=True):
    """What one caller has to append.

    Attributes:
        events: Events, of the ledger's tenant.
        refused: What could not become an event.
        pack: Name of the pack it is all meant for.
    """

    events: Sequence[Event]
    refused: Sequence[Refused] = ()
    pack: str = ""


class Share(msgspec.Struct, frozen=True):
    """One bucket's share of a commit.

    Attributes:
        bucket: The bucket, which owns every subject named.
        fence: Its fence as read by `position`.
        position: The position that it is folded to.
        records: New records of its subjects.
        wake_ups: Their wake-ups.
        entries: Lines of indexes over those records: of each subject in `records`, and of their own, they replace all
            it had.
        outgoing: What is to be delivered because of them; see `troth.ports.outbox`. An id that is known is left out.
    """

    bucket: int
    fence: int
    position: int
    records: Sequence[Record] = ()
    wake_ups: Sequence[WakeUp] = ()
    entries: Sequence[Entry] = ()
    outgoing: Sequence[Outgoing] = ()


class Ledger(Outbox, Chained, Protocol):
    """Durable storage of events, records, wake-ups, watermarks and quarantine. One tenant per instance.

    Every method raises LedgerError when the storage cannot be used (locked, full, damaged, closed). All may be called
    from several threads.
    """

    tenant: str
    """Whose ledger it is."""

    def unit(self, buckets: Iterable[int]) -> AbstractContextManager[None]:
        """Make all that the calling thread does in the body one durable transaction, alone on these buckets.

        Whoever else wants a unit on one of the buckets, or appends to one, waits; within the body the thread sees what
        it has written, nobody else does before the end. On an error nothing of it is stored. Calls that write open a
        unit of their own when there is none; one that fails within a unit leaves nothing of itself, and the unit may go
        on. Units do not nest. Scans need not see what is not committed.
        """
        ...

    def append(self, events: Sequence[Event], refused: Sequence[Refused] = (), *, pack: str) -> Appended:
        """Append events and keep refusals in one durable commit; idempotent.

        Raises:
            LedgerError: L106, an event is of another tenant; nothing is stored.
        """
        ...

    def append_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:
        """Append several callers' batches in one durable commit; return what became of each: for group commit."""
        ...

    def read(self, bucket: int, *, after: int, limit: int) -> Sequence[Stored]:
        """Return the bucket's events with position > `after`, by position, at most `limit`.

        Displaced events are left out; notices (see above) come without `stands`.
        """
        ...

    def dirty_buckets(self) -> Sequence[int]:
        """Return the buckets whose last event is past their committed position, ascending."""
        ...

    def position(self, bucket: int) -> tuple[int, int]:
        """Return (position folded to, fence) of a bucket; (0, 0) at first."""
        ...

    def events_of(self, subjects: Iterable[str]) -> dict[str, list[Event]]:
        """Return all standing events of each subject in total order; a subject without events has an empty list."""
        ...

    def records(self, subjects: Iterable[str]) -> dict[str, Record]:
        """Return the records that exist among the subjects."""
        ...

    def commit(
        self, bucket: int, *, fence: int, position: int, records: Sequence[Record], wake_ups: Sequence[WakeUp]
    ) -> None:
        """Commit one bucket's share; see `commit_shares`."""
        ...

    def commit_shares(self, shares: Sequence[Share]) -> None:
        """Store records with their wake-ups and set the buckets' positions, all in one durable commit or not at all.

        A record's former wake-up is replaced (or removed when none is given for its subject); of several given for one
        subject the earliest is kept. Each fence increases by one. A position before the present one is allowed: the
        events after it are read again.

        Raises:
            LedgerError: L105, a fence is not its bucket's present one: another worker was faster; nothing is stored.
                L108, a record or wake-up belongs to another bucket; nothing is stored.
        """
        ...

    def due(self, now: Micros, *, limit: int, bucket: int | None = None) -> Sequence[WakeUp]:
        """Return wake-ups with due_at <= now, earliest first, then by subject.

        They stay until a commit of their subject replaces them.
        """
        ...

    def entries(
        self, kind: str, key: str = "", *, after: int | None = None, until: int | None = None, limit: int = 100
    ) -> Sequence[Entry]:
        """Return index lines of a kind and key by (order, subject), at most `limit`.

        Args:
            kind: Kind of line.
            key: Its key.
            after: Only lines with a greater order.
            until: Only lines with an order that is not greater.
            limit: How many at most.
        """
        ...

    def next_due(self) -> Micros:
        """Return the due moment of the earliest wake-up; `FOREVER` when there is none."""
        ...

    def watermarks(self) -> dict[str, Micros]:
        """Return source → the moment up to which it has been heard."""
        ...

    def advance(self, watermarks: dict[str, Micros]) -> None:
        """Move watermarks forward; never backward."""
        ...

    def quarantine(self, *, after: str = "", limit: int = 100) -> Sequence[Refused]:
        """Return refusals with id > `after`, by id, at most `limit`: for paging."""
        ...

    def release(self, ids: Iterable[str]) -> int:
        """Remove refusals that a replay has settled; return how many there were."""
        ...

    def count(self) -> dict[str, int]:
        """Return the numbers of `events` that stand, their `subjects`, `records`, `quarantined`, `wake_ups`."""
        ...

    def scan_records(self, *, pack: str = "", buckets: Collection[int] | None = None) -> Iterator[Record]:
        """Yield all records, bucket by bucket, subject by subject, without loading them all.

        Both scans see one moment of the ledger, whatever is appended or committed meanwhile.

        Args:
            pack: Only those of this pack; empty: of all.
            buckets: Only these, so that several processes can share the work; `None`: all.
        """
        ...

    def scan_events(
        self, *, pack: str = "", buckets: Collection[int] | None = None
    ) -> Iterator[tuple[str, list[Event]]]:
        """Yield (subject, its standing events in total order), bucket by bucket: the replay.

        Args:
            pack: Only subjects of this pack; empty: of all.
            buckets: Only these, so that several processes can share the work; `None`: all.
        """
        ...

    def last_position(self) -> int:
        """Return the greatest position appended; 0 when empty. The same position is the same set of events."""
        ...

    def get(self, key: str) -> Any:
        """Return a setting stored with `put` (JSON value), or `None`."""
        ...

    def put(self, key: str, value: Any) -> None:
        """Store a setting durably (packs in use, import cursors, moment of the last extract); `None` removes it."""
        ...

    def erase(self, keys: Iterable[str]) -> int:
        """Remove settings so that their bytes are not left in the storage; return how many there were.

        Copies that were made before (backups, replicas of the log) are beyond it.
        """
        ...

    def tail(self, shard: int = 0, *, after: int, limit: int) -> Sequence[Stored]:
        """Return the shard's standing events with position > `after`, by position: for watching, not for folding.

        Within a shard (see `Chained.shards`) positions become visible in their order: whoever goes on after the last
        one of each shard misses nothing.
        """
        ...

    def keys(self, prefix: str) -> Sequence[str]:
        """Return the stored setting keys that start with the prefix, sorted."""
        ...

    def close(self) -> None:
        """Release everything; the ledger cannot be used afterwards."""
        ...
