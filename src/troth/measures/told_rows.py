"""Rows of the told tables: what a walk has found, cut to the customer's clock, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import astuple, replace

from troth.measures.clock import Model, course_of, model_of, pieces_of
from troth.measures.told import TOLD_SCHEMAS
from troth.measures.told_implied import Implied
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.model.told import Believed, Change, Telling, Topical, Walked

Rows: TypeAlias = dict[str, dict[str, list[Any]]]
"""Table → column → values."""


class Maker:
    """A pack and a moment, ready to make the rows of one subject after the other.

    Args:
        pack: The pack.
        as_of: The moment of which the tables speak.
    """

    def __init__(self, pack: Pack, as_of: Micros) -> None:
        """Read from the pack what is the same for every subject."""
        self._model: Model = model_of(pack)
        self._implied: Final = Implied(pack)
        self._pack: Final = pack
        self._as_of: Final = as_of

    def rows(self, record: Record, tellings: Sequence[Telling], found: Walked) -> dict[str, list[msgspec.Struct]]:
        """Return the rows of a subject by table.

        Args:
            record: As of the moment.
            tellings: Its tellings, without what they imply.
            found: What a walk has found.
        """
        course = course_of(record.states, self._model, self._as_of)
        start, until = record.requested_at, course.clock_until
        pieces = pieces_of(record.states, self._as_of)
        # While nothing has ended, the clock stops only because the tables do.
        over = until if until is not None and self._is_over(record, until) else None
        return {
            "tellings": [
                self._implied.judged(one, pieces, record.promises, over, self._as_of) for one in tellings
            ],
            "topics": _topics(found.topics, start, until),
            "beliefs": _beliefs(found.beliefs, start, until),
            "changes": list(found.changes),
            "asks": list(found.asks),
        }  # fmt: skip

    def unspoken(self, record: Record) -> dict[str, list[msgspec.Struct]]:
        """Return the rows of a subject whose customer was never told anything, and of which nobody asked."""
        topics: list[Topical] = []
        about = dict.fromkeys(one.about for one in self._pack.statements.values())
        for topic in about if record.states else ():
            topics += self._silence(record, topic)
        changes = []
        for piece in pieces_of(record.states, self._as_of):
            state = self._model.states.get(piece.state)
            if state is not None and state.tell and state.tell_within is not None:
                until = None if piece.until >= self._as_of else piece.until
                by = piece.since + state.tell_within
                changes.append(
                    Change(record.subject, record.pack, state.name, piece.since, until, by, None, piece.undated)
                )
        return self.rows(record, [], Walked(topics, [], changes, []))

    def _silence(self, record: Record, topic: str) -> Iterable[Topical]:
        """Yield what is so on a topic of which nothing was ever said: untold, and behind where it should have been."""
        spans = record.states
        marks: list[tuple[Micros, str]] = []
        for number, span in enumerate(spans):
            end = spans[number + 1].since if number + 1 < len(spans) else self._as_of
            if end <= span.since:
                continue
            marks.append((span.since, "untold"))
            state = self._model.states.get(span.value)
            if state is None or state.tell_within is None:
                continue
            by = span.since + state.tell_within
            if by < end and any(self._pack.statements[name].about == topic for name in state.tell):
                marks.append((by, "behind"))
        marks = [mark for place, mark in enumerate(marks) if not place or mark[1] != marks[place - 1][1]]
        ends = [at for at, _ in marks[1:]] + [self._as_of]
        for (since, alignment), until in zip(marks, ends, strict=True):
            if since < until:
                yield Topical(record.subject, record.pack, topic, since, until, alignment, "", "", None, False)

    def _is_over(self, record: Record, until: Micros) -> bool:
        """Return whether the clock has stopped for good at a moment."""
        state = next((self._model.states.get(one.value) for one in reversed(record.states) if one.since <= until), None)
        return state is not None and state.terminal and until + state.lasts <= self._as_of


def columns_of(rows: dict[str, list[msgspec.Struct]], into: Rows) -> None:
    """Append rows to columns."""
    for name, found in rows.items():
        columns = list(into[name].values())
        for row in found:
            for values, value in zip(columns, astuple(row), strict=True):
                values.append(value)


def empty_columns(names: Iterable[str]) -> Rows:
    """Return tables without rows."""
    return {name: {column.name: [] for column in TOLD_SCHEMAS[name].columns} for name in names}


def _topics(found: Sequence[Topical], start: Micros | None, until: Micros | None) -> list[msgspec.Struct]:
    """Return topics cut to the clock, in order of time; before the first look nothing is told."""
    if start is None or until is None or until <= start:
        return []
    by_topic: dict[str, list[Topical]] = {}
    for one in sorted(found, key=lambda one: (one.topic, one.since)):
        by_topic.setdefault(one.topic, []).append(one)
    rows: list[msgspec.Struct] = []
    for topic, own in by_topic.items():
        first = own[0]
        if first.since > start:
            own.insert(
                0, Topical(first.subject, first.pack, topic, start, first.since, "untold", "", "", None, False)
            )  # fmt: skip
        cut = []
        for one in own:
            since, end = max(one.since, start), min(one.until, until)
            if since < end:
                wrong = None if one.wrong_since is None else max(one.wrong_since, start)
                cut.append(replace(one, since=since, until=end, wrong_since=wrong))
        if cut and cut[-1].wrong_since is not None:
            cut[-1] = replace(cut[-1], peak=True)
        rows += cut
    return rows


def _beliefs(found: Sequence[Believed], start: Micros | None, until: Micros | None) -> list[msgspec.Struct]:
    """Return beliefs cut to the clock."""
    if start is None or until is None:
        return []
    return [
        replace(one, since=max(one.since, start), until=min(one.until, until))
        for one in found
        if max(one.since, start) < min(one.until, until)
    ]
