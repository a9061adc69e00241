"""Journal events: what troth itself did, read back from the ledger like everything else.

They carry no observation. A decision, its confirmation and its revocation live in `Record.asks`; a receipt is a receipt
whoever tells it; what people do to cases is noted for `troth.engine.recover`. A journal event that cannot be read is a
finding: it was written by another version, and nothing may be lost over it.

Source: decision 0016.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from troth.engine.believe import note_receipt
from troth.engine.cases.people import hear
from troth.engine.live import Live
from troth.model.event import Event
from troth.model.record import Asked, Finding
from troth.model.times import Micros, parse_instant

JOURNAL: Final = "troth"
"""The source of journal events; nothing from outside may name it."""

DECIDED: Final = "troth.decided"
CONFIRMED: Final = "troth.confirmed"
REVOKED: Final = "troth.revoked"
RECEIPT: Final = "troth.receipt"


def note(live: Live, event: Event) -> None:
    """Take in a journal event."""
    live.moved = True
    write = _NOTES.get(event.type)
    try:
        if write is not None:
            write(live, event)
        else:
            hear(live, event)
    except (KeyError, TypeError, ValueError) as error:
        text = f"{event.type} {event.id} cannot be read: {error!r}"
        live.findings.append(Finding("F108", event.occurred_at, text))


def _decided(live: Live, event: Event) -> None:
    """Note a decision: the last one of a message stands, the moment of the first request stays."""
    data = event.data
    before = live.asks.get(data["id"])
    live.asks[data["id"]] = Asked(
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
        confirmed_at=None if before is None else before.confirmed_at,
        data=data.get("data", {}),
        recheck_at=_moment(data, "recheck_at"),
    )


def _confirmed(live: Live, event: Event) -> None:
    """Note that a permit was used; only the first time counts."""
    asked = live.asks[event.data["id"]]
    if asked.confirmed_at is None:
        live.asks[asked.id] = replace(asked, confirmed_at=event.occurred_at)


def _revoked(live: Live, event: Event) -> None:
    """Note that a permit was withdrawn or a request given up."""
    asked = live.asks[event.data["id"]]
    code = event.data.get("code", "")
    codes = (*asked.codes, code) if code else asked.codes
    live.asks[asked.id] = replace(asked, revoked_at=event.occurred_at, codes=codes, recheck_at=0)


def _receipt(live: Live, event: Event) -> None:
    """Note a receipt that came through the service's own door."""
    data = event.data
    note_receipt(live, data["message"], data["id"], data["phase"], data.get("channel", ""), event)


def _moment(data: Mapping[str, Any], name: str) -> Micros:
    """Return a moment of the data; 0 where it has none."""
    text = data.get(name)
    return parse_instant(text) if text else 0


_NOTES: Final[dict[str, Callable[[Live, Event], None]]] = {
    DECIDED: _decided,
    CONFIRMED: _confirmed,
    REVOKED: _revoked,
    RECEIPT: _receipt,
}
