"""Two packs' views of one subject → the differences, all of them and nothing else.

Compared is what customers and staff would notice: what was told and whether it was true, what the gate would have
decided, promises, states and cases. Two views without a difference give none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from troth.model.backtest import JudgedSubject, Judgement
from troth.model.hindsight import Hindsight
from troth.model.plan import NONE, Change
from troth.model.record import Case, Promise, Record, Span
from troth.model.times import Micros, format_instant
from troth.model.truth import WORD_OF

View: TypeAlias = tuple[JudgedSubject, Record]
"""What a pack makes of a subject: all judged, and the record as of now."""


def changes(before: View, after: View) -> list[Change]:
    """Return what changes about a subject, ordered.

    Args:
        before: By the old pack.
        after: By the new one, of the same events as of the same moment.
    """
    subject = before[1].subject
    found = [
        *_messages(subject, before[0].messages, after[0].messages),
        *_promises(subject, before[1].promises, after[1].promises),
        *_states(subject, before[1].states, after[1].states),
        *_cases(subject, before[1].cases, after[1].cases),
    ]
    return sorted(found)


def _messages(subject: str, before: Sequence[Judgement], after: Sequence[Judgement]) -> Iterator[Change]:
    """Yield what changes about messages: told or not, their statements, the gate's decisions."""
    old, new = {one.message_id: one for one in before}, {one.message_id: one for one in after}
    for name in sorted(old.keys() | new.keys()):
        former, latter = old.get(name), new.get(name)
        told = [None if one is None else one.told_at for one in (former, latter)]
        if told[0] != told[1]:
            message = (former or latter or before[0]).message
            old_word, new_word = ("told" if one is not None else NONE for one in told)
            yield Change(subject, "message", message, old_word, new_word, name, _moment(told[0]), _moment(told[1]))
        if former is not None and latter is not None:
            yield from _statements(subject, former, latter)
            yield from _decision(subject, former, latter)


def _statements(subject: str, before: Judgement, after: Judgement) -> Iterator[Change]:
    """Yield what changes about the statements of a message."""
    old = {one.statement: one for one in before.stated}
    new = {one.statement: one for one in after.stated}
    for name in sorted(old.keys() | new.keys()):
        former, latter = _said(old.get(name)), _said(new.get(name))
        if former != latter:
            yield Change(subject, "statement", name, former, latter, before.message_id)


def _decision(subject: str, before: Judgement, after: Judgement) -> Iterator[Change]:
    """Yield what changes about the decision of the gate."""
    former, latter = _decided(before), _decided(after)
    if former != latter:
        why, now_why = ("; ".join(reason.text for reason in one.reasons) for one in (before, after))
        yield Change(subject, "decision", after.message, former, latter, before.message_id, why, now_why)


def _promises(subject: str, before: Sequence[Promise], after: Sequence[Promise]) -> Iterator[Change]:
    """Yield what changes about promises: what became of them, and when they were due."""
    old, new = {(one.kind, one.key): one for one in before}, {(one.kind, one.key): one for one in after}
    for kind, key in sorted(old.keys() | new.keys()):
        former, latter = old.get((kind, key)), new.get((kind, key))
        if _outcome(former) != _outcome(latter):
            yield Change(
                subject, "promise", kind, _outcome(former), _outcome(latter), key, _window(former), _window(latter)
            )
        if former is not None and latter is not None and _window(former) != _window(latter):
            yield Change(subject, "due", kind, "as it was", "another one", key, _window(former), _window(latter))


def _states(subject: str, before: Sequence[Span], after: Sequence[Span]) -> Iterator[Change]:
    """Yield what changes about the state: the present one, or only how it came there."""
    former, latter = before[-1].value if before else NONE, after[-1].value if after else NONE
    if former != latter:
        yield Change(subject, "state", "", former, latter, "", _course(before), _course(after))
    elif [(span.value, span.since, span.undated) for span in before] != [
        (span.value, span.since, span.undated) for span in after
    ]:
        yield Change(subject, "course", former, "as it was", "another one", "", _course(before), _course(after))


def _cases(subject: str, before: Sequence[Case], after: Sequence[Case]) -> Iterator[Change]:
    """Yield what changes about cases; several of one kind and matter are compared in the order of their opening."""
    old, new = _numbered(before), _numbered(after)
    for kind, about, number in sorted(old.keys() | new.keys()):
        former, latter = old.get((kind, about, number)), new.get((kind, about, number))
        short = _ended(former), _ended(latter)
        full = _life(former), _life(latter)
        if (former is None) != (latter is None) or short[0] != short[1] or full[0] != full[1]:
            latter_word = short[1] if short[0] != short[1] else f"{short[1]}, other moments"
            yield Change(subject, "case", kind, short[0], latter_word, about, full[0], full[1])


def _numbered(cases: Sequence[Case]) -> Mapping[tuple[str, str, int], Case]:
    """Return cases by kind, matter, and number among those of both."""
    found: dict[tuple[str, str, int], Case] = {}
    for case in sorted(cases, key=lambda one: one.opened_at):
        number = 0
        while (case.kind, case.about, number) in found:
            number += 1
        found[case.kind, case.about, number] = case
    return found


def _said(one: Hindsight | None) -> str:
    """Return the two truths of a statement in words."""
    return "not stated" if one is None else f"{WORD_OF[one.then]} then, {WORD_OF[one.now]} now"


def _decided(one: Judgement) -> str:
    """Return a decision with its codes, and what would have gone in the message's place."""
    instead = f" by {one.sends}" if one.sends and one.sends != one.message else ""
    return " ".join([f"{one.outcome}{instead}", *sorted({reason.code for reason in one.reasons})])


def _outcome(one: Promise | None) -> str:
    """Return what became of a promise, and as renegotiated where that differs."""
    if one is None:
        return NONE
    return one.outcome if one.outcome == one.renegotiated else f"{one.outcome}, {one.renegotiated} as renegotiated"


def _window(one: Promise | None) -> str:
    """Return every due moment that a promise has had, with what each counts as."""
    if one is None:
        return ""
    return ", ".join(f"{_moment(window.due) or 'undisclosed'} ({window.counts})" for window in one.windows)


def _course(spans: Sequence[Span]) -> str:
    """Return states with their moments."""
    return ", ".join(f"{span.value} {'undated' if span.undated else format_instant(span.since)}" for span in spans)


def _ended(one: Case | None) -> str:
    """Return how a case stands."""
    if one is None:
        return NONE
    return "open" if one.closed_at is None else f"closed {one.closed_as}".rstrip()


def _life(one: Case | None) -> str:
    """Return the legs of a case with their moments."""
    if one is None:
        return ""
    legs = (
        ("broke", one.broke_at), ("opened", one.opened_at), ("informed", one.informed_at),
        ("remedied", one.resolved_at), ("closed", one.closed_at),
    )  # fmt: skip
    return ", ".join(f"{name} {_moment(at)}" for name, at in legs if at is not None)


def _moment(at: Micros | None) -> str:
    """Return a moment as text; empty for none."""
    return "" if at is None else format_instant(at)
