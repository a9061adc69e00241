"""The measures equal a slow, plain reading of their definitions, for any set of records and in any order."""

from __future__ import annotations

import dataclasses
import functools
import random
from collections import Counter
from typing import Any, Final

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.measures.builders import AS_OF, a_promise, a_record, opened
from troth.measures.question import Question, Tables
from troth.measures.registry import MEASURES
from troth.model.estimate import Estimate
from troth.model.record import Record, Span
from troth.model.times import DAY, HOUR
from troth.runtime.snapshot import measure

# Each example opens a database: few, but rich ones. The thorough profile takes more.
RICH = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

BY_SHOP: Final = Question(by=("shop",))
DAYS = st.integers(0, 100).map(lambda day: day * DAY)
OUTCOMES = st.sampled_from(["open", "kept", "late", "broken", "void", "unknown"])
STATES = st.sampled_from(["placed", "shipped", "ready", "delivered", "cancelled", "unknown"])
ALIGNMENTS = st.sampled_from(["aligned", "ahead", "stuck", "unverifiable", "behind", "untold"])


class Records(list[Record]):
    """Records that are shown by their number: written out they would be tens of kilobytes."""

    def __repr__(self) -> str:
        return f"<{len(self)} records>"


@st.composite
def _records(draw: st.DrawFn) -> Records:
    records = Records()
    for number in range(draw(st.integers(1, 40))):
        moments = sorted(draw(st.lists(DAYS, min_size=1, max_size=4)))
        promises = [
            a_promise(
                draw(OUTCOMES),
                draw(st.none() | DAYS),
                key=str(key),
                renegotiated=draw(OUTCOMES),
                kept_at=draw(st.none() | DAYS),
                kind=draw(st.sampled_from(["by_day", "hand_over"])),
            )
            for key in range(draw(st.integers(0, 2)))
        ]
        spans = [(draw(ALIGNMENTS), moment) for moment in sorted(draw(st.sets(DAYS, max_size=3)))]
        states = [Span(draw(STATES), moment, (), draw(st.integers(0, 9)) == 0) for moment in moments]
        shop, weight = draw(st.sampled_from(["a", "b", None])), draw(st.sampled_from([1, 2, 0.5]))
        attributes = {"w": weight, **({"shop": shop} if shop else {})}
        requested = draw(st.none() | st.just(0) | DAYS)
        records.append(
            a_record(number, states, promises=promises, alignment=spans, attributes=attributes, requested_at=requested)
        )
    return records


def _shop(record: Record) -> Any:
    return record.attributes["shop"].value if "shop" in record.attributes else None


def _by(rows: list[Estimate], kind: str = "") -> dict[Any, Estimate]:
    return {row.segment["shop"]: row for row in rows if not kind or row.figures["kind"] == kind}


@RICH
@given(_records(), st.booleans())
def test_promise_reliability_is_its_definition(records: Records, weighted: bool) -> None:
    question = Question(by=("shop",), weight="w" if weighted else None)
    rows = measure("promise_reliability", opened([*records, _shopped()]), question)
    for kind, grace in (("by_day", HOUR), ("hand_over", 0)):
        expected: dict[Any, Counter[str]] = {}
        weights: dict[Any, Counter[str]] = {}
        for record in records:
            for promise in record.promises:
                if promise.kind != kind:
                    continue
                part = _part_of(promise.outcome, promise.windows[0].due, grace)
                expected.setdefault(_shop(record), Counter())[part] += 1
                weights.setdefault(_shop(record), Counter())[part] += record.attributes["w"].value
        found = _by(rows, kind)
        assert set(found) == set(expected)
        for shop, parts in expected.items():
            row, weight = found[shop], weights[shop] if weighted else parts
            assert {part: row.figures[part] for part in parts} == parts
            decided = weight["kept"] + weight["late"] + weight["broken"]
            assert row.value == (pytest.approx(weight["kept"] / decided) if decided else None)
            assert row.n == parts["kept"] + parts["late"] + parts["broken"]
            everything = decided + weight["unknown"]
            if everything:
                assert row.bound_low == pytest.approx(weight["kept"] / everything)
                assert row.bound_high == pytest.approx((weight["kept"] + weight["unknown"]) / everything)


def _shopped() -> Record:
    """Return a record that promises nothing and has both attributes, so that a question about them always fits."""
    return a_record("shopped", requested_at=None, attributes={"shop": "a", "w": 1})


