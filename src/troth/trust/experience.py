"""The probability that an experience was bad, from operational facts alone: how well it foretells, and why.

Every figure is out of fold: a subject's probability comes from models that saw neither it nor any other subject of its
customer. Rows are taken in the order of their names, folds and resampling come from hashes of names: the same data give
the same figures in any order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from troth.errors import MeasureError, Place, Problem
from troth.trust.figures import (
    Bin,
    Figure,
    Scored,
    area_figure,
    bins_of,
    calibration_error,
    riskiest,
    riskiest_figure,
)
from troth.trust.learner import FOLDS, Learner, folds_of, learn, plain
from troth.trust.occasion import Occasion, answered
from troth.trust.table import Bools, Floats, Ints, Table, table_of

LEAST: Final = 100
"""Customers: fewer with a bad experience, or fewer with another, teach nothing that can be checked."""

Progress = Callable[[int], None]
"""Is told that so many more folds are done."""


class Quality(msgspec.Struct, frozen=True):
    """How well probabilities foretell.

    Attributes:
        area: Area under the ROC curve.
        calibration_error: Mean over ten bins of equal weight of |foretold - found|.
        riskiest: Share of all bad experiences among the riskiest tenth.
        riskiest_subjects: How many subjects the riskiest tenth holds.
        riskiest_bad: How many of them were bad.
        bins: The ten bins.
    """

    area: Figure
    calibration_error: float
    riskiest: Figure
    riskiest_subjects: int
    riskiest_bad: int
    bins: Sequence[Bin]


class Segment(msgspec.Struct, frozen=True):
    """Subjects that share values of attributes: foretold for all, found among those who answered."""

    values: Mapping[str, Any]
    subjects: int
    answered: int
    foretold: float
    found: float | None


@dataclasses.dataclass(frozen=True)
class Experience:
    """What was learned, and how far it can be trusted.

    Attributes:
        occasions: Those who answered, in the order of their names.
        table: Their facts.
        scored: Their probabilities, each out of fold.
        folds: The fold of each.
        learners: One for each fold, which has not seen it.
        quality: How well it foretells.
        plain: How well the plain model does, on the same folds.
        gain: Area less the plain model's.
        silent: Those of whom nobody has said how it was, with their probabilities.
    """

    occasions: Sequence[Occasion]
    table: Table
    scored: Scored
    folds: Ints
    learners: Sequence[Learner]
    quality: Quality
    plain: Quality
    gain: Figure
    silent: Sequence[tuple[Occasion, float]] = ()

    @property
    def bad_share(self) -> float:
        """Return the weighted share of bad experiences."""
        return float(np.average(self.scored.bad, weights=self.scored.weights))


def experience(occasions: Sequence[Occasion], progress: Progress | None = None) -> Experience:
    """Return the probability of a bad experience for every occasion, out of fold.

    Args:
        occasions: In any order; those without an outcome are only asked about.
        progress: Is told of each of the five folds.

    Raises:
        MeasureError: T102, too few bad or good experiences; T103, no weight, or a negative one.
    """
    known = answered(occasions)
    table = table_of([one.facts for one in known])
    bad = np.array([one.bad for one in known], dtype=np.bool_)
    weights = np.array([one.weight for one in known], dtype=np.float64)
    clusters = np.array([one.cluster for one in known], dtype=np.int64)
    _check(bad, weights, clusters)
    numbers = np.array([one.number for one in known], dtype=np.int64)
    folds = folds_of(clusters)
    chance, rival, learners = _out_of_fold(table, bad, weights, clusters, folds, progress)
    scored = Scored(chance, bad, weights, clusters, numbers)
    other = Scored(rival, bad, weights, clusters, numbers)
    area, gain = area_figure(scored, rival)
    assert gain is not None, "a rival was given"
    return Experience(
        known,
        table,
        scored,
        folds,
        learners,
        _quality(scored, area),
        _quality(other, area_figure(other)[0]),
        gain,
        _of_silent(occasions, table, learners),
    )


def _check(bad: Bools, weights: Floats, clusters: Ints) -> None:
    """Raise if nothing can be learned."""
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise MeasureError(Problem(Place(), "T103", "a negative weight", "weights of 0 or more", "choose another"))
    sides = [len(np.unique(clusters[side & (weights > 0)])) for side in (bad, ~bad)]
    if min(sides) < LEAST:
        found = f"{sides[0]:,} customers with a bad and {sides[1]:,} with another experience"
        remedy = "import more history, or choose a condition that is met more often"
        raise MeasureError(Problem(Place(), "T102", found, f"at least {LEAST} of each", remedy))


def _out_of_fold(
    table: Table, bad: Bools, weights: Floats, clusters: Ints, folds: Ints, progress: Progress | None
) -> tuple[Floats, Floats, list[Learner]]:
    """Return both models' probabilities of each row from the other folds, and what was learned without each fold."""
    chance, rival, learners = np.zeros(len(bad)), np.zeros(len(bad)), []
    used = weights > 0
    for fold in range(FOLDS):
        rest, own = (folds != fold) & used, folds == fold
        learner = learn(table, table.values[rest], bad[rest], weights[rest], clusters[rest])
        learners.append(learner)
        if own.any():
            chance[own] = learner.chance(table.values[own])
            rival[own] = plain(table, table.values[rest], bad[rest], weights[rest]).chance(table.values[own])
        if progress is not None:
            progress(1)
    return chance, rival, learners


