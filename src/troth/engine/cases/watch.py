"""What each kind of case watches: which failures there are now, and whether one that was there still is.

A failure is *about* something: a topic or an action (contradiction, unverifiable), a promise (lapse, at risk), a fact
(conflict), a state (impossible). Where one failure hides another (ahead is found before stuck), the hidden one is
unknown: it opens nothing and closes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from troth.engine.derive import UNKNOWN_STATE
from troth.engine.live import Live
from troth.model.pack import CaseKind
from troth.model.record import Promise, Span
from troth.model.truth import Truth

LAPSED: Final = frozenset({"broken", "late"})
"""Outcomes of a promise that was not kept in time."""

BACK: Final = frozenset({"aligned", "untold"})
"""Alignments at which a case may close clean."""

_NOTHING: Final = Span("untold", 0)


def rule_truth(live: Live, rule: int | None) -> Truth:
    """Return the truth of an optional rule; false where there is none."""
    truth: Truth = False if rule is None else live.results[rule]
    return truth


def is_back(live: Live) -> bool:
    """Return whether message, state and action line up."""
    return _span(live).value in BACK


def failing(live: Live, kind: CaseKind) -> tuple[str, ...]:
    """Return what a kind finds wrong now: what each failure is about, in order and once each."""
    if kind.lapse_of is not None:
        name = live.machine.pack.promises[kind.lapse_of].name
        return tuple(one.key for one in live.promises if one.kind == name and _lapsed(one) is True)
    if kind.of:
        return tuple(sorted(set(_FAILING[kind.of](live))))
    return ("",) if rule_truth(live, kind.open_when) is True else ()


def still(live: Live, kind: CaseKind, about: str) -> Truth:
    """Return whether a failure that a case is about is there now."""
    if kind.lapse_of is not None:
        found = promise_of(live, kind, about)
        return False if found is None else _lapsed(found)
    if kind.of:
        return _STILL[kind.of](live, about)
    return rule_truth(live, kind.open_when) if not about else False


def promise_of(live: Live, kind: CaseKind, key: str) -> Promise | None:
    """Return the promise that a lapse is about; `None`: it is not there."""
    assert kind.lapse_of is not None, "only lapses are about promises"
    name = live.machine.pack.promises[kind.lapse_of].name
    return next((one for one in live.promises if one.kind == name and one.key == key), None)


def _span(live: Live) -> Span:
    """Return the present alignment."""
    return live.alignment[-1] if live.alignment else _NOTHING


def _lapsed(promise: Promise) -> Truth:
    """Return whether a promise has lapsed and is still not kept."""
    if promise.renegotiated == "unknown":
        return None
    return promise.renegotiated in LAPSED and promise.kept_at is None


def _named(live: Live, span: Span) -> Iterator[str]:
    """Yield what a span is about: the topic of a statement, an action as it is."""
    statements = live.machine.pack.statements
    for name in span.about:
        yield statements[name].about if name in statements else name


def _contradictions(live: Live) -> Iterator[str]:
    """Yield topics of which the customer believes what is false, or the actions that they cannot do."""
    span = _span(live)
    if span.value in ("ahead", "stuck"):
        yield from _named(live, span)


def _still_contradicted(live: Live, about: str) -> Truth:
    """Return whether a topic or action is still contradicted; false statements hide actions that are stuck."""
    span = _span(live)
    named = about in set(_named(live, span))
    match span.value:
        case "ahead":
            hidden = about in live.machine.pack.actions
            return True if named else (None if hidden else False)
        case "stuck":
            return named
        case "unverifiable":
            return None if named else False
        case _:
            return False


def _unverifiables(live: Live) -> Iterator[str]:
    """Yield topics of which nobody can tell whether what the customer believes is so."""
    span = _span(live)
    if span.value == "unverifiable":
        yield from _named(live, span)


def _still_unverifiable(live: Live, about: str) -> Truth:
    """Return whether a topic is still unverifiable; whatever is known to be wrong hides it."""
    span = _span(live)
    if span.value == "unverifiable":
        return about in set(_named(live, span))
    return None if span.value in ("ahead", "stuck") else False


def _silences(live: Live) -> Iterator[str]:
    """Yield that the customer should have been told of the present state."""
    if _span(live).value == "behind":
        yield ""


def _still_silent(live: Live, _about: str) -> Truth:
    """Return whether the customer still has to be told; whatever comes before it in the alignment hides it."""
    value = _span(live).value
    return True if value == "behind" else (False if value in BACK else None)


def _at_risk(live: Live) -> Iterator[str]:
    """Yield open promises that will hardly be kept."""
    for promise in live.promises:
        if promise.renegotiated == "open" and promise.kept_at is None:
            rule = live.machine.kinds[promise.kind].at_risk_when
            if rule_truth(live, rule) is True:
                yield promise_about(promise)


def _still_at_risk(live: Live, about: str) -> Truth:
    """Return whether a promise is still not safe; one that has lapsed since was at risk for good reason."""
    promise = next((one for one in live.promises if promise_about(one) == about), None)
    if promise is None or promise.kept_at is not None or promise.renegotiated in ("kept", "void"):
        return False
    if promise.renegotiated == "open":
        return rule_truth(live, live.machine.kinds[promise.kind].at_risk_when)
    return None if promise.renegotiated == "unknown" else True


def promise_about(promise: Promise) -> str:
    """Return how a case names a promise: its kind, and its key where it has one."""
    return f"{promise.kind}/{promise.key}" if promise.key else promise.kind


def _conflicts(live: Live) -> Iterator[str]:
    """Yield facts over which sources are at odds for longer than they may settle."""
    for fact, view in zip(live.machine.pack.facts, live.views, strict=True):
        if view.conflict or view.status == "disputed":
            yield fact.name


def _still_conflicting(live: Live, about: str) -> Truth:
    """Return whether sources are still at odds over a fact; one that is not known does not tell."""
    for fact, view in zip(live.machine.pack.facts, live.views, strict=True):
        if fact.name == about:
            wrong = view.conflict or view.status == "disputed"
            return True if wrong else (False if view.status == "known" else None)
    return False


def _impossible(live: Live) -> Iterator[str]:
    """Yield the present state if nothing leads there from the one before."""
    found = next((span for span in reversed(live.states) if span.value != UNKNOWN_STATE), None)
    if found is not None and any(one.code == "F101" and one.at == found.since for one in live.findings):
        yield found.value


def _still_impossible(live: Live, about: str) -> Truth:
    """Return whether the subject is still in the state that it came to impossibly; an unknown state does not tell."""
    if live.states and live.states[-1].value == UNKNOWN_STATE:
        return None
    return about in set(_impossible(live))


def _never(_live: Live) -> Iterator[str]:
    """Yield nothing: complaints are made by customers, not found."""
    return iter(())


def _not_found(_live: Live, _about: str) -> Truth:
    """Return false: what the customer complained of shows elsewhere."""
    return False


_FAILING: Final[Mapping[str, Callable[[Live], Iterator[str]]]] = {
    "contradiction": _contradictions,
    "unverifiable": _unverifiables,
    "silence": _silences,
    "at_risk": _at_risk,
    "conflict": _conflicts,
    "impossible": _impossible,
    "complaint": _never,
}
_STILL: Final[Mapping[str, Callable[[Live, str], Truth]]] = {
    "contradiction": _still_contradicted,
    "unverifiable": _still_unverifiable,
    "silence": _still_silent,
    "at_risk": _still_at_risk,
    "conflict": _still_conflicting,
    "impossible": _still_impossible,
    "complaint": _not_found,
}
