"""The memory of windows: a part of the time before, whatever the durations are."""

from __future__ import annotations

import dataclasses

from tests.unit.trust.windows_kit import START, a_history
from troth.model.times import DAY
from troth.trust.windows_choose import GAIN, chosen
from troth.trust.windows_stage import Plan


def test_the_memory_is_a_part_of_the_time_before_even_where_all_was_kept_at_once() -> None:
    past = a_history(count=20_000)
    # As far as the clocks tell: there is no middle duration to measure by.
    at_once = dataclasses.replace(past, kept=past.made)
    for history in (past, at_once):
        plan = chosen(history, START + 180 * DAY, Plan(names=("place",)))
        assert (plan.half_life, plan.gain, plan.names) == (5 * DAY, GAIN, ("place",))


def test_it_holds_the_latest_four_hundred_at_least_and_what_comes_later_is_not_read() -> None:
    past = a_history(count=1_000)
    at = START + 180 * DAY
    half_life = chosen(past, at, Plan()).half_life
    assert 398 <= ((past.made < at) & (past.made >= at - half_life)).sum() <= 400
    assert chosen(past.as_known(at), at, Plan()).half_life == half_life


def test_the_memory_is_at_least_a_day() -> None:
    assert chosen(a_history(count=90_000), START + 20 * DAY, Plan()).half_life == DAY
