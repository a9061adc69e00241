"""What a duration is predicted from: attributes known at the making, the calendar, and the firm's own date.

A text attribute becomes one number: the mean place on the scale of those who had the value before, drawn towards the
mean of all as long as they are few. Pairs of text attributes are taken the same way, drawn towards what both tell
apart. For the promises that the means are taken over, their own group of five is left out of them, so that nobody is
predicted from himself.

Source: D. Micci-Barreca, *A preprocessing scheme for high-cardinality categorical attributes*, SIGKDD Explorations 3
(2001).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any, Final

import msgspec
import numpy as np

from troth.model.times import DAY, HOUR
from troth.trust.windows_past import Floats, Ints, Past

_FOLDS: Final = 5
_DRAW: Final = 20.0
"""So many promises' worth the mean of all counts against a value's own."""
_WORTH: Final = 0.01
"""A value whose mean differs by less, on the scale, is as good as one never seen."""
_PAIRED: Final = 5
"""At most so many text attributes are paired: ten pairs."""
_HUGE: Final = 1e30
"""Trees compare in single precision: what is greater is as good as this."""
_THURSDAY: Final = 3
"""1970-01-01 was a Thursday: 3, counted from Monday."""


class Column(msgspec.Struct, frozen=True):
    """One number that a promise is predicted from.

    Attributes:
        names: The attributes it is made of: two of a pair; `weekday`, `hour` and `lead` for the calendar's and the
            date's.
        kind: `text`, `pair`, `number` or `own`.
        means: Value → number, for text and pairs.
        rest: The number for values that are not among them, and where nothing is known.
    """

    names: tuple[str, ...]
    kind: str
    means: dict[str, float] = {}
    rest: float = 0.0


def words(values: Sequence[Any]) -> list[str] | None:
    """Return the values as text; `None` where all that are known are numbers.

    >>> words(["SP", None, True]), words([1, 2.5, None])
    (['SP', '', 'true'], None)
    """
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return None
    return [word_of(value) for value in values]


def word_of(value: Any) -> str:
    """Return a value as the text by which it is looked up."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def learn(past: Past, names: Sequence[str], places: Floats, *, dated: bool) -> tuple[list[Column], Floats]:
    """Return the columns and, for the same promises, their numbers.

    Args:
        past: The promises to learn from.
        names: Attributes to use.
        places: Where each promise's duration lies on the scale; all finite.
        dated: Whether the firm's own date is used.
    """
    fold = np.array([hashlib.blake2b(one.encode(), digest_size=1).digest()[0] % _FOLDS for one in past.subjects])
    columns: list[Column] = []
    numbers: list[Floats] = []
    texts: list[str] = []
    everywhere = float(np.average(places, weights=past.weight))
    base = np.full(len(past), everywhere)
    for name in names:
        found = words(past.attributes[name])
        if found is None:
            column, own = _number(name, past.attributes[name])
        else:
            texts.append(name)
            column, own = _means((name,), "text", found, _Learned(places, past.weight, fold), base)
        columns.append(column)
        numbers.append(own)
    single = {column.names[0]: own for column, own in zip(columns, numbers, strict=True) if column.kind == "text"}
    for first, second in combinations(texts[:_PAIRED], 2):
        joined = _joined(words(past.attributes[first]) or [], words(past.attributes[second]) or [])
        towards = single[first] + single[second] - everywhere
        column, own = _means((first, second), "pair", joined, _Learned(places, past.weight, fold), towards)
        columns.append(column)
        numbers.append(own)
    for name in ("weekday", "hour", *(["lead"] if dated else [])):
        columns.append(Column((name,), "own"))
        numbers.append(_own(name, past))
    return columns, np.column_stack(numbers)


