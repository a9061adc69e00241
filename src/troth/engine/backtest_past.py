"""A subject's past, walked once from its beginning: the record just before each message left, as known then.

Where nothing that matters was heard late, one walk serves all messages; where something was, the moment is folded again
without it. A feed that has been heard up to now had been heard at every moment before, so that the watermarks of now
serve for all of them: what silence meant at a moment depends on nothing later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from troth.engine.align import truth_of
from troth.engine.correct import standing
from troth.engine.fold import advance, refold
from troth.engine.journal import JOURNAL, RECEIPT, is_answer
from troth.engine.live import Live, freeze, thaw
from troth.engine.machine import Machine, route_of
from troth.engine.resolve import Silence
from troth.model.event import Event
from troth.model.hindsight import CARELESS, HONEST, Hindsight
from troth.model.record import Record, Told
from troth.model.rules import ABSENT
from troth.model.times import FOREVER, Micros


class Passage(msgspec.Struct):
    """What a walk through the past has found.

    Attributes:
        before: Message → the record as known when it left, without its own receipts.
        stated: Message → its statements, judged; `None`: something came late, was corrected or is unknown, so that
            hindsight has to look at the past piece by piece.
    """

    before: dict[str, Record]
    stated: dict[str, list[Hindsight]] | None


class Past:
    """The past of one subject.

    Args:
        machine: The pack, prepared.
        record: The record as of now.
        ordered: Its events up to now, distinct, in total order.
        heard: Source → watermark.
        silence: What silence means by those watermarks.
    """

    def __init__(
        self, machine: Machine, record: Record, ordered: Sequence[Event], heard: Mapping[str, Micros], silence: Silence
    ) -> None:
        """Look through the events once: which ones matter, which ones are receipts, and of what."""
        self._machine = machine
        self._record = record
        self._events = ordered
        self._heard = heard
        self._silence = silence
        self._receipts = {id(event): name for event in ordered if (name := _receipt_of(machine, event)) is not None}
        self._late = [event for event in ordered if _can_be_late(machine, event)]

    def walk(self, told: Sequence[Told], left: Mapping[str, Micros]) -> Passage:
        """Go through the past and stop at every message: when it left, and when it was told.

        Args:
            told: The messages.
            left: Message → when it left.
        """
        passage = Passage({}, None if self._record.corrected else {})
        stops = sorted(
            [(left[one.id], 0, number) for number, one in enumerate(told)]
            + [(one.told_at or 0, 1, number) for number, one in enumerate(told)]
        )
        walk = _Walk(self._machine, self._record, self._events, self._heard, self._silence)
        for moment, kind, number in stops:
            one = told[number]
            late = self._record.corrected or bool(self._late and self.late_for(one, moment))
            if kind == 0:
                passage.before[one.id] = self.at(one, moment) if late else self._before(walk, one, moment)
            elif late or not self._judge(walk, one, moment, passage):
                passage.stated = None
        return passage

    def late_for(self, told: Told, moment: Micros) -> list[Event]:
        """Return what had occurred by a moment and was heard after it; corrections whenever they occurred.

        The message's own receipts are not among them: its sender knew that it was speaking.
        """
        correcting = self._machine.correcting
        return [
            event
            for event in self._late
            if event.heard_at > moment
            and (event.occurred_at <= moment or event.type in correcting)
            and self._receipts.get(id(event)) != told.id
        ]

    def at(self, told: Told, moment: Micros, *, as_known_now: bool = False) -> Record:
        """Return the record of a moment as known then or as known now, without the message's own receipts of it.

        Args:
            told: The message.
            moment: The moment.
            as_known_now: Whether what was heard later counts as well.
        """
        left_out = set() if as_known_now else {id(event) for event in self.late_for(told, moment)}
        events = [event for event in self._events if id(event) not in left_out]
        # Which events stand is decided by all that was known, before those that lie ahead are put aside.
        stands, _ = standing(self._machine, events)
        counted = [
            event
            for event in stands
            if event.occurred_at < moment or (event.occurred_at == moment and self._receipts.get(id(event)) != told.id)
        ]
        return refold(self._machine, self._record.subject, counted, self._heard, moment, self._silence)

    def said(self, told: Told) -> dict[str, Any]:
        """Return what the message's receipts carry beside: its variables, as far as the history knows them."""
        found: dict[str, Any] = {}
        for event in self._events:
            if self._receipts.get(id(event)) == told.id:
                found.update(event.data)
        return found

    def _before(self, walk: _Walk, told: Told, moment: Micros) -> Record:
        """Return the record when a message left, where nothing came late."""
        walk.to(moment - 1)
        if walk.live.last == -FOREVER:
            # Nothing has happened by then, so that there is nothing to go on from.
            return self.at(told, moment)
        others = [event for event in walk.upcoming(moment) if self._receipts.get(id(event)) != told.id]
        if not others and walk.live.wake_at > moment:
            return freeze(walk.live, moment, FOREVER)
        fork = walk.fork(moment)
        advance(fork, others, moment)
        return freeze(fork, moment, FOREVER)

    def _judge(self, walk: _Walk, told: Told, moment: Micros, passage: Passage) -> bool:
        """Judge the statements of a message where nothing came late; return whether they are all known."""
        if passage.stated is None:
            return False
        walk.to(moment)
        live, statements = walk.live, self._machine.pack.statements
        results = self._machine.evaluate(live.values, live.stale, live.observed_at, moment)
        found = passage.stated.setdefault(told.id, [])
        for name in self._machine.pack.messages[told.message].statements:
            truth = truth_of(self._machine, statements[name], results, live.promises, anew=True)
            if truth is None:
                return False
            verdict = HONEST if truth else CARELESS
            found.append(
                Hindsight(
                    self._record.subject, told.id, told.message, told.channel, name, moment, truth, truth, verdict
                )
            )
        return True


