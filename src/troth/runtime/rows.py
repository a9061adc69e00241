"""What ledgers that keep rows in a database do alike: the port's readings, each by a statement of the adapter's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final, Protocol

import msgspec

from troth.model.effect import Entry, Outgoing, WakeUp
from troth.model.event import Event, Stored
from troth.model.record import Record
from troth.model.times import FOREVER, Micros
from troth.ports.ledger import Appended, Batch, Refused, Share
from troth.ports.outbox import Delivery, Destination
from troth.runtime.addressing import DESTINATIONS, destination_of, setting_of

encode_body: Final = msgspec.msgpack.Encoder().encode
# Untyped on purpose: a stored event must be readable, whatever keys a connector put into its data.
decode_body: Final = msgspec.msgpack.Decoder().decode


def event_of(row: Sequence[Any], tenant: str) -> Event:
    """Return the event of a row of an adapter's `EVENT_COLUMNS`."""
    source, event_id, kind, subject, occurred_at, heard_at, body, sequence, assumed = row
    return Event(source, event_id, kind, subject, occurred_at, heard_at, decode_body(body), sequence, tenant, assumed)


def delivery_of(row: Sequence[Any]) -> Delivery:
    """Return the delivery of a row: its id, the outgoing's fields, and the delivery's others in their order."""
    delivery_id, outgoing_id, topic, subject, at, body, *rest = row
    return Delivery(delivery_id, Outgoing(outgoing_id, topic, subject, at, decode_body(body)), *rest)


class LedgerTexts(Protocol):
    """The statements of `LedgerRows`; each names the tenant's number first."""

    @property
    def READ(self) -> str:  # noqa: N802 - a module of constants is one
        """Standing events and notices of a bucket past a position, at most so many."""

    @property
    def DIRTY(self) -> str:  # noqa: N802
        """Buckets with something to read past their position."""

    @property
    def POSITION(self) -> str:  # noqa: N802
        """Position and fence of a bucket."""

    @property
    def NEXT_DUE(self) -> str:  # noqa: N802
        """The earliest wake-up's moment, or null."""

    @property
    def ENTRIES(self) -> str:  # noqa: N802
        """Index lines of a kind and key, with an order above one moment and up to another, at most so many."""


class LedgerRows(ABC):
    """The methods of `troth.ports.ledger` that need nothing but rows.

    Attributes:
        texts: The adapter's statements.
    """

    texts: ClassVar[LedgerTexts]
    tenant: str
    _key: int
    """The tenant's number in the database."""

    @abstractmethod
    def _rows(self, query: str, *arguments: Any) -> list[Any]:
        """Return all rows of a query."""

    @abstractmethod
    def append_all(self, batches: Sequence[Batch]) -> list[Appended]:
        """Append several batches in one durable commit; see the port."""

    @abstractmethod
    def commit_shares(self, shares: Sequence[Share]) -> None:
        """Store what several buckets' folds have made and move their positions, all or nothing; see the port."""

    def append(self, events: Sequence[Event], refused: Sequence[Refused] = (), *, pack: str) -> Appended:
        """Append events and keep refusals in one durable commit; see the port."""
        return self.append_all([Batch(events, refused, pack)])[0]

    def commit(
        self, bucket: int, *, fence: int, position: int, records: Sequence[Record], wake_ups: Sequence[WakeUp]
    ) -> None:
        """Commit one bucket's share; see the port."""
        self.commit_shares([Share(bucket, fence, position, records, wake_ups)])

    def read(self, bucket: int, *, after: int, limit: int) -> list[Stored]:
        """Return the bucket's events past a position; see the port."""
        return self._stored(self._rows(self.texts.READ, self._key, bucket, after, limit))

    def _stored(self, rows: Iterable[Any]) -> list[Stored]:
        """Return events from their rows; a database without truth values has 1 for true."""
        return [
            Stored(position, event_of(event, self.tenant), replaces == 1, stands == 1, pack)
            for position, replaces, stands, pack, *event in rows
        ]

    def dirty_buckets(self) -> list[int]:
        """Return the buckets that have something to read past their position, ascending."""
        return [bucket for (bucket,) in self._rows(self.texts.DIRTY, self._key)]

    def position(self, bucket: int) -> tuple[int, int]:
        """Return (position, fence) of a bucket."""
        ((position, fence),) = self._rows(self.texts.POSITION, self._key, bucket)
        return position, fence

    def next_due(self) -> Micros:
        """Return the due moment of the earliest wake-up; `FOREVER` when there is none."""
        ((due_at,),) = self._rows(self.texts.NEXT_DUE, self._key)
        return FOREVER if due_at is None else int(due_at)

    def entries(
        self, kind: str, key: str = "", *, after: int | None = None, until: int | None = None, limit: int = 100
    ) -> list[Entry]:
        """Return index lines of a kind and key by (order, subject); see the port."""
        least, most = -(2**63) if after is None else after, 2**63 - 1 if until is None else until
        rows = self._rows(self.texts.ENTRIES, self._key, kind, key, least, most, limit)
        return [Entry(kind, key, order, subject, decode_body(body)) for order, subject, body in rows]


class OutboxRows(ABC):
    """The methods of `troth.ports.outbox` that need nothing but rows and settings.

    Attributes:
        page: The statement for a page of deliveries.
        page_of_state: The same, of one state.
    """

    page: ClassVar[str]
    page_of_state: ClassVar[str]
    _key: int

    @abstractmethod
    def _rows(self, query: str, *arguments: Any) -> list[Any]:
        """Return all rows of a query."""

    @abstractmethod
    def _settings(self, prefix: str) -> list[tuple[str, str]]:
        """Return the settings whose keys start with the prefix, sorted, with their JSON texts."""

    @abstractmethod
    def put(self, key: str, value: Any) -> None:
        """Store a setting durably; `None` removes it."""

    def deliveries(self, *, state: str = "", after: str = "", limit: int = 100) -> list[Delivery]:
        """Return deliveries (of a state) with id > `after`, by id."""
        if state:
            rows = self._rows(self.page_of_state, self._key, state, after, limit)
        else:
            rows = self._rows(self.page, self._key, after, limit)
        return [delivery_of(row) for row in rows]

    def destinations(self) -> list[Destination]:
        """Return the destinations, by id."""
        return [destination_of(msgspec.json.decode(value)) for _, value in self._settings(DESTINATIONS)]

    def put_destination(self, destination: Destination) -> None:
        """Store a destination, in place of one with the same id."""
        self.put(*setting_of(destination))
