"""Experiences in a ledger: who had a bad one, and what was known of each at its moment of prediction.

Twice over the ledger: the records as of now tell who had a bad experience and when that was said; then the events of
each are folded again up to just before its moment of prediction, with only what had been heard by then. Nothing that
is learned later can be in the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

import msgspec

from troth.engine.fold import refold
from troth.engine.machine import Machine, prepare
from troth.measures.clock import course_of, model_of
from troth.measures.tables import cluster_of
from troth.model.event import Event
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.model.truth import Truth
from troth.ports.ledger import Ledger
from troth.runtime.replay import heard_by, records_at
from troth.trust.facts import Facts, facts_of
from troth.trust.occasion import Occasion, Survey, failures_of, surveys_in

Progress = Callable[[int], None]
"""Is told how many more subjects have been looked at."""

_JUST: Final = 1


class Outcome(msgspec.Struct, frozen=True):
    """What the condition makes of one subject, as known now.

    Attributes:
        bad: Its truth; `None`: nobody has said.
        said_at: When the last of what it reads became known; `None`: it is unknown.
        weight: Sampling weight; `None`: not known, where one is asked for.
        cluster: The customer's number.
        over_at: When the customer's clock stopped; `None`: its moment is not known.
        surveys: (id, told at) of each message that asked how it was.
        segment: Values of the attributes asked for.
    """

    bad: Truth
    said_at: Micros | None
    weight: float | None
    cluster: int
    over_at: Micros | None = None
    surveys: tuple[tuple[str, Micros], ...] = ()
    segment: Mapping[str, Any] = {}


class Asking(msgspec.Struct, frozen=True):
    """What is asked of a ledger.

    Attributes:
        names: Attributes that the condition reads; they are never facts.
        bad: The condition over attributes.
        at_event: Predict just before the last event of this type that came before the outcome was said; empty: just
            before it was said.
        customer: Attribute that names the customer; empty: the record's own.
        weight: Attribute with sampling weights; empty: every subject counts once.
        hidden: Further attributes that are no facts.
        by: Attributes to report by.
        everybody: Also those of whom nobody has said how it was.
    """

    names: tuple[str, ...]
    bad: Callable[[Mapping[str, Any]], Truth]
    at_event: str = ""
    customer: str = ""
    weight: str = ""
    hidden: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    everybody: bool = False

    @property
    def left_out(self) -> frozenset[str]:
        """Return the attributes that are no facts."""
        return frozenset({*self.names, *self.hidden, self.customer, self.weight})


class Gathered(msgspec.Struct):
    """What was found.

    Attributes:
        occasions: One a subject.
        surveys: Every message that asked how it was.
        unweighted: Subjects left out because their weight is not known.
        eventless: Subjects left out because no event of the type asked for came before.
    """

    occasions: list[Occasion] = []
    surveys: list[Survey] = []
    unweighted: int = 0
    eventless: int = 0


class Outcomes(msgspec.Struct):
    """What the condition makes of all subjects, and what there is to be asked about.

    Attributes:
        found: Subject → what the condition makes of it.
        attributes: Attributes that any subject has.
    """

    found: dict[str, Outcome] = {}
    attributes: set[str] = set()


def outcomes_of(
    ledger: Ledger, packs: Mapping[str, Pack], asking: Asking, as_of: Micros, progress: Progress | None = None
) -> Outcomes:
    """Return what the condition makes of every subject, as known at a moment.

    Args:
        ledger: Where the records are.
        packs: The packs to look at, by name.
        asking: What is asked.
        as_of: The moment.
        progress: Is told of each subject.
    """
    models = {name: model_of(pack) for name, pack in packs.items()}
    asks = {name: surveys_in(pack) for name, pack in packs.items()}
    outcomes = Outcomes()
    for record in records_as_of(ledger, packs, as_of):
        over_at = course_of(record.states, models[record.pack], as_of).clock_until
        told = [
            (one.id, one.told_at)
            for one in record.messages
            if one.told_at is not None and one.message in asks[record.pack]
        ]
        outcomes.found[record.subject] = outcome_of(record, asking, over_at, tuple(told))
        outcomes.attributes.update(record.attributes)
        if progress is not None:
            progress(1)
    return outcomes


def records_as_of(ledger: Ledger, packs: Mapping[str, Pack], as_of: Micros) -> Iterator[Record]:
    """Yield the records that hold at a moment: the stored ones where all of them do, else folded again."""
    stored = (record for name in packs for record in ledger.scan_records(pack=name))
    if all(record.at <= as_of < min(record.wake_at, record.pending) for record in stored):
        for name in packs:
            yield from ledger.scan_records(pack=name)
    else:
        yield from records_at(ledger, packs, as_of)


def outcome_of(
    record: Record, asking: Asking, over_at: Micros | None = None, surveys: tuple[tuple[str, Micros], ...] = ()
) -> Outcome:
    """Return what the condition makes of one record, with what the caller knows beside it."""
    attributes = record.attributes
    truth = asking.bad({name: attributes[name].value for name in asking.names if name in attributes})
    said = [attributes[name].known_from for name in asking.names if name in attributes]
    whose = attributes[asking.customer].value if asking.customer in attributes else record.customer
    weight: float | None = 1.0
    if asking.weight:
        value = attributes[asking.weight].value if asking.weight in attributes else None
        weight = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return Outcome(
        truth,
        max(said) if said and truth is not None else None,
        weight,
        cluster_of(str(whose) if whose else record.subject),
        over_at,
        surveys,
        {name: attributes[name].value if name in attributes else None for name in asking.by},
    )


def gather(
    ledger: Ledger,
    packs: Mapping[str, Pack],
    asking: Asking,
    outcomes: Mapping[str, Outcome],
    as_of: Micros,
    progress: Progress | None = None,
) -> Gathered:
    """Return the occasions and surveys of a ledger, each with what was known just before.

    Args:
        ledger: Where the events are.
        packs: The packs to look at, by name.
        asking: What is asked.
        outcomes: As `outcomes_of` found them.
        as_of: The moment up to which there is anything to look at.
        progress: Is told of each subject.
    """
    gathered, watermarks = Gathered(), ledger.watermarks()
    after = _usual_delay(outcomes.values()) if asking.everybody and not asking.at_event else None
    for name, pack in packs.items():
        past, before = _Past(prepare(pack), watermarks), len(gathered.occasions)
        for subject, events in ledger.scan_events(pack=name):
            outcome = outcomes.get(subject)
            if outcome is not None:
                past.turn_to(subject, events)
                _gather_occasion(gathered, past, asking, outcome, _moment(asking, outcome, events, after, as_of))
                _gather_surveys(gathered, past, outcome)
            if progress is not None:
                progress(1)
        if all(one.bad is None for one in gathered.occasions[before:]):
            # Of a service about which nobody has said anything, nothing can be foretold.
            del gathered.occasions[before:]
    return gathered


class _Past:
    """One subject's past, folded up to just before any moment; folds of one moment are made once."""

    def __init__(self, machine: Machine, watermarks: Mapping[str, Micros]) -> None:
        """Begin with nobody."""
        self.machine, self.watermarks = machine, watermarks
        self.subject, self.events = "", list[Event]()
        self.folds: dict[Micros, Record] = {}
        self.pool: dict[float | str, float | str] = {0.0: 0.0, 1.0: 1.0}

    def turn_to(self, subject: str, events: Sequence[Event]) -> None:
        """Look at another subject."""
        self.subject, self.events, self.folds = subject, list(events), {}

    def before(self, moment: Micros) -> Record:
        """Return the record as known just before a moment: no event and no watermark of it or after it counts."""
        if moment not in self.folds:
            last = moment - _JUST
            heard = {source: min(mark, last) for source, mark in self.watermarks.items()}
            self.folds[moment] = refold(self.machine, self.subject, heard_by(self.events, last), heard, last)
        return self.folds[moment]

    def facts(self, moment: Micros, hidden: Collection[str]) -> Facts:
        """Return the facts as known just before a moment; names and words are kept once for all."""
        facts = facts_of(_without(self.before(moment), hidden), self.machine.pack, moment)
        once, known = self.pool.setdefault, self.pool.get
        return {
            str(once(name, name)): once(value, value) if isinstance(value, str) else known(value, value)
            for name, value in facts.items()
        }


