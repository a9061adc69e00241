"""Journal events: what troth itself did, read back from the ledger like everything else.

They carry no observation. A decision, its confirmation and its revocation live in `Record.asks`; a receipt is a receipt
whoever tells it; a promise that troth makes is a promise like those of the pack's events, with its basis; what people
do to cases is noted for `troth.engine.recover`. A journal event that cannot be read is a
finding: it was written by another version, and nothing may be lost over it.

Source: decision 0016.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from troth.engine.believe import note_receipt
from troth.engine.cases.people import hear
from troth.engine.keep import promised
from troth.engine.live import Live
from troth.model.decision import SUPPRESS
from troth.model.event import Event
from troth.model.record import Asked, Finding, Record
from troth.model.times import Micros, parse_instant

JOURNAL: Final = "troth"
"""The source of journal events; nothing from outside may name it."""

MOST_ASKS: Final = 64
"""Messages put to the gate that a record keeps; beyond, those that were refused go first."""

DECIDED: Final = "troth.decided"
CONFIRMED: Final = "troth.confirmed"
REVOKED: Final = "troth.revoked"
RECEIPT: Final = "troth.receipt"
PROMISED: Final = "troth.promised"

SHADOW: Final = "shadow"
"""Marks a receipt of a sender that only watches what the gate would do: what it sends without leave is no bypass."""


def note(live: Live, event: Event) -> None:
    """Take in a journal event."""
    try:
        if event.type in _ANSWERS:
            _ANSWERS[event.type](live.asks, event)
            return
        live.moved = True
        if event.type == RECEIPT:
            _receipt(live, event)
        elif event.type == PROMISED:
            promised(live, event)
        else:
            hear(live, event)
    except (KeyError, TypeError, ValueError) as error:
        live.findings.append(_unreadable(event, error))


def is_answer(event: Event) -> bool:
    """Return whether an event tells only what the gate has answered: nothing is derived from it but `Record.asks`."""
    return event.source == JOURNAL and event.type in _ANSWERS


def with_answers(record: Record, events: Sequence[Event], now: Micros) -> Record:
    """Return a record with answers of the gate noted, for answers that are later than `record.at`.

    It is what a step would return, at a tenth of the cost: everything else in it stays as it is until its next moment.
    """
    asks = {asked.id: asked for asked in record.asks}
    findings = record.findings
    for event in events:
        try:
            _ANSWERS[event.type](asks, event)
        except (KeyError, TypeError, ValueError) as error:
            findings = (*findings, _unreadable(event, error))
    return replace(record, asks=tuple(asks.values()), findings=findings, events=record.events + len(events), at=now)


def _unreadable(event: Event, error: Exception) -> Finding:
    """Return the finding of a journal event that cannot be read."""
    return Finding("F108", event.occurred_at, f"{event.type} {event.id} cannot be read: {error!r}")


def _decided(asks: dict[str, Asked], event: Event) -> None:
    """Note a decision: the last one of a message stands, the moment of the first request stays.

    What was handed over went by the decision that permitted it: whoever asks again changes nothing about that.
    """
    data = event.data
    before = asks.get(data["id"])
    if before is not None and before.confirmed_at is not None:
        return
    asks[data["id"]] = Asked(
        id=data["id"],
        message=data["message"],
        channel=data.get("channel", ""),
        customer=data.get("customer", ""),
        requested_at=_moment(data, "requested_at") if before is None else before.requested_at,
        decided_at=event.occurred_at,
        outcome=data["outcome"],
        sends=data.get("sends", ""),
        codes=tuple(data.get("codes", ())),
        expires_at=_moment(data, "expires_at"),
        data=data.get("data", {}),
        recheck_at=_moment(data, "recheck_at"),
    )
    if len(asks) > MOST_ASKS:
        _forget_first(asks)


def _forget_first(asks: dict[str, Asked]) -> None:
    """Forget the first message that was refused or given up: it is in the ledger, and decides nothing any more."""
    for name, asked in asks.items():
        if asked.confirmed_at is None and (asked.revoked_at is not None or asked.outcome == SUPPRESS):
            del asks[name]
            return


def _confirmed(asks: dict[str, Asked], event: Event) -> None:
    """Note that a permit was used; only the first time counts."""
    asked = asks[event.data["id"]]
    if asked.confirmed_at is None:
        asks[asked.id] = replace(asked, confirmed_at=event.occurred_at)


def _revoked(asks: dict[str, Asked], event: Event) -> None:
    """Note that a permit was withdrawn or a request given up."""
    asked = asks.get(event.data["id"])
    if asked is None or asked.confirmed_at is not None:
        return
    code = event.data.get("code", "")
    codes = (*asked.codes, code) if code else asked.codes
    asks[asked.id] = replace(asked, revoked_at=event.occurred_at, codes=codes, recheck_at=0)


def _receipt(live: Live, event: Event) -> None:
    """Note a receipt that came through the service's own door."""
    data = event.data
    note_receipt(live, data["message"], data["id"], data["phase"], data.get("channel", ""), event)
    told = live.messages.get(data["id"])
    if told is not None and data.get("bypass") == SHADOW:
        live.messages[told.id] = replace(told, shadow=True)


def _moment(data: Mapping[str, Any], name: str) -> Micros:
    """Return a moment of the data; 0 where it has none."""
    text = data.get(name)
    return parse_instant(text) if text else 0


_ANSWERS: Final[dict[str, Callable[[dict[str, Asked], Event], None]]] = {
    DECIDED: _decided,
    CONFIRMED: _confirmed,
    REVOKED: _revoked,
}
