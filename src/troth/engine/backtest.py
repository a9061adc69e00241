"""Backtest: one subject's history → everything that was told and promised, judged by what is known now.

Of each message: whether it was true as known then and as known now (`troth.engine.hindsight`), what was wrong with it,
and what the gate would have decided at the moment it left, over the record as known then. Of each promise that is
decided: whether the customer heard before it was due that it might not hold.

Source: 2-semantics, Late and disordered evidence; 3-measures, Gate quality.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from troth.engine.backtest_gate import Whose, decision_of, nobody
from troth.engine.backtest_past import Past, is_undated, makes_known, undated_marks
from troth.engine.correct import distinct
from troth.engine.fold import refold
from troth.engine.harm import time_factor
from troth.engine.hindsight import judge_told, verdict_of
from troth.engine.machine import Machine, prepare
from troth.engine.resolve import silence_of
from troth.engine.vague import fit_every_state
from troth.model.backtest import (
    AFTER_FAILURE,
    FALSE,
    FALSE_THEN,
    POINTLESS,
    UNKNOWN,
    VAGUE,
    BrokenWord,
    JudgedSubject,
    Judgement,
    Reasoned,
)
from troth.model.decision import Decision, Reason
from troth.model.event import Event
from troth.model.hindsight import Hindsight
from troth.model.pack import Pack
from troth.model.record import Promise, Record, Told
from troth.model.times import Micros
from troth.model.truth import Truth, all_of

WEIGHTS: Final[Mapping[str, int]] = {
    FALSE: 5, FALSE_THEN: 4, AFTER_FAILURE: 4, POINTLESS: 2, VAGUE: 1, UNKNOWN: 1,
}  # fmt: skip
"""How grave a fault is, as the severity of a case: 1 (a nuisance) to 5 (grave)."""

FORWARD: Final = frozenset({"promise", "checking", "offer"})
"""Purposes of messages that look ahead: once the matter has ended there is nothing left for them to say."""

INFORMING: Final = frozenset({"inform", "promise"})
"""Purposes of messages that are to tell something: an apology or a survey may be true whatever the state."""

_DECIDED: Final = frozenset({"kept", "late", "broken"})
_CASE_OPEN: Final = "G201"
_LAPSED: Final = "G203"
_TROUBLE: Final = frozenset({_CASE_OPEN, "G202", _LAPSED, "G206"})
_NOTHING_NEW: Final = frozenset({"G501", "G503", "G504", "G506"})
_POINTLESS: Final = "G204"


class Backtest:
    """A pack and a moment, ready to judge one subject after the other.

    Args:
        pack: The pack or its machine.
        heard: Source → watermark.
        now: The moment up to which events count; microseconds since 1970 UTC.
        whose: Tells the customer and the checks of a request; without it nothing is known of customers.
    """

    def __init__(self, pack: Pack | Machine, heard: Mapping[str, Micros], now: Micros, whose: Whose = nobody) -> None:
        """Work out what is the same for every subject."""
        self.machine = prepare(pack)
        self.heard = heard
        self.now = now
        self._whose = whose
        self._silence = silence_of(self.machine.facts, heard)
        self._empty = fit_every_state(self.machine)
        self._shown, self._unseen = self.machine.pack.told_promises, self.machine.pack.untold_cases
        self._marks = undated_marks(self.machine)

    def judge(self, subject: str, events: Iterable[Event]) -> tuple[JudgedSubject, Record]:
        """Return what was told and promised about a subject, and its record as of now.

        Args:
            subject: Whose.
            events: All its events, in any order, with any repetition.
        """
        ordered = [event for event in distinct(events) if event.occurred_at <= self.now]
        record = refold(self.machine, subject, ordered, self.heard, self.now, self._silence)
        return self.judged(record, ordered), record

    def judged(self, record: Record, ordered: Sequence[Event]) -> JudgedSubject:
        """Return what was told and promised about a subject that has been folded.

        Args:
            record: As of now.
            ordered: Its events up to now, distinct, in total order.
        """
        told = sorted((one for one in record.messages if one.told_at is not None), key=_order)
        judged = self._messages(record, ordered, told) if told else ()
        decided = [one for one in record.promises if one.outcome in _DECIDED]
        promises = tuple(self._word(record, one, judged) for one in decided)
        undecided = sum(one.outcome in ("open", "unknown") for one in record.promises)
        return JudgedSubject(record.subject, judged, promises, undecided)

    def dated(self, event: Event) -> bool | None:
        """Return whether it is known how late an event was heard; `None`: nothing is known by it to any rule.

        It is not known of an event of which one of the two times was only assumed, and of one whose own moment nobody
        knows: a snapshot may tell that an order was cancelled, and not when.
        """
        if not makes_known(self.machine, event):
            return None
        return event.assumed == "" and not is_undated(self.machine, event, self._marks)

    def _messages(self, record: Record, ordered: Sequence[Event], told: Sequence[Told]) -> tuple[Judgement, ...]:
        """Return the judgement of every message, in the order of telling."""
        past = Past(self.machine, record, ordered, self.heard, self._silence)
        passage = past.walk(told, {one.id: left_at(one) for one in told})
        stated = passage.stated
        if stated is None:
            stated = {}
            for judged in judge_told(self.machine, record.subject, ordered, self.heard, self.now, record):
                stated.setdefault(judged.message_id, []).append(judged)
        decisions = {
            one.id: decision_of(self.machine, passage.before[one.id], one, left_at(one), past.said(one), self._whose)
            for one in told
        }
        return tuple(self._judged(record, one, stated.get(one.id, ()), decisions[one.id], told) for one in told)

    def _judged(
        self, record: Record, told: Told, stated: Sequence[Hindsight], decision: Decision, others: Sequence[Told]
    ) -> Judgement:
        """Return the judgement of one message."""
        if _is_undated(record, told):
            # It is known that it became untrue, and not when: perhaps long after it was told.
            stated = [_doubted(one) for one in stated]
        then, now = all_of(one.then for one in stated), all_of(one.now for one in stated)
        faults = tuple(self._faults(record, told, (then, now), decision, others))
        wrong_for, ended = _wrong_for(record, told, self.now) if FALSE in faults else (0, True)
        harm = round(WEIGHTS[faults[0]] * time_factor(wrong_for), 3) if faults else 0.0
        assert told.told_at is not None, "only what was told is judged"
        return Judgement(
            subject=record.subject,
            message_id=told.id,
            message=told.message,
            channel=told.channel,
            told_at=told.told_at,
            left_at=left_at(told),
            then=then,
            now=now,
            stated=tuple(stated),
            faults=faults,
            outcome=decision.outcome,
            sends=decision.sends,
            reasons=tuple(Reasoned(one.code, one.check, one.text, one.about) for one in decision.reasons),
            wrong_for=wrong_for,
            harm=harm,
            customer=decision.request.customer,
            wrong_ended=ended,
        )

    def _faults(
        self, record: Record, told: Told, truths: tuple[Truth, Truth], decision: Decision, others: Sequence[Told]
    ) -> Iterable[str]:
        """Yield what is wrong with a message, the gravest first."""
        then, now = truths
        codes = {reason.code for reason in decision.reasons}
        if now is False:
            yield FALSE
        if then is False:
            yield FALSE_THEN
        if any(self._touches(reason) for reason in decision.reasons):
            yield AFTER_FAILURE
        if _POINTLESS in codes or self._is_over(record, told) or self._is_superseded(told, others):
            yield POINTLESS
        if now is True and then is not False and (codes & _NOTHING_NEW or self._says_nothing(told)):
            yield VAGUE
        if now is None:
            yield UNKNOWN

    def _touches(self, reason: Reason) -> bool:
        """Return whether a reason is a known failure that touches the customer.

        A promise that no message tells of, between a seller and a carrier say, can lapse without anybody waiting longer
        for what they were told; nor is a case that only watches such a promise a failure towards the customer.
        """
        if reason.code == _LAPSED:
            return reason.about in self._shown
        return reason.code in _TROUBLE and not (reason.code == _CASE_OPEN and reason.about in self._unseen)

    def _says_nothing(self, told: Told) -> bool:
        """Return whether a message is to inform, and every statement of it fits every state."""
        message = self.machine.pack.messages[told.message]
        return message.purpose in INFORMING and self._empty.issuperset(message.statements)

    def _is_over(self, record: Record, told: Told) -> bool:
        """Return whether a message that looks ahead left after the matter had ended."""
        message = self.machine.pack.messages[told.message]
        if message.purpose not in FORWARD:
            return False
        moment = left_at(told)
        span = next((one for one in reversed(record.states) if one.since < moment), None)
        state = None if span is None or span.undated else self.machine.states.get(span.value)
        if span is None or state is None or not state.terminal or moment < span.since + state.lasts:
            return False
        return not set(state.tell) & set(message.statements)

    def _is_superseded(self, told: Told, others: Sequence[Told]) -> bool:
        """Return whether another message spoke on all its topics between its first phase and its telling."""
        assert told.told_at is not None, "only what was told is judged"
        since = min(told.phases.values())
        topics = self._topics(told)
        return bool(topics) and any(
            other.id != told.id and other.told_at is not None and since < other.told_at < told.told_at
            and topics <= self._topics(other)
            for other in others
        )  # fmt: skip

    def _topics(self, told: Told) -> set[str]:
        """Return what a message is about."""
        pack = self.machine.pack
        return {pack.statements[name].about for name in pack.messages[told.message].statements}

    def _word(self, record: Record, promise: Promise, judged: Sequence[Judgement]) -> BrokenWord:
        """Return what became of a decided promise, and when the customer first heard that it might not hold."""
        due = promise.windows[0].due
        until = due if due is not None else promise.decided_at if promise.decided_at is not None else self.now
        moments = [one.told_at for one in judged if one.told_at < until and self._is_notice(one, promise)]
        moments += [one.given_at for one in promise.windows[1:] if one.counts == "renegotiated"]
        moments += [case.informed_at for case in record.cases if case.informed_at is not None]
        noticed = [moment for moment in moments if promise.made_at <= moment < until]
        return BrokenWord(
            subject=record.subject,
            kind=promise.kind,
            key=promise.key,
            due=due,
            outcome=promise.outcome,
            decided_at=promise.decided_at,
            told=promise.kind in self._shown,
            noticed_at=min(noticed, default=None),
            customer=record.customer,
        )

    def _is_notice(self, judgement: Judgement, promise: Promise) -> bool:
        """Return whether a message told the customer something else, and not falsely, on the promise's topic."""
        statements, promised = self.machine.pack.statements, self.machine.promised
        topics = {statements[name].about for name, kind in promised.items() if kind == promise.kind}
        return any(
            one.now is not False and promised.get(one.statement) != promise.kind
            and statements[one.statement].about in topics
            for one in judgement.stated
        )  # fmt: skip


