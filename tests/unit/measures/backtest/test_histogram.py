"""Durations in bins: every one in its own, quantiles within 6 %, whatever their number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from troth.measures.backtest.histogram import add, bin_of, middle_of, quantile


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_bins_keep_the_order_of_durations(one: int, other: int) -> None:
    assert (bin_of(one) <= bin_of(other)) or one > other
    assert bin_of(middle_of(bin_of(one))) == bin_of(one)


@given(st.integers(0, 2**62))
def test_the_middle_of_a_bin_is_near_to_all_that_is_in_it(duration: int) -> None:
    assert abs(middle_of(bin_of(duration)) - duration) <= max(1, duration / 16)


def test_what_is_below_zero_counts_as_nothing() -> None:
    assert bin_of(-5) == 0


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_a_quantile_is_near_the_exact_one(durations: list[int], share: float) -> None:
    counts: dict[int, int] = {}
    for duration in durations:
        add(counts, duration)
    ordered = sorted(durations)
    exact = next(one for place, one in enumerate(ordered, start=1) if place >= share * len(ordered))
    found = quantile(counts, share)
    assert found is not None
    assert abs(found - exact) <= max(1, exact / 16)


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile({}, 0.5) is None
