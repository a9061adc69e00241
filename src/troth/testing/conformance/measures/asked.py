"""What the oracles share: rows with their subject's segment and weight, groups of them, and expected figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from troth.measures.question import Question
from troth.model.times import Micros
from troth.testing.conformance.measures import plainly
from troth.testing.conformance.measures.world import ATTRIBUTES, World

Line: TypeAlias = dict[str, Any]
Expected: TypeAlias = dict[str, Any]
"""A row that a measure should give: the common columns and its figures on one level, `segment` among them."""

Oracle: TypeAlias = Callable[[World, Question], list[Expected]]

SECOND: Final = 1_000_000


def joined(
    world: World, question: Question, rows: Iterable[Mapping[str, Any]], own: Collection[str] = ()
) -> list[Line]:
    """Return the rows of known subjects with `cluster`, `w` (`None`: without a weight) and `segment`."""
    found = []
    for row in rows:
        subject = world.subjects.get(row["subject"])
        if subject is None:
            continue
        segment = tuple(row[name] if name in own else subject[ATTRIBUTES[name].column] for name in question.by)
        w = 1.0 if question.weight is None else subject[ATTRIBUTES[question.weight].column]
        found.append({**row, "segment": segment, "w": w, "cluster": subject["cluster"]})
    return found


def grouped(rows: Iterable[Line], *keys: str) -> dict[tuple[Any, ...], list[Line]]:
    """Return the rows by the values of some columns."""
    found: dict[tuple[Any, ...], list[Line]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def weights(rows: Iterable[Line]) -> list[float]:
    """Return the weights of the rows that have one."""
    return [row["w"] for row in rows if row["w"] is not None]


def total(rows: Iterable[Line]) -> float:
    """Return the sum of the weights."""
    return math.fsum(weights(rows))


def share(name: str, part: Sequence[Line], whole: Sequence[Line]) -> Expected:
    """Return the share of some rows with Wilson's interval, as NAME, NAME_low and NAME_high."""
    below = total(whole)
    value = total(part) / below if below > 0 else None
    effective = plainly.kish(weights(whole))
    low, high = (None, None) if value is None else plainly.wilson(value * effective, effective)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def spread(part: Sequence[Line], whole: Sequence[Line]) -> Expected:
    """Return the interval of a share of rows that come in clusters; `None` where each subject has one row."""
    none: Expected = {"cluster_low": None, "cluster_high": None}
    seen = [row for row in whole if row["w"] is not None]
    by_cluster = grouped(seen, "cluster")
    if not any(len(rows) > 1 for rows in by_cluster.values()) or total(seen) <= 0:
        return none
    inside = {id(row) for row in part}
    pairs = {
        key[0]: (total([row for row in rows if id(row) in inside]), total(rows)) for key, rows in by_cluster.items()
    }
    effective = plainly.clustered(pairs)
    low, high = plainly.wilson(total(part) / total(seen) * effective, effective)
    return {"cluster_low": low, "cluster_high": high}


def bounded(k: float, d: float, u: float) -> Expected:
    """Return what the value is if every unknown one is a failure, and if every one is a success."""
    whole = d + u
    return {
        "bound_low": k / whole if whole > 0 else None,
        "bound_high": (k + u) / whole if whole > 0 else None,
    }


def value_of(part: Sequence[Line], whole: Sequence[Line], unknown: Sequence[Line]) -> Expected:
    """Return value, interval, counts and bounds of a share."""
    figures = share("value", part, whole)
    return {
        "value": figures["value"], "low": figures["value_low"], "high": figures["value_high"],
        "n": len(whole), "unknown": len(unknown), **bounded(total(part), total(whole), total(unknown)),
    }  # fmt: skip


def quantiles(prefix: str, values: Sequence[tuple[int, float]]) -> Expected:
    """Return median and 90 % quantile of durations, in seconds."""
    found = {"p50": plainly.smallest_with(values, 0.5), "p90": plainly.smallest_with(values, 0.9)}
    return {f"{prefix}_{name}": seconds(value) for name, value in found.items()}


def seconds(micros: float | None) -> float | None:
    """Return a duration in seconds."""
    return None if micros is None else micros / SECOND


def mean_interval(rows: Sequence[tuple[int, float, float]]) -> tuple[float | None, float | None, float | None]:
    """Return (low, value, high) of sum(a) / sum(b), rows of (cluster, a, b) added up by cluster first."""
    sums: dict[int, tuple[float, float]] = {}
    for cluster, a, b in rows:
        before = sums.get(cluster, (0.0, 0.0))
        sums[cluster] = (before[0] + a, before[1] + b)
    below = math.fsum(b for _, b in sums.values())
    if below <= 0:
        return None, None, None
    # Clusters without weight are clusters, too: they are drawn, and change nothing.
    whole = 100 * max((a / b if b > 0 else 0.0) for a, b in sums.values())
    if whole <= 0:
        return 0.0, 0.0, 0.0
    low, high = plainly.bootstrap([(cluster, a / whole, b) for cluster, (a, b) in sums.items()])
    value = math.fsum(a for a, _ in sums.values()) / below
    return (None if low is None else low * whole), value, (None if high is None else high * whole)


def whose(question: Question, segment: tuple[Any, ...], **own: Any) -> Expected:
    """Return what tells a row from others: its segment and its own names."""
    return {"segment": dict(zip(question.by, segment, strict=True)), **own}


def passed(limit: Micros | None, as_of: Micros) -> bool:
    """Return whether a moment has come."""
    return limit is not None and limit <= as_of
