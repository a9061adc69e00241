"""The walk: nothing is known before its time, coverage is what was stated, thin segments fall back, drift is met."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.unit.trust.windows_kit import START, a_history, end_of
from troth.model.times import DAY, FOREVER
from troth.trust.windows_drift import drift_of
from troth.trust.windows_judge import coverage_of
from troth.trust.windows_past import Past
from troth.trust.windows_report import drift_at
from troth.trust.windows_stage import Plan, stage_at
from troth.trust.windows_walk import Given, Groups, walk

LEVELS = np.array([0.8, 0.9, 0.95])
PLAN = Plan(names=("place", "size"), by=("place",), gain=0.3)


def walk_over(past: Past, plan: Plan = PLAN, at_day: int = 120, days: int = 200) -> Given:
    stage = stage_at(past, START + at_day * DAY, START + days * DAY, plan)
    return walk([stage], Groups(past, plan.by), plan, LEVELS)


@pytest.fixture(scope="module")
def given() -> Given:
    return walk_over(a_history())


def test_windows_are_kept_as_often_as_was_stated(given: Given) -> None:
    past = a_history()
    for place in range(len(LEVELS)):
        found = coverage_of(given, past, place, end_of(past))
        assert found.within, found
    assert (np.diff(given.end_s, axis=1) >= 0).all()


def test_in_every_segment_too(given: Given) -> None:
    past = a_history()
    names = np.array(past.attributes["place"])[given.rows]
    for name in ("north", "south", "west"):
        found = coverage_of(given, past, 1, end_of(past), names == name)
        assert found.value is not None
        assert found.se is not None
        assert abs(found.value - 0.9) < 4 * found.se


def test_a_window_knows_nothing_of_what_comes_after_it(given: Given) -> None:
    """Whatever becomes known after a moment, windows given before it are the same to the last digit."""
    past = a_history()
    moment = START + 160 * DAY
    unknown = dataclasses.replace(past, kept=np.where(past.kept > moment, FOREVER, past.kept))
    other = walk_over(unknown)
    before = past.made[given.rows] < moment
    assert before.sum() > 200
    assert (other.end_s[before] == given.end_s[before]).all()
    assert (other.end_s[~before] != given.end_s[~before]).any()


def test_whole_weeks_later_everything_is_the_same(given: Given) -> None:
    past = a_history()
    move = 3 * 7 * DAY
    later = dataclasses.replace(past, made=past.made + move, kept=past.kept + move, limit=past.limit + move)
    stage = stage_at(later, START + 120 * DAY + move, START + 200 * DAY + move, PLAN)
    moved = walk([stage], Groups(later, PLAN.by), PLAN, LEVELS)
    assert np.allclose(moved.end_s, given.end_s, rtol=1e-9)


def test_a_thin_segment_takes_the_limits_of_its_parent() -> None:
    past = a_history(thin=40)
    found = walk_over(past)
    islet = np.array([one == "islet" for one in past.attributes["place"]])[found.rows]
    assert islet.sum() > 5
    assert (found.depth[islet] == 0).all()
    assert (found.depth[~islet, 0] == 1).mean() > 0.9
    assert np.isfinite(found.end_s[islet]).all()


def test_those_that_never_come_are_missed_and_no_window_reaches_beyond_them() -> None:
    past = a_history(never=0.08)
    found = walk_over(past)
    assert coverage_of(found, past, 0, end_of(past)).within
    highest = coverage_of(found, past, 2, end_of(past))
    assert highest.no_window > 0.9 * len(found.rows)
    assert coverage_of(found, past, 1, end_of(past)).never > 0


def test_drift_is_detected_and_followed() -> None:
    past = a_history(count=2_400, days=300, slower=1.6, seed=4)
    still = a_history(count=2_400, days=300, seed=4)
    stages = [stage_at(one, START + 180 * DAY, START + 300 * DAY, PLAN) for one in (past, still)]
    moved, same = (drift_at(stage, START + 180 * DAY, 0.9) for stage in stages)
    assert moved is not None
    assert same is not None
    assert moved.p < 1e-4
    assert moved.z < 0
    assert moved.share is not None
    assert moved.share < 0.85
    assert same.p > 1e-3
    deaf = dataclasses.replace(PLAN, gain=0.0)
    nimble = dataclasses.replace(PLAN, gain=1.0, half_life=10 * DAY)
    before = a_history(count=2_400, days=300, slower=1.6, seed=4)
    stage = stage_at(before, START + 150 * DAY, START + 300 * DAY, deaf)
    static, adapted = (walk([stage], Groups(before, one.by), one, LEVELS) for one in (deaf, nimble))
    kept = [coverage_of(one, before, 1, end_of(before)).value or 0.0 for one in (static, adapted)]
    assert abs(kept[1] - 0.9) < abs(kept[0] - 0.9)
    assert kept[0] < 0.88


def test_two_sided_windows_miss_on_both_sides_and_are_kept_as_stated() -> None:
    past = a_history(seed=6)
    plan = dataclasses.replace(PLAN, two_sided=True)
    found = walk_over(past, plan)
    assert coverage_of(found, past, 1, end_of(past)).within
    took = (past.kept - past.made)[found.rows] * 1e-6
    early, late = (took < found.start_s[:, 1]).mean(), (took > found.end_s[:, 1]).mean()
    assert 0.02 < early < 0.08
    assert 0.02 < late < 0.08


def test_windows_that_are_not_over_are_not_judged(given: Given) -> None:
    past = a_history()
    at = START + 195 * DAY
    found = coverage_of(given, past, 1, at)
    assert found.not_due > 0
    assert found.n + found.not_due + found.no_window == len(given.rows)


def test_nothing_can_be_said_of_drift_where_a_half_was_never_kept() -> None:
    made = np.arange(10)
    assert drift_of(made, made.astype(float), made < 5, 0.9) is None


def test_rounding_does_not_decide_whether_a_window_is_kept() -> None:
    """Promises that are all kept to the minute are kept within their windows, however the end was computed."""
    past = a_history(count=900, days=200)
    exact = dataclasses.replace(past, kept=past.limit - 3 * DAY - 7 * 60_000_000)
    for anchor in ("made", "date"):
        plan = dataclasses.replace(PLAN, anchor=anchor)
        found = walk_over(exact, plan)
        took = (exact.kept - exact.made)[found.rows, None] * 1e-6
        assert (found.end_s >= took).all()
        assert (found.end_s % 1 == 0).all()
