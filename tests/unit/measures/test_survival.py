"""Kaplan-Meier and Aalen-Johansen against an independent library and against data with a known answer."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.utils import median_survival_times, qth_survival_times, restricted_mean_survival_time

from troth.measures.survival import (
    aalen_johansen,
    at,
    count,
    count_samples,
    incidence,
    kaplan_meier,
    reached,
    reached_interval,
    restricted_mean,
    restricted_mean_interval,
)


def _sample(seed: int, size: int = 400, causes: int = 1) -> tuple[Any, Any]:
    """Return times with ties, and what happened: 0 censored, 1 and 2 causes."""
    generator = np.random.default_rng(seed)
    times = generator.integers(1, 60, size)
    return times, generator.choice(causes + 1, size, p=[0.3, 0.7] if causes == 1 else [0.25, 0.5, 0.25])


def _counts(times: Any, what: Any, entries: Any = None) -> Any:
    causes = {"usable": (what == 1).astype(float), "cancelled": (what == 2).astype(float)}
    if not (what == 2).any():
        del causes["cancelled"]
    if entries is None:
        return count(times, causes, (what == 0).astype(float))
    late = entries[entries > 0]
    return count(times, causes, (what == 0).astype(float), late, np.ones(len(late)))


@pytest.mark.parametrize("seed", range(6))
def test_kaplan_meier_with_its_interval_agrees_with_an_independent_library(seed: int) -> None:
    times, what = _sample(seed)
    curve = kaplan_meier(_counts(times, what))
    fitter = KaplanMeierFitter().fit(times, what)
    expected = 1 - fitter.survival_function_at_times(curve.times).to_numpy()
    assert curve.share == pytest.approx(expected, abs=1e-9)
    ends = fitter.confidence_interval_.loc[curve.times].to_numpy()
    inside = curve.share < 1 - 1e-9
    assert curve.high[inside] == pytest.approx(1 - ends[inside, 0], abs=1e-9)
    assert curve.low[inside] == pytest.approx(1 - ends[inside, 1], abs=1e-9)
    for share in (0.25, 0.5, 0.75):
        assert reached(curve, share) == float(qth_survival_times(1 - share, fitter.survival_function_))
    medians = median_survival_times(fitter.confidence_interval_).to_numpy()[0]
    low, high = reached_interval(curve, 0.5)
    assert (float(low or 0), float("inf") if high is None else float(high)) == (medians[0], medians[1])


def test_delayed_entry_agrees_with_an_independent_library() -> None:
    times, what = _sample(11, 500)
    entries = np.where(np.arange(500) % 3 == 0, np.minimum(times - 1, 9), 0)
    curve = kaplan_meier(_counts(times, what, entries))
    fitter = KaplanMeierFitter().fit(times, what, entry=entries)
    assert curve.share == pytest.approx(1 - fitter.survival_function_at_times(curve.times).to_numpy(), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_aalen_johansen_with_its_variance_agrees_with_an_independent_library(seed: int) -> None:
    # The library breaks ties by chance, so the sample has none.
    generator = np.random.default_rng(seed)
    times = generator.permutation(np.arange(1, 301))
    what = generator.choice(3, 300, p=[0.25, 0.5, 0.25])
    curve = aalen_johansen(_counts(times, what), "usable")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter = AalenJohansenFitter(calculate_variance=True).fit(times, what, event_of_interest=1)
    expected = fitter.cumulative_density_.loc[curve.times].to_numpy()[:, 0]
    assert curve.share == pytest.approx(expected, abs=1e-9)
    some = slice(20, 280)
    ends = fitter.confidence_interval_.loc[curve.times].to_numpy()[some]
    assert curve.low[some] == pytest.approx(ends[:, 0], abs=2e-3)
    assert curve.high[some] == pytest.approx(ends[:, 1], abs=2e-3)


def test_without_competition_both_estimators_are_one() -> None:
    times, what = _sample(3)
    plain, competing = kaplan_meier(_counts(times, what)), aalen_johansen(_counts(times, what), "usable")
    assert competing.share == pytest.approx(plain.share, abs=1e-12)


def test_incidences_of_all_causes_and_the_remaining_share_add_up_to_one() -> None:
    times, what = _sample(4, causes=2)
    counts = _counts(times, what)
    total = aalen_johansen(counts, "usable").share + aalen_johansen(counts, "cancelled").share
    assert total == pytest.approx(kaplan_meier(counts).share, abs=1e-12)


def test_competing_causes_with_a_known_answer() -> None:
    # Two constant hazards: F(t) = a / (a + b) (1 - exp(-(a + b) t)); 1 - KM of one cause alone goes to 1 instead.
    generator = np.random.default_rng(8)
    size, a, b = 40_000, 0.02, 0.01
    times = np.ceil(generator.exponential(1 / (a + b), size) * 1000).astype(np.int64)
    cause = np.where(generator.random(size) < a / (a + b), 1, 2)
    ends = np.ceil(generator.exponential(80, size) * 1000).astype(np.int64)
    what = np.where(times <= ends, cause, 0)
    seen = np.minimum(times, ends)
    curve = aalen_johansen(_counts(seen, what), "usable")
    for days in (10, 40, 100):
        found = at(curve, days * 1000)
        known = a / (a + b) * (1 - np.exp(-(a + b) * days))
        assert found is not None
        assert found[0] == pytest.approx(known, abs=0.01)
    naive = at(kaplan_meier(count(seen, {"usable": (what == 1) * 1.0}, (what != 1) * 1.0)), 100_000)
    assert naive is not None
    assert naive[0] > 0.8, "1 - KM overstates: this is why competing endings are not censored"


@pytest.mark.parametrize("estimator", ["kaplan_meier", "aalen_johansen"])
def test_intervals_hold_their_level(estimator: str) -> None:
    generator = np.random.default_rng(21)
    hits, rounds, days = 0, 300, 20
    known = 1 - np.exp(-0.05 * days) if estimator == "kaplan_meier" else 0.6 * (1 - np.exp(-0.05 * days))
    for _ in range(rounds):
        times = np.ceil(generator.exponential(20, 150) * 1000).astype(np.int64)
        ends = np.ceil(generator.exponential(60, 150) * 1000).astype(np.int64)
        cause = np.where(generator.random(150) < 0.6, 1, 2) if estimator == "aalen_johansen" else np.ones(150)
        counts = _counts(np.minimum(times, ends), np.where(times <= ends, cause, 0))
        curve = kaplan_meier(counts) if estimator == "kaplan_meier" else aalen_johansen(counts, "usable")
        found = at(curve, days * 1000)
        hits += found is not None and found[1] <= known <= found[2]
    assert 0.91 <= hits / rounds <= 0.99


def test_a_quantile_that_is_not_reached_is_nothing() -> None:
    curve = kaplan_meier(count(np.array([1, 5]), {"usable": np.array([3.0, 0.0])}, np.array([0.0, 7.0])))
    assert reached(curve, 0.25) == 1
    assert reached(curve, 0.5) is None
    assert at(curve, 5) is not None
    assert at(curve, 6) is None, "beyond the last observation nothing is known"


def test_a_curve_that_ended_with_everybody_is_known_for_ever() -> None:
    curve = kaplan_meier(count(np.array([1, 5]), {"usable": np.array([3.0, 7.0])}, np.zeros(2)))
    share, low, high = at(curve, 99) or (0.0, 0.0, 0.0)
    assert (share, high) == (1.0, 1.0)
    # Seven of seven have had it: that leaves room for some of the next seven who have not.
    assert 0.6 < low < 0.75
    assert at(curve, 0) == (0.0, 0.0, 0.0)


def test_before_a_moment_does_not_count_what_happens_at_it() -> None:
    curve = kaplan_meier(count(np.array([-5, 0, 5]), {"usable": np.array([1.0, 1.0, 2.0])}, np.zeros(3)))
    assert (at(curve, 0, before=True) or (9.0,))[0] == pytest.approx(0.25)
    assert (at(curve, 0) or (9.0,))[0] == pytest.approx(0.5)


def test_restricted_mean_agrees_with_an_independent_library() -> None:
    times, what = _sample(13)
    fitter = KaplanMeierFitter().fit(times, what)
    expected = float(restricted_mean_survival_time(fitter, t=40))
    assert restricted_mean(kaplan_meier(_counts(times, what)), 40) == pytest.approx(expected, rel=1e-6)


def test_restricted_mean_of_complete_data_is_their_mean_with_its_standard_error() -> None:
    times, what = _sample(13)
    counts = _counts(times, np.ones_like(what))
    capped = np.minimum(times, 40)
    low, high = restricted_mean_interval(counts, 40)
    assert (low + high) / 2 == pytest.approx(capped.mean())
    assert (high - low) / 2 / 1.959964 == pytest.approx(capped.std() / len(times) ** 0.5, rel=1e-6)


def test_equal_weights_change_nothing_but_the_scale() -> None:
    times, what = _sample(17)
    plain = kaplan_meier(_counts(times, what))
    heavy = count(times, {"usable": (what == 1) * 2.5}, (what == 0) * 2.5)
    scaled = kaplan_meier(heavy, 1 / 2.5)
    assert scaled.share == pytest.approx(plain.share, abs=1e-12)
    assert scaled.low == pytest.approx(plain.low, abs=1e-9)


@pytest.mark.parametrize("scale", [1, 86_400_000_000, 2**55])
@pytest.mark.parametrize("weighted", [False, True])
def test_samples_that_come_apart_are_counted_like_one(scale: int, weighted: bool) -> None:
    times, what = _sample(3, causes=2)
    times = (times - 20) * scale  # Before the start, too; the largest leave no room for what happened beside the time.
    apart = {code: (times[what == code], np.ones(int(np.sum(what == code))) if weighted else None) for code in range(3)}
    entries, entered = np.array([3 * scale, 9 * scale]), np.array([2.0, 1.0])
    found = count_samples({"usable": apart[1], "cancelled": apart[2]}, apart[0], entries, entered)
    masks = {"usable": (what == 1).astype(float), "cancelled": (what == 2).astype(float)}
    expected = count(times, masks, (what == 0).astype(float), entries, entered)
    assert found.times.tolist() == expected.times.tolist()
    assert found.at_risk.tolist() == expected.at_risk.tolist()
    assert {cause: found.events[cause].tolist() for cause in masks} == {
        cause: expected.events[cause].tolist() for cause in masks
    }
    assert (found.until, found.complete) == (expected.until, expected.complete)


def test_nobody_at_all_can_be_counted() -> None:
    nobody = np.array([], dtype=np.int64)
    found = count_samples({"usable": (nobody, None)}, (nobody, None))
    assert (len(found.times), found.until, found.complete) == (0, 0, False)


def test_incidence_is_where_the_curve_of_a_cause_ends() -> None:
    counts = _counts(*_sample(5, causes=2))
    for cause in ("usable", "cancelled"):
        assert incidence(counts, cause) == float(aalen_johansen(counts, cause).share[-1])
