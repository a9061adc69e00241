"""The fold: events in total order and the crossings between them → one record.

`refold` is the definition: the record is a function of the set of events, the feeds' watermarks and `now`. `advance`
is its loop, shared with the incremental step. A *moment* is all events of one (occurred_at, sequence): they are
applied together, so that what one system reports about one instant is never seen half.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from troth.engine.align import align
from troth.engine.believe import expire
from troth.engine.correct import distinct, standing
from troth.engine.derive import ended, enter
from troth.engine.journal import is_answer
from troth.engine.keep import FINAL, judge
from troth.engine.live import Live, freeze
from troth.engine.machine import Machine, prepare
from troth.engine.observe import apply
from troth.engine.recover import open_cases, recover
from troth.engine.resolve import Silence, resolve, silence_of
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Finding, Record
from troth.model.times import FOREVER, Micros


def refold(
    pack: Pack | Machine,
    subject: str,
    events: Iterable[Event],
    heard: Mapping[str, Micros],
    now: Micros,
    silence: Silence | None = None,
) -> Record:
    """Return the record of a subject from all its events.

    Args:
        pack: The pack, or its prepared machine (quicker when many subjects are folded).
        subject: Whose record; events of other subjects must not be among the events.
        events: The set of its events, in any order, with any repetition.
        heard: Source → watermark: the moment up to which the source's feed has been heard.
        now: The moment; events that occur after it are not seen.
        silence: What silence means by those watermarks, when it has been worked out for many subjects.
    """
    machine = prepare(pack)
    ordered = distinct(events)
    seen = [event for event in ordered if event.occurred_at <= now]
    pending = min((event.occurred_at for event in ordered[len(seen) :]), default=FOREVER)
    stands, corrected = standing(machine, seen)
    tenant = ordered[0].tenant if ordered else "main"
    live = Live(machine, subject, heard, silence or silence_of(machine.facts, heard), tenant)
    live.corrected = corrected
    if not stands:
        # Nothing has happened, so that no moment is visited; what silence tells is known all the same, while it lasts.
        live.wake_at, live.timer_at = _resolve_facts(live, now)
    advance(live, stands, now)
    return freeze(live, now, pending)


def advance(live: Live, events: Sequence[Event], now: Micros) -> None:
    """Move the working state up to `now`.

    Args:
        live: The working state; none of the events is earlier than its last moment.
        events: Standing events in total order, none after `now`.
        now: The moment.
    """
    place, count = 0, len(events)
    while True:
        upcoming = events[place].occurred_at if place < count else FOREVER
        moment = min(upcoming, live.wake_at)
        if moment > now or moment == FOREVER:
            return
        if upcoming == moment:
            # Answers of the gate change nothing that is derived: after the first moment they need no visit.
            silent = live.last != -FOREVER and moment < live.wake_at
            sequence = events[place].sequence
            while place < count and events[place].occurred_at == moment and events[place].sequence == sequence:
                apply(live, events[place])
                silent = silent and is_answer(events[place])
                place += 1
            if silent:
                continue
        _visit(live, moment)


def _visit(live: Live, moment: Micros) -> None:
    """Derive everything anew at a moment, and find the next one at which time alone changes anything."""
    wake, timer = _resolve_facts(live, moment)
    results = live.machine.evaluate(live.values, live.stale, live.observed_at, moment)
    if live.machine.watched:
        _check_chronology(live, moment)
    live.last = moment
    if not live.moved and moment < live.derived_until and results == live.results:
        # No rule, promise or belief has changed, and no clock has run out: all that follows is as it was.
        _sleep(live, wake, timer)
        return
    live.results, live.moved = results, False
    enter(live, moment)
    over, lasts_at = ended(live, moment)
    due_at = judge(live, moment, over)
    expires_at = expire(live, moment)
    behind_at = align(live, moment)
    cases_at = recover(live, moment)
    live.derived_until = min(lasts_at, due_at, expires_at, behind_at, cases_at)
    # Once nothing is open any more, a feed that falls silent takes nothing back: only beliefs and what to tell go on.
    live.settled = over and _settled(live)
    _sleep(live, wake, timer)


def _sleep(live: Live, wake: Micros, timer: Micros) -> None:
    """Note when to look next: at all, and even though every feed goes on being heard."""
    until = live.derived_until
    live.wake_at = until if live.settled else min(wake, until)
    live.timer_at = until if live.settled else min(timer, until)


def _resolve_facts(live: Live, moment: Micros) -> tuple[Micros, Micros]:
    """Resolve the facts that were observed or whose crossing has come.

    Returns:
        The earliest crossing to come, and the earliest of those that do not hang on a feed's falling silent.
    """
    machine, views, crossings, touched = live.machine, live.views, live.crossings, live.touched
    if live.fact_crossing <= moment:
        touched.update(index for index, crossing in enumerate(crossings) if crossing <= moment)
    for index in touched:
        plan = machine.facts[index]
        view, crossings[index] = resolve(plan, live.observations[index], moment, live.heard, views[index], live.unheard)
        if machine.disputes and (view.conflict, view.status) != (views[index].conflict, views[index].status):
            # A conflict changes no rule's value, but a case is about it.
            live.moved = True
        views[index] = view
        live.lasting[index] = FOREVER if view.assumed else crossings[index]
        known = view.status == "known"
        live.values[index] = view.value if known else None
        live.stale[index] = not known and view.status == "stale"
        live.observed_at[index] = 0 if view.by is None else view.by.occurred_at
    touched.clear()
    live.fact_crossing = min(crossings, default=FOREVER)
    timer = min(live.lasting, default=FOREVER)
    if not machine.aged:
        return live.fact_crossing, timer
    ages = _ages(live, moment)
    return min(live.fact_crossing, ages), min(timer, ages)


def _ages(live: Live, moment: Micros) -> Micros:
    """Return the next moment at which a rule that compares an age changes."""
    crossing = FOREVER
    for index in live.machine.aged:
        view = live.views[index]
        if view.by is not None:
            for age in live.machine.facts[index].ages:
                for turn in (view.by.occurred_at + age, view.by.occurred_at + age + 1):
                    if moment < turn < crossing:
                        crossing = turn
    return crossing


def _check_chronology(live: Live, moment: Micros) -> None:
    """Note facts that became true before one that should have come first: dates in an impossible order."""
    facts = live.machine.pack.facts
    for index, later in live.machine.watched.items():
        name = facts[index].name
        if name in live.firsts or live.values[index] is not True:
            continue
        live.firsts[name] = moment
        early = [facts[one].name for one in later if live.firsts.get(facts[one].name, moment) < moment]
        if early:
            live.findings.append(Finding("F102", moment, f"{name} came after {', '.join(early)}"))


def _settled(live: Live) -> bool:
    """Return whether every promise is decided for good and no case is open."""
    if open_cases(live):
        return False
    return all(one.outcome in FINAL or one.outcome == "broken" for one in live.promises)
