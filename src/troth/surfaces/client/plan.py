"""What a gate does about one message, as steps that others carry out: the same for both clients and in process.

A plan is a generator. It yields what is to be asked of the service and gets the answer, or the error, of it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from troth.errors import ServiceError, TrothError
from troth.model.decision import REPLACE, SEND, Decision, Request
from troth.model.times import Micros
from troth.runtime.service import Confirmed, Tell
from troth.surfaces.client.nouns import PackInfo, table_of
from troth.surfaces.client.policies import Policies
from troth.surfaces.client.sending import FAILED, NO, USED, Sending, Standing, Verdict
from troth.surfaces.client.spool import Spool

_T = TypeVar("_T")
_BATCH: Final = 500
TRIES: Final = 10
"""How often a message whose hand-over failed is asked for anew, each time with an id of its own."""
_GONE: Final[dict[str, Standing]] = {USED: "used", FAILED: "failed_before"}
_log: Final = logging.getLogger("troth.gate")


class AskStep(msgspec.Struct, frozen=True):
    """Put a message to the gate; answered by a Decision."""

    request: Request


class ConfirmStep(msgspec.Struct, frozen=True):
    """Use a permit; answered by Confirmed."""

    subject: str
    id: str


class TellStep(msgspec.Struct, frozen=True):
    """Tell receipts; answered when they are taken in."""

    receipts: tuple[Tell, ...]


class PoliciesStep(msgspec.Struct, frozen=True):
    """Read what is served; answered by PackInfos, which hold the packs' fail policies."""


Step: TypeAlias = AskStep | ConfirmStep | TellStep | PoliciesStep
Plan: TypeAlias = Generator[Step, Any, _T]


def entering(request: Request, renders: Collection[str] | None, policies: Policies, spool: Spool) -> Plan[Verdict]:
    """Ask, and confirm what is permitted: the last thing before hand-over.

    A message whose hand-over failed is asked for under a fresh id (see `again`).

    Args:
        request: What is asked.
        renders: Messages that the sender can make; `None`: all.
        policies: What happens to a message about which the gate gives no answer.
        spool: Where receipts wait.
    """
    for number in range(1, TRIES):
        mine = again(request, number)
        if spool.holds(mine.subject, mine.id):
            # It went without the gate, which has not heard of it yet.
            return Verdict("used", mine, code=USED)
        verdict = yield from _entering(mine, renders, policies, spool)
        if verdict.standing != "failed_before":
            return verdict
    return (yield from _entering(again(request, TRIES), renders, policies, spool))


def again(request: Request, number: int) -> Request:
    """Return a request as it is asked for the first, second, … time: with the ids `ready`, `ready~2`, `ready~3`.

    Two senders that try again at the same time ask with the same id, and only one of them is let go.
    """
    return request if number == 1 else msgspec.structs.replace(request, id=f"{request.id}~{number}")


def _entering(request: Request, renders: Collection[str] | None, policies: Policies, spool: Spool) -> Plan[Verdict]:
    """Ask and confirm under one id."""
    try:
        decision: Decision = yield AskStep(request)
    except ServiceError as error:
        return _without_gate(request, request.message, None, error, policies)
    # The gate answers: it hears first what it has not heard yet, such as that the former hand-over failed.
    yield from emptying(spool, once=True)
    yield from _learning(request, policies)
    if decision.outcome not in {SEND, REPLACE}:
        return Verdict(NO[decision.outcome], request, decision=decision)
    if renders is not None and decision.sends not in renders:
        return Verdict("replaced", request, decision=decision)
    try:
        confirmed: Confirmed = yield ConfirmStep(request.subject, request.id)
    except ServiceError as error:
        return _without_gate(request, decision.sends, decision, error, policies)
    if confirmed.ok:
        return Verdict("permitted", request, decision.sends, decision)
    return _refused(request, decision, confirmed)


def _refused(request: Request, decision: Decision, confirmed: Confirmed) -> Verdict:
    """Return the verdict of a confirmation that was refused."""
    standing: Standing = _GONE.get(confirmed.code, "withdrawn")
    return Verdict(standing, request, decision=confirmed.decision or decision, code=confirmed.code)


def watching(request: Request, spool: Spool) -> Plan[Verdict]:
    """Ask what the gate would do about a message that goes anyway, and use the permit if it would let it go.

    A permit of the very message that goes is confirmed: it was sent with leave. One of a replacement is not, since the
    replacement is not what the customer gets.
    """
    for number in range(1, TRIES):
        verdict = yield from _watching(again(request, number), spool)
        if verdict.standing != "failed_before":
            return verdict
    return (yield from _watching(again(request, TRIES), spool))


