"""The probability of a bad experience: true where the truth is known, the same in any order, never seen before."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, cross_val_predict
from threadpoolctl import threadpool_limits

from tests.unit.trust.kit import an_occasion, chance_of, some_occasions
from troth.errors import MeasureError
from troth.trust.experience import Experience, experience, ranked, segments_of
from troth.trust.learner import folds_of
from troth.trust.occasion import Occasion
from troth.trust.reasons import reasons_of, weights_of

pytestmark = pytest.mark.slow

MANY = 2_400


@cache
def learned() -> Experience:
    """Return what is learned of occasions whose truth is known."""
    return experience(some_occasions(MANY))


def truth(occasions: Sequence[Occasion]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the true probability of each."""
    late = np.array([float(one.facts["delivery: days late"]) for one in occasions])
    return chance_of(late, np.array([float(one.facts["attribute: price"]) for one in occasions]))


def test_probabilities_come_near_the_true_ones_and_are_calibrated() -> None:
    found = learned()
    best = roc_auc_score(found.scored.bad, truth(found.occasions))
    assert found.quality.area.value > best - 0.02
    assert found.quality.calibration_error < 0.03
    assert np.corrcoef(found.scored.chance, truth(found.occasions))[0, 1] > 0.93
    assert found.quality.area.low is not None
    assert found.quality.area.low < best


def test_trees_see_what_a_straight_line_cannot() -> None:
    found = learned()
    assert found.gain.low is not None
    assert found.gain.low > 0
    assert found.plain.calibration_error > 0.1  # its classes are weighted alike, so that it overstates


def test_the_same_occasions_in_another_order_give_the_same_figures() -> None:
    shuffled = some_occasions(MANY)
    random.Random(8).shuffle(shuffled)
    again, found = experience(shuffled), learned()
    np.testing.assert_array_equal(again.scored.chance, found.scored.chance)
    assert again.quality == found.quality
    assert (again.plain, again.gain) == (found.plain, found.gain)


def test_reasons_name_what_the_outcome_hangs_on() -> None:
    found = learned()
    assert {one.group for one in weights_of(found)[:2]} == {"delivery", "price"}
    assert abs(next(one.lost for one in weights_of(found) if one.group == "noise")) < 0.01
    worst, _, fold = ranked(found)[0]
    reasons = reasons_of(found, worst.facts, fold)
    assert {one.group for one in reasons[:2]} == {"delivery", "price"}
    assert all(one.share > 0 for one in reasons)


def test_a_customer_that_was_seen_tells_nothing_about_the_same_customer() -> None:
    """Pitfall: each customer has four orders, one outcome and a mark of its own; nothing else tells anything.

    Dealt row by row, the naive probabilities look splendid: they have learned the customers by heart.
    """
    dice = np.random.default_rng(4)
    marks, outcomes = dice.normal(size=350), dice.random(350) < 0.4
    occasions = [
        an_occasion(
            4 * person + copy,
            {"attribute: mark": float(marks[person]), "attribute: noise": float(dice.normal())},
            bad=bool(outcomes[person]),
            customer=f"customer/{person}",
        )
        for person in range(350)
        for copy in range(4)
    ]
    found = experience(occasions)
    rows = np.array([list(one.facts.values()) for one in occasions], dtype=np.float64)
    bad = np.array([one.bad for one in occasions])
    model = HistGradientBoostingClassifier(max_iter=80, min_samples_leaf=2, max_leaf_nodes=63, random_state=0)
    dealt = KFold(5, shuffle=True, random_state=0)
    with threadpool_limits(limits=1):
        naive = roc_auc_score(bad, cross_val_predict(model, rows, bad, cv=dealt, method="predict_proba")[:, 1])
    assert naive > 0.75
    assert found.quality.area.value < 0.58


def test_all_subjects_of_a_customer_share_a_fold() -> None:
    clusters = np.array([5, 17, 5, 17, 9])
    assert folds_of(clusters).tolist() == [0, 2, 0, 2, 4]


def test_weights_move_the_figures_to_the_population() -> None:
    """The bad ones were sampled three times as often: weighed back, the share of bad ones is the population's."""
    whole = some_occasions(5_000, seed=6)
    sample = [one for index, one in enumerate(whole) if one.bad or index % 3 == 0]
    weighed = [msgspec.structs.replace(one, weight=1.0 if one.bad else 3.0) for one in sample]
    found = experience(weighed)
    share = sum(bool(one.bad) for one in whole) / len(whole)
    assert found.bad_share == pytest.approx(share, abs=0.02)
    assert found.quality.calibration_error < 0.03
    expected = roc_auc_score(found.scored.bad, found.scored.chance, sample_weight=found.scored.weights)
    assert found.quality.area.value == pytest.approx(expected, abs=1e-12)


def test_those_who_did_not_answer_are_foretold_from_the_same_facts() -> None:
    occasions = some_occasions(MANY)
    silent = [msgspec.structs.replace(one, bad=None) if index % 4 == 0 else one for index, one in enumerate(occasions)]
    found = experience(silent)
    asked = [one for one, _ in found.silent]
    assert [one.subject for one in asked] == [one.subject for one in silent if one.bad is None]
    chance = np.array([chance for _, chance in found.silent])
    assert np.corrcoef(chance, truth(asked))[0, 1] > 0.9
    whole = sum(bool(one.bad) for index, one in enumerate(occasions) if index % 4 == 0) / len(asked)
    assert chance.mean() == pytest.approx(whole, abs=0.03)
    (segment,) = segments_of(found)
    assert (segment.subjects, segment.answered) == (MANY, MANY - len(asked))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_too_few_of_either_teach_nothing(share: float) -> None:
    occasions = [msgspec.structs.replace(one, bad=share == 1.0) for one in some_occasions(300)]
    with pytest.raises(MeasureError, match="T102"):
        experience(occasions)


def test_a_negative_weight_is_refused() -> None:
    occasions = some_occasions(300)
    with pytest.raises(MeasureError, match="T103"):
        experience([msgspec.structs.replace(occasions[0], weight=-1.0), *occasions[1:]])
