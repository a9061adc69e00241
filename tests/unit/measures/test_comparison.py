"""Comparisons: small segments borrow from their neighbours, many comparisons are corrected, nothing is hidden."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from tests.unit.measures.builders import a_promise, a_record, opened
from troth.measures.comparison import _times_against_the_rest, cases_behind, false_discovery_rates, variance_behind
from troth.measures.interval import wilson
from troth.measures.pooling import pool_shares, pool_times
from troth.measures.question import Question
from troth.model.estimate import Estimate
from troth.model.record import Record
from troth.model.times import DAY, HOUR
from troth.runtime.snapshot import measure

# ---------------------------------------------------------------- pooling


def _expected_shares(shares: list[float], cases: list[float]) -> list[float]:
    """Return the pooled shares by numerical integration over the pull, with the library's beta-binomial likelihood."""
    n0 = len(cases) / sum(1 / n for n in cases)

    def at(pull: float) -> tuple[float, list[float]]:
        s = n0 * pull / (1 - pull)
        own = [n / (1 + (n - 1) / (1 + s)) for n in cases]
        mean = sum(w * p for w, p in zip(own, shares, strict=True)) / sum(own)
        likelihood = math.prod(
            stats.betabinom.pmf(round(p * n), round(n), s * mean, s * (1 - mean))
            for p, n in zip(shares, cases, strict=True)
        )
        # Flat in the correlation 1 / (1 + s): its derivative by the pull is n0 / (n0 pull + 1 - pull)^2.
        weight = likelihood * math.sqrt(mean * (1 - mean) / sum(own)) * n0 / (n0 * pull + 1 - pull) ** 2
        return weight, [(p * n + s * mean) / (n + s) for p, n in zip(shares, cases, strict=True)]

    ends = {"limit": 400, "epsabs": 0, "epsrel": 1e-10}
    whole = integrate.quad(lambda pull: at(pull)[0], 0, 1, **ends)[0]
    return [
        integrate.quad(lambda pull, i=i: at(pull)[0] * at(pull)[1][i], 0, 1, **ends)[0] / whole
        for i in range(len(shares))
    ]


def test_pooled_shares_are_those_of_numerical_integration() -> None:
    shares, cases = [0.9, 0.8, 0.95, 0.5], [40.0, 200.0, 60.0, 10.0]
    assert pool_shares(np.array(shares), np.array(cases)).value == pytest.approx(
        _expected_shares(shares, cases), abs=2e-4
    )


def test_a_small_segment_is_drawn_further_than_a_large_one() -> None:
    shares, cases = np.array([0.9, 0.85, 0.95, 0.6, 0.6]), np.array([500.0, 600.0, 400.0, 5.0, 500.0])
    pooled = pool_shares(shares, cases)
    assert pooled.value[4] == pytest.approx(0.6, abs=0.01)
    assert pooled.value[3] > 0.68
    assert pooled.high[3] - pooled.low[3] > 3 * (pooled.high[4] - pooled.low[4])


def test_segments_that_are_all_perfect_are_not_taken_to_be_certain() -> None:
    pooled = pool_shares(np.ones(3), np.array([40.0, 50.0, 60.0]))
    assert (pooled.low < 1).all()
    assert (pooled.low > 0.93).all()
    assert (pooled.high <= 1).all()


def test_pooled_intervals_hold_the_truth_and_are_nearer_to_it_than_the_raw_values() -> None:
    random = np.random.default_rng(5)
    covered, raw, near, count = 0, 0.0, 0.0, 0
    for _ in range(150):
        truth = random.beta(18, 2, size=12)
        cases = random.integers(8, 80, size=12).astype(float)
        shares = random.binomial(cases.astype(int), truth) / cases
        pooled = pool_shares(shares, cases)
        covered += int(np.sum((pooled.low <= truth) & (truth <= pooled.high)))
        raw += float(np.sum((shares - truth) ** 2))
        near += float(np.sum((pooled.value - truth) ** 2))
        count += 12
    assert 0.93 <= covered / count <= 0.97
    assert near < 0.7 * raw


