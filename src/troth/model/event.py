"""Events: what systems report, as CloudEvents 1.0 envelopes in the engine's own units.

Source: CloudEvents 1.0 (context attributes `source`, `id`, `type`, `subject`, `time`, `data`).
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from troth.model.times import Micros

Key: TypeAlias = tuple[Micros, int, str, str]
"""The total order of events: (occurred_at, sequence, source, id). Never the order of arrival."""


class Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One report of one system about one subject.

    Identity is (tenant, source, id): a second arrival with the same content changes nothing.

    Attributes:
        source: The system that reports, as the pack names it.
        id: Unique within the source.
        type: What kind of thing happened, such as `carrier.delivered`.
        subject: What a customer waits on, such as `order/17`.
        occurred_at: When it happened; microseconds since 1970 UTC.
        heard_at: When the firm learned it; microseconds since 1970 UTC.
        data: The payload: JSON object. Reserved member `attributes`: an object whose members become attributes of
            the subject, known from `occurred_at` on.
        sequence: The order that the source declares among events of one moment; 0 when it declares none.
        tenant: Whose ledger it is in.
        assumed: Which of the two times were not given but taken from the other: "", "occurred_at" or "heard_at". Or
            "ahead:N": the source's clock was N microseconds ahead, see `in_order`.
    """

    source: str
    id: str
    type: str
    subject: str
    occurred_at: Micros
    heard_at: Micros
    data: dict[str, Any] = {}
    sequence: int = 0
    tenant: str = "main"
    assumed: str = ""

    @property
    def said_at(self) -> Micros:
        """Return when it happened by the source's own clock."""
        return (
            self.occurred_at + int(self.assumed[len(AHEAD) :]) if self.assumed.startswith(AHEAD) else self.occurred_at
        )

    @property
    def said_sequence(self) -> int:
        """Return the sequence that the source declared."""
        return 0 if self.assumed == f"{AHEAD}{self.sequence}" else self.sequence

    @property
    def key(self) -> Key:
        """Return the event's place in the total order."""
        return (self.occurred_at, self.sequence, self.source, self.id)


AHEAD: Final = "ahead:"
"""Begins the mark of an event whose source's clock was ahead; microseconds follow."""


def in_order(event: Event, skew: Micros) -> Event:
    """Return an event that happened before it was heard: nobody reports what has not happened yet.

    An event that is dated at most `skew` after it was heard comes from a clock that is ahead. It counts as having
    happened when it was heard, after all that is dated before; of several, in the order of their dates, unless the
    source declares an order of its own. What lies further ahead was planned, and stays as it is.

    >>> late = Event("desk", "1", "t", "order/1", occurred_at=90_000_000, heard_at=0)
    >>> moved = in_order(late, 300_000_000)
    >>> moved.occurred_at, moved.said_at, moved.said_sequence
    (0, 90000000, 0)
    """
    ahead = event.occurred_at - event.heard_at
    if not 0 < ahead <= skew or event.assumed:
        return event
    return msgspec.structs.replace(
        event, occurred_at=event.heard_at, sequence=event.sequence or ahead, assumed=f"{AHEAD}{ahead}"
    )


class Stored(msgspec.Struct, frozen=True, gc=False):
    """An event as the ledger holds it.

    Attributes:
        position: The ledger's own number, ascending in commit order within a bucket's shard. No rule reads it.
        event: The event.
        replaces: True when this event displaced one of the same identity, so that its subject has to be refolded.
        pack: Name of the pack that it was taken in for.
        stands: False for a notice: this event of the subject was displaced by one of another subject; only refold.
    """

    position: int
    event: Event
    replaces: bool = False
    stands: bool = True
    pack: str = ""
