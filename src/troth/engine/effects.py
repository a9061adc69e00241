"""Record before and after → what the world should be told, and what the customer should be told instead.

Effects are a difference: only the live writer performs them, so that an import of history sends nothing. Their ids are
deterministic: the same difference asks for the same effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from troth.engine.align import truth_of
from troth.engine.gate.look import evaluated
from troth.engine.gate.truth import replacement_for_state
from troth.engine.machine import Machine
from troth.model.decision import HOLD, Request
from troth.model.effect import Outgoing
from troth.model.ids import derived_id
from troth.model.pack import Pack
from troth.model.record import LEFT, Asked, Belief, Case, Promise, Record, Told
from troth.model.times import Micros, format_instant

LAPSED = frozenset({"late", "broken"})
BYPASS: Final = "bypass.found"
"""Topic of a message that left without a permit."""


class Effects(msgspec.Struct, frozen=True):
    """What follows from a change.

    Attributes:
        outgoing: For subscribers.
        corrections: Messages to put to the gate, because something the customer believes is no longer true.
    """

    outgoing: tuple[Outgoing, ...] = ()
    corrections: tuple[Request, ...] = ()


def effects(machine: Machine, before: Record | None, after: Record, now: Micros) -> Effects:
    """Return what follows from a record's change.

    Args:
        machine: The pack, prepared.
        before: The record before; `None`: there was none.
        after: The record now.
        now: The moment.
    """
    outgoing = [
        *_state(before, after, now),
        *_alignment(before, after, now),
        *_promises(before, after, now),
        *_cases(before, after, now),
        *_bypasses(machine.pack, before, after, now),
    ]
    return Effects(tuple(outgoing), tuple(corrections(machine, after, now)))


def corrections(machine: Machine, record: Record, now: Micros) -> list[Request]:
    """Return a request for every believed statement that is false and has a truthful message in its place.

    Its id names the message that said it and what would be said instead. While it is held, permitted or handed over it
    is not asked for a second time; what was refused, or never fetched, is asked for again once something has changed.
    """
    if not record.alignment or record.alignment[-1].value != "ahead":
        return []
    pack = machine.pack
    results = evaluated(machine, record, now)
    names = {told.id: told for told in record.messages}
    false: dict[tuple[str, str], list[Belief]] = {}
    for belief in record.beliefs:
        told = names.get(belief.message_id)
        message = pack.messages.get(told.message) if told is not None else None
        if told is None or message is None:
            continue
        instead = replacement_for_state(record, message)
        if not instead or instead == told.message:
            continue
        if truth_of(machine, pack.statements[belief.statement], results, record.promises) is False:
            false.setdefault((told.id, instead), []).append(belief)
    found = [_correction(record, beliefs, names[told], instead, now) for (told, instead), beliefs in false.items()]
    return [again for request in found if (again := _attempt(record, request, now)) is not None]


def _attempt(record: Record, request: Request, now: Micros) -> Request | None:
    """Return a correction as its next attempt; `None` while a former one stands, or nothing has changed since."""
    former = [asked for asked in record.asks if asked.id == request.id or asked.id.startswith(request.id + "-")]
    failed = {told.id for told in record.messages if "failed" in told.phases and told.told_at is None}
    for asked in former:
        stands = asked.id not in failed if asked.confirmed_at is not None else _waits(asked, now)
        if stands or asked.decided_at >= record.last:
            return None
    return request if not former else replace(request, id=f"{request.id}-{len(former) + 1}")


def _waits(asked: Asked, now: Micros) -> bool:
    """Return whether a message is held, or its permit can still be used."""
    return asked.revoked_at is None and (asked.outcome == HOLD or asked.expires_at > now)


def bypasses(pack: Pack, record: Record) -> tuple[Told, ...]:
    """Return the messages that left without a permit: gated, with a receipt, and never confirmed as what was permitted.

    What a sender in shadow mode sends is none: it asks beside its work, and would have had leave to wait for.

    Source: 2-semantics, The gate: found from the provider's receipts, and metered.
    """
    permitted = {asked.id: asked.sends for asked in record.asks if asked.confirmed_at is not None}
    return tuple(
        told
        for told in record.messages
        if pack.messages[told.message].fail
        and not told.shadow
        and not LEFT.isdisjoint(told.phases)
        and permitted.get(told.id) != told.message
    )


def _correction(record: Record, beliefs: Sequence[Belief], told: Told, instead: str, now: Micros) -> Request:
    """Return the request for the message that corrects what one message made the customer believe."""
    return Request(
        id="correct-" + derived_id(record.tenant, record.subject, told.id, instead)[:16],
        message=instead,
        subject=record.subject,
        channel=told.channel,
        customer=record.customer,
        data={"corrects": told.id, "statements": [belief.statement for belief in beliefs]},
        requested_at=now,
        tenant=record.tenant,
    )


def _outgoing(record: Record, topic: str, now: Micros, mark: str, body: dict[str, Any]) -> Outgoing:
    """Return an outgoing with an id that its subject, topic and mark decide."""
    name = derived_id(record.tenant, record.subject, topic, mark)
    whole = {"subject": record.subject, "pack": record.pack, "customer": record.customer, **body}
    return Outgoing(name, topic, record.subject, now, whole)


def _state(before: Record | None, after: Record, now: Micros) -> Iterable[Outgoing]:
    """Yield that the state is another one."""
    present = after.states[-1] if after.states else None
    former = before.states[-1] if before is not None and before.states else None
    if present is not None and (former is None or former.value != present.value or former.about != present.about):
        body = {
            "state": present.value,
            "candidates": list(present.about),
            "since": format_instant(present.since),
            "was": "" if former is None else former.value,
        }
        yield _outgoing(after, "state.changed", now, f"{present.value}/{present.since}/{after.events}", body)


def _alignment(before: Record | None, after: Record, now: Micros) -> Iterable[Outgoing]:
    """Yield that message, state and action line up differently."""
    present = after.alignment[-1] if after.alignment else None
    former = before.alignment[-1] if before is not None and before.alignment else None
    if present is not None and former != present and (former is not None or present.value != "untold"):
        body = {
            "alignment": present.value,
            "about": list(present.about),
            "since": format_instant(present.since),
            "was": "" if former is None else former.value,
        }
        yield _outgoing(after, "alignment.changed", now, f"{present.value}/{present.since}/{after.events}", body)


def _promises(before: Record | None, after: Record, now: Micros) -> Iterable[Outgoing]:
    """Yield promises that have lapsed."""
    former = {} if before is None else {(one.kind, one.key): one for one in before.promises}
    for one in after.promises:
        old = former.get((one.kind, one.key))
        if one.outcome in LAPSED and (old is None or old.outcome not in LAPSED):
            mark = f"{one.kind}/{one.key}/{one.decided_at}"
            yield _outgoing(after, "promise.lapsed", now, mark, _promise_body(one))


def _promise_body(one: Promise) -> dict[str, Any]:
    """Return what is told of a promise."""
    due = one.windows[0].due
    return {
        "promise": one.kind,
        "key": one.key,
        "outcome": one.outcome,
        "renegotiated": one.renegotiated,
        "due": None if due is None else format_instant(due),
    }


def _cases(before: Record | None, after: Record, now: Micros) -> Iterable[Outgoing]:
    """Yield cases that were opened, closed or reopened."""
    former = {} if before is None else {_case_key(one): one for one in before.cases}
    for one in after.cases:
        old = former.get(_case_key(one))
        if old is None:
            yield _outgoing(after, "case.opened", now, _mark(one), _case_body(one))
        elif len(one.reopened_at) > len(old.reopened_at):
            yield _outgoing(after, "case.reopened", now, f"{_mark(one)}/{len(one.reopened_at)}", _case_body(one))
        if one.closed_at is not None and (old is None or old.closed_at is None):
            mark = f"{_mark(one)}/{len(one.reopened_at)}/{one.closed_at}"
            yield _outgoing(after, "case.closed", now, mark, _case_body(one))


def _case_key(one: Case) -> tuple[str, str, str]:
    """Return what tells a case from the others of its subject."""
    return (one.kind, one.about, one.id)


def _mark(one: Case) -> str:
    """Return a case's identity as text."""
    return f"{one.kind}/{one.about}/{one.id or one.opened_at}"


def _case_body(one: Case) -> dict[str, Any]:
    """Return what is told of a case."""
    return {
        "case": one.id,
        "kind": one.kind,
        "about": one.about,
        "opened_at": format_instant(one.opened_at),
        "detected_by": one.detected_by,
        "closed_as": one.closed_as,
    }


def _bypasses(pack: Pack, before: Record | None, after: Record, now: Micros) -> Iterable[Outgoing]:
    """Yield messages that left without a permit."""
    if before is not None and before.messages == after.messages and before.asks == after.asks:
        return
    known = set() if before is None else {told.id for told in bypasses(pack, before)}
    for told in bypasses(pack, after):
        if told.id not in known:
            body = {"message": told.message, "id": told.id, "channel": told.channel}
            yield _outgoing(after, BYPASS, now, told.id, body)