def test_large_counts_lose_no_digits() -> None:
    shares, cases = np.array([0.95, 0.951, 0.9505]), np.array([3e7, 2e7, 1e7])
    pooled = pool_shares(shares, cases)
    assert pooled.value == pytest.approx(shares, abs=2e-5)
    again = pool_shares(shares * (1 + 1e-15), cases)
    assert again.value == pytest.approx(pooled.value, abs=1e-9)


def test_pooled_times_are_those_of_the_normal_model_and_keep_large_segments() -> None:
    logs, variances = np.log(np.array([100.0, 120.0, 90.0, 400.0])), np.array([1e-4, 1e-4, 1e-4, 0.5])
    pooled = pool_times(logs, variances)
    assert pooled.value[:3] == pytest.approx([100, 120, 90], rel=0.01)
    assert 105 < pooled.value[3] < 200, "one slow case of eight is drawn to the others"
    assert pooled.low[3] < pooled.value[3] < pooled.high[3]


def test_pooled_times_hold_the_truth() -> None:
    random = np.random.default_rng(7)
    covered = 0
    for _ in range(150):
        truth = random.normal(5.0, 0.4, size=10)
        variances = random.uniform(0.01, 0.5, size=10)
        pooled = pool_times(random.normal(truth, np.sqrt(variances)), variances)
        covered += int(np.sum((np.log(pooled.low) <= truth) & (truth <= np.log(pooled.high))))
    assert 0.93 <= covered / 1500 <= 0.97


# ---------------------------------------------------------------- what a row is worth


@pytest.mark.parametrize(("kept", "n"), [(0, 5), (1, 40), (20, 40), (40, 40), (9_999, 10_000)])
def test_a_wilson_interval_is_worth_its_own_cases(kept: int, n: int) -> None:
    found = wilson(kept, n)
    assert found is not None
    assert cases_behind(kept / n, *found, 1) == pytest.approx(n, rel=1e-6)


def test_an_interval_without_width_counts_every_case_once() -> None:
    assert cases_behind(0.5, 0.5, 0.5, 12) == 12
    assert cases_behind(0.5, None, None, 7) == 7
    assert variance_behind(10.0, 10.0, 10.0, 50) == pytest.approx(1 / (50 * math.log(2) ** 2))


def test_a_median_that_is_not_bounded_above_is_worth_what_its_lower_end_says() -> None:
    bounded = variance_behind(10.0, 10 / math.e, 10 * math.e, 50)
    assert variance_behind(10.0, 10 / math.e, None, 50) == pytest.approx(bounded)


def test_false_discovery_rates_are_those_of_the_library() -> None:
    chances = [0.001, 0.8, 0.02, 0.021, 0.3, 0.04]
    assert false_discovery_rates(chances) == pytest.approx(stats.false_discovery_control(chances))
    assert false_discovery_rates([]) == []


# ---------------------------------------------------------------- in the measures


def _shops(kept: dict[str, tuple[int, int]]) -> list[Record]:
    return [
        a_record(f"{shop}{n}", promises=[a_promise("kept" if n < good else "broken")], attributes={"shop": shop})
        for shop, (good, number) in kept.items()
        for n in range(number)
    ]


def _by_shop(name: str, records: list[Record], **more: Any) -> dict[str, Estimate]:
    return {row.segment["shop"]: row for row in measure(name, opened(records), Question(by=("shop",), **more))}


def test_the_raw_value_and_n_stay_and_the_rank_is_by_the_pooled_value() -> None:
    # Thirty cases at 80 % are less sure to be bad than five hundred at 82 %.
    rows = _by_shop(
        "promise_reliability", _shops({"small": (24, 30), "large": (410, 500), "a": (480, 500), "b": (470, 500)})
    )
    small, large = rows["small"], rows["large"]
    assert (small.value, small.n) == (0.8, 30)
    assert small.figures["pooled"] > large.figures["pooled"] > 0.8
    assert (large.figures["rank"], small.figures["rank"]) == (1, 2)
    assert small.figures["pooled_low"] < small.figures["pooled"] < small.figures["pooled_high"]


