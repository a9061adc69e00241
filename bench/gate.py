"""Row: one decision of the gate in process, against the same rules written by hand."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.harness import Row, Work
from troth.customers.contact import check_contact
from troth.engine.fold import refold
from troth.engine.gate import CHECKS, decide
from troth.engine.machine import Machine, prepare
from troth.lang.compile import compile_pack
from troth.model.customer import Contact, Customer
from troth.model.decision import Decision, Read, Reason, Request
from troth.model.event import Event
from troth.model.record import Record
from troth.model.times import DAY, HOUR, MINUTE, Micros, local_minute, parse_instant

RATE_BAR = 20_000
PACK = Path(__file__).parent / "pack" / "gate" / "pack.yaml"
START = parse_instant("2026-03-02T09:00:00Z")
NOW = START + 2 * HOUR
DECISIONS = 20_000
_ALL_CHECKS = (check_contact, *CHECKS)
CUSTOMER = Customer(
    "customer/1",
    zone="Europe/Berlin",
    consent={"survey": True},
    open_channels={"email": True, "sms": True},
    contacts=(Contact(NOW - 3 * HOUR, "m0", "order/0", "ready_notice", "inform", "email"),),
)
REQUEST = Request("m1", "ready_notice", "order/1", "email", "customer/1", {}, NOW)


def machine() -> Machine:
    """Return the pack of twenty rules, prepared."""
    return prepare(compile_pack({"pack.yaml": PACK.read_text(encoding="utf-8")}).require())


def record_of(prepared: Machine) -> Record:
    """Return an order that is ready, two hours after it was placed."""
    said: list[tuple[str, str, Micros, dict[str, Any]]] = [
        ("desk", "order.placed", START, {"lines": 3, "channel": "web", "customer": "customer/1"}),
        ("floor", "order.picked", START + HOUR, {"lines": 3, "bin": "b1"}),
        ("floor", "order.staged", START + HOUR + 5 * MINUTE, {"checked": True, "bin": "b1"}),
    ]
    events = [
        Event(source, str(number), kind, "order/1", at, at, data)
        for number, (source, kind, at, data) in enumerate(said)
    ]
    return refold(prepared, "order/1", events, {"desk": NOW, "floor": NOW}, NOW)


def decide_by_hand(record: Record, customer: Customer, request: Request, now: Micros) -> dict[str, Any]:  # noqa: C901, PLR0912
    """Decide about `ready_notice` as a careful engineer would who needs exactly this pack: all checks, all reasons.

    Facts are read by their places; unknown is `None`. There are no replacements' own checks, no explanations of rules,
    and no other messages.
    """
    facts = [view.value if view.status == "known" else None for view in record.facts]
    placed, lines, _, _, picked_lines, _, staged, checked, collected, cancelled = facts
    reasons: list[Reason] = []
    if request.channel == "sms" and not 8 * 60 <= local_minute(now, customer.zone or "UTC") < 21 * 60:
        reasons.append(Reason("G105", "contact", "HOLD", "quiet hours"))
    if customer.open_channels.get(request.channel) is not True:
        reasons.append(Reason("G107", "contact", "SUPPRESS", "channel"))
    recent = [one for one in customer.contacts if one.at > now - DAY and one.message_id != request.id]
    if len(recent) >= 3:
        reasons.append(Reason("G106", "contact", "HOLD", "too often"))
    if collected is None or cancelled is None:
        reasons.append(Reason("G205", "relevance", "HOLD", "unknown"))
    elif collected or cancelled:
        reasons.append(Reason("G204", "relevance", "SUPPRESS", "pointless"))
    needed = (staged, checked, collected, cancelled)
    if staged is False or checked is False or collected or cancelled:
        short = staged and picked_lines is not None and lines is not None and picked_lines < lines
        reasons.append(Reason("G301", "truth", "REPLACE" if short else "SUPPRESS", "false"))
    elif None in needed:
        reasons.append(Reason("G302", "truth", "HOLD", "missing"))
    if staged is None or collected is None:
        reasons.append(Reason("G402", "action", "HOLD", "unknown"))
    elif not staged or collected:
        reasons.append(Reason("G401", "action", "HOLD", "not available"))
    if placed is not True:
        reasons.append(Reason("G504", "substance", "SUPPRESS", "not affected"))
    if any(one.id != request.id and one.sends == request.message and one.expires_at > now for one in record.asks):
        reasons.append(Reason("G507", "substance", "HOLD", "permitted"))
    if any(belief.statement == "is_ready" for belief in record.beliefs):
        reasons.append(Reason("G501", "substance", "SUPPRESS", "nothing new"))
    outcome = max(
        (reason.outcome for reason in reasons), key=("SEND", "REPLACE", "HOLD", "SUPPRESS").index, default="SEND"
    )
    if outcome != "SEND":
        return {"outcome": outcome, "reasons": reasons}
    expires = now + HOUR
    reads = []
    for name, index in (("placed", 0), ("staged", 6), ("checked", 7), ("collected", 8), ("cancelled", 9)):
        view = record.facts[index]
        reads.append(Read(name, view.status, view.value, "" if view.by is None else view.by.event_id))
        if name == "staged" and view.by is not None:
            expires = min(expires, view.by.occurred_at + 3 * DAY)
    return {"outcome": "SEND", "reasons": reasons, "reads": reads, "expires_at": expires, "version": record.events}


def rows(folder: Path, *, scale: float) -> list[Row]:
    """Return the row of this module.

    Args:
        folder: Not used: nothing is written.
        scale: 1 for the figures that are published; less for a quick look.
    """
    del folder
    prepared = machine()
    record = record_of(prepared)
    count = max(1, int(DECISIONS * scale))
    assert _ours(prepared, record)().outcome == decide_by_hand(record, CUSTOMER, REQUEST, NOW)["outcome"] == "SEND"

    def ours() -> Work:
        one = _ours(prepared, record)
        return lambda: [one() for _ in range(count)]

    def by_hand() -> Work:
        return lambda: [decide_by_hand(record, CUSTOMER, REQUEST, NOW) for _ in range(count)]

    return [
        Row(
            name="gate decision",
            work=f"{count:,} decisions about one message, 20 rules, all six checks, reasons and permit",
            units=count,
            unit="decisions",
            subject=ours,
            floor=by_hand,
            floor_is="the same checks of this one message written out by hand",
            rate_bar=RATE_BAR,
        )
    ]


def p99_us(count: int = 20_000) -> str:
    """Return the 99th percentile of a decision in process, in words."""
    prepared = machine()
    one = _ours(prepared, record_of(prepared))
    taken = []
    for _ in range(count):
        started = time.perf_counter_ns()
        one()
        taken.append((time.perf_counter_ns() - started) / 1_000)
    return f"{statistics.quantiles(taken, n=100)[98]:.0f} µs"


def _ours(prepared: Machine, record: Record) -> Callable[[], Decision]:
    """Return one decision of the gate, ready to be made."""
    return lambda: decide(prepared, record, CUSTOMER, REQUEST, NOW, _ALL_CHECKS)
