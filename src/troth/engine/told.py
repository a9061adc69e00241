"""One subject's history → rows of what was told, believed, asked and decided, for the measures of telling the truth.

The judgement of messages and promises is that of the backtest; nothing is judged a second time here.

Source: 2-semantics, Late and disordered evidence; 3-measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from troth.engine.backtest import Backtest
from troth.engine.backtest_past import Past
from troth.engine.cases.people import CONTACTS
from troth.engine.correct import distinct
from troth.engine.effects import bypasses
from troth.engine.fold import refold
from troth.engine.gate.look import evaluated
from troth.engine.journal import CONFIRMED, DECIDED, JOURNAL, SHADOW
from troth.engine.machine import Machine
from troth.engine.resolve import silence_of
from troth.engine.told_walk import truth_of_message, walk
from troth.model.backtest import JudgedSubject, Judgement
from troth.model.decision import REPLACE, SEND
from troth.model.event import Event
from troth.model.record import LEFT, Record, Told
from troth.model.times import Micros
from troth.model.told import Ask, Spoke, Telling, Walked, Word
from troth.model.truth import WORD_OF, Truth

ENFORCED: Final = "enforced"
REPLAYED: Final = "replayed"
PERMITTED: Final = "permitted"
BYPASS: Final = "bypass"

TRUTH_CODES: Final = ("G3", "G4", "G6")
"""Codes of the checks of truth, action and promise: what stops a message only because of what was or was not known."""


class Looked(msgspec.Struct, frozen=True, gc=False):
    """What one walk through a subject's past has seen.

    Attributes:
        ordered: Its events up to now, distinct, in total order.
        decided: Those that are decisions about messages.
        found: What the walk has found.
        truths: (moment, message) → the truth of what it states, of the decisions.
        record: As of now.
    """

    ordered: Sequence[Event]
    decided: Sequence[Event]
    found: Walked
    truths: Mapping[tuple[Micros, str], Truth]
    record: Record


class Teller:
    """A pack and a moment, ready to tell of one subject after the other.

    Args:
        test: The backtest of that pack and moment, whose judgement is shared.
    """

    def __init__(self, test: Backtest) -> None:
        """Work out what is the same for every subject."""
        self._test = test
        self._machine = test.machine
        self._silence = silence_of(test.machine.facts, test.heard)

    def look(self, subject: str, events: Iterable[Event]) -> Looked:
        """Return what one walk through a subject's events has seen.

        Args:
            subject: Whose.
            events: All its events, in any order, with any repetition.
        """
        test, machine = self._test, self._machine
        ordered = self._ordered(events)
        decided = [event for event in ordered if _is_decision(machine, event)]
        asked: dict[Micros, list[str]] = {}
        for event in decided:
            asked.setdefault(event.occurred_at, []).append(event.data["message"])
        found, truths, record = walk(machine, subject, ordered, test.heard, test.now, self._silence, asked)
        return Looked(ordered, decided, found, truths, record)

    def tell(self, seen: Looked) -> tuple[list[Telling], Walked]:
        """Return what was told, and what a walk has found with all decisions."""
        record, found = seen.record, seen.found
        judged = self._test.judged(record, seen.ordered)
        past = Past(self._machine, record, seen.ordered, self._test.heard, self._silence)
        found.asks = [
            *self._asked(record, past, seen.decided, seen.ordered, seen.truths),
            *_replayed(record, judged, seen.decided, self._machine),
        ]
        return self._tellings(record, past, judged), found

    def fold(self, subject: str, events: Iterable[Event]) -> Record:
        """Return the record as of now."""
        return refold(self._machine, subject, self._ordered(events), self._test.heard, self._test.now, self._silence)

    def words(self, record: Record, events: Iterable[Event]) -> tuple[list[Word], list[Spoke]]:
        """Return what was said of the promises that were not kept, and when the customer spoke up.

        Args:
            record: As of now.
            events: All its subject's events, in any order, with any repetition.
        """
        subject, name = record.subject, self._machine.pack.name
        ordered = self._ordered(events)
        spoke = [event.occurred_at for event in ordered if event.source == JOURNAL and event.type in CONTACTS]
        judged = self._test.judged(record, ordered)
        made = {(one.kind, one.key): one.made_at for one in record.promises}
        words = [
            Word(
                subject, name, one.kind, one.key, one.told, one.noticed_at,
                min((at for at in spoke if at >= made[one.kind, one.key]), default=None),
            )
            for one in judged.promises if one.outcome != "kept"
        ]  # fmt: skip
        return words, [Spoke(subject, name, at) for at in spoke]

    def _ordered(self, events: Iterable[Event]) -> list[Event]:
        """Return the events up to now, distinct, in total order."""
        return [event for event in distinct(events) if event.occurred_at <= self._test.now]

    def _tellings(self, record: Record, past: Past, judged: JudgedSubject) -> list[Telling]:
        """Return every statement that was told, in the order of telling."""
        pack = self._machine.pack
        told = {one.id: one for one in record.messages}
        bypassed = {one.id for one in bypasses(pack, record)}
        rows: list[Telling] = []
        for judgement in judged.messages:
            message = told[judgement.message_id]
            state_now, since = _state_at(record, judgement.told_at)
            late = bool(past.late_for(message, judgement.told_at))
            then = past.at(message, judgement.told_at) if late else None
            for one in judgement.stated:
                statement = pack.statements[one.statement]
                rows.append(
                    Telling(
                        subject=record.subject,
                        pack=pack.name,
                        message_id=one.message_id,
                        message=one.message,
                        channel=one.channel,
                        statement=one.statement,
                        topic=statement.about,
                        told_at=one.told_at,
                        then=WORD_OF[one.then],
                        now=WORD_OF[one.now],
                        verdict=one.verdict,
                        source=one.source,
                        event_id=one.event_id,
                        lag=one.lag,
                        permit=_permit(pack.messages[one.message].fail, message, bypassed),
                        state_then=state_now if then is None else _state_at(then, judgement.told_at)[0],
                        state_now=state_now,
                        promises=statement.promise is not None,
                        age=None if since is None else one.told_at - since,
                    )
                )
        return rows

    def _asked(
        self,
        record: Record,
        past: Past,
        decided: Sequence[Event],
        ordered: Sequence[Event],
        truths: Mapping[tuple[Micros, str], Truth],
    ) -> Iterable[Ask]:
        """Yield the decisions that senders got, as they were journalled."""
        confirmed = {
            event.data.get("id") for event in ordered if event.source == JOURNAL and event.type == CONFIRMED
        }  # fmt: skip
        told = {one.id: one for one in record.messages}
        last = {event.data["id"]: event for event in decided}
        for event in decided:
            data, moment = event.data, event.occurred_at
            name, message = data["id"], data["message"]
            asked = Told(name, message, data.get("channel", ""), {}, moment)
            now = truths.get((moment, message))
            then = now
            if past.late_for(asked, moment):
                before = past.at(asked, moment)
                then = truth_of_message(
                    self._machine, message, evaluated(self._machine, before, moment), before.promises
                )
            codes = tuple(data.get("codes", ()))
            sent = told.get(name)
            stands = last[name] is event
            yield Ask(
                subject=record.subject,
                pack=record.pack,
                message_id=name,
                message=message,
                channel=data.get("channel", ""),
                decided_at=moment,
                outcome=data["outcome"],
                sends=data.get("sends", ""),
                codes=" ".join(codes),
                for_truth=is_for_truth(data["outcome"], codes),
                then=WORD_OF[then],
                now=WORD_OF[now],
                mode=SHADOW if sent is not None and sent.shadow else ENFORCED,
                permitted=data["outcome"] in (SEND, REPLACE),
                confirmed=stands and name in confirmed,
                left=stands and sent is not None and not LEFT.isdisjoint(sent.phases),
            )


def is_for_truth(outcome: str, codes: Sequence[str]) -> bool:
    """Return whether a message was stopped, and only because of what was or was not known.

    One that is stopped for another reason, too, is stopped rightly whatever the truth: the customer is asleep, say.

    >>> is_for_truth("HOLD", ("G302",)), is_for_truth("HOLD", ("G302", "G102")), is_for_truth("SEND", ())
    (True, False, False)
    """
    return outcome != SEND and bool(codes) and all(code.startswith(TRUTH_CODES) for code in codes)


def _replayed(record: Record, judged: JudgedSubject, decided: Sequence[Event], machine: Machine) -> Iterable[Ask]:
    """Yield what the gate would have decided of messages that nobody asked about."""
    asked = {event.data["id"] for event in decided}
    for one in judged.messages:
        if one.message_id not in asked:
            yield _would(record, one, machine)


def _would(record: Record, one: Judgement, machine: Machine) -> Ask:
    """Return what the gate would have decided of a message."""
    codes = tuple(dict.fromkeys(reason.code for reason in one.reasons))
    return Ask(
        subject=record.subject,
        pack=machine.pack.name,
        message_id=one.message_id,
        message=one.message,
        channel=one.channel,
        decided_at=one.left_at,
        outcome=one.outcome,
        sends=one.sends,
        codes=" ".join(codes),
        for_truth=is_for_truth(one.outcome, codes),
        then=WORD_OF[one.then],
        now=WORD_OF[one.now],
        mode=REPLAYED,
        permitted=False,
        confirmed=False,
        left=True,
    )


def _is_decision(machine: Machine, event: Event) -> bool:
    """Return whether an event is a decision about one of the pack's messages that can be read."""
    if event.source != JOURNAL or event.type != DECIDED:
        return False
    data = event.data
    return data.get("message") in machine.pack.messages and "id" in data and "outcome" in data


def _permit(fail: str, told: Told, bypassed: set[str]) -> str:
    """Return how a message left: permitted, a bypass, of a sender that only watches, or not gated."""
    if not fail:
        return ""
    if told.shadow:
        return SHADOW
    return BYPASS if told.id in bypassed else PERMITTED


def _state_at(record: Record, moment: Micros) -> tuple[str, Micros | None]:
    """Return the state at a moment, and since when it had held; `None`: there was none, or nobody knows since when."""
    span = next((one for one in reversed(record.states) if one.since <= moment), None)
    if span is None:
        return "unknown", None
    return span.value, None if span.undated or span.value == "unknown" else span.since
