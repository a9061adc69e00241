"""The running count of a backtest: judged subjects in, counts out; two tallies add up to that of both histories."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from troth.measures.backtest import histogram
from troth.measures.backtest.part import blame_of, month_of, words_of, words_of_promise
from troth.measures.backtest.weights import Total, Weight
from troth.model.backtest import UNKNOWN, BrokenWord, JudgedSubject, Judgement
from troth.model.event import Event
from troth.model.times import Micros
from troth.model.truth import WORD_OF

IDS: Final = 5
"""Subjects named beside each figure: the first by name."""

EXAMPLES: Final = 20
"""Examples of a whole backtest; as many are kept of each message and fault until all are counted."""


_Key = TypeVar("_Key", int, str)

_OWN: Final = "troth"
"""The source of what troth notes itself (decision 0016): it is no system that could report late."""


class Lags(msgspec.Struct):
    """How late one source reports, and what came of it.

    Attributes:
        events: Its events.
        dated: Those that make anything known, and of which it is known when they happened and when they were heard.
        undated: Those that make something known, and of which one of the two is not known.
        lags: heard_at less occurred_at of the dated ones, as a histogram.
        weighed: The same by the weights of their subjects.
        largest: The largest of them; microseconds.
    """

    events: int = 0
    dated: int = 0
    undated: int = 0
    lags: dict[int, int] = {}
    weighed: dict[int, int] = {}
    largest: Micros = 0


class Wrong(msgspec.Struct):
    """How long customers were left with what one message had said falsely.

    Attributes:
        lasted: How long, where it is known when it ended, as a histogram.
        weighed: The same by the weights of their subjects.
        open: Of how many it is not known when it ended: to most of these it had not, at the moment of the backtest.
    """

    lasted: dict[int, int] = {}
    weighed: dict[int, int] = {}
    open: int = 0


class Example(msgspec.Struct):
    """A message worth a look, with the events that it rests on and how many like it its subject stands for."""

    judgement: Judgement
    events: list[Event]
    weight: float | None = None

    @property
    def rank(self) -> tuple[float, Micros, str, str]:
        """Return its place: the worst harm first, then the earliest."""
        one = self.judgement
        return -one.harm, one.told_at, one.subject, one.message_id


class Tally(msgspec.Struct):
    """Counts over many subjects.

    Attributes:
        subjects: How many have any event.
        told_subjects: Of these, those whose customer was told anything.
        events: Events of all subjects, up to the moment of the backtest.
        first, last: The first and the last telling; `None`: nothing was told.
        counts: Part → messages or promises.
        sums, squares: Part → sum of their weights, and of the squares of these; empty where no weight is asked for.
        weightless: Messages and decided promises without a weight.
        ids: Part → the first subjects behind it, by name.
        wrong: Message → how long customers were left with what was false.
        sources: Source → how late it reports.
        undecided: Promises that are open or unknown.
        kinds: Promise kind → whether a message can tell the customer of it.
        examples: Message and gravest fault → the worst ones, ordered.
    """

    subjects: int = 0
    told_subjects: int = 0
    events: int = 0
    first: Micros | None = None
    last: Micros | None = None
    counts: dict[str, int] = {}
    sums: dict[str, int] = {}
    squares: dict[str, int] = {}
    weightless: int = 0
    ids: dict[str, list[str]] = {}
    wrong: dict[str, Wrong] = {}
    sources: dict[str, Lags] = {}
    undecided: int = 0
    kinds: dict[str, bool] = {}
    examples: dict[str, list[Example]] = {}

    def add(
        self,
        judged: JudgedSubject,
        events: Sequence[Event],
        dated: Callable[[Event], bool | None],
        weight: Weight | None = None,
    ) -> None:
        """Count one subject with its events.

        Args:
            judged: The subject.
            events: Its events up to now.
            dated: Says whether it is known how late an event was heard; `None`: nothing is known by it to any rule, so
                that it does not matter.
            weight: How many like it the subject stands for; `None`: not known, or not asked for.
        """
        self.subjects += 1
        self.events += len(events)
        for event in events:
            if event.source != _OWN:
                self._lag(event, dated(event), weight)
        self.told_subjects += bool(judged.messages)
        self.undecided += judged.undecided
        self.weightless += 0 if weight is not None else len(judged.messages) + len(judged.promises)
        for one in judged.messages:
            self._message(one, events, weight)
        for promise in judged.promises:
            self.kinds[promise.kind] = promise.told
            self._count(_promise_parts(promise), promise.subject, weight)

    def total(self, part: str) -> Total:
        """Return how many there are in a part, and how many they stand for."""
        return Total(self.counts.get(part, 0), self.sums.get(part, 0), self.squares.get(part, 0))

    def merge(self, other: Tally) -> None:
        """Add what was counted elsewhere, of other subjects."""
        self.subjects += other.subjects
        self.told_subjects += other.told_subjects
        self.events += other.events
        self.undecided += other.undecided
        self.weightless += other.weightless
        self.first = _least(self.first, other.first)
        self.last = None if self.last is None and other.last is None else max(self.last or 0, other.last or 0)
        self.kinds.update(other.kinds)
        for into, more in ((self.counts, other.counts), (self.sums, other.sums), (self.squares, other.squares)):
            _pour(into, more)
        for part, ids in other.ids.items():
            for name in ids:
                _keep(self.ids.setdefault(part, []), name)
        for message, found in other.wrong.items():
            mine = self.wrong.setdefault(message, Wrong())
            mine.open += found.open
            _pour(mine.lasted, found.lasted)
            _pour(mine.weighed, found.weighed)
        for source, lags in other.sources.items():
            self._merge_source(source, lags)
        for name, examples in other.examples.items():
            for one in examples:
                self._example(name, one)

    def _message(self, one: Judgement, events: Sequence[Event], weight: Weight | None) -> None:
        """Count one message."""
        self.first = _least(self.first, one.told_at)
        self.last = one.told_at if self.last is None else max(self.last, one.told_at)
        self._count(_message_parts(one), one.subject, weight)
        if one.now is False:
            self._wrong(one, weight)
        if one.faults and one.faults[0] != UNKNOWN:
            example = Example(one, list(events), None if weight is None else weight.value)
            self._example(f"{one.message}/{one.faults[0]}", example)

    def _wrong(self, one: Judgement, weight: Weight | None) -> None:
        """Count how long a customer was left with what was false."""
        found = self.wrong.setdefault(one.message, Wrong())
        if not one.wrong_ended:
            found.open += 1
            return
        histogram.add(found.lasted, one.wrong_for)
        if weight is not None:
            histogram.add(found.weighed, one.wrong_for, weight.sum)

    def _example(self, name: str, example: Example) -> None:
        """Keep an example if it is among the worst of its message and fault."""
        kept = self.examples.setdefault(name, [])
        if len(kept) < EXAMPLES or example.rank < kept[-1].rank:
            insort(kept, example, key=lambda one: one.rank)
            del kept[EXAMPLES:]

    def _count(self, parts: Iterable[str], subject: str, weight: Weight | None) -> None:
        """Count a message or a promise in each of its parts."""
        counts, ids = self.counts, self.ids
        for part in parts:
            counts[part] = counts.get(part, 0) + 1
            if weight is not None:
                self.sums[part] = self.sums.get(part, 0) + weight.sum
                self.squares[part] = self.squares.get(part, 0) + weight.square
            kept = ids.get(part)
            if kept is None:
                ids[part] = [subject]
            elif len(kept) < IDS or subject < kept[-1]:
                _keep(kept, subject)

    def _lag(self, event: Event, dated: bool | None, weight: Weight | None) -> None:
        """Count how late an event was heard."""
        found = self.sources.get(event.source)
        if found is None:
            found = self.sources[event.source] = Lags()
        found.events += 1
        if dated is False:
            found.undated += 1
        if dated:
            lag = event.heard_at - event.occurred_at
            found.dated += 1
            histogram.add(found.lags, lag)
            if weight is not None:
                histogram.add(found.weighed, lag, weight.sum)
            found.largest = max(found.largest, lag)

    def _merge_source(self, source: str, other: Lags) -> None:
        """Add what was counted of a source elsewhere."""
        found = self.sources.setdefault(source, Lags())
        found.events += other.events
        found.dated += other.dated
        found.undated += other.undated
        found.largest = max(found.largest, other.largest)
        _pour(found.lags, other.lags)
        _pour(found.weighed, other.weighed)


def _message_parts(one: Judgement) -> Iterable[str]:
    """Yield the parts in which a message is counted: its words, and what figures of a message, month or source name."""
    words = list(dict.fromkeys(words_of(one)))
    yield from words
    name, month = f"message={one.message}", f"month={month_of(one.told_at)}"
    yield from (f"{word}+{name}" for word in words if word not in (name, month, "told", "clean"))
    truth = WORD_OF[one.now]
    yield f"would_{one.outcome.lower()}+{truth}+{name}"
    if truth != "true":
        yield f"{truth}+{month}"
    yield from {f"{word}+source={said.source}" for said in one.stated for word in blame_of(said) if "=" not in word}


def _promise_parts(promise: BrokenWord) -> Iterable[str]:
    """Yield the parts in which a promise is counted."""
    words = list(words_of_promise(promise))
    yield from words
    kind = f"promise={promise.kind}"
    yield from (f"{word}+{kind}" for word in words if word not in (kind, "promised"))


def _keep(kept: list[str], name: str) -> None:
    """Keep a name if it is among the first ones."""
    if name not in kept:
        insort(kept, name)
        del kept[IDS:]


def _pour(into: dict[_Key, int], counts: dict[_Key, int]) -> None:
    """Add counts to others."""
    for key, count in counts.items():
        into[key] = into.get(key, 0) + count


def _least(one: Micros | None, other: Micros | None) -> Micros | None:
    """Return the earlier of two moments, as far as there are any."""
    return other if one is None else one if other is None else min(one, other)


def chosen(tally: Tally, most: int = EXAMPLES) -> list[Example]:
    """Return the examples to show, the worst first: the worst of each message and fault in turn, one a subject.

    They take turns in the order of their worst, so that no message and no fault crowds out the others.
    """
    queues = sorted((list(kept) for kept in tally.examples.values() if kept), key=lambda kept: kept[0].rank)
    found: list[Example] = []
    subjects: set[str] = set()
    while queues and len(found) < most:
        for kept in queues:
            while kept and kept[0].judgement.subject in subjects:
                kept.pop(0)
            if kept and len(found) < most:
                found.append(kept.pop(0))
                subjects.add(found[-1].judgement.subject)
        queues = [kept for kept in queues if kept]
    return sorted(found, key=lambda one: one.rank)
