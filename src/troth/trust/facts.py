"""Operational facts of one experience: what a record tells of it, as numbers and words, at the moment of prediction.

The record must be the one *as known* at that moment: folded from the events heard before it. Then nothing that was
heard later can be in its facts, whatever the pack. What has not happened is missing, never zero; lateness of a promise
that is still open is counted up to the moment.

A fact is named `group: what`, such as `delivery_day: days late`. Facts of one group rise and fall together (the days
late, the margin and the outcome of one promise); reasons are given by group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from troth.model.pack import Pack
from troth.model.record import Promise, Record, Span
from troth.model.times import DAY, Micros

Facts: TypeAlias = dict[str, float | str]
"""Fact → number or word; one that is not known is not there."""

SEPARATOR: Final = ": "
ELAPSED: Final = "elapsed: days since the request"


def facts_of(record: Record, pack: Pack, moment: Micros) -> Facts:
    """Return the operational facts of a record.

    Args:
        record: As known just before the moment; its attributes are those known by then.
        pack: Whose record.
        moment: The moment of prediction; microseconds since 1970 UTC. Durations run up to it.

    Returns:
        Durations in days; truths as 1 and 0. In the order of the pack.
    """
    found: Facts = {}
    start = record.requested_at
    if start is not None:
        found[ELAPSED] = (moment - start) / DAY
    for kind in pack.promises:
        mine = [promise for promise in record.promises if promise.kind == kind.name]
        found.update(_named(kind.name, _of_promises(mine, moment)))
    found.update(_of_states(record, pack, moment))
    found.update(_of_messages(record, pack, moment))
    found.update(_of_spans("alignment", record.alignment, moment))
    found.update(_of_cases(record, pack, moment))
    for code, count in sorted(Counter(finding.code for finding in record.findings).items()):
        found[f"finding {code}: count"] = float(count)
    for name, attribute in sorted(record.attributes.items()):
        value = attribute.value
        if isinstance(value, bool | int | float):
            found[f"attribute{SEPARATOR}{name}"] = float(value)
        elif isinstance(value, str):
            found[f"attribute{SEPARATOR}{name}"] = value
    return found


def group_of(name: str) -> str:
    """Return the group of a fact; each attribute is a group of its own.

    >>> group_of("delivery_day: days late"), group_of("attribute: price")
    ('delivery_day', 'price')
    """
    group, _, what = name.partition(SEPARATOR)
    return what if group == "attribute" else group


def _named(group: str, facts: Iterator[tuple[str, float | str]]) -> Iterator[tuple[str, float | str]]:
    return ((f"{group}{SEPARATOR}{name}", value) for name, value in facts)


def _of_promises(promises: Sequence[Promise], moment: Micros) -> Iterator[tuple[str, float | str]]:
    """Yield the facts of all promises of one kind: the worst margin, the longest promise, the shares of outcomes."""
    if not promises:
        return
    count = len(promises)
    yield "promises", float(count)
    lengths = [(due - promise.made_at) / DAY for promise in promises if (due := _due(promise)) is not None]
    if lengths:
        yield "days promised", max(lengths)
    margins = [margin for promise in promises if (margin := margin_days(promise, moment)) is not None]
    if margins:
        yield "days after due", max(margins)
        yield "days late", max(0.0, *margins)
    taken = [(promise.kept_at - promise.made_at) / DAY for promise in promises if promise.kept_at is not None]
    if len(taken) == count:
        yield "days taken", max(taken)
    yield "share done", len(taken) / count
    outcomes = Counter(promise.outcome for promise in promises)
    yield "share kept", outcomes["kept"] / count
    yield "share failed", (outcomes["late"] + outcomes["broken"]) / count
    yield "share void", outcomes["void"] / count
    yield "new dates", float(sum(len(promise.windows) - 1 for promise in promises if promise.windows))


def _due(promise: Promise) -> Micros | None:
    """Return the due moment of the first window."""
    return promise.windows[0].due if promise.windows else None


def margin_days(promise: Promise, moment: Micros) -> float | None:
    """Return how many days after the first due moment a promise was kept, or up to the moment if it is not kept.

    Negative: so many days before. `None`: the due moment is not disclosed.
    """
    due = _due(promise)
    if due is None:
        return None
    return ((moment if promise.kept_at is None else min(promise.kept_at, moment)) - due) / DAY


def _of_states(record: Record, pack: Pack, moment: Micros) -> Iterator[tuple[str, float | str]]:
    """Yield the present state and, of each, whether it was reached and how long after the request."""
    if not record.states:
        return
    yield "state: now", record.states[-1].value
    yield "state: days in it", (moment - record.states[-1].since) / DAY
    first: dict[str, Span] = {}
    for span in record.states:
        first.setdefault(span.value, span)
    for state in pack.states:
        reached = first.get(state.name)
        yield f"state {state.name}: reached", 0.0 if reached is None else 1.0
        if reached is not None and not reached.undated and record.requested_at is not None:
            yield f"state {state.name}: days after the request", (reached.since - record.requested_at) / DAY


def _of_messages(record: Record, pack: Pack, moment: Micros) -> Iterator[tuple[str, float | str]]:
    """Yield of each message how often and how long ago it was told."""
    for name in pack.messages:
        told = [one.told_at for one in record.messages if one.message == name and one.told_at is not None]
        yield f"message {name}: told", float(len(told))
        if told:
            yield f"message {name}: days ago", (moment - max(told)) / DAY


def _of_spans(group: str, spans: Sequence[Span], moment: Micros) -> Iterator[tuple[str, float | str]]:
    """Yield the present value of a step function and how many days each value has lasted in all."""
    if not spans:
        return
    yield f"{group}: now", spans[-1].value
    days: Counter[str] = Counter()
    for span, until in zip(spans, [*(span.since for span in spans[1:]), moment], strict=True):
        days[span.value] += until - span.since
    for value, length in sorted(days.items()):
        yield f"{group}: days {value}", length / DAY


def _of_cases(record: Record, pack: Pack, moment: Micros) -> Iterator[tuple[str, float | str]]:
    """Yield of each kind of case how many were opened, how many are open and for how long they were.

    Those that only say that a promise has lapsed are left out: the promise says it already.
    """
    for kind in pack.cases:
        if kind.lapse_of is not None:
            continue
        mine = [case for case in record.cases if case.kind == kind.name and case.opened_at <= moment]
        group = f"case {kind.name}"
        yield f"{group}: opened", float(len(mine))
        yield f"{group}: open now", float(sum(case.closed_at is None for case in mine))
        if mine:
            length = sum((moment if case.closed_at is None else case.closed_at) - case.opened_at for case in mine)
            yield f"{group}: days open", length / DAY
