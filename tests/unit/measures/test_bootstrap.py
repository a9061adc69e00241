"""The bootstrap is repeatable, unbiased, and does not depend on the order of its input."""

from __future__ import annotations

import numpy as np
import pytest

from troth.measures import bootstrap
from troth.measures.bootstrap import _weighted, poisson_weights, ratio_interval
from troth.measures.tables import cluster_of


def test_weights_are_poisson_of_mean_one() -> None:
    clusters = np.array([cluster_of(f"parcel/{number}") for number in range(2000)])
    weights = poisson_weights(clusters, 200)
    assert weights.mean() == pytest.approx(1, abs=0.01)
    assert weights.var() == pytest.approx(1, abs=0.02)
    shares = [float((weights == k).mean()) for k in range(4)]
    assert shares == pytest.approx([0.3679, 0.3679, 0.1839, 0.0613], abs=0.004)


def test_weights_of_neighbours_are_unrelated() -> None:
    weights = poisson_weights(np.arange(500), 500).astype(float)
    assert abs(np.corrcoef(weights[:-1].ravel(), weights[1:].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(weights[:, :-1].ravel(), weights[:, 1:].ravel())[0, 1]) < 0.01


def test_a_weight_depends_on_cluster_and_replicate_alone() -> None:
    clusters = np.array([cluster_of("a"), cluster_of("b"), cluster_of("c")])
    whole = poisson_weights(clusters, 50)
    part = poisson_weights(clusters[[2]], 30)
    assert (part[:, 0] == whole[:30, 2]).all()


def test_order_changes_nothing_not_even_the_last_bit() -> None:
    generator = np.random.default_rng(2)
    clusters = generator.integers(0, 2**62, 500)
    above, below = generator.random(500), generator.random(500) + 1
    shuffled = generator.permutation(500)
    assert ratio_interval(clusters, above, below) == ratio_interval(
        clusters[shuffled], above[shuffled], below[shuffled]
    )


def test_the_interval_is_as_wide_as_theory_says() -> None:
    generator = np.random.default_rng(3)
    below = generator.random(3000) + 0.5
    above = below * generator.random(3000)
    low, high = ratio_interval(generator.integers(0, 2**62, 3000), above, below)
    assert low is not None
    assert high is not None
    ratio = above.sum() / below.sum()
    deviation = np.sqrt(((above - ratio * below) ** 2).sum()) / below.sum()
    assert low < ratio < high
    assert (high - low) / (2 * 1.96 * deviation) == pytest.approx(1, abs=0.1)


def test_one_cluster_has_no_interval() -> None:
    assert ratio_interval(np.array([1]), np.array([1.0]), np.array([2.0])) == (None, None)


def test_the_first_weights_never_change() -> None:
    # They are part of what a stored estimate means: another hash would silently move every interval.
    assert poisson_weights(np.array([1, 2, 3]), 2).tolist() == [[0, 1, 1], [1, 0, 0]]


def test_groups_that_large_segments_share_have_the_weights_of_their_numbers() -> None:
    groups, values = np.array([3, 17, 4095, 17]), np.array([[1.0, 10.0, 100.0, 1000.0]])
    (found,) = _weighted([(groups, values)])
    assert (found == values @ poisson_weights(groups).T).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_where_all_are_alike_no_replicate_is_summed_anew(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    """Many segments are so, where nothing goes wrong: each would take twenty times as long as another one."""
    monkeypatch.setattr(bootstrap, "_weights_in", None)
    monkeypatch.setattr(bootstrap, "_dealt", lambda: np.ones((bootstrap.GROUPS_MAX, bootstrap.REPLICATES)))
    rows = np.full(500, share)
    assert ratio_interval(np.arange(500), rows, np.ones(500)) == pytest.approx((share, share))


def test_clusters_that_are_nearly_alike_lose_no_digits_beside_one_that_is_not() -> None:
    """The last bit of a sum, which differs between engines, must not show in what is left where squares cancel."""
    generator = np.random.default_rng(1)
    for _ in range(30):
        size = int(generator.integers(3, 9))
        below = generator.uniform(1, 9, size)
        above = below * (0.001 + 1e-7 * generator.normal(size=size))
        above[0] = below[0] * 0.0013
        clusters = np.arange(size)
        nudged = above * (1 + 2e-16 * generator.integers(-2, 3, size))
        once, again = ratio_interval(clusters, above, below), ratio_interval(clusters, nudged, below)
        assert once == pytest.approx(again, rel=5e-10)
