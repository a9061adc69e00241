"""Answers as JSON → the same values that a caller in the same process gets. Moments become microseconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from troth.model.decision import CheckName, Decision, Outcome, Permit, Reason, Request
from troth.model.record import Asked, Case
from troth.model.times import FOREVER, Micros, parse_instant
from troth.runtime.service import Confirmed
from troth.surfaces.client.nouns import CaseLine, PackInfo, Taken, Truth
from troth.surfaces.client.problems import Found, problem_of


class _Reason(msgspec.Struct, frozen=True):
    code: str
    check: CheckName
    outcome: Outcome
    text: str
    about: str = ""
    evidence: tuple[str, ...] = ()
    until: str | None = None


class _Permit(msgspec.Struct, frozen=True):
    id: str
    message: str
    channel: str
    customer: str
    issued_at: str
    expires_at: str | None = None


class _Decision(msgspec.Struct, frozen=True):
    id: str
    subject: str
    message: str
    outcome: Outcome
    sends: str
    at: str
    reasons: list[_Reason] = []
    permit: _Permit | None = None
    replacement: _Decision | None = None
    recheck_at: str | None = None


class _Confirmed(msgspec.Struct, frozen=True):
    ok: bool
    code: str = ""
    decision: _Decision | None = None


class _Taken(msgspec.Struct, frozen=True):
    accepted: int
    duplicates: int
    conflicts: int
    quarantined: int
    subjects: int
    problems: list[Found] = []


class _Asked(msgspec.Struct, frozen=True):
    id: str
    message: str
    channel: str
    customer: str
    outcome: Outcome
    sends: str
    codes: tuple[str, ...] = ()
    requested_at: str | None = None
    decided_at: str | None = None
    expires_at: str | None = None
    confirmed_at: str | None = None
    revoked_at: str | None = None


class _Case(msgspec.Struct, frozen=True):
    id: str
    subject: str
    kind: str
    title: str
    about: str
    stage: str
    detected_by: str
    owner: str
    opened_at: str | None = None
    broke_at: str | None = None
    owned_at: str | None = None
    informed_at: str | None = None
    remedied_at: str | None = None
    closed_at: str | None = None
    closed_as: str = ""
    reopened_at: tuple[str, ...] = ()


class _Line(msgspec.Struct, frozen=True):
    case: _Case
    harm: float = 0.0
    factors: dict[str, float] = {}
    wrong: str = ""


class _CasePage(msgspec.Struct, frozen=True):
    items: list[_Line]
    next: str | None = None


class _Truth(msgspec.Struct, frozen=True):
    subject: str
    pack: str
    at: str
    alignment: dict[str, Any]
    message: tuple[dict[str, Any], ...]
    state: dict[str, Any]
    facts: tuple[dict[str, Any], ...]
    action: tuple[dict[str, Any], ...]
    promises: tuple[dict[str, Any], ...]
    told: tuple[dict[str, Any], ...]
    cases: tuple[dict[str, Any], ...]
    findings: tuple[dict[str, Any], ...]
    attributes: dict[str, Any]
    events: int
    version: int


class _Pack(msgspec.Struct, frozen=True):
    name: str
    version: int
    digest: str
    title: str
    subject: str
    messages: tuple[str, ...]
    fail: dict[str, Literal["", "closed", "open"]] = {}


_decode: Final = msgspec.json.decode


def decisions(body: bytes, requests: Sequence[Request]) -> list[Decision]:
    """Return the decisions about some requests, in their order.

    Raises:
        ValueError: The body holds something else.
    """
    found = _decode(body, type=list[_Decision])
    if len(found) != len(requests):
        raise ValueError(f"{len(found)} decisions about {len(requests)} requests")
    return [_decision(one, request) for one, request in zip(found, requests, strict=True)]


def confirmed(body: bytes) -> Confirmed:
    """Return whether a message may be handed over."""
    found = _decode(body, type=_Confirmed)
    decision = found.decision
    return Confirmed(found.ok, None if decision is None else _decision(decision, _request(decision)), found.code)


def taken(body: bytes) -> Taken:
    """Return what became of events or receipts."""
    found = _decode(body, type=_Taken)
    problems = tuple(problem_of(one) for one in found.problems)
    return Taken(
        accepted=found.accepted,
        duplicates=found.duplicates,
        conflicts=found.conflicts,
        quarantined=found.quarantined,
        subjects=found.subjects,
        problems=problems,
    )


def asked(body: bytes) -> Asked:
    """Return a message that was put to the gate."""
    found = _decode(body, type=_Asked)
    return Asked(
        id=found.id,
        message=found.message,
        channel=found.channel,
        customer=found.customer,
        requested_at=_moment(found.requested_at) or 0,
        decided_at=_moment(found.decided_at) or 0,
        outcome=found.outcome,
        sends=found.sends,
        codes=found.codes,
        expires_at=_moment(found.expires_at) or 0,
        confirmed_at=_moment(found.confirmed_at),
        revoked_at=_moment(found.revoked_at),
    )


def case(body: bytes) -> CaseLine:
    """Return one case."""
    return _line(_Line(_decode(body, type=_Case)))


def case_page(body: bytes) -> tuple[list[CaseLine], str]:
    """Return a page of the queue, and the cursor of the next one (empty: it is the last)."""
    page = _decode(body, type=_CasePage)
    return [_line(one) for one in page.items], page.next or ""


def truth(body: bytes) -> Truth:
    """Return what is so with a subject."""
    found = _decode(body, type=_Truth)
    members = {name: getattr(found, name) for name in _Truth.__struct_fields__}
    return Truth(**(members | {"at": parse_instant(found.at)}))


def rows(body: bytes) -> list[dict[str, Any]]:
    """Return plain rows."""
    return _decode(body, type=list[dict[str, Any]])


def packs(body: bytes) -> list[PackInfo]:
    """Return the packs that are served."""
    return [
        PackInfo(one.name, one.version, one.digest, one.title, one.subject, one.messages, one.fail)
        for one in _decode(body, type=list[_Pack])
    ]


def _decision(found: _Decision, request: Request) -> Decision:
    """Return a decision about a request."""
    instead = found.replacement
    return Decision(
        request=request,
        outcome=found.outcome,
        at=parse_instant(found.at),
        sends=found.sends,
        reasons=tuple(_reason(one) for one in found.reasons),
        permit=None if found.permit is None else _permit(found.permit, request.subject),
        replacement=None if instead is None else _decision(instead, _request(instead)),
        recheck_at=_moment(found.recheck_at),
    )


def _request(found: _Decision) -> Request:
    """Return the request of a decision as far as the answer tells."""
    permit = found.permit
    whose = ("", "") if permit is None else (permit.channel, permit.customer)
    return Request(found.id, found.message, found.subject, *whose)


def _reason(found: _Reason) -> Reason:
    """Return a reason."""
    until = _moment(found.until)
    return Reason(found.code, found.check, found.outcome, found.text, found.about, found.evidence, until)


def _permit(found: _Permit, subject: str) -> Permit:
    """Return a permit; what it rests on is not told over the wire."""
    until = _moment(found.expires_at)
    return Permit(
        id=found.id,
        subject=subject,
        message=found.message,
        channel=found.channel,
        customer=found.customer,
        issued_at=parse_instant(found.issued_at),
        expires_at=FOREVER if until is None else until,
        version=0,
        customer_version=0,
    )


def _line(found: _Line) -> CaseLine:
    """Return a line of the queue."""
    one = found.case
    body = Case(
        kind=one.kind,
        about=one.about,
        opened_at=_moment(one.opened_at) or 0,
        owned_at=_moment(one.owned_at),
        informed_at=_moment(one.informed_at),
        resolved_at=_moment(one.remedied_at),
        closed_at=_moment(one.closed_at),
        reopened_at=tuple(parse_instant(at) for at in one.reopened_at),
        id=one.id,
        broke_at=_moment(one.broke_at),
        detected_by=one.detected_by,
        owner=one.owner,
        closed_as=one.closed_as,
    )
    return CaseLine(one.subject, body, one.title, one.stage, found.harm, found.factors, found.wrong)


def _moment(text: str | None) -> Micros | None:
    """Return a moment; `None` for none."""
    return None if text is None else parse_instant(text)
