"""The predicted distribution: scores and durations are inverse, quantiles never cross, trees are scikit-learn's."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from tests.unit.trust.windows_kit import a_history, end_of, quantile_days
from troth.trust.windows_model import QUANTILES, Model, _descend, _portable, places_at, scores_of, train
from troth.trust.windows_scale import DATE, MADE, lead_of

ROWS = st.lists(st.floats(0.01, 3), min_size=len(QUANTILES), max_size=len(QUANTILES)).map(np.cumsum)


@given(ROWS, st.floats(-20, 60))
def test_a_duration_is_read_back_from_its_score(row: np.ndarray, place: float) -> None:
    score = scores_of(row[None, :], np.array([place]))
    assert places_at(row[None, :], score[:, None])[0, 0] == pytest.approx(place, abs=1e-6)


@given(ROWS, st.lists(st.floats(-20, 20), min_size=2, max_size=8).map(sorted))
def test_a_higher_score_is_a_longer_duration(row: np.ndarray, scores: list[float]) -> None:
    places = places_at(row[None, :], np.array([scores]))[0]
    assert (np.diff(places) >= 0).all()


def test_infinite_scores_are_infinite_durations() -> None:
    row = np.linspace(0, 1, len(QUANTILES))[None, :]
    assert places_at(row, np.array([[-np.inf, np.inf]]))[0].tolist() == [-np.inf, np.inf]


def test_a_tree_in_plain_numbers_falls_into_the_leaves_of_the_tree_it_came_from() -> None:
    draws = np.random.default_rng(3)
    numbers, places = draws.random((400, 3)), draws.random(400)
    fitted = DecisionTreeRegressor(max_leaf_nodes=12, min_samples_leaf=10, random_state=0).fit(numbers, places)
    tree = _portable(fitted.tree_, numbers, places, np.ones(400))
    found = _descend(tree, numbers)
    leaves = fitted.apply(numbers)
    for leaf in np.unique(leaves):
        inside = leaves == leaf
        assert len({tuple(row) for row in found[inside]}) == 1
        assert found[inside][0][QUANTILES.index(0.5)] == pytest.approx(float(np.median(places[inside])), abs=0.02)


@pytest.fixture(scope="module")
def model() -> Model:
    past = a_history()
    return train(past, past.known(end_of(past)), ("place", "size"), MADE, 5)


def test_quantiles_never_cross_and_come_near_the_truth(model: Model) -> None:
    past = a_history(seed=2, count=900)
    found = model.quantiles(past)
    assert (np.diff(found, axis=1) > 0).all()
    days = model.scale.back(found, lead_of(past)[:, None]) / 86_400
    for number, name in enumerate(("north", "south", "west")):
        inside = [place for place, one in enumerate(past.attributes["place"]) if one == name]
        for level in (0.5, 0.8):
            middle = float(np.median(days[inside, QUANTILES.index(level)]))
            assert middle == pytest.approx(quantile_days(number, level), rel=0.15)


def test_it_is_the_same_after_json(model: Model) -> None:
    again = msgspec.json.decode(msgspec.json.encode(model), type=Model)
    past = a_history(seed=3, count=50)
    assert again == model
    assert (again.quantiles(past) == model.quantiles(past)).all()


def test_the_same_data_teach_the_same_model(model: Model) -> None:
    past = a_history()
    assert train(past, past.known(end_of(past)), ("place", "size"), MADE, 5) == model


def test_values_that_were_never_seen_and_missing_ones_are_predicted_like_all(model: Model) -> None:
    past = a_history(seed=2, count=2)
    strange = msgspec.json.decode(msgspec.json.encode(model), type=Model)
    rows = past.rows(np.array([0, 1]))
    rows.attributes["place"][:] = ["moon", None]  # type: ignore[index]
    rows.attributes["size"][:] = [1e300, float("nan")]  # type: ignore[index]
    assert np.isfinite(strange.quantiles(rows)).all()


def test_against_the_firms_own_date_lateness_is_predicted() -> None:
    past = a_history(promised_days=6.0)
    dated = train(past, past.known(end_of(past)), ("place",), DATE, 5)
    days = dated.scale.back(dated.quantiles(past), lead_of(past)[:, None]) / 86_400
    north = [place for place, one in enumerate(past.attributes["place"]) if one == "north"]
    assert float(np.median(days[north, QUANTILES.index(0.5)])) == pytest.approx(quantile_days(0, 0.5), rel=0.2)


def test_those_still_open_count_as_longer_than_observed() -> None:
    whole = a_history()
    early = a_history(until=int(whole.made[1_000]))
    first = early.rows(np.arange(1_000))
    cut = train(first, first.known(int(whole.made[1_000])), ("place",), MADE, 5)
    assert cut.still_open > 20
    full = train(whole.rows(np.arange(1_000)), whole.rows(np.arange(1_000)).known(end_of(whole)), ("place",), MADE, 5)
    upper = QUANTILES.index(0.97)
    assert (cut.quantiles(first)[:, upper] >= full.quantiles(first)[:, upper] - 0.1).mean() > 0.9