def _moment(
    asking: Asking, outcome: Outcome, events: Iterable[Event], after: Micros | None, as_of: Micros
) -> Micros | None:
    """Return the moment of prediction of one subject; `None`: it has none."""
    said = outcome.said_at
    if said is None and not asking.everybody:
        return None
    if asking.at_event:
        until = as_of if said is None else said
        return max(
            (one.occurred_at for one in events if one.type == asking.at_event and one.occurred_at <= until),
            default=None,
        )
    if said is not None:
        return said
    if outcome.over_at is None or after is None:
        return as_of
    return min(outcome.over_at + after, as_of)


def _usual_delay(outcomes: Iterable[Outcome]) -> Micros | None:
    """Return how long after the end of its course it was usually said how it was: the median, at least nothing."""
    delays = [one.said_at - one.over_at for one in outcomes if one.said_at is not None and one.over_at is not None]
    return max(0, int(median(delays))) if delays else None


def _gather_occasion(gathered: Gathered, past: _Past, asking: Asking, outcome: Outcome, moment: Micros | None) -> None:
    """Add one subject's occasion, if it has one."""
    wanted = asking.everybody or outcome.said_at is not None
    if not wanted:
        return
    if outcome.weight is None:
        gathered.unweighted += 1
        return
    if moment is None:
        gathered.eventless += 1
        return
    facts = past.facts(moment, asking.left_out)
    gathered.occasions.append(
        Occasion(
            past.subject,
            cluster_of(past.subject),
            outcome.cluster,
            moment,
            outcome.bad,
            outcome.weight,
            facts,
            outcome.segment,
        )
    )


def _without(record: Record, names: Collection[str]) -> Record:
    """Return a record without some attributes."""
    kept = {name: value for name, value in record.attributes.items() if name not in names}
    return msgspec.structs.replace(record, attributes=kept)


def _gather_surveys(gathered: Gathered, past: _Past, outcome: Outcome) -> None:
    """Add the messages that asked one subject's customer how it was."""
    for message_id, told_at in outcome.surveys:
        failures, waiting = failures_of(past.before(told_at), past.machine.pack, told_at)
        gathered.surveys.append(Survey(past.subject, message_id, told_at, failures, waiting, outcome.bad))
