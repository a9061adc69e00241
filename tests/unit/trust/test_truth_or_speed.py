"""Truth or speed: four worlds whose truth is known, and the ways to be wrong about them."""

from __future__ import annotations

from functools import cache

import duckdb
import msgspec
import numpy as np
import pytest

from tests.unit.trust.kit import a_world
from troth.errors import MeasureError
from troth.trust.strata import classes_of, fast_of, strata_of
from troth.trust.truth_or_speed import Answer, Served, truth_or_speed

pytestmark = pytest.mark.slow

COUNT = 6_000
WORLDS = {"none": (0.0, 0.0), "lateness": (1.5, 0.0), "slowness": (0.0, 0.7), "both": (1.2, 0.5)}


@cache
def judged(world: str, seed: int = 11) -> tuple[Served, float, float, Answer]:
    """Return a world, its truth and what is found."""
    served, truth, speed = a_world(COUNT, *WORLDS[world], seed)
    return served, truth, speed, truth_or_speed(served)


def test_the_truth_lies_within_intervals_as_often_as_they_say() -> None:
    """Four worlds, drawn four times: of 32 intervals of 95 %, at least 28 hold the truth (fewer: one run in 50)."""
    held = []
    for effects in WORLDS.values():
        for seed in range(4):
            served, truth, speed = a_world(3_000, *effects, seed)
            answer = truth_or_speed(served)
            for known, figure in ((truth, answer.truth), (speed, answer.speed)):
                assert figure.low is not None
                assert figure.high is not None
                held.append(figure.low <= known <= figure.high)
                assert figure.high - figure.low < 0.4
    assert sum(held) >= 28


@pytest.mark.parametrize(("world", "truth", "speed"), [("lateness", True, False), ("slowness", False, True)])
def test_what_has_no_effect_is_not_said_to_have_one(world: str, truth: bool, speed: bool) -> None:
    _, _, _, answer = judged(world)
    for expected, figure in ((truth, answer.truth), (speed, answer.speed)):
        assert figure.low is not None
        assert (figure.low > 0.05) == expected


def test_the_naive_split_blames_lateness_for_what_slowness_did() -> None:
    """Pitfall: the late are slow, so that late against punctual looks like an effect of the broken promise."""
    served, truth, _, answer = judged("slowness")
    late = served.late > 0
    naive = (served.bad[late].mean() - served.bad[~late].mean()) * late.sum() / served.bad.sum()
    assert truth == 0
    assert naive > 0.1
    assert answer.truth.high is not None
    assert answer.truth.high < naive


def test_strata_agree_with_the_model_where_both_can_see() -> None:
    _, truth, _, answer = judged("lateness")
    assert answer.strata.truth.low is not None
    assert answer.strata.truth.low > 0.2
    assert answer.strata.truth.value < truth  # those without anybody to compare with are left out, and that is said
    assert 0.5 < answer.strata.compared_truth < 1
    assert 0.5 < answer.strata.compared_speed <= 1


def test_strata_are_what_sql_says() -> None:
    served, _, _, _ = judged("both")
    with duckdb.connect() as connection:
        rows = list(zip(served.bad.tolist(), served.late.tolist(), served.taken.tolist(), strict=True))
        connection.execute("create table s (bad bool, late double, taken double)")
        connection.executemany("insert into s values (?, ?, ?)", rows[:2_000])
        (expected,) = connection.execute(
            "with e as (select unnest(range(1, 20)) as i, "
            "  unnest(quantile_disc(taken, [x / 20 for x in range(1, 20)])) as edge from s), "
            "b as (select s.*, (select count(*) from e where edge <= taken) as bin from s), "
            "g as (select bin, count(*) filter (late > 0) as l, count(*) filter (late <= 0) as k, "
            "  count(*) filter (bad and late > 0) as lb, count(*) filter (bad and late <= 0) as kb "
            "  from b group by bin) "
            "select sum(lb - l * kb / k) / (select count(*) from s where bad) from g where l >= 10 and k >= 10"
        ).fetchone() or (None,)
    some = slice(0, 2_000)
    found = strata_of(
        served.bad[some], served.never[some], served.late[some], served.taken[some], served.weights[some],
        served.clusters[some],
    )  # fmt: skip
    assert found.truth.value == pytest.approx(expected, abs=1e-12)


