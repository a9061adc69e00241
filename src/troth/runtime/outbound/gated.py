"""Check and send in one step: ask the gate, render, confirm, hand over, tell."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as Overdue
from typing import Final, Literal, TypeAlias

import msgspec

from troth.errors import LedgerError, TrothError
from troth.model.decision import REPLACE, SEND, Decision, Request
from troth.model.times import Micros
from troth.ports.sender import Attempt, Rendered, Sender
from troth.runtime.service import Service, Tell

GatedStatus: TypeAlias = Literal["sent", "held", "suppressed", "withdrawn", "failed", "unsure", "unreachable"]
"""sent: handed over · held, suppressed: the gate said no · withdrawn: it said yes, and no just before hand-over ·
failed: the other side did not take it · unsure: perhaps taken · unreachable: the gate gave no answer, nothing was
sent."""

Render: TypeAlias = Callable[[Decision], Rendered]
"""Makes the message of a decision: `decision.sends` names which, its request's `data` says what about."""

_log: Final = logging.getLogger("troth.outbound")
_UNREACHABLE: Final = (Overdue, CancelledError, LedgerError, ConnectionError)
_NO: Final[dict[str, GatedStatus]] = {"HOLD": "held", "SUPPRESS": "suppressed"}


class Gated(msgspec.Struct, frozen=True):
    """What became of a message.

    Attributes:
        status: See `GatedStatus`.
        decision: The last decision that the gate gave; `None`: it gave none.
        code: Why it was withdrawn (G7xx); empty otherwise.
        attempt: What the sender said; `None`: it was not handed over.
        told: Whether the receipt of the hand-over was taken in; false with status `sent`: tell it again.
        open: True when it was handed over without the gate.
    """

    status: GatedStatus
    decision: Decision | None = None
    code: str = ""
    attempt: Attempt | None = None
    told: bool = False
    open: bool = False


def send_gated(
    service: Service,
    sender: Sender,
    request: Request,
    render: Render,
    *,
    fail: Literal["closed", "open"] = "closed",
    timeout_s: float = 5.0,
) -> Gated:
    """Ask whether a message may go and, if so, hand it over; nothing goes out on HOLD and SUPPRESS.

    The permit is confirmed after rendering, just before hand-over. A confirmed message is handed over once: if the
    other side does not take it, a `failed` receipt is told, and the caller may ask again under the same id. While it
    is unsure whether it was taken, no receipt is told: the provider's own will say.

    Args:
        service: The gate.
        sender: Who hands it over.
        request: What is asked.
        render: Makes the message that was permitted: the one asked for, or its replacement.
        fail: What happens when the gate gives no answer: `closed` sends nothing; `open` sends what was asked for and
            tells so, to be metered.
        timeout_s: How long each answer of the gate may take, in seconds.

    Raises:
        Exception: Whatever `render` raises; nothing was confirmed or handed over then. GateError of a request that
            names no known message or subject.
    """
    try:
        (decision,) = service.ask([request]).result(timeout_s)
    except _UNREACHABLE:
        if fail == "closed":
            return Gated("unreachable")
        # The stand-in says what was asked for; nobody has decided it.
        stand_in = Decision(request, SEND, service.now(), sends=request.message)
        return _hand_over(service, sender, stand_in, render(stand_in), timeout_s, open_=True)
    if decision.outcome not in {SEND, REPLACE}:
        return Gated(_NO[decision.outcome], decision)
    rendered = render(decision)
    try:
        confirmed = service.confirm(request.subject, request.id).result(timeout_s)
    except _UNREACHABLE:
        if fail == "closed":
            return Gated("unreachable", decision)
        return _hand_over(service, sender, decision, rendered, timeout_s, open_=True)
    if not confirmed.ok:
        return Gated("withdrawn", confirmed.decision or decision, confirmed.code)
    return _hand_over(service, sender, decision, rendered, timeout_s)


def _hand_over(
    service: Service, sender: Sender, decision: Decision, rendered: Rendered, timeout_s: float, *, open_: bool = False
) -> Gated:
    """Hand a message over and tell what became of it, as far as that is known."""
    attempt = _handed(sender, rendered, service.now())
    known = None if open_ and decision.permit is None else decision
    if attempt.outcome == "unsure":
        return Gated("unsure", known, attempt=attempt, open=open_)
    taken = attempt.outcome == "delivered"
    request = decision.request
    channel = decision.permit.channel if decision.permit else request.channel
    phase: Literal["sent", "failed"] = "sent" if taken else "failed"
    receipt = Tell(request.id, request.subject, decision.sends, channel, phase, open=open_)
    try:
        service.tell([receipt]).result(timeout_s)
        told = True
    except (*_UNREACHABLE, TrothError):
        # It has left: whatever is wrong with the receipt must not hide that.
        told = False
    return Gated(phase, known, attempt=attempt, told=told, open=open_)


def _handed(sender: Sender, rendered: Rendered, now: Micros) -> Attempt:
    """Hand a message over; a fault of the sender leaves it unsure whether it has left."""
    try:
        return sender.send(rendered, now=now)
    except Exception as error:  # noqa: BLE001 - the permit is used: what became of it has to be said, not lost
        _log.error("a sender failed: error=%s", type(error).__name__)
        return Attempt("unsure", "O123", f"the sender failed with {type(error).__name__}")
