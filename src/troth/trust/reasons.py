"""Why: which groups of facts the probability of a bad experience rests on, over all subjects and for one.

Over all: how much of the area under the ROC curve is lost when a group's facts are dealt anew among the subjects, all
its facts together, each asked of the models that have not seen the subject. Groups that say the same thing share what
they are worth, so that the losses do not add up.

For one: how much the probability would fall, in the mean, if a group's facts were those of other subjects. It explains
the probability, not the world: what goes with a bad experience need not cause it.

Source: L. Breiman, *Random forests*, Machine Learning 45 (2001); A. Fisher, C. Rudin, F. Dominici, *All models are
wrong, but many are useful*, JMLR 20 (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from troth.measures.tables import cluster_of
from troth.trust.experience import Experience
from troth.trust.facts import ELAPSED, SEPARATOR, Facts
from troth.trust.figures import area
from troth.trust.learner import Learner
from troth.trust.table import Floats, Ints

ASKED_MAX: Final = 5_000
"""Over all subjects so many are asked; which, their numbers decide."""
OTHERS: Final = 32
"""So many other subjects lend their facts to explain one."""


class Weight(msgspec.Struct, frozen=True):
    """A group of facts and the area that is lost without it."""

    group: str
    lost: float


class Reason(msgspec.Struct, frozen=True):
    """A group of facts of one subject: what it says, and how much of the probability it explains."""

    group: str
    words: str
    share: float


def weights_of(found: Experience) -> list[Weight]:
    """Return the groups of facts, the most telling first."""
    scored = found.scored
    asked = np.sort(np.argsort(scored.numbers, kind="stable")[:ASKED_MAX])
    values, folds = found.table.values[asked], found.folds[asked]
    bad, weights = scored.bad[asked], scored.weights[asked]
    whole = area(_chance(found.learners, values, folds), bad, weights)
    ranked = []
    for group, columns in found.table.groups.items():
        dealt = values.copy()
        dealt[:, columns] = values[_dealt(group, scored.numbers[asked])][:, columns]
        ranked.append(Weight(group, whole - area(_chance(found.learners, dealt, folds), bad, weights)))
    return sorted(ranked, key=lambda one: (-one.lost, one.group))


def _dealt(group: str, numbers: Ints) -> Ints:
    """Return whose facts each subject gets: an order that hangs on the numbers and the group's name alone."""
    salt = np.uint64(cluster_of(group)) | np.uint64(1)
    first = np.argsort(numbers, kind="stable")
    mixed = (numbers.astype(np.uint64) + np.uint64(1)) * salt
    second = np.argsort(mixed ^ (mixed >> np.uint64(31)), kind="stable")
    dealt = np.empty(len(numbers), dtype=np.int64)
    dealt[first] = second
    return dealt


def _chance(learners: Sequence[Learner], values: Floats, folds: Ints) -> Floats:
    """Return the probability of each row by the learner that has not seen it."""
    chance = np.zeros(len(values))
    for fold, learner in enumerate(learners):
        if (folds == fold).any():
            chance[folds == fold] = learner.chance(values[folds == fold])
    return chance


def reasons_of(found: Experience, facts: Facts, fold: int, most: int = 3) -> list[Reason]:
    """Return why a subject's probability is higher than it would be with the facts of others, the weightiest first.

    Args:
        found: What was learned.
        facts: The subject's facts.
        fold: The subject's fold: the learner of that fold has not seen it.
        most: At most so many reasons; only such as raise the probability.
    """
    own = found.table.coded([facts])[0]
    lent = found.table.values[np.argsort(found.scored.numbers, kind="stable")[:OTHERS]]
    groups = found.table.groups
    rows = np.tile(own, (1 + len(groups) * len(lent), 1))
    for index, columns in enumerate(groups.values()):
        start = 1 + index * len(lent)
        rows[start : start + len(lent), columns] = lent[:, columns]
    chance = found.learners[fold].chance(rows)
    without = chance[1:].reshape(len(groups), len(lent)).mean(axis=1)
    shares = {group: float(chance[0] - rest) for group, rest in zip(groups, without, strict=True)}
    ranked = sorted(shares, key=lambda group: (-shares[group], group))
    return [Reason(group, words_of(group, facts), shares[group]) for group in ranked[:most] if shares[group] > 0]


def words_of(group: str, facts: Facts) -> str:
    """Return in words what the facts of a group say of one subject.

    >>> words_of("delivery_day", {"delivery_day: days after due": 12.04, "delivery_day: share done": 0.0})
    'delivery_day: 12.0 days past due and not done'
    """
    own = {
        name.partition(SEPARATOR)[2]: value for name, value in facts.items() if name.partition(SEPARATOR)[0] == group
    }
    if "days after due" in own:
        after = float(own["days after due"])
        done = float(own.get("share done", 0.0)) >= 1.0
        told = f"{abs(after):.1f} days {'past' if after > 0 else 'before'} due"
        return f"{group}: {'done ' if done else ''}{told}{'' if done else ' and not done'}"
    if group == "elapsed":
        return f"{float(facts[ELAPSED]):.1f} days since the request" if ELAPSED in facts else "no request is known"
    if "reached" in own:
        when = own.get("days after the request")
        late = "" if when is None else f" {float(when):.1f} days after the request"
        return f"{group}: {'reached' if own['reached'] else 'not reached'}{late}"
    if "told" in own:
        ago = own.get("days ago")
        times = "once" if own["told"] == 1 else f"{float(own['told']):.0f} times"
        return f"{group}: told {times}" + ("" if ago is None else f", {float(ago):.1f} days ago")
    if group == "state" and "now" in own:
        return f"state: {own['now']} for {float(own.get('days in it', 0.0)):.1f} days"
    if own:
        return f"{group}: " + ", ".join(f"{name} {_plain(value)}" for name, value in own.items() if value)
    value = facts.get(f"attribute{SEPARATOR}{group}")
    return f"{group}: not known" if value is None else f"{group} = {_plain(value)}"


def _plain(value: float | str) -> str:
    """Return a fact's value, short."""
    return value if isinstance(value, str) else f"{value:.4g}"
