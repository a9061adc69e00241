"""The predicted distribution of a duration: a forest whose leaves hold quantiles, in a form that is plain numbers.

Each leaf of each tree holds the quantiles of the promises that fell into it; a prediction is their mean over the trees,
quantile by quantile, so that a higher quantile is never lower. Promises that are still open count as longer than
observed: they stand at the far end, where every quantile below them is as if their durations were known.

Between and beyond its quantiles the distribution is read on the scale of log odds, on which the tails are straight:
every duration has a *score*, the log odds at which the prediction puts it, and every score a duration.

Source: N. Meinshausen, *Quantile regression forests*, JMLR 7 (2006); V. Chernozhukov, K. Wüthrich, Y. Zhu,
*Distributional conformal prediction*, PNAS 118 (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from troth.trust.windows_features import Column, learn, numbers_of
from troth.trust.windows_past import Floats, Ints, Known, Past
from troth.trust.windows_scale import Scale, lead_of, scale_of

QUANTILES: Final = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.88, 0.93, 0.97, 0.99)
ODDS: Final = tuple(float(np.log(share / (1 - share))) for share in QUANTILES)
TREES: Final = 16
LEAVES: Final = 48
FEWEST: Final = 40
"""So many promises stand in a leaf at least; its outermost quantiles need them."""
MOST: Final = 40_000
"""A model learns from at most so many promises: the whole time evenly, not only its end."""
_APART: Final = 1e-3
"""Quantiles of a prediction lie at least so far apart on the scale: ties must not make a score leap."""
_FAR: Final = 1.0
"""What never came lies so far beyond the longest that did, on the scale."""


class Tree(msgspec.Struct, frozen=True):
    """A tree: at a node without a `feature` (-1) stands a row of `quantiles`, else numbers up to `limit` go left.

    Attributes:
        feature, limit, left, right: By node.
        quantiles: By node: the row of its quantiles; -1 inside.
        rows: Quantiles on the scale, one row for each leaf.
    """

    feature: list[int]
    limit: list[float]
    left: list[int]
    right: list[int]
    quantiles: list[int]
    rows: list[list[float]]


class Model(msgspec.Struct, frozen=True):
    """What predicts durations, as plain numbers.

    Attributes:
        scale: The scale.
        names: The attributes that it reads.
        columns: The numbers that it reads.
        trees: The forest.
        learned: How many promises it learned from.
        still_open: How many of them were still open, or never came: counted as longer than observed.
    """

    scale: Scale
    names: tuple[str, ...]
    columns: list[Column]
    trees: list[Tree]
    learned: int
    still_open: int

    def quantiles(self, past: Past) -> Floats:
        """Return the predicted quantiles on the scale, a row for each promise."""
        numbers = numbers_of(self.columns, past)
        total = np.zeros((len(past), len(QUANTILES)))
        for tree in self.trees:
            total += _descend(tree, numbers)
        found = total / len(self.trees)
        return found + np.arange(len(QUANTILES)) * _APART


def train(past: Past, known: Known, names: Sequence[str], anchor: str, seed: int) -> Model:
    """Return a model of what is known.

    Args:
        past: The promises to learn from, followed for long enough: see `troth.trust.windows_stage`.
        known: What is known of them.
        names: Attributes to use.
        anchor: `made` or `date`.
        seed: For the choices of the forest; from the data.
    """
    from sklearn.ensemble import RandomForestRegressor

    if len(past) > MOST:
        chosen = np.linspace(0, len(past) - 1, MOST).astype(np.int64)
        past = past.rows(chosen)
        known = Known(known.age_s[chosen], known.kept[chosen], known.never[chosen])
    lead = lead_of(past)
    scale = scale_of(anchor, known, lead)
    places = scale.to(known.age_s, lead)
    low, high = np.quantile(places[known.kept], (0.001, 0.999)) if known.kept.any() else (0.0, 0.0)
    far = high + _FAR
    # Open at the moment, or ended without it: longer than anything that is predicted below it.
    places = np.where(known.kept, np.clip(places, low, high), far)
    columns, numbers = learn(past, names, places, dated=anchor == "date")
    forest = RandomForestRegressor(
        n_estimators=TREES,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=min(FEWEST, max(1, len(past) // 10)),
        max_features=0.5,
        max_samples=0.7,
        random_state=seed % 2**31,
        n_jobs=1,
    )
    forest.fit(numbers, places, sample_weight=past.weight)
    trees = [_portable(one.tree_, numbers, places, past.weight) for one in forest.estimators_]
    return Model(scale, tuple(names), columns, trees, len(past), int((~known.kept).sum()))


def _portable(tree: Any, numbers: Floats, places: Floats, weight: Floats) -> Tree:
    """Return a tree of scikit-learn as plain numbers, with the quantiles of all that fall into each leaf."""
    leaf_of: Ints = tree.apply(numbers.astype(np.float32))
    order = np.lexsort((places, leaf_of))
    leaves, starts = np.unique(leaf_of[order], return_index=True)
    rows, row_of = [], np.full(tree.node_count, -1)
    for row, (leaf, inside) in enumerate(zip(leaves, np.split(order, starts[1:]), strict=True)):
        row_of[leaf] = row
        rows.append([round(float(one), 4) for one in _quantiles(places[inside], weight[inside])])
    # A leaf that none of all promises reaches cannot be: its own sample is among them.
    return Tree(
        feature=[max(int(one), -1) for one in tree.feature],
        limit=[float(one) for one in tree.threshold],
        left=tree.children_left.tolist(),
        right=tree.children_right.tolist(),
        quantiles=row_of.tolist(),
        rows=rows,
    )


def _quantiles(places: Floats, weight: Floats) -> Floats:
    """Return weighted quantiles of sorted places: linear between the middles of their weights."""
    middle = (np.cumsum(weight) - weight / 2) / weight.sum()
    return np.asarray(np.interp(QUANTILES, middle, places), dtype=np.float64)


def _descend(tree: Tree, numbers: Floats) -> Floats:
    """Return the quantiles of the leaves that rows of numbers fall into."""
    feature, limit = np.array(tree.feature), np.array(tree.limit)
    left, right = np.array(tree.left), np.array(tree.right)
    narrow = numbers.astype(np.float32)
    node = np.zeros(len(numbers), dtype=np.int64)
    every = np.arange(len(numbers))
    while True:
        inside = feature[node] >= 0
        if not inside.any():
            break
        goes_left = narrow[every, np.maximum(feature[node], 0)] <= limit[node]
        node = np.where(inside, np.where(goes_left, left[node], right[node]), node)
    return np.asarray(np.array(tree.rows)[np.array(tree.quantiles)[node]], dtype=np.float64)


def scores_of(quantiles: Floats, places: Floats) -> Floats:
    """Return the log odds at which predictions put places on the scale, row by row.

    Beyond the outermost quantiles the last slope goes on.
    """
    odds = np.array(ODDS)
    upper = np.clip((quantiles < places[:, None]).sum(axis=1), 1, len(odds) - 1)
    every = np.arange(len(places))
    low, high = quantiles[every, upper - 1], quantiles[every, upper]
    slope = (odds[upper] - odds[upper - 1]) / (high - low)
    return np.asarray(odds[upper - 1] + (places - low) * slope, dtype=np.float64)


def places_at(quantiles: Floats, scores: Floats) -> Floats:
    """Return the places on the scale that have the scores, row by row; infinite scores give infinite places.

    Args:
        quantiles: A row for each prediction.
        scores: A row for each prediction, a column for each score asked for.
    """
    odds = np.array(ODDS)
    upper = np.clip(np.searchsorted(odds, scores), 1, len(odds) - 1)
    low = np.take_along_axis(quantiles, upper - 1, axis=1)
    high = np.take_along_axis(quantiles, upper, axis=1)
    share = (scores - odds[upper - 1]) / (odds[upper] - odds[upper - 1])
    return np.asarray(low + share * (high - low), dtype=np.float64)
