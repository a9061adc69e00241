"""Plain builders with good defaults: an event, and the events of an order's ordinary life.

Times are instants (microseconds since 1970 UTC); `START` is Monday 2026-03-02, 12:00 UTC, from which tests count on.
"""

from __future__ import annotations

from typing import Any, Final

from troth.model.event import Event
from troth.model.ids import derived_id
from troth.model.times import DAY, HOUR, Micros, format_instant, parse_instant, to_datetime

START: Final[Micros] = parse_instant("2026-03-02T12:00:00Z")
"""The moment from which tests count."""


def an_event(
    type: str = "order.placed",
    *,
    source: str = "shop",
    subject: str = "order/1",
    at: Micros = START,
    heard_at: Micros | None = None,
    id: str = "",
    sequence: int = 0,
    data: dict[str, Any] | None = None,
    tenant: str = "main",
) -> Event:
    """Return an event; what is not given has a default that makes it acceptable.

    >>> an_event("carrier.delivered", source="carrier", at=START + DAY).heard_at == START + DAY
    True

    Args:
        type: The event type.
        source: The system that reports.
        subject: Whom it is about.
        at: When it happened.
        heard_at: When it was heard; the same moment when omitted.
        id: Its id within the source; made from type, subject, moment and sequence when omitted.
        sequence: The source's own order among events of one moment.
        data: The payload.
        tenant: Whose ledger.
    """
    return Event(
        source=source,
        id=id or derived_id(type, subject, str(at), str(sequence)),
        type=type,
        subject=subject,
        occurred_at=at,
        heard_at=at if heard_at is None else heard_at,
        data={} if data is None else data,
        sequence=sequence,
        tenant=tenant,
    )


def an_order(
    number: int | str = 1,
    *,
    placed: Micros = START,
    paid: Micros | None = START + HOUR,
    collected: Micros | None = START + DAY,
    delivered: Micros | None = START + 3 * DAY,
    promised_in: Micros = 5 * DAY,
    zone: str = "America/Sao_Paulo",
    told: bool = True,
) -> list[Event]:
    """Return the events of an order of the `delivery` pack; a moment of `None` leaves that event out.

    Args:
        number: Its number: the subject is `order/<number>`.
        placed: When it was placed, promised for the civil day (UTC) `promised_in` later.
        paid: When payment was approved.
        collected: When the carrier collected it.
        delivered: When it was delivered.
        promised_in: How long after the placing the promised day is.
        zone: The zone of that day.
        told: Whether a confirmation carries the promise to the customer.
    """
    subject = f"order/{number}"
    day = to_datetime(placed + promised_in).date().isoformat()
    events = [an_event(subject=subject, at=placed, data={"promised_day": day, "zone": zone})]
    if told:
        said = {"message": "confirmation", "id": f"confirmation/{number}", "channel": "page"}
        events.append(an_event("message.sent", source="mailer", subject=subject, at=placed, data=said))
    later = (
        ("payment.approved", "payment", paid),
        ("carrier.collected", "carrier", collected),
        ("carrier.delivered", "carrier", delivered),
    )
    events += [an_event(kind, source=who, subject=subject, at=at) for kind, who, at in later if at is not None]
    return events


def a_flight(
    number: int | str = 1,
    *,
    scheduled: Micros = START,
    departure: Micros = START + DAY,
    arrival: Micros = START + DAY + 2 * HOUR,
    departed: Micros | None = START + DAY,
    arrived: Micros | None = START + DAY + 2 * HOUR,
    delay_min: int = 0,
) -> list[Event]:
    """Return the events of a flight of the `travel_disruption` pack; a moment of `None` leaves that event out.

    Args:
        number: Its number: the subject is `flight/<number>`.
        scheduled: When the timetable was published.
        departure: Departure by schedule.
        arrival: Arrival by schedule.
        departed: When it left.
        arrived: When it arrived.
        delay_min: Minutes late at departure, as its operator says.
    """
    subject = f"flight/{number}"
    plan = {"departure": format_instant(departure), "arrival": format_instant(arrival)}
    events = [an_event("flight.scheduled", source="timetable", subject=subject, at=scheduled, data=plan)]
    if departed is not None:
        left = {"delay_min": delay_min}
        events.append(an_event("flight.departed", source="operations", subject=subject, at=departed, data=left))
    if arrived is not None:
        events.append(an_event("flight.arrived", source="operations", subject=subject, at=arrived))
    return events
