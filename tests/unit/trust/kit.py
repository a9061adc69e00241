"""Synthetic experiences of which the truth is known."""

from __future__ import annotations

import numpy as np

from troth.measures.tables import cluster_of
from troth.trust.facts import Facts
from troth.trust.figures import Scored
from troth.trust.occasion import Occasion
from troth.trust.strata import fast_of
from troth.trust.table import Floats
from troth.trust.truth_or_speed import Served


def an_occasion(number: int, facts: Facts, *, bad: bool | None, customer: str = "", weight: float = 1.0) -> Occasion:
    """Return an occasion; its customer is its own unless named."""
    subject = f"order/{number:06}"
    return Occasion(subject, cluster_of(subject), cluster_of(customer or subject), number, bad, weight, facts)


def chance_of(late: Floats, price: Floats) -> Floats:
    """Return the true probability of `some_occasions`."""
    return np.asarray(
        1 / (1 + np.exp(2.2 - 0.5 * np.minimum(late, 6) - 1.4 * (np.abs(price - 80) > 45))), dtype=np.float64
    )


def some_occasions(count: int, seed: int = 1) -> list[Occasion]:
    """Return occasions whose outcome hangs on the days late, and on the price where it is low or high."""
    random = np.random.default_rng(seed)
    late = np.where(random.random(count) < 0.3, random.exponential(4, count), 0.0)
    price = random.uniform(10, 150, count)
    noise = random.normal(size=count)
    bad = random.random(count) < chance_of(late, price)
    town = random.choice(["Aia", "Bel", "Cor"], count)
    return [
        an_occasion(
            index,
            {
                "delivery: days late": float(late[index]),
                "attribute: price": float(price[index]),
                "attribute: noise": float(noise[index]),
                "attribute: town": str(town[index]),
                **({"hand_over: days late": 1.0} if noise[index] > 1 else {}),
            },
            bad=bool(bad[index]),
        )
        for index in range(count)
    ]


def some_scored(count: int, seed: int = 3, *, ties: bool = True) -> Scored:
    """Return probabilities with outcomes drawn from them, some equal, with weights; several subjects a customer."""
    random = np.random.default_rng(seed)
    chance = random.beta(1.2, 4, count)
    bad = random.random(count) < chance
    if ties:
        chance = np.round(chance, 2)
    clusters = random.integers(0, count // 2, count)
    return Scored(chance, bad, random.uniform(0.5, 3, count), clusters, random.permutation(count))


def a_world(count: int, of_late: float, of_slow: float, seed: int) -> tuple[Served, float, float]:
    """Return subjects of a world with known effects, and the true shares that truth and speed would avoid.

    Args:
        count: How many subjects.
        of_late: Effect of lateness on the log odds.
        of_slow: Effect of slowness on the log odds.
        seed: Of the draws.
    """
    random = np.random.default_rng(seed)
    promised = random.uniform(8, 25, count)
    taken = random.gamma(5, 2.6, count)
    late = np.maximum(0.0, taken - promised)

    def chance(late: Floats, taken: Floats) -> Floats:
        score = -2 + of_late * ((late > 0) + 0.1 * late) + of_slow * (taken - 13) / 7
        return np.asarray(1 / (1 + np.exp(-score)), dtype=np.float64)

    was, one = chance(late, taken), np.ones(count)
    fast = fast_of(late, taken, one)
    served = Served(
        bad=random.random(count) < was,
        late=late,
        taken=taken,
        waiting=np.zeros(count, dtype=np.bool_),
        never=np.zeros(count, dtype=np.bool_),
        weights=one,
        clusters=random.integers(0, 2**60, count),
        others=np.zeros((count, 0)),
    )
    truth = float((was - chance(np.zeros(count), taken)).sum() / was.sum())
    speed = float((was - chance(late, fast)).sum() / was.sum())
    return served, truth, speed
