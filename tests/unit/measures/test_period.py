"""Periods: what is counted in one, that nothing is counted twice, and that many side by side are each by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.measures import told_kit
from tests.unit.measures.builders import a_promise, a_record, opened
from troth.measures.difference import Difference, difference
from troth.measures.period import PERIOD, Period, beside, first_moment, within
from troth.measures.question import Question, Tables
from troth.measures.registry import MEASURES, evidence
from troth.model.estimate import Estimate
from troth.model.record import Span
from troth.model.times import DAY, HOUR
from troth.runtime.snapshot import measure, run

WEEKS = [Period(number * 7 * DAY, (number + 1) * 7 * DAY) for number in range(5)]


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Return the tables of a firm that talks, with everything that was told."""
    return told_kit.opened(told_kit.many(80))


def _said(one: Estimate) -> tuple[Any, ...]:
    names = [one.figures.get(name) for name in ("pack", "kind", "leg", "mode")]
    return (*names, one.value, one.low, one.high, one.n, one.unknown)


@pytest.mark.parametrize("name", list(MEASURES))
def test_periods_beside_each_other_are_each_what_it_is_by_itself(tables: Tables, name: str) -> None:
    together = measure(name, beside(tables, name, WEEKS), Question(by=(PERIOD,)))
    assert together, "there is something to compare"
    for number, week in enumerate(WEEKS):
        alone = measure(name, within(tables, name, week), Question())
        found = [one for one in together if one.segment[PERIOD] == number]
        assert sorted(map(_said, found), key=repr) == sorted(map(_said, alone), key=repr)


@pytest.mark.parametrize("name", ["told_truth", "predictive_fidelity", "gate_quality", "promise_reliability"])
def test_what_is_counted_in_two_periods_is_what_is_counted_in_both_together(tables: Tables, name: str) -> None:
    def counts(period: Period) -> dict[Any, int]:
        found: dict[Any, int] = {}
        for one in measure(name, within(tables, name, period), Question()):
            key = (one.figures.get("kind"), one.figures.get("mode"))
            found[key] = found.get(key, 0) + one.n + one.unknown
        return found

    first, second, both = (
        counts(Period(*ends)) for ends in ((0, 9 * DAY), (9 * DAY, 18 * DAY), (0, 18 * DAY))
    )  # fmt: skip
    assert both == {key: first.get(key, 0) + second.get(key, 0) for key in both}
    assert sum(both.values()) > 50


@pytest.mark.parametrize("name", list(MEASURES))
def test_all_of_time_is_no_restriction(tables: Tables, name: str) -> None:
    assert within(tables, name, Period()) is tables
    wide = within(tables, name, Period(-DAY, told_kit.AS_OF + 90 * DAY))
    assert [_said(one) for one in measure(name, wide, Question())] == [
        _said(one) for one in measure(name, tables, Question())
    ]


def test_a_promise_is_in_the_period_in_which_its_window_passes() -> None:
    due = [a_record(number, promises=[a_promise("kept", number * DAY)]) for number in range(1, 41)]
    tables = opened(due)
    question = Question(kind="by_day")
    # Due at day n with an hour of grace: those of day 1 to 9 have passed by day 10, and that of day 10 an hour later.
    for period, expected in ((Period(0, 10 * DAY), 9), (Period(10 * DAY, 10 * DAY + HOUR), 1)):
        rows = evidence("promise_reliability", within(tables, "promise_reliability", period), question, {}, "kept",
                        "by_day")  # fmt: skip
        assert run(rows).num_rows == expected


def test_what_is_not_due_yet_is_in_periods_without_an_end() -> None:
    tables = opened(
        [a_record(1, promises=[a_promise("open", None)]), a_record(2, promises=[a_promise("open", 150 * DAY)])]
    )
    (whole,) = measure("promise_reliability", within(tables, "promise_reliability", Period(50 * DAY)), Question())
    assert whole.figures["open"] == 2
    assert measure("promise_reliability", within(tables, "promise_reliability", Period(0, 99 * DAY)), Question()) == []


def test_time_is_cut_at_the_ends_of_a_period() -> None:
    record = a_record(1, [("placed", 0), ("delivered", 10 * DAY)], alignment=[("aligned", 0), ("behind", 4 * DAY)])
    tables = opened([record])
    (one,) = measure("status_fidelity", within(tables, "status_fidelity", Period(3 * DAY, 7 * DAY)), Question())
    assert one.value == 0.25
    assert one.figures["hours"] == 96


def test_an_end_without_a_date_is_unknown_only_for_the_time_within() -> None:
    known = a_record(1, [("placed", 0), ("delivered", 10 * DAY)], alignment=[("aligned", 0)])
    undated = a_record(2, [Span("placed", 0), Span("delivered", 9 * DAY, undated=True)])
    tables = opened([known, undated])
    (one,) = measure("status_fidelity", within(tables, "status_fidelity", Period(2 * DAY, 4 * DAY)), Question())
    assert (one.n, one.unknown) == (1, 1)
    assert (one.bound_low, one.bound_high) == (0.5, 1.0)


def test_the_first_moment_is_the_first_request() -> None:
    tables = opened([a_record(1, requested_at=5 * DAY), a_record(2, requested_at=3 * DAY)])
    assert run(first_moment(tables)).to_pylist() == [{"first": 3 * DAY}]


def _estimate(value: float | None, low: float | None, high: float | None, n: int = 100) -> Estimate:
    return Estimate("m", {}, value, low, high, n, 0, None, None, 0)


def test_a_difference_is_told_only_of_enough_cases_on_both_sides() -> None:
    assert difference(_estimate(0.5, 0.4, 0.6), _estimate(None, None, None), 30) is None
    assert difference(_estimate(0.5, 0.4, 0.6, 29), _estimate(0.5, 0.4, 0.6), 30) is None
    assert difference(_estimate(5.0, 4.0, None), _estimate(3.0, 2.0, 4.0), 30) == Difference(2.0, None, None)


def test_a_difference_is_certain_where_its_interval_does_not_hold_nothing() -> None:
    small = difference(_estimate(0.50, 0.40, 0.60), _estimate(0.55, 0.45, 0.65), 30)
    large = difference(_estimate(0.50, 0.45, 0.55), _estimate(0.90, 0.88, 0.92), 30)
    assert small is not None
    assert not small.certain
    assert large is not None
    assert large.certain
    assert large.high is not None
    assert large.high < 0
    assert not Difference(1.0, None, None).certain
