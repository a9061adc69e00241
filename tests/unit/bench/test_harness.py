"""The benchmark harness compares what it says it compares; no test here asserts a time."""

from __future__ import annotations

import json
import platform
from types import SimpleNamespace

import pytest

from bench import harness, machine
from bench.harness import Row, Work, measure, summarise
from bench.run import number, table


def nothing() -> Work:
    return lambda: None


def a_row(**changes: object) -> Row:
    """Return a row about nothing, with what the test changes."""
    row = Row("nothing", "does nothing", 10, "events", subject=nothing, floor=nothing, floor_is="nothing either")
    for name, value in changes.items():
        row = Row(**{**{field: getattr(row, field) for field in Row.__struct_fields__}, name: value})
    return row


def test_floor_and_subject_take_turns_after_one_warming_repeat_each() -> None:
    turns: list[str] = []
    subject = lambda: lambda: turns.append("subject")  # noqa: E731 - a factory of a repeat, in one line
    floor = lambda: lambda: turns.append("floor")  # noqa: E731
    result = measure(a_row(subject=subject, floor=floor), repeats=2)
    assert turns == ["floor", "subject"] * 3
    assert result.repeats == 2


def test_making_a_repeat_ready_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1.0, 3.5])
    monkeypatch.setattr("bench.harness.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    assert harness.seconds(nothing) == 2.5


def test_the_ratio_is_the_median_of_neighbours_and_not_the_ratio_of_medians() -> None:
    result = summarise(a_row(), [10, 40, 90], [10, 100, 100], [1.0, 0.4, 0.9])
    assert (result.rate, result.floor_rate, result.ratio) == (40, 100, 0.9)


@pytest.mark.parametrize(
    ("bar", "rate_bar", "verdict"),
    [(None, None, "-"), (0.9, None, "ok"), (0.91, None, "below"), (0.5, 41.0, "below"), (None, 40.0, "ok")],
)
def test_a_row_must_reach_every_bar_it_has(bar: float | None, rate_bar: float | None, verdict: str) -> None:
    row = a_row(bar=bar, rate_bar=rate_bar)
    assert summarise(row, [10, 40, 90], [10, 100, 100], [1.0, 0.4, 0.9]).verdict == verdict


def test_a_row_without_floor_has_a_rate_and_no_ratio() -> None:
    result = measure(a_row(floor=None), repeats=1)
    assert result.ratio is None
    assert result.floor_rate is None
    assert result.rate > 0


def test_no_repeat_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one repeat"):
        measure(a_row(), repeats=0)


def test_the_table_says_what_each_row_does_and_what_its_floor_is() -> None:
    text = table([summarise(a_row(bar=0.5), [40], [100], [0.4])])
    assert "| nothing (events) | 40 " in text
    assert "ratio ≥ 0.5" in text
    assert "below" in text
    assert "floor: nothing either." in text


def test_numbers_are_short_and_a_missing_one_is_a_dash() -> None:
    assert [number(value) for value in (None, 0.0, 12.345, 99.96, 1234.5)] == ["–", "0", "12.3", "100", "1,230"]


def test_the_machine_is_described_without_its_name() -> None:
    described = machine.describe()
    assert {"processor", "cores", "memory", "python", "sqlite", "troth"} <= described.keys()
    assert platform.node() not in json.dumps(described).replace("Linux", "")
