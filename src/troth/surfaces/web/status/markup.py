"""The page as schema.org has it, for programs that read pages: only what the ledger knows.

Source: schema.org, types Order, ParcelDelivery and Reservation.
"""

from __future__ import annotations

from typing import Any, Final

from troth.model.times import format_instant
from troth.surfaces.web.status.sight import SETTLED, Sight, due_of

_VOCABULARY: Final = "https://schema.org"


def markup(sight: Sight) -> dict[str, Any] | None:
    """Return the subject as JSON-LD; `None` where the pack has no type for it, or the state is not known.

    A state that is not known has no name here, and a number stands here only for whoever has shown who they are.
    """
    kind, state = sight.page.kind, sight.state()
    mark = sight.page.states[state.name].mark if state is not None and state.name in sight.page.states else ""
    if not kind or not mark:
        return None
    number = sight.record.subject.partition("/")[2] if sight.proved else ""
    status = f"{_VOCABULARY}/{mark}"
    match kind:
        case "Reservation":
            body: dict[str, Any] = {"reservationStatus": status}
            named = "reservationId"
        case "ParcelDelivery":
            body = {"partOfOrder": {"@type": "Order", "orderStatus": status}, **_expected(sight)}
            named = "trackingNumber"
        case _:
            delivery = _expected(sight)
            body = {"orderStatus": status}
            if delivery:
                body["orderDelivery"] = {"@type": "ParcelDelivery", **delivery}
            named = "orderNumber"
    return {"@context": _VOCABULARY, "@type": kind, **body, **({named: number} if number else {})}


def _expected(sight: Sight) -> dict[str, str]:
    """Return until when it is expected; nothing where no promise is open, or its moment has passed."""
    dues = [
        due
        for promise in sight.record.promises
        if promise.kept_at is None
        and promise.outcome not in SETTLED
        and not sight.moot(promise)
        and (due := due_of(promise)) is not None
    ]
    ahead = [due for due in dues if due > sight.now.now]
    return {"expectedArrivalUntil": format_instant(min(ahead))} if ahead else {}
