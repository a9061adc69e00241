"""Conformal limits: against a few lines written differently, against a library, and by their invariances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from troth.trust.windows_conform import curve_of

SCORES = st.lists(st.integers(-50, 50).map(lambda one: one / 4), min_size=1, max_size=60)
LEVELS = np.array([0.3, 0.5, 0.8, 0.9, 0.95])


def plain(scores: list[float], level: float) -> float:
    """Return the conformal quantile as the textbook has it: the ⌈(n+1)·level⌉-th smallest."""
    place = math.ceil((len(scores) + 1) * level - 1e-9)
    return sorted(scores)[place - 1] if place <= len(scores) else math.inf


def all_kept(scores: list[float]) -> Any:
    values = np.array(scores)
    return curve_of(values, np.ones(len(values), dtype=bool), np.ones(len(values)))


@given(SCORES)
def test_without_open_ones_it_is_the_plain_conformal_quantile(scores: list[float]) -> None:
    assert all_kept(scores).upper(LEVELS).tolist() == [plain(scores, float(level)) for level in LEVELS]


@given(SCORES)
def test_a_lower_limit_is_the_upper_one_of_the_mirror_image(scores: list[float]) -> None:
    lower = all_kept(scores).lower(1 - LEVELS)
    assert lower.tolist() == [-plain([-one for one in scores], float(level)) for level in LEVELS]


@given(st.data(), SCORES)
def test_open_ones_are_taken_as_kaplan_and_meier_take_them(data: st.DataObject, scores: list[float]) -> None:
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))))
    values = np.array(scores)
    curve = curve_of(values, kept, np.ones(len(values)))
    # The one to come is counted as never kept: one more that stays at risk for ever.
    fitter = KaplanMeierFitter().fit(np.append(values, 1_000.0) + 100, np.append(kept, False))
    # Of equal scores the last one has the share of all of them.
    for score, share in dict(zip(curve.scores.tolist(), curve.share.tolist(), strict=True)).items():
        assert share == pytest.approx(1 - fitter.predict(score + 100), abs=1e-9)


@given(SCORES, st.integers(2, 5))
def test_weights_that_are_all_alike_change_nothing(scores: list[float], times: int) -> None:
    values = np.array(scores)
    heavy = curve_of(values, np.ones(len(values), dtype=bool), np.full(len(values), float(times)))
    assert heavy.upper(LEVELS).tolist() == all_kept(scores).upper(LEVELS).tolist()


@given(SCORES, st.randoms(use_true_random=False))
def test_the_order_of_promises_does_not_matter(scores: list[float], random: Any) -> None:
    shuffled = list(scores)
    random.shuffle(shuffled)
    assert all_kept(scores).upper(LEVELS).tolist() == all_kept(shuffled).upper(LEVELS).tolist()


@given(st.data(), SCORES)
def test_limits_never_fall_as_the_level_rises(data: st.DataObject, scores: list[float]) -> None:
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))))
    weight = np.array(data.draw(st.lists(st.floats(0.1, 4), min_size=len(scores), max_size=len(scores))))
    limits = curve_of(np.array(scores), kept, weight).upper(np.linspace(0.05, 0.99, 40))
    assert (np.diff(limits[np.isfinite(limits)]) >= 0).all()
    assert np.isfinite(limits).tolist() == sorted(np.isfinite(limits).tolist(), reverse=True)


def test_leaving_open_ones_out_would_promise_too_much() -> None:
    """Of a hundred, half are still open at an hour: the naive limit from those that were kept is far too short."""
    scores = np.concatenate([np.linspace(0, 1, 50), np.full(50, 1.0)])
    kept = np.arange(100) < 50
    naive = all_kept(scores[kept].tolist()).upper(np.array([0.8]))[0]
    assert naive < 1
    assert curve_of(scores, kept, np.ones(100)).upper(np.array([0.8]))[0] == math.inf


def test_no_limit_reaches_those_that_never_come() -> None:
    scores = np.append(np.linspace(0, 1, 90), np.full(10, np.inf))
    curve = curve_of(scores, np.arange(100) < 90, np.ones(100))
    assert np.isfinite(curve.upper(np.array([0.85, 0.95]))).tolist() == [True, False]


def test_coverage_of_the_next_one_is_what_was_stated() -> None:
    """Over many draws of 49 and one more: at least the level, and less than one fiftieth above it."""
    draws = np.random.default_rng(11)
    many = draws.standard_normal((4_000, 50))
    for level in (0.5, 0.8, 0.9):
        limits = np.array([all_kept(row[:49].tolist()).upper(np.array([level]))[0] for row in many])
        kept = float((many[:, 49] <= limits).mean())
        assert level - 0.02 < kept < level + 0.02 + 0.02


def test_few_promises_are_not_enough_and_fewer_still_at_a_high_level() -> None:
    levels = np.array([0.5, 0.9, 0.99])
    reached, never = np.zeros(3), np.full(3, np.inf)
    assert all_kept([0.0] * 99).enough(levels, reached).tolist() == [False, False, False]
    assert all_kept([0.0] * 120).enough(levels, reached).tolist() == [True, True, False]
    assert all_kept([0.0] * 120).enough(levels, never).tolist() == [True, False, False]


def test_those_made_just_now_tell_nothing_yet() -> None:
    fresh = curve_of(np.full(500, -9.0), np.zeros(500, dtype=bool), np.ones(500))
    assert fresh.n == 0
    assert not fresh.enough(np.array([0.5]), np.zeros(1))[0]


def test_where_only_old_ones_are_left_a_new_one_weighs_like_them() -> None:
    """A thousand new ones that are hardly begun do not stand in the way of what old ones tell of the end."""
    scores = np.append(np.full(1_000, -8.0), np.linspace(0, 1, 200))
    kept = np.append(np.zeros(1_000, dtype=bool), np.ones(200, dtype=bool))
    fading = curve_of(scores, kept, np.append(np.ones(1_000), np.full(200, 1e-3)))
    assert fading.upper(LEVELS).tolist() == all_kept(np.linspace(0, 1, 200).tolist()).upper(LEVELS).tolist()


@given(SCORES, st.integers(-60, 60).map(lambda one: one / 4))
def test_what_is_beyond_a_score_is_the_share_that_came_after_it_with_one_more(scores: list[float], at: float) -> None:
    beyond = all_kept(scores).beyond(np.array([at]))[0]
    assert beyond == pytest.approx((sum(one > at for one in scores) + 1) / (len(scores) + 1))