def _part_of(outcome: str, due: int | None, grace: int) -> str:
    if outcome == "void":
        return "void"
    decided = outcome in ("kept", "late", "broken")
    passed = (decided or outcome == "unknown") if due is None else due + grace <= AS_OF
    if passed:
        return outcome if decided else "unknown"
    return "early" if outcome == "kept" else "failed_early" if decided else "open"


@RICH
@given(_records())
def test_status_fidelity_is_its_definition(records: Records) -> None:
    rows = _by(measure("status_fidelity", opened([*records, _shopped()]), Question(by=("shop",))))
    times: dict[Any, Counter[str]] = {}
    for record in records:
        until = _clock_until(record)
        if record.requested_at is None or until is None:
            continue
        # Day by day: slow, and nothing can be overlooked.
        for day in range(record.requested_at, until, DAY):
            told = [span.value for span in record.alignment if span.since <= day]
            times.setdefault(_shop(record), Counter())[told[-1] if told else "untold"] += 1
    assert {shop for shop, row in rows.items() if row.value is not None} == set(times)
    for shop, counted in times.items():
        total = counted.total()
        assert rows[shop].value == counted["aligned"] / total
        assert rows[shop].figures["hours"] == total * 24
        for name in ("ahead", "stuck", "unverifiable", "behind", "untold"):
            assert rows[shop].figures[name] == counted[name] / total


def _held(record: Record) -> list[tuple[Span, int, int]]:
    """Return (first span, since, until) of each state really held, one after the other."""
    held: list[tuple[Span, int, int]] = []
    for index, span in enumerate(record.states):
        last = index + 1 == len(record.states)
        until = AS_OF if last else record.states[index + 1].since
        if not last and until == span.since:
            continue
        if held and held[-1][0].value == span.value:
            held[-1] = (held[-1][0], held[-1][1], until)
        else:
            held.append((span, span.since, until))
    return held


def _clock_until(record: Record) -> int | None:
    ends = [(span, since) for span, since, _ in _held(record) if span.value in ("delivered", "cancelled")]
    dated = [since for span, since in ends if not span.undated]
    return dated[0] if dated else None if ends else AS_OF


@RICH
@given(_records())
def test_time_to_usable_outcome_counts_everybody_once(records: Records) -> None:
    rows = _by(measure("time_to_usable_outcome", opened([*records, _shopped()]), Question(by=("shop",))))
    asked = Counter(_shop(record) for record in records if record.requested_at is not None)
    parts = ("reached", "competing", "censored", "negative", "not_yet")
    assert {shop: sum(row.figures[part] for part in parts) for shop, row in rows.items()} == dict(asked)
    for row in rows.values():
        ends = [row.figures[name] for name in ("p25", "p50", "p75", "p90") if row.figures.get(name) is not None]
        assert ends == sorted(ends)
        assert all(0 <= share <= 1 for share in row.figures.get("incidence", {}).values())


@functools.cache
def _queries(name: str, several: bool) -> dict[str, tuple[str, pa.Schema]]:
    """Return a measure's queries by shop as text, with what they answer: making them takes longer than running them."""
    made = MEASURES[name].plan(dataclasses.replace(_plain([_shopped()]), several=several), BY_SHOP)
    return {part: (str(ibis.to_sql(query, "duckdb")), query.schema().to_pyarrow()) for part, query in made.items()}


def _plain(records: list[Record]) -> Tables:
    """Return the tables of records alone: what was told stands in tables of its own, in an order of its own."""
    return dataclasses.replace(opened(records), further=None)


def _answered(name: str, tables: Tables) -> list[Estimate]:
    """Return a measure's estimates by shop, without making its queries anew."""
    run = tables.subjects.get_backend().con.sql
    queries = _queries(name, tables.several)
    answers = {part: run(query).to_arrow_table().cast(schema) for part, (query, schema) in queries.items()}
    return MEASURES[name].estimate(answers, tables, BY_SHOP)


@settings(RICH, max_examples=6)  # Each example opens two databases.
@given(_records(), st.integers(0, 2**32))
def test_the_order_of_the_records_changes_no_estimate(records: Records, seed: int) -> None:
    shuffled = records[:]
    random.Random(seed).shuffle(shuffled)
    first, second = _plain([*records, _shopped()]), _plain([*shuffled, _shopped()])
    for name in ("promise_reliability", "status_fidelity", "time_to_usable_outcome", "exception_closure"):
        assert _answered(name, first) == _answered(name, second)
