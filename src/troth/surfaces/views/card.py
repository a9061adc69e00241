"""Message · State · Action of one subject: what was told, what is true, what can be done; with the evidence.

Pure: a record and its pack in, plain rows out. All instants are RFC 3339 text.
"""

from __future__ import annotations

from typing import Any

from troth.engine.align import truth_of
from troth.engine.cases.kinds import kind_named
from troth.engine.machine import Machine
from troth.model.message import Statement
from troth.model.pack import Fact, Pack
from troth.model.record import Belief, Case, FactView, Finding, Observation, Promise, Record, Span, Told
from troth.model.times import SECOND, Micros
from troth.surfaces.views.moments import Moments, value_text
from troth.surfaces.views.standing import Standing, standing, truth_word

Row = dict[str, Any]


def card(record: Record, pack: Pack | Machine, moments: Moments) -> Row:
    """Return everything that a person needs to answer for one subject.

    Args:
        record: Derived up to `moments.now`.
        pack: The pack that derived it.
        moments: How to write instants; its `now` is the moment asked about.

    Returns:
        `subject, pack, at, alignment, message` (statements believed), `state, facts, action, promises, told`
        (messages), `cases, findings, attributes, events`.
    """
    now = standing(record, pack, moments.now)
    return {
        "subject": record.subject,
        "pack": record.pack,
        "at": moments.text(moments.now),
        "alignment": _alignment(record.alignment, moments),
        "message": [_statement(belief, now, moments) for belief in record.beliefs],
        "state": _state(now, moments),
        "facts": [
            _fact(fact, view, seen, moments)
            for fact, view, seen in zip(now.pack.facts, record.facts, record.observations, strict=True)
        ],
        "action": [_action(name, now) for name in now.pack.actions],
        "promises": [promise_row(promise, now.pack, moments) for promise in record.promises],
        "told": [_told(told, now.pack, moments) for told in record.messages],
        "cases": [_case(case, now.pack, moments) for case in record.cases],
        "findings": [finding_row(finding, moments) for finding in record.findings],
        "attributes": {name: attribute.value for name, attribute in record.attributes.items()},
        "events": record.events,
    }


def _alignment(spans: tuple[Span, ...], moments: Moments) -> Row:
    """Return the present alignment."""
    if not spans:
        return {"value": "untold", "since": None, "about": []}
    return {"value": spans[-1].value, "since": moments.text(spans[-1].since), "about": list(spans[-1].about)}


def _statement(belief: Belief, now: Standing, moments: Moments) -> Row:
    """Return a statement the customer believes, with its truth now."""
    statement = now.pack.statements.get(belief.statement)
    truth = None
    because = "the pack no longer declares this statement"
    if statement is not None:
        truth = truth_of(now.machine, statement, now.results, now.record.promises)
        because = _why_statement(statement, now)
    return {
        "statement": belief.statement,
        "title": statement.title if statement else "",
        "topic": belief.topic,
        "true": truth,
        "because": because,
        "told_at": moments.text(belief.told_at),
        "until": moments.text(belief.until),
        "message_id": belief.message_id,
    }


def _why_statement(statement: Statement, now: Standing) -> str:
    """Return in words what makes a statement true, false or unknown."""
    if statement.fails_when is not None and now.truth(statement.fails_when) is True:
        return now.because(statement.fails_when)
    if statement.promise is None:
        return now.because(statement.true_when)
    kind = now.pack.promises[statement.promise].name
    outcomes = [f"promise {one.kind} {one.renegotiated}" for one in now.record.promises if one.kind == kind]
    return "; ".join(dict.fromkeys(outcomes)) or f"no promise {kind} is known"


def _state(now: Standing, moments: Moments) -> Row:
    """Return the present state, with candidates when it is unknown."""
    spans = now.record.states
    span = spans[-1] if spans else Span("unknown", now.now)
    declared = next((state for state in now.pack.states if state.name == span.value), None)
    reasons = [now.because(state.when) for state in now.pack.states if state.name in span.about]
    return {
        "state": span.value,
        "title": declared.title if declared else "",
        "since": None if span.undated else moments.text(span.since),
        "undated": span.undated,
        "usable": declared.usable if declared else None,
        "terminal": declared.terminal if declared else None,
        "candidates": list(span.about) if span.value == "unknown" else [],
        "because": "; ".join(dict.fromkeys(reason for reason in reasons if reason)),
    }


