"""Truth or speed: how much of the bad outcomes goes with lateness against the promise, how much with slowness itself.

Each is asked with the other held fixed. *Truth*: had everybody been served after the same time as they were, but within
what was promised. *Speed*: had everybody been served as fast as the fastest quarter of those equally late. Two ways
answer both. The model: a logistic regression with curves in the lateness and in the time taken (natural splines), whose
answers are averaged over the subjects as they were and as they would have been. The strata, free of any model: late
against kept among those who waited equally long; the slower three quarters against the fastest among the equally late.

What is found is what goes together; it is an effect only if nothing else that moves the outcome differs between those
compared, but for what `adjust` holds fixed as well.

Source: J. Robins, *A new approach to causal inference in mortality studies*, Mathematical Modelling 7 (1986); M. A.
Hernán, J. M. Robins, *Causal Inference: What If* (2020), 13; F. E. Harrell, *Regression Modeling Strategies* (2015).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np

from troth.errors import MeasureError, Place, Problem
from troth.trust.figures import REPLICATES, Figure, interval, replicate_weights
from troth.trust.logit import expit, fit_logit
from troth.trust.strata import Strata, classes_of, fast_of, strata_of
from troth.trust.table import Bools, Floats, Ints
from troth.trust.threads import one_thread

LEAST: Final = 100
_RIDGE: Final = 1e-5
_KNOTS: Final = (0.05, 0.275, 0.5, 0.725, 0.95)

Progress = Callable[[int], None]
"""Is told that so many more resamples are done."""


class Served(msgspec.Struct, frozen=True):
    """Subjects that were served, or still waited, when it was said how it was; a row each, by name.

    Attributes:
        bad: Whether the outcome was bad.
        late: Days late against the first promise, by then; 0: not late.
        taken: Days since the request until served, or until then.
        waiting: Not served by then, but later.
        never: Never served: neither late nor slow, and in no model; counted among the bad outcomes.
        weights: How many subjects each stands for.
        clusters: Number of the customer.
        others: What else is held fixed, one column each, ready for a regression; NaN is not allowed.
    """

    bad: Bools
    late: Floats
    taken: Floats
    waiting: Bools
    never: Bools
    weights: Floats
    clusters: Ints
    others: Floats


class Class(msgspec.Struct, frozen=True):
    """Those who were about equally late, by the model.

    Attributes:
        name: How late.
        share: Weighted share of the served and waiting.
        was: Share of their outcomes that was bad.
        on_time: Share that would have been, had they been on time after the same time.
        fast: Share that would have been, had they been as fast as their fastest quarter, and as late.
    """

    name: str
    share: float
    was: Figure
    on_time: Figure
    fast: Figure


class Answer(msgspec.Struct, frozen=True):
    """Truth or speed. All shares are of all bad outcomes, those of the never served among them.

    Attributes:
        n: Subjects, all together.
        bad: Weighted number of bad outcomes.
        bad_share: Weighted share of subjects with a bad outcome.
        late_share: Weighted share of the served and waiting that were late.
        waiting: Subjects that still waited when it was said how it was.
        never: How many were never served.
        never_bad: Share of the bad outcomes that is theirs.
        truth: Avoided had all others been on time, each after the same time; by the model.
        speed: Avoided had all others been as fast as the fastest quarter of those equally late; by the model.
        both: Avoided had all others been on time and as fast as the fastest quarter of all; by the model.
        strata: Truth and speed without a model.
        classes: Those equally late, the punctual first.
    """

    n: int
    bad: float
    bad_share: float
    late_share: float
    waiting: int
    never: int
    never_bad: Figure
    truth: Figure
    speed: Figure
    both: Figure
    strata: Strata
    classes: Sequence[Class]


def truth_or_speed(served: Served, progress: Progress | None = None) -> Answer:
    """Return how much of the bad outcomes goes with lateness and how much with slowness, with 95 % intervals.

    Intervals come from a bootstrap over customers; the model is fitted again in every resample.

    Raises:
        MeasureError: T102, too few bad or good outcomes; T104, none was late, or all were.
    """
    _check(served)
    with one_thread():
        return _answer(served, progress)


def _answer(served: Served, progress: Progress | None) -> Answer:
    """Return the answer: the estimate, then the same in every resample."""
    some = ~served.never
    rows = msgspec.structs.replace(
        served,
        **{name: getattr(served, name)[some] for name in served.__struct_fields__},
    )
    worlds = _worlds(rows)
    start = _fitted(worlds, rows, rows.weights, None)
    draw = replicate_weights(served.clusters)
    found = [_estimates(worlds, served, served.weights, start)]
    for number in range(REPLICATES):
        weights = served.weights * draw(number)
        found.append(_estimates(worlds, served, weights, _fitted(worlds, rows, weights[some], start)))
        if progress is not None:
            progress(1)
    figures = [Figure(float(row[0]), *interval(row[1:])) for row in np.array(found).T]
    total = rows.weights.sum()
    return Answer(
        n=len(served.bad),
        bad=float(served.weights @ served.bad),
        bad_share=float(np.average(served.bad, weights=served.weights)),
        late_share=float(rows.weights[rows.late > 0].sum() / total),
        waiting=int(rows.waiting.sum()),
        never=int(served.never.sum()),
        truth=figures[0],
        speed=figures[1],
        both=figures[2],
        never_bad=figures[3],
        strata=strata_of(served.bad, served.never, served.late, served.taken, served.weights, served.clusters),
        classes=_classes(rows, worlds, figures[4:]),
    )


def _classes(rows: Served, worlds: _Worlds, figures: Sequence[Figure]) -> list[Class]:
    """Return the classes of lateness with their figures, three each."""
    _, labels = classes_of(rows.late)
    total = rows.weights.sum()
    return [
        Class(label, float(rows.weights[inside].sum() / total), *figures[3 * index : 3 * index + 3])
        for index, (label, inside) in enumerate(zip(labels, worlds.members, strict=True))
    ]


def _check(served: Served) -> None:
    """Raise if the question has no answer here."""
    used = (served.weights > 0) & ~served.never
    bad, good = int((served.bad & used).sum()), int((~served.bad & used).sum())
    if min(bad, good) < LEAST:
        found = f"{bad:,} bad and {good:,} other outcomes"
        raise MeasureError(Problem(Place(), "T102", found, f"at least {LEAST} of each", "import more history"))
    late = int((served.late[used] > 0).sum())
    if min(late, int(used.sum()) - late) < LEAST:
        found = f"{late:,} of {int(used.sum()):,} were late"
        remedy = "choose a promise that is sometimes kept and sometimes not"
        raise MeasureError(Problem(Place(), "T104", found, f"at least {LEAST} late and {LEAST} on time", remedy))


class _Worlds(msgspec.Struct, frozen=True):
    """Designs of the model: as it was, and as it would have been."""

    was: Floats
    on_time: Floats
    fast: Floats
    both: Floats
    members: Sequence[Bools]


def _worlds(served: Served) -> _Worlds:
    """Return the designs."""
    knots = _knots(served.taken, served.weights)
    late_knots = _knots(np.log1p(served.late[served.late > 0]), served.weights[served.late > 0])
    never = np.zeros(len(served.late))
    fast = fast_of(served.late, served.taken, served.weights)
    still = served.waiting.astype(np.float64)

    def design(late: Floats, taken: Floats, waiting: Floats) -> Floats:
        time, delay = _spline(taken, knots), _spline(np.log1p(late), late_knots)
        is_late = (late > 0).astype(np.float64)
        centre = float(np.median(served.taken))
        mixed = is_late * (taken - centre) / max(1.0, float(np.std(served.taken)))
        return np.column_stack(
            [np.ones(len(late)), time, is_late, delay * is_late[:, None], waiting, mixed, served.others]
        )

    classes, labels = classes_of(served.late)
    return _Worlds(
        design(served.late, served.taken, still),
        design(never, served.taken, never),
        design(served.late, fast, still),
        design(never, fast_of(never, served.taken, served.weights), never),
        [classes == number for number in range(len(labels))],
    )


def _knots(values: Floats, weights: Floats) -> Floats:
    """Return the knots of a spline: weighted quantiles, each once."""
    order = np.argsort(values, kind="stable")
    place = np.cumsum(weights[order]) / weights.sum()
    found = values[order][np.minimum(np.searchsorted(place, _KNOTS), len(values) - 1)]
    return np.unique(found)


def _spline(values: Floats, knots: Floats) -> Floats:
    """Return the columns of a natural cubic spline: linear beyond the outer knots. One column with too few knots."""
    if len(knots) < 3:
        return values[:, None] / max(1.0, float(np.abs(values).max(initial=0.0)))
    span = float(knots[-1] - knots[0])
    first, last, before = knots[0], knots[-1], knots[-2]

    def cubed(knot: float) -> Floats:
        return np.asarray(np.maximum(values - knot, 0.0) ** 3, dtype=np.float64)

    columns = [(values - first) / span]
    for knot in knots[:-2]:
        bent = (
            cubed(knot)
            - cubed(before) * (last - knot) / (last - before)
            + cubed(last) * (before - knot) / (last - before)
        )
        columns.append(bent / span**3)
    return np.column_stack(columns)


def _fitted(worlds: _Worlds, served: Served, weights: Floats, start: Floats | None) -> Floats:
    """Return the coefficients of the model under some weights."""
    return fit_logit(worlds.was, served.bad.astype(np.float64), weights, _RIDGE, start)


def _estimates(worlds: _Worlds, served: Served, weights: Floats, beta: Floats) -> list[float]:
    """Return the shares of truth, speed, both and the never served, then those of each class."""
    some = weights[~served.never]
    bad, never = float(weights @ served.bad), float(weights[served.never] @ served.bad[served.never])
    was, on_time, fast, both = (expit(one @ beta) for one in (worlds.was, worlds.on_time, worlds.fast, worlds.both))
    found = [float(some @ (was - one)) / bad for one in (on_time, fast, both)] + [never / bad]
    for inside in worlds.members:
        share = some[inside]
        total = float(share.sum())
        found += [float(share @ one[inside]) / total if total else float("nan") for one in (was, on_time, fast)]
    return found