def test_a_segment_that_differs_is_told_from_those_that_chance_made() -> None:
    shops = {f"s{n}": (95 + n % 3, 100) for n in range(19)} | {"bad": (75, 100)}
    rows = _by_shop("promise_reliability", _shops(shops))
    assert rows["bad"].figures["q"] < 0.001
    assert all(row.figures["q"] > 0.05 for shop, row in rows.items() if shop != "bad")


def test_too_few_cases_are_pooled_but_neither_tested_nor_ranked() -> None:
    rows = _by_shop("promise_reliability", _shops({"tiny": (0, 5), "a": (38, 40), "b": (39, 40)}))
    tiny = rows["tiny"].figures
    assert (tiny.get("rank"), tiny["q"]) == (None, None)
    assert 0.05 < tiny["pooled"] < 0.9


def test_a_segment_alone_has_nothing_to_be_pooled_with() -> None:
    alone = _by_shop("promise_reliability", _shops({"a": (38, 40)}))["a"].figures
    assert (alone["pooled"], alone["q"], alone["rank"]) == (None, None, 1)


def test_without_segments_nothing_is_compared() -> None:
    (row,) = measure("promise_reliability", opened(_shops({"a": (38, 40)})), Question())
    assert "pooled" not in row.figures
    assert "q" not in row.figures


def test_times_are_pooled_by_their_logarithms_and_the_slowest_comes_first() -> None:
    records = [
        a_record(f"{shop}{n}", [("placed", 0), ("delivered", days * DAY + n * HOUR)], attributes={"shop": shop})
        for shop, days, number in (("fast", 2, 60), ("slow", 9, 60), ("few", 30, 6))
        for n in range(number)
    ]
    rows = _by_shop("time_to_usable_outcome", records)
    assert (rows["slow"].figures["rank"], rows["fast"].figures["rank"]) == (1, 2)
    assert rows["few"].figures["pooled"] < float(rows["few"].value or 0)
    assert rows["slow"].figures["q"] < 0.001


def test_a_segment_whose_median_is_not_reached_is_not_pooled_and_is_the_worst() -> None:
    records = [a_record(f"never{n}", attributes={"shop": "never"}) for n in range(40)]
    records += [
        a_record(f"{shop}{n}", [("placed", 0), ("delivered", DAY + n * HOUR)], attributes={"shop": shop})
        for shop in ("a", "b")
        for n in range(40)
    ]
    never = _by_shop("time_to_usable_outcome", records)["never"]
    assert (never.value, never.figures["pooled"], never.figures["rank"]) == (None, None, 1)


def test_several_promises_of_one_subject_are_not_taken_for_as_many_cases() -> None:
    def records(each: int) -> list[Record]:
        return [
            a_record(
                f"{shop}{n}",
                promises=[a_promise("kept" if n < good else "broken", key=str(key)) for key in range(each)],
                attributes={"shop": shop},
            )
            for shop, good in (("a", 30), ("b", 36))
            for n in range(40)
        ]

    once, often = _by_shop("promise_reliability", records(1)), _by_shop("promise_reliability", records(10))
    assert often["a"].figures["q"] == pytest.approx(once["a"].figures["q"], rel=0.2)


def test_beside_a_median_that_is_known_exactly_the_others_still_count() -> None:
    logarithms, variances = np.log([3_600.0, 7_200.0, 5_400.0]), np.array([1e-30, 0.04, 0.09])
    chances = _times_against_the_rest(logarithms, variances)
    precision = 1 / variances[1:]
    rest = float(np.average(logarithms[1:], weights=precision))
    expected = 2 * stats.norm.sf(abs(logarithms[0] - rest) / math.sqrt(1 / float(np.sum(precision))))
    assert chances[0] == pytest.approx(expected, rel=1e-9)
    assert all(0 <= chance <= 1 for chance in chances)
