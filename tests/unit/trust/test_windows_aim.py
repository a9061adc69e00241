"""The aim: a balance of misses against what was stated, with what is still open taken as it stands."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from tests.unit.trust.windows_kit import START, a_history
from troth.model.times import DAY
from troth.trust.windows_aim import MISSES, Aim
from troth.trust.windows_conform import Curve
from troth.trust.windows_past import Ints, Past
from troth.trust.windows_stage import Plan, Stage, stage_at
from troth.trust.windows_walk import Calibration, Groups, walk

LEVELS = np.array([0.8, 0.9])
PLAN = Plan(names=("place",), by=("place",))
BEGIN = START + 120 * DAY


@pytest.fixture(scope="module")
def past() -> Past:
    return a_history()


@pytest.fixture(scope="module")
def stage(past: Past) -> Stage:
    return stage_at(past, BEGIN, START + 200 * DAY, PLAN)


def curves(stage: Stage, past: Past, at: int) -> Callable[[int], Curve]:
    return Calibration(stage, Groups(past, PLAN.by), PLAN, at).telling


def aimed(past: Past, rows: Ints, days: float, *, split: bool = False) -> Aim:
    """Return an aim that has been given windows of so many days."""
    aim = Aim(past, rows, Groups(past, PLAN.by).codes[1][rows], LEVELS, 1.0, split=split)
    aim.give(np.arange(len(rows)), np.zeros((len(rows), 2)), np.full((len(rows), 2), days * 86_400))
    return aim


def walked_rows(past: Past, count: int = 120) -> Ints:
    first = int(np.searchsorted(past.made, BEGIN))
    return np.arange(first, first + count)


def test_before_anything_was_given_it_is_what_the_levels_say(past: Past) -> None:
    aim = Aim(past, walked_rows(past), Groups(past, PLAN.by).codes[1][walked_rows(past)], LEVELS, 1.0, split=True)
    assert aim.shares.whole == pytest.approx([0.2, 0.1])
    assert aim.shares.own == pytest.approx(np.tile([0.2, 0.1], (3, 1)))


def test_when_all_is_over_the_balance_is_misses_less_those_that_were_stated(past: Past, stage: Stage) -> None:
    rows = walked_rows(past)
    aim = aimed(past, rows, 3.0)
    at = START + 199 * DAY
    aim.hear(at, stage, curves(stage, past, at))
    missed = float(((past.kept - past.made)[rows] > 3 * DAY).sum())
    assert missed > 40
    for level, share in zip((0.2, 0.1), aim.shares.whole, strict=True):
        moved = max(-1.1, min(1.1, (missed - level * len(rows)) / MISSES))
        assert share == pytest.approx(level * math.exp(-moved))


def test_windows_that_are_missed_less_than_stated_let_the_next_ones_be_shorter(past: Past, stage: Stage) -> None:
    at = START + 199 * DAY
    shares = []
    for days in (3.0, 60.0):
        aim = aimed(past, walked_rows(past), days)
        aim.hear(at, stage, curves(stage, past, at))
        shares.append(aim.shares.whole[1])
    assert shares[0] < 0.1 < shares[1]


def test_what_is_open_counts_with_what_is_to_be_expected_of_it(past: Past, stage: Stage) -> None:
    """Halfway through, before a single window has passed, the balance is near what it will be when all have."""
    rows = walked_rows(past, 300)
    at = int(past.made[rows[-1]]) + DAY
    then = dataclasses.replace(past, kept=np.where(past.kept > at, past.kept + 900 * DAY, past.kept))
    aim = aimed(then, rows, 12.0)
    aim.hear(at, stage_at(then, BEGIN, START + 200 * DAY, PLAN), curves(stage, past, at))
    in_the_end = float(((past.kept - past.made)[rows] > 12 * DAY).sum())
    balance = (aim._settled + aim._pending).sum(axis=0)
    assert aim._due.sum(axis=0)[0] > 3
    assert balance + (1 - LEVELS) * len(rows) == pytest.approx(np.full(2, in_the_end), abs=6)


def test_a_segment_has_a_balance_of_its_own_beside_that_of_all(past: Past, stage: Stage) -> None:
    aim = aimed(past, walked_rows(past), 9.0, split=True)
    at = START + 199 * DAY
    aim.hear(at, stage, curves(stage, past, at))
    north, _, west = aim.shares.own[:, 1]
    # Nine days are ample in the north and too short in the west.
    assert north > aim.shares.whole[1] > west


@pytest.mark.parametrize(("days", "times"), [(0.1, (math.exp(-1.1), math.exp(-1.1))), (90.0, (3.0, math.exp(1.1)))])
def test_the_share_stays_between_a_third_and_three_times_what_was_stated(
    past: Past, stage: Stage, days: float, times: tuple[float, float]
) -> None:
    """At 80 % no more than six of ten may ever miss: half of the way from two of ten to all."""
    at = START + 199 * DAY
    aim = aimed(past, walked_rows(past, 300), days)
    aim.hear(at + 90 * DAY, stage, curves(stage, past, at))
    assert aim.shares.whole == pytest.approx([0.2 * times[0], 0.1 * times[1]], rel=1e-6)


def test_where_no_window_could_be_given_there_is_nothing_to_keep(past: Past, stage: Stage) -> None:
    aim = aimed(past, walked_rows(past), math.inf)
    at = START + 199 * DAY
    aim.hear(at, stage, curves(stage, past, at))
    assert aim.shares.whole == pytest.approx([0.2, 0.1])


def test_a_training_without_anything_open_is_taken_up_all_the_same(past: Past) -> None:
    """Nothing is promised for a year, all is over, then it goes on: the walk crosses from one training to the next."""
    gap = 400 * DAY
    late = past.made >= START + 150 * DAY
    apart = dataclasses.replace(
        past, made=np.where(late, past.made + gap, past.made), kept=np.where(late, past.kept + gap, past.kept)
    )
    plan = dataclasses.replace(PLAN, gain=1.0)
    edges = (BEGIN, START + 300 * DAY, START + 200 * DAY + gap)
    stages = [stage_at(apart, one, other, plan) for one, other in pairwise(edges)]
    given = walk(stages, Groups(apart, plan.by), plan, LEVELS)
    assert len(given.rows) == 600
    assert np.isfinite(given.end_s).all()
