"""The coverage study: intervals hold the truth as often as they say, and a study of wrong ones says so."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from troth.measures.question import Question
from troth.runtime import snapshot
from troth.sim.coverage import study as studies
from troth.sim.coverage.cells import Cell, grid
from troth.sim.coverage.draws import RUN, tables
from troth.sim.coverage.laws import LAWS, Law, follow_up, mean_without
from troth.sim.coverage.study import HIGH, LOW, evenly, figures, study

_RUNS = 30


def test_the_grid_is_as_the_bar_asks() -> None:
    cells = list(grid())
    runs = evenly(cells, 2_000)
    samples: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        if cell.reachable:
            samples[cell.measure, cell.figure] += runs(cell)
    assert min(samples.values()) >= 2_000
    assert min(cell.n for cell in cells) >= 30
    assert {cell.censored for cell in cells if cell.law} == {0.3, 0.45, 0.6}
    assert len({(cell.measure, cell.figure, cell.kind, cell.name) for cell in cells}) == len(cells)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_laws_agree_with_samples_of_themselves(law: Law) -> None:
    rng = np.random.default_rng(3)
    drawn = law.quantile(rng.random(200_000))
    for share in (0.1, 0.5, 0.9):
        assert law.share(float(np.quantile(drawn, share))) == pytest.approx(share, abs=0.01)
    until = follow_up(law, 0.45)
    assert np.mean(drawn > rng.random(200_000) * until) == pytest.approx(0.45, abs=0.01)
    assert mean_without(law, 1.0) == pytest.approx(float(np.mean(np.minimum(drawn, 1.0))), abs=0.01)


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    small = [cell for cell in grid() if cell.n == 30 and cell.law in (None, LAWS[0])]
    # Two cells of each figure: `troth sim coverage` has the whole study.
    small = [cell for place, cell in enumerate(small) if [one.figure for one in small[:place]].count(cell.figure) < 2]
    found = figures(study(small, lambda _: _RUNS, seed=5))
    assert {one.figure for one in found} == {cell.figure for cell in grid()}
    for one in found:
        # Half of the samples are not independent of each other: two figures of one sample, of one law.
        noise = 3 * math.sqrt(0.05 * 0.95 / (one.runs / 2))
        assert LOW - noise <= one.coverage <= HIGH + noise, one


def test_an_interval_that_is_too_narrow_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [cell for cell in grid() if cell.measure == "promise_reliability" and cell.figure == "value"]
    right = studies._interval

    def halved(cell: Cell, estimate: Any) -> tuple[float | None, float | None, float | None]:
        value, low, high = right(cell, estimate)
        assert value is not None
        assert low is not None
        assert high is not None
        return value, value - (value - low) / 2, value + (high - value) / 2

    monkeypatch.setattr(studies, "_interval", halved)
    (found,) = figures(study(cells, lambda _: _RUNS, seed=5))
    assert not found.met
    assert found.coverage < 0.8


def test_what_the_follow_up_does_not_reach_is_seldom_named() -> None:
    cells = [cell for cell in grid() if not cell.reachable and cell.n == 100 and cell.figure == "p90"]
    assert cells
    within = next(cell for cell in grid() if cell.figure == "p90" and cell.reachable)
    (found,) = figures(study([*cells, within], lambda _: 40, 5))
    assert found.beyond == 40 * len(cells)
    assert found.imputed < found.beyond / 4


def test_another_seed_draws_other_samples_and_the_same_one_the_same() -> None:
    cell = next(cell for cell in grid() if cell.kind == "waits" and cell.n == 30)

    def values(seed: int) -> list[float | None]:
        asked = Question(by=(RUN,), minimum=1)
        return [one.value for one in snapshot.measure(cell.measure, tables(cell, 5, seed), asked)]

    assert values(1) == values(1) != values(2)
