"""The answer: how it stands, in one word and one sentence, and what belongs to that sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from troth.engine.cases.kinds import kind_named
from troth.model.message import Statement
from troth.model.pack import State
from troth.model.page import StateText
from troth.model.record import Belief, Case, Promise
from troth.model.times import format_instant
from troth.surfaces.web.locales import mark
from troth.surfaces.web.status.sight import Sight, counted_due, due_of, is_late, is_unsure

NOTHING: Final = "nothing"
WELL: Final = "well"
UNKNOWN: Final = "unknown"
AT_RISK: Final = "at_risk"
LATE: Final = "late"
CONTRADICTION: Final = "contradiction"
REMEDIED: Final = "remedied"
CLOSED: Final = "closed"

WORDS: Final[Mapping[str, str]] = {
    NOTHING: mark("No news yet"),
    WELL: mark("On track"),
    UNKNOWN: mark("Not known for certain"),
    AT_RISK: mark("May be late"),
    LATE: mark("Late"),
    CONTRADICTION: mark("We told you otherwise"),
    REMEDIED: mark("Put right"),
    CLOSED: mark("Done"),
}
"""How it stands → the word for it."""
_ENDED: Final = mark("Ended")
_UNSETTLED: Final = mark("Not settled yet")
_GOING: Final = mark("Going on")
ENDS: Final = frozenset({"OrderCancelled", "OrderReturned", "ReservationCancelled"})
"""States of schema.org in which nothing is expected any more."""
_AMISS: Final = "OrderProblem"
_INTERNAL: Final = frozenset({"conflict", "impossible", "unverifiable"})
_CANDIDATES: Final = 3


def headline(sight: Sight) -> dict[str, Any]:
    """Return the answer.

    Returns:
        `standing` (a key of `WORDS`), its `word`, the `tone` in which it is shown, the `truth` in one sentence, the
        same with what is amiss (`says`), further sentences `more`, and `since` when.
    """
    state, standing = sight.state(), standing_of(sight)
    text = sight.page.states.get(state.name, StateText()) if state is not None else StateText()
    word, tone = _word(sight, state, text, standing)
    spans, truth = sight.record.states, _truth(sight, state, standing)
    since = format_instant(spans[-1].since) if spans and not spans[-1].undated and standing != NOTHING else None
    return {
        "standing": standing,
        "word": sight.reader.say(word),
        "tone": tone,
        "truth": truth,
        "says": _sentence(sight, truth, standing),
        "more": _more(sight, standing),
        "since": since,
    }


def _word(sight: Sight, state: State | None, text: StateText, standing: str) -> tuple[str, str]:
    """Return the word for how it stands, and its tone: `On track` only where a rule or the state says so."""
    # An order that is cancelled as asked is on no track.
    if standing == CLOSED and state is not None and not state.usable:
        return _ENDED, CLOSED
    if standing != WELL:
        return WORDS[standing], standing
    if text.mark in ENDS:
        return _ENDED, CLOSED
    if text.mark == _AMISS or open_cases(sight):
        return _UNSETTLED, AT_RISK
    return (WORDS[WELL], WELL) if (state is not None and state.usable) or _vouched(sight) else (_GOING, "open")


def _vouched(sight: Sight) -> bool:
    """Return whether a promise is open, and of every open one a rule knows that it is not at risk."""
    rules = []
    for promise in sight.record.promises:
        kind = sight.kind_of(promise)
        if promise.outcome == "open" and not sight.moot(promise):
            rules.append(kind.at_risk_when if kind is not None else None)
    return bool(rules) and all(sight.now.truth(rule, default=None) is False for rule in rules)


def standing_of(sight: Sight) -> str:
    """Return how it stands: the first of these that applies."""
    record, state = sight.record, sight.state()
    if not record.events or not record.states:
        return NOTHING
    if contradicted(sight) and not (state is not None and state.terminal and state.usable):
        return CONTRADICTION
    if state is not None and state.terminal:
        return CLOSED
    if late(sight):
        return LATE
    if state is None or unsure(sight):
        return UNKNOWN
    if sight.wrong() or (record.alignment and record.alignment[-1].value == "stuck"):
        return CONTRADICTION
    if at_risk(sight):
        return AT_RISK
    return REMEDIED if remedied(sight) is not None and not open_cases(sight) else WELL


def contradicted(sight: Sight) -> list[tuple[Belief, Statement]]:
    """Return what the customer may believe of the present although it is false; a date that has passed is lateness."""
    return [(belief, statement) for belief, statement in sight.wrong() if statement.promise is None]


def late(sight: Sight) -> list[Promise]:
    """Return the promises that are past due and not kept, and could be kept still."""
    return [one for one in sight.record.promises if is_late(one, sight.now.now) and not sight.moot(one)]


def unsure(sight: Sight) -> list[Promise]:
    """Return the promises of which nobody can tell whether they were kept, and that could be."""
    return [one for one in sight.record.promises if is_unsure(one) and not sight.moot(one)]


def at_risk(sight: Sight) -> list[Promise]:
    """Return the open promises that will hardly be kept."""
    found = []
    for promise in sight.record.promises:
        kind = sight.kind_of(promise)
        rule = kind.at_risk_when if kind is not None else None
        if promise.outcome == "open" and sight.now.truth(rule, default=False) is True:
            found.append(promise)
    return found


def open_cases(sight: Sight) -> list[Case]:
    """Return the open cases that are about the customer, the gravest first."""
    found = []
    for case in sight.record.cases:
        kind = kind_named(sight.pack, case.kind)
        if case.closed_at is None and kind is not None and kind.of not in _INTERNAL:
            found.append((-kind.severity, case.opened_at, case))
    return [case for *_, case in sorted(found, key=lambda one: one[:2])]


def remedied(sight: Sight) -> Case | None:
    """Return the last case that was put right; `None`: there is none, or it was a false alarm."""
    done = []
    for case in sight.record.cases:
        kind = kind_named(sight.pack, case.kind)
        if case.closed_at is not None and case.closed_as != "void" and kind is not None and kind.of not in _INTERNAL:
            done.append(case)
    return max(done, key=lambda case: case.closed_at or 0, default=None)


def _truth(sight: Sight, state: State | None, standing: str) -> str:
    """Return how it stands, in one sentence."""
    if standing == NOTHING:
        return sight.reader.say("%(thing)s: we have not heard anything yet.", thing=sight.thing)
    if state is None:
        return sight.reader.say("%(thing)s: we cannot say for certain how it stands.", thing=sight.thing)
    text = sight.page.states[state.name].says if state.name in sight.page.states else ""
    return sight.say(text) if text else f"{sight.thing}: {sight.say(state.title)}."


def _sentence(sight: Sight, truth: str, standing: str) -> str:
    """Return how it stands and what is amiss, in one sentence."""
    if standing == LATE:
        return sight.reader.say("%(sentence)s – later than promised.", sentence=truth.rstrip("."))
    if standing == CONTRADICTION and contradicted(sight):
        return sight.reader.say("%(sentence)s – not as we told you.", sentence=truth.rstrip("."))
    return truth


def _more(sight: Sight, standing: str) -> list[str]:
    """Return what belongs to the sentence."""
    match standing:
        case "contradiction":
            return _contradicted(sight)
        case "late":
            return _lateness(sight)
        case "at_risk":
            return _doubt(sight)
        case "remedied":
            return _repair(sight)
        case "unknown":
            return _uncertain(sight)
        case "nothing":
            return [sight.reader.say("As soon as we hear something, it will stand here.")]
    return []


def _contradicted(sight: Sight) -> list[str]:
    """Return what was told and is not so."""
    said = [
        sight.reader.say(
            "We told you “%(said)s” (%(moment)s). That is not so. We are sorry.",
            moment=sight.moment(belief.told_at),
            said=sight.say(statement.title),
        )
        for belief, statement in contradicted(sight) or sight.wrong()
    ]
    return said or [sight.reader.say("What we invited you to do cannot be done at the moment. We are sorry.")]


def _lateness(sight: Sight) -> list[str]:
    """Return what was promised by when, and whether there is a new moment."""
    said = []
    for promise in late(sight):
        due = promise.windows[0].due if promise.windows else None
        if due is not None:
            when, what = sight.until(due), sight.promised(promise)
            said.append(sight.reader.say("We promised “%(what)s” by %(moment)s. We are sorry.", moment=when, what=what))
    new = [due for promise in late(sight) if (due := due_of(promise)) is not None and due > sight.now.now]
    if new:
        return [*said, sight.reader.say("The new time is %(moment)s.", moment=sight.until(max(new)))]
    return [*said, sight.reader.say("We do not have a new time yet.")]


def _doubt(sight: Sight) -> list[str]:
    """Return which promise is in doubt."""
    said = []
    for promise in at_risk(sight):
        due, what = due_of(promise), sight.promised(promise)
        if due is not None:
            values = {"moment": sight.until(due), "what": what}
            said.append(sight.reader.say("We promised “%(what)s” by %(moment)s. That is in doubt.", **values))
    return said


def _repair(sight: Sight) -> list[str]:
    """Return what went wrong, and since when it is right again."""
    case = remedied(sight)
    if case is None or case.closed_at is None:
        return []
    broke = case.opened_at if case.broke_at is None else case.broke_at
    moments = {"broke": sight.moment(broke), "closed": sight.moment(case.closed_at)}
    return [sight.reader.say("Something went wrong (%(broke)s). It has been right again since %(closed)s.", **moments)]


def _uncertain(sight: Sight) -> list[str]:
    """Return which promise nobody can judge, what it may be, and whom we have not heard from."""
    said = []
    for promise in unsure(sight):
        due, what = counted_due(promise), sight.promised(promise)
        if due is not None:
            values = {"moment": sight.until(due), "what": what}
            said.append(
                sight.reader.say("We promised “%(what)s” by %(moment)s. We do not know whether it is so.", **values)
            )
    spans = sight.record.states
    about = spans[-1].about if spans else ()
    titles = [sight.say(state.title) for state in sight.pack.states if state.name in about]
    if 1 < len(titles) <= _CANDIDATES:
        said.append(sight.reader.say("It may be any of these: %(states)s.", states=sight.reader.listed(titles)))
    silent = [sight.source(name) for name in sight.record.unheard]
    if silent:
        said.append(sight.reader.say("We are waiting for word from %(sources)s.", sources=sight.reader.listed(silent)))
    return said or [sight.reader.say("We do not guess: as soon as we know, it will stand here.")]