def _quality(scored: Scored, area: Figure) -> Quality:
    """Return how well probabilities foretell."""
    chosen = riskiest(scored)
    return Quality(
        area,
        calibration_error(scored),
        riskiest_figure(scored),
        int(chosen.sum()),
        int((chosen & scored.bad).sum()),
        bins_of(scored),
    )


def _of_silent(
    occasions: Sequence[Occasion], table: Table, learners: Sequence[Learner]
) -> list[tuple[Occasion, float]]:
    """Return the probability of those who have not said how it was.

    Each is asked of the learner that has seen nothing of its customer, as if the customer had answered.
    """
    silent = sorted((one for one in occasions if one.bad is None), key=lambda one: one.subject)
    if not silent:
        return []
    values = table.coded([one.facts for one in silent])
    folds = folds_of(np.array([one.cluster for one in silent], dtype=np.int64))
    chance = np.zeros(len(silent))
    for fold, learner in enumerate(learners):
        if (folds == fold).any():
            chance[folds == fold] = learner.chance(values[folds == fold])
    return list(zip(silent, chance.tolist(), strict=True))


def ranked(found: Experience) -> list[tuple[Occasion, float, int]]:
    """Return everybody with probability and fold, those at greatest risk first; ties by name."""
    rows = list(zip(found.occasions, found.scored.chance.tolist(), found.folds.tolist(), strict=True))
    rows += [(one, chance, one.cluster % FOLDS) for one, chance in found.silent]
    return sorted(rows, key=lambda row: (-row[1], row[0].subject))


def segments_of(found: Experience) -> list[Segment]:
    """Return the segments of the occasions, the worst foretold first; each value, also an unknown one, is a segment."""
    rows = [(one, float(chance), True) for one, chance in zip(found.occasions, found.scored.chance, strict=True)]
    rows += [(one, chance, False) for one, chance in found.silent]
    parts: dict[tuple[Any, ...], list[tuple[Occasion, float, bool]]] = {}
    for row in rows:
        parts.setdefault(tuple(row[0].segment.values()), []).append(row)
    segments = [_segment(part) for part in parts.values()]
    return sorted(segments, key=lambda one: (-one.foretold, str(one.values)))


def _segment(part: Sequence[tuple[Occasion, float, bool]]) -> Segment:
    """Return one segment."""
    known = [one for one, _, said in part if said]
    weights = sum(one.weight for one, _, _ in part)
    heard = sum(one.weight for one in known)
    return Segment(
        part[0][0].segment,
        len(part),
        len(known),
        sum(one.weight * chance for one, chance, _ in part) / weights if weights else float("nan"),
        sum(one.weight for one in known if one.bad) / heard if heard else None,
    )