def _watching(request: Request, spool: Spool) -> Plan[Verdict]:
    """Ask and confirm under one id; nothing is raised, whatever the service says."""
    try:
        decision: Decision = yield AskStep(request)
        yield from emptying(spool, once=True)
        if decision.outcome == SEND:
            confirmed: Confirmed = yield ConfirmStep(request.subject, request.id)
            if not confirmed.ok:
                return _refused(request, decision, confirmed)
    except ServiceError as error:
        return Verdict("unreachable", request, error=error)
    except TrothError as error:
        _log.error("the gate cannot be asked: %s", error.problems[0])
        return Verdict("refused", request, error=error)
    if decision.outcome in {SEND, REPLACE}:
        standing: Standing = "permitted" if decision.outcome == SEND else "replaced"
        return Verdict(standing, request, decision.sends, decision)
    return Verdict(NO[decision.outcome], request, decision=decision)


def telling(receipt: Tell, spool: Spool) -> Plan[bool]:
    """Tell a receipt, then those that wait; return whether it was taken in. What cannot be told waits in the spool.

    Args:
        receipt: What became of a message.
        spool: Where receipts wait.
    """
    try:
        yield TellStep((receipt,))
    except ServiceError:
        _keep(receipt, spool)
        return False
    except TrothError as error:
        # It has left: whatever is wrong with the receipt must not hide that.
        _log.error("a receipt is refused: code=%s message=%s", error.problems[0].code, receipt.message)
        return False
    yield from emptying(spool)
    return True


def _keep(receipt: Tell, spool: Spool) -> None:
    """Let a receipt wait. A full disk is no reason to tell the sender that its message has not left."""
    try:
        spool.add(receipt)
    except OSError as error:
        _log.error("a receipt cannot be kept: error=%s message=%s", type(error).__name__, receipt.message)


def emptying(spool: Spool, *, once: bool = False) -> Plan[int]:
    """Tell receipts that wait, until the service gives no answer; return how many were taken in.

    Args:
        spool: Where they wait.
        once: Tell some of them only: a sender waits for it.
    """
    told = 0
    while batch := _waiting(spool):
        try:
            yield TellStep(batch)
        except ServiceError:
            return told
        except TrothError:
            kept = yield from _one_by_one(batch, spool)
            if kept is None:
                return told
            told += kept
        else:
            spool.done(batch)
            told += len(batch)
        if once:
            break
    return told


def _waiting(spool: Spool) -> tuple[Tell, ...]:
    """Return some receipts that wait. A file that cannot be read is no reason to keep a message from going."""
    try:
        return spool.waiting(_BATCH)
    except OSError as error:
        _log.error("waiting receipts cannot be read: error=%s", type(error).__name__)
        return ()


def _one_by_one(batch: tuple[Tell, ...], spool: Spool) -> Plan[int | None]:
    """Tell receipts of which one is refused; that one is given up. Return how many were taken in; `None`: no answer."""
    told = 0
    for receipt in batch:
        try:
            yield TellStep((receipt,))
            told += 1
        except ServiceError:
            return None
        except TrothError as error:
            _log.error("a receipt is refused: code=%s message=%s", error.problems[0].code, receipt.message)
        spool.done((receipt,))
    return told


def receipt_of(sending: Sending, now: Micros) -> Tell | None:
    """Return the receipt of a message whose block was left; `None`: there is nothing to tell.

    Args:
        sending: The message.
        now: The present moment; microseconds since 1970 UTC.
    """
    if sending.status not in {"sent", "failed"}:
        return None
    request = sending.request
    return Tell(
        id=request.id,
        subject=request.subject,
        message=sending.message,
        channel=sending.channel,
        phase="sent" if sending.status == "sent" else "failed",
        at=now,
        open=sending.open,
        shadow=sending.mode == "shadow",
    )


def _learning(request: Request, policies: Policies) -> Plan[None]:
    """Read what the packs say about messages without a gate, while the gate answers; once is enough."""
    if not policies.missing(request):
        return
    try:
        packs: list[PackInfo] = yield PoliciesStep()
    except ServiceError:
        return
    except TrothError as error:
        _log.warning("fail policies cannot be read, all are closed: code=%s", error.problems[0].code)
        packs = []
    policies.learn(table_of(packs))


def _without_gate(
    request: Request, message: str, decision: Decision | None, error: ServiceError, policies: Policies
) -> Verdict:
    """Return what happens when the gate gives no answer."""
    if policies.of(request) == "open":
        return Verdict("unreachable", request, message, decision, open=True, error=error)
    return Verdict("unreachable", request, decision=decision, error=error)
