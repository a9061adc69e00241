"""The page as schema.org has it, for programs that read pages: only what the ledger knows.

Source: schema.org, types Order, ParcelDelivery and Reservation.
"""

from __future__ import annotations

from typing import Any, Final

from troth.model.times import format_instant
from troth.surfaces.web.status.headline import ENDS
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
            order = {"@type": "Order", "orderStatus": status, **({"orderNumber": number} if number else {})}
            body = {"partOfOrder": order, **(_expected(sight) if mark not in ENDS else {})}
            named = ""
        case _:
            delivery = _expected(sight) if mark not in ENDS else {}
            body = {"orderStatus": status}
            if delivery:
                body["orderDelivery"] = {"@type": "ParcelDelivery", **delivery}
            named = "orderNumber"
    return {"@context": _VOCABULARY, "@type": kind, **body, **({named: number} if number and named else {})}


def _expected(sight: Sight) -> dict[str, str]:
    """Return until when it is expected; nothing where no promise is open, or its moment has passed.

    A promise that no message makes is a limit among those who work on it, and tells nobody when to expect anything.
    """
    told = {statement.promise for statement in sight.pack.statements.values()}
    kinds = {kind.name for index, kind in enumerate(sight.pack.promises) if index in told}
    dues = [
        due
        for promise in sight.record.promises
        if promise.kind in kinds
        and promise.kept_at is None
        and promise.outcome not in SETTLED
        and not sight.moot(promise)
        and (due := due_of(promise)) is not None
    ]
    ahead = [due for due in dues if due > sight.now.now]
    return {"expectedArrivalUntil": format_instant(min(ahead))} if ahead else {}