def left_at(told: Told) -> Micros:
    """Return when a message was handed over, as far as receipts tell: sent, or else told."""
    assert told.told_at is not None, "only what was told has left"
    return min(told.told_at, told.phases.get("sent", told.told_at))


def _is_undated(record: Record, told: Told) -> bool:
    """Return whether the state at the telling is one of which nobody knows since when it has held."""
    assert told.told_at is not None, "only what was told is judged"
    span = next((one for one in reversed(record.states) if one.since <= told.told_at), None)
    return span is not None and span.undated


def _doubted(one: Hindsight) -> Hindsight:
    """Return a statement whose present falsehood has no date, judged as far as it can be."""
    if one.then is False or one.now is not False:
        return one
    return replace(one, now=None, verdict=verdict_of(one.then, None), source="", event_id="", lag=0)


def _order(told: Told) -> tuple[Micros, str]:
    """Return a message's place in the order of telling."""
    assert told.told_at is not None, "only what was told has a place"
    return told.told_at, told.id


def _wrong_for(record: Record, told: Told, now: Micros) -> tuple[Micros, bool]:
    """Return how long after a telling the customer went on believing something false, and whether its end is known.

    It is not known while it lasts, nor where it ended with a state of which nobody knows since when it has held.
    """
    assert told.told_at is not None, "only what was told is believed"
    ends, ended = now, False
    for number in range(len(record.alignment) - 1, -1, -1):
        span = record.alignment[number]
        if span.value != "ahead":
            ends, ended = max(span.since, told.told_at), True
        if span.since <= told.told_at:
            break
    undated = any(span.undated and span.since == ends for span in record.states)
    return max(0, ends - told.told_at), ended and not undated