class _Walk:
    """One way through the events, from the first to the last, moment by moment."""

    def __init__(
        self, machine: Machine, record: Record, events: Sequence[Event], heard: Mapping[str, Micros], silence: Silence
    ) -> None:
        """Stand before the first event."""
        self.live = Live(machine, record.subject, heard, silence, record.tenant)
        self._events = events
        self._place = 0
        self._heard = heard
        self._silence = silence

    def to(self, moment: Micros) -> None:
        """Go on up to a moment, that moment included."""
        end = self._place
        while end < len(self._events) and self._events[end].occurred_at <= moment:
            end += 1
        if end > self._place or self.live.wake_at <= moment:
            advance(self.live, self._events[self._place : end], moment)
        self._place = end

    def upcoming(self, moment: Micros) -> Sequence[Event]:
        """Return the events of a moment, once the walk has come just before it."""
        end = self._place
        while end < len(self._events) and self._events[end].occurred_at == moment:
            end += 1
        return self._events[self._place : end]

    def fork(self, moment: Micros) -> Live:
        """Return a copy that goes its own way from just before a moment."""
        return thaw(self.live.machine, freeze(self.live, moment - 1, FOREVER), self._heard, self._silence)


def _receipt_of(machine: Machine, event: Event) -> str | None:
    """Return the id of the message of which an event is a receipt; `None`: it is none."""
    if event.source == JOURNAL:
        return str(event.data.get("id")) if event.type == RECEIPT else None
    route = route_of(machine, event)
    if route is None or route.receipt is None:
        return None
    return str(route.receipt.id(event.data) or f"{event.source}/{event.id}")


def makes_known(machine: Machine, event: Event) -> bool:
    """Return whether a rule can come to know anything by an event.

    An event that only carries attributes, or that the pack does not know, makes nothing known; nor does an answer of
    the gate, which is heard when it is given.
    """
    if event.source == JOURNAL:
        return not is_answer(event)
    route = route_of(machine, event)
    if route is None:
        return False
    return bool(route.observe or route.moves or route.retract or route.starts or route.corrects is not None)


def is_undated(machine: Machine, event: Event, marks: Collection[int]) -> bool:
    """Return whether the moment of an event is not known, so that how late it was heard is not, either.

    So it is where it says itself that its moment is not known, and where all it tells is that something is not known.

    Args:
        machine: The pack, prepared.
        event: The event.
        marks: As of `undated_marks`.
    """
    route = route_of(machine, event)
    if route is None or event.source == JOURNAL or not route.observe:
        return False
    said = {one.fact: value for one in route.observe if (value := one.value(event.data)) is not ABSENT}
    if any(value is True and fact in marks for fact, value in said.items()):
        return True
    return bool(said) and all(value is None for value in said.values())


def undated_marks(machine: Machine) -> frozenset[int]:
    """Return the facts by which events say of a state that nobody knows when it was entered."""
    rules = machine.pack.rules.rules
    return frozenset(
        fact for state in machine.pack.states if state.undated is not None for fact in rules[state.undated].reads
    )


def _can_be_late(machine: Machine, event: Event) -> bool:
    """Return whether it matters when an event was heard: after it occurred, and a rule comes to know of it."""
    late = event.heard_at > event.occurred_at or event.type in machine.correcting
    return late and makes_known(machine, event)
