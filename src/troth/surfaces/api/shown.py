"""The gate's and the cases' nouns as answers show them."""

from __future__ import annotations

from troth.codes.g_permit import PAGES as G_PERMIT
from troth.engine.cases.kinds import kind_named
from troth.model.decision import Decision, Permit, Reason
from troth.model.pack import Pack
from troth.model.record import Asked, Case
from troth.ports.ledger import Appended
from troth.runtime.service import Confirmed
from troth.surfaces.api.answers import text_of
from troth.surfaces.api.bodies import (
    AskedBody,
    CaseBody,
    ConfirmedBody,
    DecisionBody,
    FoundProblem,
    PermitBody,
    ReasonBody,
    Taken,
    UsedBody,
)


def decision_body(decision: Decision) -> DecisionBody:
    """Return a decision as it is answered."""
    request = decision.request
    return DecisionBody(
        id=request.id,
        subject=request.subject,
        message=request.message,
        outcome=decision.outcome,
        sends=decision.sends,
        at=text_of(decision.at) or "",
        reasons=[_reason(reason) for reason in decision.reasons],
        permit=None if decision.permit is None else _permit(decision.permit),
        replacement=None if decision.replacement is None else decision_body(decision.replacement),
        recheck_at=text_of(decision.recheck_at),
    )


def _reason(reason: Reason) -> ReasonBody:
    """Return a reason as it is answered."""
    evidence, until = list(reason.evidence), text_of(reason.until)
    return ReasonBody(reason.code, reason.check, reason.outcome, reason.text, reason.about, evidence, until)


def _permit(permit: Permit) -> PermitBody:
    """Return a permit as it is answered; what it rests on stays inside."""
    issued, expires = text_of(permit.issued_at) or "", text_of(permit.expires_at)
    return PermitBody(permit.id, permit.message, permit.channel, permit.customer, issued, expires)


def confirmed_body(confirmed: Confirmed) -> ConfirmedBody:
    """Return whether a message may go, as it is answered."""
    decision = None if confirmed.decision is None else decision_body(confirmed.decision)
    used = confirmed.used
    shown = None if used is None else UsedBody(used.id, used.sends, used.channel, text_of(used.at) or "")
    return ConfirmedBody(confirmed.ok, confirmed.code, decision, _why_not(confirmed.code, shown), shown)


def _why_not(code: str, used: UsedBody | None) -> str:
    """Return in words why a message may not be handed over; empty: it may."""
    if not code:
        return ""
    title = G_PERMIT[code].title
    if used is None:
        return title
    return f"{title}: {used.id!r} was confirmed at {used.at}, and that counted. Nothing goes out on this answer."


def asked_body(subject: str, asked: Asked) -> AskedBody:
    """Return a message that was put to the gate, as it is answered."""
    return AskedBody(
        id=asked.id,
        subject=subject,
        message=asked.message,
        channel=asked.channel,
        customer=asked.customer,
        outcome=asked.outcome,
        sends=asked.sends,
        codes=list(asked.codes),
        requested_at=text_of(asked.requested_at),
        decided_at=text_of(asked.decided_at),
        expires_at=text_of(asked.expires_at),
        confirmed_at=text_of(asked.confirmed_at),
        revoked_at=text_of(asked.revoked_at),
    )


def taken_body(appended: Appended, refused: int, problems: list[FoundProblem]) -> Taken:
    """Return what became of what came in."""
    return Taken(appended.accepted, appended.duplicates, appended.conflicts, refused, appended.subjects, problems)


def case_body(subject: str, case: Case, pack: Pack) -> CaseBody:
    """Return a case as it is answered."""
    kind = kind_named(pack, case.kind)
    return CaseBody(
        id=case.id,
        subject=subject,
        kind=case.kind,
        title=kind.title if kind else "",
        about=case.about,
        stage=_stage(case),
        detected_by=case.detected_by,
        owner=case.owner,
        opened_at=text_of(case.opened_at),
        broke_at=text_of(case.broke_at),
        owned_at=text_of(case.owned_at),
        informed_at=text_of(case.informed_at),
        remedied_at=text_of(case.resolved_at),
        closed_at=text_of(case.closed_at),
        closed_as=case.closed_as,
        reopened_at=[text_of(at) for at in case.reopened_at],
    )


def _stage(case: Case) -> str:
    """Return how far a case is: the last leg that it has reached."""
    legs = (("closed", case.closed_at), ("remedied", case.resolved_at), ("informed", case.informed_at))
    return next((name for name, at in legs if at is not None), "owned" if case.owned_at is not None else "open")
