"""The study: every sample of every cell through the real measure, and whether its interval holds the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from troth.measures.promise_word import ALPHA
from troth.measures.question import Question
from troth.model.estimate import Estimate
from troth.runtime import snapshot
from troth.sim.coverage.cells import Cell
from troth.sim.coverage.draws import LIVES, RUN, in_seconds, in_units, tables
from troth.sim.coverage.draws_told import age_of, score_of
from troth.sim.coverage.laws import mean_without

LOW: Final = 0.93
HIGH: Final = 0.97
"""The mean coverage of a figure's reachable cells has to lie between these, at a nominal 0.95."""

_LEAST: Final = 10
"""A cell has at least so many samples."""
_LEG: Final = "open_closed"
_LEGS: Final = {"endings": "broke_closed"}
_IN_SECONDS: Final = frozenset({"waits", "competing", "entering", "cases"})


class Covered(msgspec.Struct, frozen=True):
    """What became of the samples of one cell.

    Attributes:
        cell: The cell.
        runs: Samples that gave an answer to judge.
        held: Samples whose interval holds the truth.
        below: Samples whose whole interval lies below it.
        above: Samples whose whole interval lies above it.
        not_reached: Samples that say *not reached*.
    """

    cell: Cell
    runs: int
    held: int
    below: int
    above: int
    not_reached: int

    @property
    def coverage(self) -> float | None:
        """Return the share of samples whose interval holds the truth."""
        return self.held / self.runs if self.runs else None


class Figure(msgspec.Struct, frozen=True):
    """A figure over all its cells.

    Attributes:
        measure: The measure.
        figure: Its figure.
        cells: Cells with a truth within reach.
        runs: Their samples.
        coverage: Mean over these cells.
        least: The smallest of a cell.
        most: The largest.
        met: Whether the mean lies between `LOW` and `HIGH`.
        beyond: Samples of cells whose quantile lies beyond the follow-up: *not reached* is the right answer.
        imputed: How many of those name one all the same: the last who could be watched had the event.
    """

    measure: str
    figure: str
    cells: int
    runs: int
    coverage: float
    least: float
    most: float
    met: bool
    beyond: int
    imputed: int


def evenly(cells: Iterable[Cell], runs: int) -> Callable[[Cell], int]:
    """Return how many samples to draw of a cell, so that every figure has at least so many over its reachable cells."""
    shares = Counter((cell.measure, cell.figure) for cell in cells if cell.reachable)
    return lambda cell: max(_LEAST, -(-runs // max(1, shares[cell.measure, cell.figure])))


def study(
    cells: Iterable[Cell], runs: Callable[[Cell], int], seed: int, progress: Callable[[int], None] | None = None
) -> list[Covered]:
    """Return what became of every cell.

    Args:
        cells: The grid.
        runs: How many samples of a cell; see `evenly`.
        seed: Another one, other samples.
        progress: Is told of each cell.
    """
    found = []
    for cell in cells:
        found.append(_judged(cell, runs(cell), seed))
        if progress is not None:
            progress(1)
    return found


def figures(found: Sequence[Covered]) -> list[Figure]:
    """Return the figures over their cells, in the order in which they come."""
    names = dict.fromkeys((one.cell.measure, one.cell.figure) for one in found)
    return [
        _figure(measure, figure, [one for one in found if (one.cell.measure, one.cell.figure) == (measure, figure)])
        for measure, figure in names
    ]


def _figure(measure: str, figure: str, found: Sequence[Covered]) -> Figure:
    """Return one figure over its cells."""
    within = [one for one in found if one.cell.reachable and one.coverage is not None]
    beyond = [one for one in found if not one.cell.reachable]
    shares = [one.held / one.runs for one in within]
    mean = sum(shares) / len(shares)
    return Figure(
        measure,
        figure,
        cells=len(within),
        runs=sum(one.runs for one in within),
        coverage=mean,
        least=min(shares),
        most=max(shares),
        met=LOW <= mean <= HIGH,
        beyond=sum(one.runs for one in beyond),
        imputed=sum(one.runs - one.not_reached for one in beyond),
    )


def _judged(cell: Cell, runs: int, seed: int) -> Covered:
    """Return what became of the samples of a cell."""
    held = below = above = not_reached = judged = 0
    for estimate in _estimates(cell, runs, seed):
        value, low, high = _interval(cell, estimate)
        truth = _truth(cell, estimate)
        judged += 1
        not_reached += value is None
        if low is not None and truth < low:
            above += 1
        elif high is not None and truth > high:
            below += 1
        else:
            held += 1
    return Covered(cell, judged, held, below, above, not_reached)


def _estimates(cell: Cell, runs: int, seed: int) -> Iterator[Estimate]:
    """Yield the measure's estimates of all samples."""
    question = Question(by=(RUN,), minimum=1)
    for estimate in snapshot.measure(cell.measure, tables(cell, runs, seed), question):
        leg = _LEGS.get(cell.kind, _LEG)
        if estimate.figures.get("leg", leg) == leg:
            yield estimate


def _interval(cell: Cell, estimate: Estimate) -> tuple[float | None, float | None, float | None]:
    """Return value, low and high of a cell's figure."""
    if cell.figure == "value":
        return estimate.value, estimate.low, estimate.high
    value = estimate.value if cell.figure == "cluster" else estimate.figures[cell.figure]
    return value, estimate.figures[f"{cell.figure}_low"], estimate.figures[f"{cell.figure}_high"]


def _truth(cell: Cell, estimate: Estimate) -> float:
    """Return what the interval should hold."""
    if cell.kind in ("lives", "helped"):
        return _fidelity(cell.figure)
    if cell.figure == "age_mean":
        return age_of()
    if cell.figure == "interval_score":
        return score_of(ALPHA)
    if cell.figure == "restricted_mean":
        assert cell.law is not None
        return in_seconds(mean_without(cell.law, in_units(estimate.figures["restricted_to"])))
    assert cell.truth is not None
    timed = cell.kind in _IN_SECONDS or (cell.kind == "endings" and cell.figure == "p50")
    return in_seconds(cell.truth) if timed and cell.figure != "at_promise" else cell.truth


def _fidelity(figure: str) -> float:
    """Return the aligned share of all time, or the mean of each life's own, of the two kinds of lives."""
    first = LIVES[0][0]
    weights = (first, 1 - first)
    parts = [a / (a + b) for _, _, (a, b) in LIVES]
    if figure == "mean":
        return sum(weight * part for weight, part in zip(weights, parts, strict=True))
    long = [weight * shape * scale for weight, (_, (shape, scale), _) in zip(weights, LIVES, strict=True)]
    return sum(length * part for length, part in zip(long, parts, strict=True)) / sum(long)
