"""Intervals for shares and quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from troth.measures.interval import bounds, effective, quantile, ratio_effective, wilson


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_an_independent_library(counts: tuple[int, int]) -> None:
    k, n = counts
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_the_published_orders() -> None:
    low, high = wilson(19_618, 21_007) or (0.0, 0.0)
    assert (round(low, 4), round(high, 4)) == (0.9304, 0.9372)
    assert [round(end, 4) for end in bounds(19_618, 21_007, 5) or ()] == [0.9337, 0.9339]


@given(st.floats(0, 1), st.floats(0.01, 1e7))
def test_wilson_contains_its_share_and_stays_in_range(share: float, n: float) -> None:
    low, high = wilson(share * n, n) or (1.0, 0.0)
    assert 0 <= low <= share * n / n <= high <= 1


def test_wilson_of_nothing_is_nothing() -> None:
    assert wilson(0, 0) is None
    assert bounds(0, 0, 0) is None


def test_bounds_with_nothing_decided_are_the_whole_range() -> None:
    assert bounds(0, 0, 7) == (0.0, 1.0)


def test_equal_weights_leave_the_number_of_cases() -> None:
    assert effective(3.0 * 40, 9.0 * 40) == pytest.approx(40)
    assert effective(0.0, 0.0) == 0.0


def test_one_case_a_cluster_leaves_the_number_of_cases() -> None:
    k = np.array([1.0] * 70 + [0.0] * 30)
    d = np.ones(100)
    n = ratio_effective(70, 100, 100, (float(k @ k), float(k @ d), float(d @ d)))
    assert n == pytest.approx(99)  # c / (c - 1): one degree of freedom for the mean.


def test_clusters_of_one_opinion_count_once() -> None:
    k = np.array([10.0] * 7 + [0.0] * 3)
    d = np.full(10, 10.0)
    assert ratio_effective(70, 100, 10, (float(k @ k), float(k @ d), float(d @ d))) == pytest.approx(9)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60), st.sampled_from([0.25, 0.5, 0.75, 0.9]))
def test_quantile_is_the_inverted_distribution(values: list[int], share: float) -> None:
    expected = np.quantile(np.array(values), share, method="inverted_cdf")
    assert quantile(np.array(values), np.ones(len(values)), share) == expected
    assert quantile(np.array(values), None, share) == expected


def test_weights_are_repetitions() -> None:
    values = np.array([5, 1, 9])
    assert quantile(values, np.array([1.0, 1.0, 8.0]), 0.25) == 9
    assert quantile(values, np.zeros(3), 0.5) is None
    assert quantile(np.array([], dtype=np.int64), np.array([]), 0.5) is None
    assert quantile(np.array([], dtype=np.int64), None, 0.5) is None