def _fact(fact: Fact, view: FactView, seen: tuple[Observation, ...], moments: Moments) -> Row:
    """Return a fact with the observation that decides it and those that lost."""
    by = view.by
    undecided = view.status in ("disputed", "missing")
    losers = [one for one in seen if one is not by and (undecided or one.value != view.value)]
    return {
        "fact": fact.name,
        "title": fact.title,
        "status": view.status,
        "value": value_text(view.value, fact.type, moments),
        "source": by.source if by else "",
        "occurred_at": moments.text(by.occurred_at) if by else None,
        "age_s": (moments.now - by.occurred_at) / SECOND if by else None,
        "event_id": by.event_id if by else "",
        "assumed": view.assumed,
        "conflict": view.conflict,
        "losers": [_loser(one, fact, moments) for one in losers],
    }


def _loser(one: Observation, fact: Fact, moments: Moments) -> Row:
    """Return an observation that does not decide its fact although it says something else."""
    return {
        "source": one.source,
        "value": value_text(one.value, fact.type, moments),
        "occurred_at": moments.text(one.occurred_at),
    }


def _action(name: str, now: Standing) -> Row:
    """Return an action and whether it can be done now."""
    action = now.pack.actions[name]
    return {
        "action": name,
        "title": action.title,
        "by": action.by,
        "available": now.truth(action.available),
        "because": now.because(action.available),
    }


def promise_row(promise: Promise, pack: Pack, moments: Moments) -> Row:
    """Return a promise with every window it has had and what became of it."""
    kind = next((one for one in pack.promises if one.name == promise.kind), None)
    first = promise.windows[0].due if promise.windows else None
    grace: Micros = kind.grace if kind else 0
    late = None
    if promise.kept_at is not None and first is not None and promise.outcome in ("kept", "late"):
        late = (promise.kept_at - first) / SECOND
    return {
        "promise": promise.kind,
        "key": promise.key,
        "title": kind.title if kind else "",
        "outcome": promise.outcome,
        "renegotiated": promise.renegotiated,
        "made_at": moments.text(promise.made_at),
        "due": moments.text(first),
        "grace_s": grace / SECOND,
        "kept_at": moments.text(promise.kept_at),
        "decided_at": moments.text(promise.decided_at),
        "lateness_s": late,
        "windows": [
            {"due": moments.text(one.due), "given_at": moments.text(one.given_at), "counts": one.counts}
            for one in promise.windows
        ],
        **({} if promise.basis is None else {"basis": promise.basis}),
    }


def _told(told: Told, pack: Pack, moments: Moments) -> Row:
    """Return a message as far as its receipts tell."""
    message = pack.messages.get(told.message)
    return {
        "message": told.message,
        "title": message.title if message else "",
        "id": told.id,
        "channel": told.channel,
        "told_at": moments.text(told.told_at),
        "phases": {phase: moments.text(at) for phase, at in told.phases.items()},
    }


def _case(case: Case, pack: Pack, moments: Moments) -> Row:
    """Return a case and its legs."""
    kind = kind_named(pack, case.kind)
    return {
        "case": case.kind,
        "id": case.id,
        "about": case.about,
        "title": kind.title if kind else "",
        "broke_at": moments.text(case.opened_at if case.broke_at is None else case.broke_at),
        "opened_at": moments.text(case.opened_at),
        "detected_at": moments.text(case.detected_at),
        "detected_by": case.detected_by,
        "owner": case.owner,
        "owned_at": moments.text(case.owned_at),
        "informed_at": moments.text(case.informed_at),
        "resolved_at": moments.text(case.resolved_at),
        "closed_at": moments.text(case.closed_at),
        "closed_as": case.closed_as,
        "reopened_at": [moments.text(at) for at in case.reopened_at],
    }


def finding_row(finding: Finding, moments: Moments) -> Row:
    """Return a finding."""
    return {"code": finding.code, "at": moments.text(finding.at), "text": finding.text}


__all__ = ["card", "finding_row", "promise_row", "truth_word"]
