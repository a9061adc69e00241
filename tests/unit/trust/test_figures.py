"""How well probabilities foretell: against scikit-learn, and against a few lines of plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from tests.unit.trust.kit import some_scored
from troth.trust.figures import (
    Scored,
    area,
    area_figure,
    bins_of,
    calibration_error,
    found_in_riskiest,
    riskiest,
    riskiest_figure,
)
from troth.trust.logit import expit, fit_logit


@pytest.mark.parametrize("ties", [True, False])
def test_the_area_is_scikit_learns(ties: bool) -> None:
    scored = some_scored(3_000, ties=ties)
    expected = roc_auc_score(scored.bad, scored.chance, sample_weight=scored.weights)
    assert area(scored.chance, scored.bad, scored.weights) == pytest.approx(expected, abs=1e-12)


def test_figures_do_not_hang_on_the_order_of_the_rows() -> None:
    scored = some_scored(800)
    order = np.random.default_rng(9).permutation(800)
    turned = Scored(*(getattr(scored, name)[order] for name in Scored.__struct_fields__))
    assert area_figure(turned)[0].value == pytest.approx(area_figure(scored)[0].value, abs=1e-12)
    assert area_figure(turned)[0].low == pytest.approx(area_figure(scored)[0].low, abs=1e-9)
    assert calibration_error(turned) == pytest.approx(calibration_error(scored), abs=1e-12)
    assert riskiest_figure(turned).value == pytest.approx(riskiest_figure(scored).value, abs=1e-12)
    np.testing.assert_array_equal(riskiest(turned), riskiest(scored)[order])


def test_a_weight_of_two_is_a_subject_twice() -> None:
    scored = some_scored(500)
    twice = np.concatenate([np.arange(500), np.arange(0, 500, 2)])
    weights = np.where(np.arange(500) % 2 == 0, 2.0, 1.0)
    left = area(scored.chance[twice], scored.bad[twice], np.ones(len(twice)))
    assert area(scored.chance, scored.bad, weights) == pytest.approx(left, abs=1e-12)


def test_the_calibration_error_is_the_mean_gap_of_ten_equal_bins() -> None:
    scored = some_scored(1_000)
    even = Scored(scored.chance, scored.bad, np.ones(1_000), scored.clusters, scored.numbers)
    ranked = sorted(range(1_000), key=lambda row: (even.chance[row], even.numbers[row]))
    gaps = []
    for start in range(0, 1_000, 100):
        rows = ranked[start : start + 100]
        gaps.append(abs(sum(even.chance[row] for row in rows) - sum(even.bad[row] for row in rows)) / 100)
    assert calibration_error(even) == pytest.approx(sum(gaps) / 10, abs=1e-12)
    assert [one.subjects for one in bins_of(even)] == [100] * 10


def test_probabilities_that_are_true_are_calibrated_and_shifted_ones_are_not() -> None:
    scored = some_scored(20_000, ties=False)
    assert calibration_error(scored) < 0.015
    shifted = Scored(np.minimum(scored.chance + 0.1, 1), scored.bad, scored.weights, scored.clusters, scored.numbers)
    assert calibration_error(shifted) == pytest.approx(0.1, abs=0.015)


def test_the_riskiest_tenth_holds_a_tenth_of_the_weight_and_is_counted_by_hand() -> None:
    scored = some_scored(1_000)
    even = Scored(scored.chance, scored.bad, np.ones(1_000), scored.clusters, scored.numbers)
    ranked = sorted(range(1_000), key=lambda row: (-even.chance[row], even.numbers[row]))
    found = sum(bool(even.bad[row]) for row in ranked[:100]) / even.bad.sum()
    assert riskiest_figure(even).value == pytest.approx(found, abs=1e-12)
    assert riskiest(even).sum() == 100
    assert scored.weights[riskiest(scored)].sum() == pytest.approx(0.1 * scored.weights.sum(), rel=0.02)
    assert 0 < found_in_riskiest(scored, scored.weights) < 1


def test_the_interval_is_wider_when_customers_have_several_subjects() -> None:
    """Twenty copies of a row under one customer tell no more than one."""
    few = some_scored(300, ties=False)
    copies = np.repeat(np.arange(300), 20)
    fields = {name: getattr(few, name)[copies] for name in ("chance", "bad", "weights")}
    one_each = Scored(**fields, clusters=np.arange(6_000), numbers=np.arange(6_000))
    grouped = Scored(**fields, clusters=copies, numbers=np.arange(6_000))
    apart, together = area_figure(one_each)[0], area_figure(grouped)[0]
    assert apart.low is not None
    assert apart.high is not None
    assert together.low is not None
    assert together.high is not None
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_an_area_of_one_class_is_not_known() -> None:
    assert np.isnan(area(np.array([0.1, 0.2]), np.array([True, True]), np.ones(2)))


def test_the_regression_finds_scikit_learns_coefficients() -> None:
    random = np.random.default_rng(2)
    rows = np.column_stack([np.ones(2_000), random.normal(size=(2_000, 3))])
    outcome = (random.random(2_000) < expit(rows @ np.array([-1.0, 0.5, 0.0, -1.5]))).astype(np.float64)
    weights = random.uniform(0.2, 4, 2_000)
    ridge = 1e-3
    model = LogisticRegression(C=1 / (ridge * weights.sum()), tol=1e-10, max_iter=1_000)
    model.fit(rows[:, 1:], outcome, sample_weight=weights)
    expected = np.concatenate([model.intercept_, model.coef_[0]])
    np.testing.assert_allclose(fit_logit(rows, outcome, weights, ridge), expected, atol=1e-5)


def test_the_regression_stays_finite_where_the_classes_are_separate() -> None:
    rows = np.column_stack([np.ones(100), np.arange(100.0)])
    beta = fit_logit(rows, (np.arange(100) >= 50).astype(np.float64), np.ones(100), 1e-4)
    assert np.isfinite(beta).all()
    assert beta[1] > 0
