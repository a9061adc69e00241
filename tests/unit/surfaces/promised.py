"""A year of orders in a ledger, each with a promised day, and delivered sooner in one state than in the other."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from troth.bootstrap import open_ledger
from troth.model.event import Event
from troth.model.times import DAY, HOUR, Micros, format_instant, parse_instant
from troth.runtime import catalog
from troth.runtime.work import fold

START: Final[Micros] = parse_instant("2025-01-06T15:00:00Z")
COUNT: Final = 900
DAYS: Final = 300
END: Final[Micros] = START + (DAYS + 60) * DAY


def a_year(path: str | Path) -> str:
    """Fill a ledger and return its path; order/1 is the last one, still on its way."""
    ledger = open_ledger(path)
    loaded = catalog.load("delivery")
    catalog.store(ledger, loaded)
    pack = loaded.compiled.require()
    draws = np.random.default_rng(9)
    events = []
    for number in range(COUNT):
        made = START + number * DAYS * DAY // COUNT
        state = "SP" if draws.random() < 0.5 else "AM"
        took = (3 if state == "SP" else 9) * float(np.exp(0.4 * draws.standard_normal()))
        events += _order(f"order/{1_000 + number}", made, state, made + int(took * DAY))
    events += _order("order/1", END - 2 * HOUR, "SP", None)
    ledger.append(events, pack="delivery")
    ledger.advance({"shop": END, "carrier": END, "payment": END})
    fold(ledger, {"delivery": pack}, now=END)
    ledger.close()
    return str(path)


def _order(subject: str, made: Micros, state: str, delivered: Micros | None) -> list[Event]:
    """Return the events of one order; the promised day is a fortnight away."""
    day = format_instant(made + 14 * DAY)[:10]
    data = {"promised_day": day, "zone": "America/Sao_Paulo", "attributes": {"customer_state": state}}
    found = [Event("shop", f"{subject}-p", "order.placed", subject, made, made, data)]
    if delivered is not None:
        found.append(Event("carrier", f"{subject}-d", "carrier.delivered", subject, delivered, delivered, {}))
    return found
