"""Answers as JSON → the same values that a caller in the same process gets. Moments become microseconds.

What stands on the wire is declared once, by the side that writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import asdict, replace

from troth.model.decision import Decision, Outcome, Permit, Reason, Request
from troth.model.hindsight import Hindsight
from troth.model.record import Asked, Case
from troth.model.times import FOREVER, SECOND, Micros, parse_instant
from troth.runtime.service import Confirmed, Used
from troth.surfaces.api import bodies, documents
from troth.surfaces.client.nouns import CaseLine, PackInfo, PromisedWindow, Taken, Truth
from troth.surfaces.client.problems import problem_of

_decode: Final = msgspec.json.decode


def decisions(body: bytes, requests: Sequence[Request]) -> list[Decision]:
    """Return the decisions about some requests, in their order.

    Raises:
        ValueError: The body holds something else.
    """
    found = _decode(body, type=list[bodies.DecisionBody])
    if len(found) != len(requests):
        raise ValueError(f"{len(found)} decisions about {len(requests)} requests")
    return [_decision(one, request) for one, request in zip(found, requests, strict=True)]


def confirmed(body: bytes) -> Confirmed:
    """Return whether a message may be handed over."""
    found = _decode(body, type=bodies.ConfirmedBody)
    return Confirmed(
        ok=found.ok,
        decision=None if found.decision is None else _decision(found.decision, _request(found.decision)),
        code=found.code,
        used=None if found.used is None else _used(found.used),
    )


def taken(body: bytes) -> Taken:
    """Return what became of events or receipts."""
    found = _decode(body, type=bodies.Taken)
    problems = tuple(problem_of(one) for one in found.problems)
    return Taken(
        accepted=found.accepted,
        duplicates=found.duplicates,
        conflicts=found.conflicts,
        quarantined=found.quarantined,
        subjects=found.subjects,
        problems=problems,
    )


def window(body: bytes) -> PromisedWindow:
    """Return a window that can be promised."""
    found = _decode(body, type=bodies.WindowBody)
    made_at, start, end = (parse_instant(one) for one in (found.made_at, found.start, found.end))
    return PromisedWindow(found.subject or "", found.kind, made_at, start, end, found.basis, found.counts)


def asked(body: bytes) -> Asked:
    """Return a message that was put to the gate."""
    found = _decode(body, type=bodies.AskedBody)
    return Asked(
        id=found.id,
        message=found.message,
        channel=found.channel,
        customer=found.customer,
        requested_at=_moment(found.requested_at) or 0,
        decided_at=_moment(found.decided_at) or 0,
        outcome=_outcome(found.outcome),
        sends=found.sends,
        codes=tuple(found.codes),
        expires_at=_moment(found.expires_at) or 0,
        confirmed_at=_moment(found.confirmed_at),
        revoked_at=_moment(found.revoked_at),
    )


def case(body: bytes) -> CaseLine:
    """Return one case."""
    return _line(_decode(body, type=bodies.CaseBody))


def case_page(body: bytes) -> tuple[list[CaseLine], str]:
    """Return a page of the queue, and the cursor of the next one (empty: it is the last)."""
    page = _decode(body, type=bodies.CasePage)
    lines = [replace(_line(one.case), harm=one.harm, factors=one.factors, wrong=one.wrong) for one in page.items]
    return lines, page.next or ""


def truth(body: bytes) -> Truth:
    """Return what is so with a subject."""
    found = _decode(body, type=documents.TruthBody)
    return msgspec.convert(asdict(found) | {"at": parse_instant(found.at)}, Truth)


def hindsight(body: bytes, subject: str) -> list[Hindsight]:
    """Return what was told about a subject, judged twice."""
    return [_told(one, subject) for one in _decode(body, type=list[documents.ToldBody])]


def rows(body: bytes) -> list[dict[str, Any]]:
    """Return plain rows."""
    return _decode(body, type=list[dict[str, Any]])


def packs(body: bytes) -> list[PackInfo]:
    """Return the packs that are served."""
    return _decode(body, type=list[PackInfo])


def _decision(found: bodies.DecisionBody, request: Request) -> Decision:
    """Return a decision about a request."""
    instead = found.replacement
    return Decision(
        request=request,
        outcome=_outcome(found.outcome),
        at=parse_instant(found.at),
        sends=found.sends,
        reasons=tuple(_reason(one) for one in found.reasons),
        permit=None if found.permit is None else _permit(found.permit, request.subject),
        replacement=None if instead is None else _decision(instead, _request(instead)),
        recheck_at=_moment(found.recheck_at),
    )


def _request(found: bodies.DecisionBody) -> Request:
    """Return the request of a decision as far as the answer tells."""
    permit = found.permit
    whose = ("", "") if permit is None else (permit.channel, permit.customer)
    return Request(found.id, found.message, found.subject, *whose)


def _reason(found: bodies.ReasonBody) -> Reason:
    """Return a reason."""
    return msgspec.convert(asdict(found) | {"until": _moment(found.until)}, Reason)


def _permit(found: bodies.PermitBody, subject: str) -> Permit:
    """Return a permit; what it rests on is not told over the wire."""
    until = _moment(found.expires_at)
    known = {
        "subject": subject,
        "issued_at": parse_instant(found.issued_at),
        "expires_at": FOREVER if until is None else until,
        "version": 0,
        "customer_version": 0,
    }
    return msgspec.convert(asdict(found) | known, Permit)


def _used(found: bodies.UsedBody) -> Used:
    """Return the confirmation that counted."""
    return msgspec.convert(asdict(found) | {"at": parse_instant(found.at)}, Used)


def _told(found: documents.ToldBody, subject: str) -> Hindsight:
    """Return a statement that was told, judged twice."""
    known = {
        "subject": subject,
        "told_at": parse_instant(found.told_at),
        "lag": round((found.lag_s or 0) * SECOND),
    }
    return msgspec.convert(asdict(found) | known, Hindsight)


def _line(one: bodies.CaseBody) -> CaseLine:
    """Return a case as people read it, outside of the queue."""
    body = Case(
        kind=one.kind,
        about=one.about,
        opened_at=_moment(one.opened_at) or 0,
        owned_at=_moment(one.owned_at),
        informed_at=_moment(one.informed_at),
        resolved_at=_moment(one.remedied_at),
        closed_at=_moment(one.closed_at),
        reopened_at=tuple(parse_instant(at) for at in one.reopened_at if at is not None),
        id=one.id,
        broke_at=_moment(one.broke_at),
        detected_by=one.detected_by,
        owner=one.owner,
        closed_as=one.closed_as,
    )
    return CaseLine(one.subject, body, one.title, one.stage)


def _outcome(text: str) -> Outcome:
    """Return an outcome; ValueError: a word that is none."""
    return msgspec.convert(text, Outcome)  # type: ignore[no-any-return]


def _moment(text: str | None) -> Micros | None:
    """Return a moment; `None` for none."""
    return None if text is None else parse_instant(text)
