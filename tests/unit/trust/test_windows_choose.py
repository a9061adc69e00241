"""Choosing a memory: a short one where durations drift, by a loss that neither length nor missing can buy."""

from __future__ import annotations

import dataclasses

import numpy as np

from tests.unit.trust.windows_kit import START, a_history, end_of
from troth.model.times import DAY, FOREVER
from troth.trust.windows_choose import GAIN, PARTS, choose
from troth.trust.windows_stage import Plan

PLAN = Plan(names=("place",))


def test_where_durations_have_changed_the_shortest_memory_is_chosen_and_else_not() -> None:
    spread = {}
    for slower in (2.0, 1.0):
        past = a_history(count=3_000, days=300, slower=slower)
        plan, tried = choose(past, end_of(past), PLAN, 0.9)
        assert plan.gain == GAIN
        assert (plan.half_life == min(one.half_life for one in tried)) == (slower > 1)
        spread[slower] = max(one.loss for one in tried) / min(one.loss for one in tried)
    assert spread[2.0] > 1.01
    assert spread[2.0] > spread[1.0]


def test_memories_are_parts_of_the_time_before_whatever_the_durations() -> None:
    past = a_history(count=900)
    # Kept at once, as far as the clocks tell: there is no middle duration to measure by.
    at_once = dataclasses.replace(past, kept=past.made)
    at = START + 190 * DAY
    for history in (past, at_once):
        _, tried = choose(history, at, PLAN, 0.9)
        assert [one.half_life for one in tried] == [(at - START) // part for part in PARTS]


def test_what_happens_after_the_moment_is_not_read() -> None:
    past = a_history(count=900)
    at = START + 120 * DAY
    unknown = dataclasses.replace(past, kept=np.where(past.kept > at, FOREVER, past.kept))
    assert choose(past, at, PLAN, 0.9) == choose(unknown, at, PLAN, 0.9)


def test_two_sided_windows_are_charged_on_both_sides() -> None:
    past = a_history(count=900)
    one, two = (choose(past, end_of(past), dataclasses.replace(PLAN, two_sided=both), 0.9)[1] for both in (False, True))
    assert all(double.loss > single.loss for single, double in zip(one, two, strict=True))