def test_a_subject_twice_is_a_weight_of_two() -> None:
    served, _, _, _ = judged("both")
    part = {name: getattr(served, name)[:3_000] for name in Served.__struct_fields__}
    twice = Served(**{name: np.concatenate([values, values]) for name, values in part.items()})
    heavy = msgspec.structs.replace(Served(**part), weights=np.full(3_000, 2.0))
    left, right = truth_or_speed(twice), truth_or_speed(heavy)
    assert left.truth.value == pytest.approx(right.truth.value, abs=1e-6)
    assert left.truth.low == pytest.approx(right.truth.low, abs=1e-6)
    assert left.strata.speed.value == pytest.approx(right.strata.speed.value, abs=1e-9)


def test_rows_in_another_order_give_the_same_answer() -> None:
    served, _, _, answer = judged("both")
    order = np.random.default_rng(3).permutation(COUNT)
    turned = Served(**{name: getattr(served, name)[order] for name in Served.__struct_fields__})
    again = truth_or_speed(turned)
    assert again.truth.value == pytest.approx(answer.truth.value, abs=1e-9)
    assert again.speed.low == pytest.approx(answer.speed.low, abs=1e-6)


def test_the_never_served_are_neither_late_nor_slow_but_count_among_the_bad() -> None:
    served, _, _, answer = judged("both")
    count = 500
    more = {
        name: np.concatenate([getattr(served, name), getattr(served, name)[:count]])
        for name in Served.__struct_fields__
    }
    more["never"][-count:] = True
    more["bad"][-count:] = True
    more["clusters"][-count:] = np.arange(count)
    found = truth_or_speed(Served(**more))
    share = count / (served.bad.sum() + count)
    assert found.never_bad.value == pytest.approx(share)
    assert found.truth.value == pytest.approx(answer.truth.value * (1 - share), abs=1e-6)
    assert found.strata.truth.value == pytest.approx(answer.strata.truth.value * (1 - share), abs=1e-9)


def test_a_confounder_is_held_fixed_when_asked() -> None:
    """Orders from afar are slow, late and disliked for a reason of their own."""
    random = np.random.default_rng(12)
    afar = random.random(COUNT) < 0.4
    taken = random.gamma(5, 2, COUNT) + 4 * afar
    late = np.maximum(0, taken - random.uniform(8, 22, COUNT))
    bad = random.random(COUNT) < np.where(afar, 0.35, 0.1)
    nobody, clusters = np.zeros(COUNT, dtype=np.bool_), random.integers(0, 2**60, COUNT)
    served = Served(bad, late, taken, nobody, nobody, np.ones(COUNT), clusters, np.zeros((COUNT, 0)))
    crude = truth_or_speed(served)
    held = truth_or_speed(msgspec.structs.replace(served, others=afar.astype(np.float64)[:, None]))
    assert crude.speed.low is not None
    assert crude.speed.low > 0.05
    assert held.speed.low is not None
    assert held.speed.high is not None
    assert held.speed.low <= 0 <= held.speed.high


def test_without_anybody_late_there_is_no_answer() -> None:
    served, _, _, _ = judged("none")
    with pytest.raises(MeasureError, match="T104"):
        truth_or_speed(msgspec.structs.replace(served, late=np.zeros(COUNT)))


def test_the_fast_are_as_late_as_they_were() -> None:
    late, taken = np.array([0.0] * 8 + [2.0] * 8), np.arange(16.0)
    fast = fast_of(late, taken, np.ones(16))
    assert classes_of(late)[0].tolist() == [0] * 8 + [1] * 8
    assert fast.tolist() == [0, 1, 1, 1, 1, 1, 1, 1, 8, 9, 9, 9, 9, 9, 9, 9]
