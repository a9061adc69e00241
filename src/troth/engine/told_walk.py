"""One walk through a subject's past, as known now: what was believed on each topic, and what should have been told.

The walk stops at every moment at which anything changed, by an event or by time alone, and looks once, after all events
of the moment. What was left at the moment it was entered is not seen: it was never held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from troth.engine.align import standing_beliefs, told_of_state, truth_of
from troth.engine.correct import standing
from troth.engine.derive import present_state
from troth.engine.fold import advance, refold
from troth.engine.live import Live, freeze
from troth.engine.machine import Machine
from troth.engine.resolve import Silence
from troth.model.event import Event
from troth.model.message import Statement
from troth.model.record import Belief, Promise, Record
from troth.model.times import FOREVER, Micros
from troth.model.told import Believed, Change, Topical, Walked
from troth.model.truth import WORD_OF, Truth, all_of, any_of


def walk(
    machine: Machine,
    subject: str,
    ordered: Sequence[Event],
    heard: Mapping[str, Micros],
    now: Micros,
    silence: Silence,
    asked: Mapping[Micros, Iterable[str]] | None = None,
) -> tuple[Walked, dict[tuple[Micros, str], Truth], Record]:
    """Return what the walk has found, the truth of what messages state at the moments asked about, and the record.

    The record is that of the walk's end: whoever has gone all the way need not fold it a second time.

    Args:
        machine: The pack, prepared.
        subject: Whose past.
        ordered: Its events up to now, distinct, in total order.
        heard: Source → watermark.
        now: Where the walk ends; microseconds since 1970 UTC.
        silence: What silence means by those watermarks.
        asked: Moment of an event → messages whose truth to tell.
    """
    events, corrected = standing(machine, list(ordered))
    live = Live(machine, subject, heard, silence, ordered[0].tenant if ordered else "main")
    live.corrected = corrected
    looker = _Looker(machine, subject)
    truths: dict[tuple[Micros, str], Truth] = {}
    wanted = asked or {}
    place, count = 0, len(events)
    while True:
        upcoming = events[place].occurred_at if place < count else FOREVER
        moment = min(upcoming, live.wake_at)
        if moment > now or moment == FOREVER:
            break
        end = place
        while end < count and events[end].occurred_at == moment:
            end += 1
        advance(live, events[place:end], moment)
        place = end
        looker.look(live, moment)
        for message in wanted.get(moment, ()):
            truths[moment, message] = truth_of_message(machine, message, live.results, live.promises)
    if not events:
        return looker.over(now), truths, refold(machine, subject, ordered, heard, now, silence)
    return looker.over(now), truths, freeze(live, now, FOREVER)


def truth_of_message(machine: Machine, message: str, results: Sequence[Any], promises: Sequence[Promise]) -> Truth:
    """Return whether all that a message states is true before it is told.

    A promise that the message itself is to make stands, as for the gate's truth check, unless something rules it out.
    """
    pack = machine.pack

    def truth(statement: Statement) -> Truth:
        """Return whether one statement is true."""
        if statement.promise is not None:
            kind = pack.promises[statement.promise]
            new = message in kind.made_by_message and not any(one.kind == kind.name for one in promises)
            if new and (statement.fails_when is None or results[statement.fails_when] is False):
                return True
        return truth_of(machine, statement, results, promises, anew=True)

    return all_of(truth(pack.statements[name]) for name in pack.messages[message].statements)


class _Looker:
    """Notes what it sees, stretch by stretch."""

    def __init__(self, machine: Machine, subject: str) -> None:
        """Have seen nothing."""
        self._machine = machine
        self._subject = subject
        self._topics: dict[str, Topical] = {}
        self._beliefs: dict[tuple[str, str], Believed] = {}
        self._state = ""
        self._change: Change | None = None
        self._found = Walked([], [], [], [])
        self._over = statements_of_the_end(machine)
        self._about = tuple(dict.fromkeys(one.about for one in machine.pack.statements.values()))

    def look(self, live: Live, moment: Micros) -> None:
        """Note what is so from a moment on."""
        beliefs = standing_beliefs(live) if live.beliefs else live.beliefs
        statements = self._machine.pack.statements
        judged = [
            (one, truth_of(self._machine, statements[one.statement], live.results, live.promises)) for one in beliefs
        ]
        told, tell_at = told_of_state(live, beliefs)
        silent = set() if told or moment < tell_at else self._topics_to_tell(live)
        for topic in self._about:
            self._note_topic(live, moment, topic, [one for one in judged if one[0].topic == topic], topic in silent)
        self._note_beliefs(live, moment, judged)
        self._note_change(live, moment, told)

    def over(self, until: Micros) -> Walked:
        """Return all that was seen up to a moment."""
        for topical in self._topics.values():
            if topical.since < until:
                self._found.topics.append(replace(topical, until=until, peak=topical.wrong_since is not None))
        for believed in self._beliefs.values():
            if believed.since < until:
                self._found.beliefs.append(replace(believed, until=until))
        if self._change is not None:
            self._found.changes.append(self._change)
        return self._found

    def _topics_to_tell(self, live: Live) -> set[str]:
        """Return the topics on which the present state should have been told."""
        state = present_state(live)
        return set() if state is None else {self._machine.pack.statements[name].about for name in state.tell}

    def _note_topic(
        self, live: Live, moment: Micros, topic: str, judged: Sequence[tuple[Belief, Truth]], silent: bool
    ) -> None:
        """Note the alignment of one topic: the first that applies, as of a whole subject."""
        truths = [truth for _, truth in judged]
        ready = all_of(
            True if rule is None else live.results[rule]
            for one, truth in judged
            if truth is True
            for _, rule in self._machine.invited[one.statement]
        )
        if False in truths:
            alignment = "ahead"
        elif ready is False:
            alignment = "stuck"
        elif None in truths or ready is None:
            alignment = "unverifiable"
        else:
            alignment = "behind" if silent else "aligned" if truths else "untold"
        # All that is believed on one topic comes from the last message about it.
        message_id = judged[0][0].message_id if judged else ""
        channel = live.messages[message_id].channel if message_id in live.messages else ""
        before = self._topics.get(topic)
        wrong = alignment == "ahead"
        since = moment if wrong else None
        if before is not None:
            if wrong and before.wrong_since is not None:
                since = before.wrong_since
            if (before.alignment, before.message_id, before.channel) == (alignment, message_id, channel):
                return
            if before.since < moment:
                peak = before.wrong_since is not None and not wrong
                self._found.topics.append(replace(before, until=moment, peak=peak))
        self._topics[topic] = Topical(
            self._subject, self._machine.pack.name, topic, moment, moment, alignment, channel, message_id, since, False
        )

    def _note_beliefs(self, live: Live, moment: Micros, judged: Sequence[tuple[Belief, Truth]]) -> None:
        """Note what is believed, whether it is true, and whether it helps."""
        present: dict[tuple[str, str], Believed] = {}
        for one, truth in judged:
            key = (one.message_id, one.statement)
            channel = live.messages[one.message_id].channel if one.message_id in live.messages else ""
            helps = WORD_OF[all_of((truth, self._helps(live, one.statement)))]
            before = self._beliefs.get(key)
            if before is not None and (before.truth, before.helps, before.channel) == (WORD_OF[truth], helps, channel):
                present[key] = before
                continue
            present[key] = Believed(
                self._subject, self._machine.pack.name, one.statement, one.topic, moment, moment, channel,
                one.message_id, WORD_OF[truth], helps,
            )  # fmt: skip
        for key, before in self._beliefs.items():
            if present.get(key) is not before and before.since < moment:
                self._found.beliefs.append(replace(before, until=moment))
        self._beliefs = present

    def _helps(self, live: Live, name: str) -> Truth:
        """Return whether a statement, being true, helps a decision: it promises, ends the matter, or invites."""
        if name in self._over or name in self._machine.promised:
            return True
        return any_of(True if rule is None else live.results[rule] for _, rule in self._machine.invited[name])

    def _note_change(self, live: Live, moment: Micros, told: bool) -> None:
        """Note a state of which the customer should be told, and when they were."""
        name = live.states[-1].value if live.states else ""
        if name != self._state:
            if self._change is not None:
                self._found.changes.append(replace(self._change, until=moment))
            self._state, self._change = name, None
            state = self._machine.states.get(name)
            if state is not None and state.tell and state.tell_within is not None:
                by = moment + state.tell_within
                pack, undated = self._machine.pack.name, live.states[-1].undated
                self._change = Change(self._subject, pack, name, moment, None, by, None, undated)
        if told and self._change is not None and self._change.told_at is None:
            self._change = replace(self._change, told_at=moment)


def statements_of_the_end(machine: Machine) -> frozenset[str]:
    """Return the statements that say that the matter is over: to be told of terminal states, and of no others."""
    ends = {name for state in machine.pack.states if state.terminal for name in state.tell}
    return frozenset(ends - {name for state in machine.pack.states if not state.terminal for name in state.tell})
