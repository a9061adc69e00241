"""Logistic regression by Newton's method: small, weighted, and started from a former answer.

The bootstrap fits the same model a few hundred times; from the former answer two or three steps are enough.

Source: P. McCullagh, J. A. Nelder, *Generalized Linear Models* (2nd ed., 1989), 2.5.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from troth.trust.table import Floats

STEPS_MAX: Final = 50
_ENOUGH: Final = 1e-8
_STEEP: Final = 30.0


def expit(values: Floats) -> Floats:
    """Return the logistic function.

    >>> expit(np.array([0.0])).tolist()
    [0.5]
    """
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -_STEEP, _STEEP))), dtype=np.float64)


def logit(chance: Floats) -> Floats:
    """Return the log odds of probabilities, those of 0 and 1 being moved inward by a hair."""
    inside = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def fit_logit(
    rows: Floats, outcome: Floats, weights: Floats, ridge: float = 1e-6, start: Floats | None = None
) -> Floats:
    """Return the coefficients of the (lightly penalised) greatest likelihood.

    Args:
        rows: The design, one row a subject; the first column is the constant, which is not penalised.
        outcome: 0 or 1.
        weights: How many subjects each row stands for.
        ridge: Half the penalty on a squared coefficient, in units of the total weight.
        start: Coefficients to begin with.
    """
    beta = np.zeros(rows.shape[1]) if start is None else start.copy()
    total = weights.sum()
    penalty = np.full(rows.shape[1], ridge * total)
    penalty[0] = 0.0
    value = _loss(rows, outcome, weights, penalty, beta)
    for _ in range(STEPS_MAX):
        chance = expit(rows @ beta)
        slope = rows.T @ (weights * (outcome - chance)) - penalty * beta
        curve = (rows * (weights * chance * (1 - chance))[:, None]).T @ rows
        curve[np.diag_indices_from(curve)] += penalty + 1e-12 * total
        step = np.linalg.solve(curve, slope)
        # Halving keeps a first step over nearly separated data from running away.
        for _ in range(STEPS_MAX):
            trial = beta + step
            after = _loss(rows, outcome, weights, penalty, trial)
            if after <= value + 1e-12 * abs(value):
                break
            step = step / 2
        else:
            return beta
        beta, gained, value = trial, value - after, after
        if gained <= _ENOUGH * total:
            break
    return np.asarray(beta, dtype=np.float64)


def _loss(rows: Floats, outcome: Floats, weights: Floats, penalty: Floats, beta: Floats) -> float:
    """Return the negative log likelihood with its penalty."""
    score = np.clip(rows @ beta, -_STEEP, _STEEP)
    return float(weights @ (np.logaddexp(0.0, score) - outcome * score) + (penalty * beta * beta).sum() / 2)