def numbers_of(columns: Sequence[Column], past: Past) -> Floats:
    """Return the numbers of promises by columns that were learned, a row each."""
    found = []
    for column in columns:
        if column.kind == "own":
            found.append(_own(column.names[0], past))
        elif column.kind == "number":
            values = past.attributes[column.names[0]]
            found.append(np.array([_float(value, column.rest) for value in values]))
        else:
            found.append(_looked_up(column, past, columns))
    return np.column_stack(found)


class _Learned(msgspec.Struct, frozen=True):
    """What means are taken over: places on the scale, weights, and the group of each promise."""

    places: Any
    weight: Any
    fold: Any


def _means(
    names: tuple[str, ...], kind: str, values: Sequence[str], over: _Learned, towards: Floats
) -> tuple[Column, Floats]:
    """Return the column of a text attribute or pair, and its numbers with each promise's own group left out."""
    distinct, code = np.unique(np.array(values, dtype=object).astype(str), return_inverse=True)
    count = len(distinct)
    away = (over.places - towards) * over.weight
    total, weight = np.bincount(code, away, count), np.bincount(code, over.weight, count)
    own = np.empty(len(values))
    for fold in range(_FOLDS):
        inside = over.fold == fold
        less = np.bincount(code[inside], away[inside], count)
        light = np.bincount(code[inside], over.weight[inside], count)
        own[inside] = ((total - less) / (weight - light + _DRAW))[code[inside]]
    shifts = total / (weight + _DRAW)
    if kind == "pair":
        kept = np.abs(shifts) >= _WORTH
        # What a pair adds to its two halves; the halves themselves are looked up again when it is used.
        return Column(names, kind, _rounded(distinct[kept], shifts[kept])), towards + own
    rest = float(towards[0]) if len(towards) else 0.0
    kept = np.abs(shifts) >= _WORTH
    return Column(names, kind, _rounded(distinct[kept], (shifts + rest)[kept]), round(rest, 4)), towards + own


def _rounded(distinct: Any, numbers: Floats) -> dict[str, float]:
    return {str(name): round(float(number), 4) for name, number in zip(distinct, numbers, strict=True)}


def _looked_up(column: Column, past: Past, columns: Sequence[Column]) -> Floats:
    """Return the numbers of a text attribute, or of a pair of them."""
    first = [word_of(value) for value in past.attributes[column.names[0]]]
    if column.kind == "text":
        return np.array([column.means.get(value, column.rest) for value in first])
    second = [word_of(value) for value in past.attributes[column.names[1]]]
    by_name = {one.names[0]: one for one in columns if one.kind == "text"}
    one, other = by_name[column.names[0]], by_name[column.names[1]]
    added = [column.means.get(pair, 0.0) for pair in _joined(first, second)]
    halves = [
        one.means.get(left, one.rest) + other.means.get(right, other.rest) - one.rest
        for left, right in zip(first, second, strict=True)
    ]
    return np.asarray(np.array(halves) + np.array(added), dtype=np.float64)


def _joined(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return [f"{left}\x1f{right}" for left, right in zip(first, second, strict=True)]


def _number(name: str, values: Sequence[Any]) -> tuple[Column, Floats]:
    """Return the column of an attribute that is a number; where it is not known, its middle."""
    known = [_float(value, 0.0) for value in values if value is not None]
    rest = float(np.median(known)) if known else 0.0
    return Column((name,), "number", {}, rest), np.array([_float(value, rest) for value in values])


def _float(value: Any, rest: float) -> float:
    """Return a number; what is none is as good as unknown."""
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        return rest
    return float(max(-_HUGE, min(_HUGE, value)))


def _own(name: str, past: Past) -> Floats:
    """Return what the making itself tells: the day of the week and the hour (UTC), the firm's own date."""
    made: Ints = past.made
    if name == "weekday":
        return np.asarray((made // DAY + _THURSDAY) % 7, dtype=np.float64)
    if name == "hour":
        return np.asarray(made % DAY / HOUR, dtype=np.float64)
    return np.asarray((past.limit - past.made) * 1e-6, dtype=np.float64)
