"""Token buckets: at once as many as the burst, in the long run as many as the rate; headers that programs can read."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from troth.model.times import SECOND
from troth.surfaces.api.limits import Limiter


def test_a_bucket_empties_and_fills_again() -> None:
    limiter = Limiter(rate=2, burst=3)
    assert [limiter.take("a", 0).ok for _ in range(4)] == [True, True, True, False]
    assert limiter.take("b", 0).ok
    assert not limiter.take("a", SECOND // 2 - 1).ok
    assert limiter.take("a", SECOND // 2).ok


def test_a_key_may_have_a_rate_of_its_own() -> None:
    limiter = Limiter(rate=100, burst=100)
    assert [limiter.take("a", 0, rate=1).ok for _ in range(3)] == [True, True, False]


def test_without_a_rate_there_is_no_limit_and_nothing_to_say() -> None:
    grant = Limiter(rate=0, burst=1).take("a", 0)
    assert (grant.ok, grant.headers()) == (True, {})


@given(st.lists(st.integers(0, 3 * SECOND), max_size=60), st.integers(1, 20), st.integers(1, 30))
def test_in_no_stretch_of_time_go_more_than_burst_and_rate_allow(waits: list[int], rate: int, burst: int) -> None:
    limiter = Limiter(rate, burst)
    now, went = 0, []
    for wait in waits:
        now += wait
        grant = limiter.take("a", now)
        if grant.ok:
            went.append(now)
        for value in grant.headers().values():
            assert re.fullmatch(r'"key"(;[a-z]+=\d+)+', value)
    for first, start in enumerate(went):
        for last in range(first, len(went)):
            assert last - first + 1 <= burst + (went[last] - start) / SECOND * rate + 1e-6


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    limiter = Limiter(rate=1, burst=1)
    assert limiter.take("a", 10 * SECOND).ok
    assert not limiter.take("a", 0).ok
    assert not limiter.take("a", 10 * SECOND).ok
