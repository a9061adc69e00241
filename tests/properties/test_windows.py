"""Windows: whatever drifts, they are kept as often as stated over time; and no promise is judged by what came later."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.model.times import DAY, FOREVER
from troth.trust.windows_judge import coverage_of
from troth.trust.windows_past import Floats, Past, past_of
from troth.trust.windows_stage import Plan, stage_at
from troth.trust.windows_tried import walked
from troth.trust.windows_walk import Groups, walk

BASE = 20_000 * DAY
DAYS = 400
LEVELS = (0.8, 0.9, 0.95)
PLAN = Plan(names=("place",), by=("place",))


def slowness(kind: str, when: Floats) -> Floats:
    """Return by which factor durations are longer, by the share of the history that is over."""
    if kind == "slower and slower":
        return np.asarray(np.exp(0.8 * when), dtype=np.float64)
    if kind == "faster and faster":
        return np.asarray(np.exp(-0.8 * when), dtype=np.float64)
    if kind == "seasons":
        return np.asarray(np.exp(0.4 * np.sin(6 * np.pi * when)), dtype=np.float64)
    if kind == "all at once":
        return np.where(when > 0.75, 1.5, 1.0)
    return np.ones(len(when))


def a_firm(kind: str, seed: int, count: int = 4_000) -> Past:
    """Return promises in three places, of which one in a hundred never comes, with durations that drift."""
    draws = np.random.default_rng(seed)
    made = np.sort(draws.integers(0, DAYS * DAY, count))
    place = draws.integers(0, 3, count)
    took = 2.0**place * np.exp(0.6 * draws.standard_normal(count)) * slowness(kind, made / (DAYS * DAY))
    lost = draws.random(count) < 0.01
    kept = np.where(lost, FOREVER, BASE + made + (took * DAY).astype(np.int64))
    rows = {
        "subject": [str(one) for one in range(count)],
        "made": (BASE + made).tolist(),
        "kept": [None if one >= FOREVER else one for one in kept.tolist()],
        "ended": np.where(lost, BASE + made + 15 * DAY, -1).tolist(),
        "limit": [None] * count,
    }
    rows["ended"] = [None if one < 0 else one for one in rows["ended"]]
    return past_of("day", rows, {"place": ["north" if one == 0 else "south" if one == 1 else "west" for one in place]})


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("kind", ["steady", "slower and slower", "faster and faster", "seasons", "all at once"])
def test_windows_are_kept_as_often_as_stated_whatever_drifts(kind: str, seed: int) -> None:
    """Within the larger of one point and two standard errors at every level, judged the day after the last promise."""
    past = a_firm(kind, seed)
    on = walked(past, BASE + (DAYS + 1) * DAY, PLAN, 0.9)
    for level in LEVELS:
        found = coverage_of(on.given, on.past, on.place(level), on.at)
        assert found.n > 1_000
        assert found.within, (kind, level, found)


@settings(max_examples=10)
@given(seed=st.integers(0, 2**16), after=st.integers(170, 235), kind=st.sampled_from(["steady", "all at once"]))
def test_what_becomes_known_later_changes_no_window_given_before(seed: int, after: int, kind: str) -> None:
    past = a_firm(kind, seed, count=600)
    moment = BASE + after * DAY
    unknown = past.as_known(moment)
    plan = Plan(names=("place",), by=("place",), gain=1.0, half_life=40 * DAY)
    ends = []
    for history in (past, unknown):
        stage = stage_at(history, BASE + 160 * DAY, BASE + 240 * DAY, plan)
        given_ = walk([stage], Groups(history, plan.by), plan, np.array(LEVELS))
        before = history.made[given_.rows] < moment
        ends.append(given_.end_s[before])
    assert len(ends[0]) > 10
    assert (ends[0] == ends[1]).all()
