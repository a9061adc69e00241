"""The history that windows are learned from: one row for each promise, as it is known at any moment.

Moments are int64 microseconds since 1970 UTC; `FOREVER` stands for what has not happened. A history remembers when
each thing became known, so that `Past.known` shows what the firm knew at a moment, and nothing more: what was kept by
then, what had ended without it, and, for all the others, only how long they had lasted.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from troth.model.times import FOREVER, Micros

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Truths: TypeAlias = npt.NDArray[np.bool_]

MICROS: Final = 1e-6
"""Seconds in a microsecond."""


def seconds(micros: Ints) -> Floats:
    """Return durations in seconds."""
    return np.asarray(micros * MICROS, dtype=np.float64)


@dataclasses.dataclass(frozen=True)
class Known:
    """What was known of each row at a moment.

    Attributes:
        age_s: Seconds from the making to the keeping, or, where it is not kept yet, to the moment.
        kept: It was kept by then.
        never: It was known by then that it never will be.
    """

    age_s: Floats
    kept: Truths
    never: Truths


@dataclasses.dataclass(frozen=True)
class Past:
    """Promises of one kind, in the order of their making.

    Attributes:
        kind: Their kind.
        subjects: Whose each is.
        made: When each was made.
        kept: When each was kept; `FOREVER`: not yet.
        ended: From when it was known that it never will be kept; `FOREVER`: it may be still.
        limit: End of the window that was promised then, grace included; `FOREVER`: none was disclosed.
        weight: How many promises each stands for.
        attributes: Name → a value for each row, known when the promise was made: text, a number, a truth or `None`.
        apart: Why rows were left out → how many: `void` (the customer withdrew), `unknown` (nobody can tell).
    """

    kind: str
    subjects: Sequence[str]
    made: Ints
    kept: Ints
    ended: Ints
    limit: Ints
    weight: Floats
    attributes: Mapping[str, Sequence[Any]]
    apart: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of promises."""
        return len(self.made)

    def known(self, at: Micros) -> Known:
        """Return what was known at a moment; rows made after it have age 0 and are not kept."""
        kept = self.kept <= at
        age = np.where(kept, self.kept, np.maximum(at, self.made)) - self.made
        return Known(seconds(age), kept, ~kept & (self.ended <= at))

    def as_known(self, at: Micros) -> Past:
        """Return the history as it stood at a moment: what was promised by then, and what had come of it."""
        promised = self.rows(np.arange(int(np.searchsorted(self.made, at, side="left"))))
        kept = np.where(promised.kept <= at, promised.kept, FOREVER)
        ended = np.where(promised.ended <= at, promised.ended, FOREVER)
        return dataclasses.replace(promised, kept=kept, ended=ended)

    def rows(self, chosen: Truths | Ints) -> Past:
        """Return some of the rows, in their order."""
        index = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        places = index.tolist()
        return dataclasses.replace(
            self,
            subjects=[self.subjects[place] for place in places],
            made=self.made[index],
            kept=self.kept[index],
            ended=self.ended[index],
            limit=self.limit[index],
            weight=self.weight[index],
            attributes={name: [values[place] for place in places] for name, values in self.attributes.items()},
        )

    def digest(self) -> str:
        """Return the SHA-256 over all rows, hexadecimal: the same history has the same digest."""
        found = hashlib.sha256(self.kind.encode())
        for name in ("made", "kept", "ended", "limit", "weight"):
            found.update(getattr(self, name).tobytes())
        found.update("\n".join(self.subjects).encode())
        for name in sorted(self.attributes):
            found.update(f"\n{name}\n".encode())
            found.update("\n".join(map(repr, self.attributes[name])).encode())
        return found.hexdigest()


def past_of(
    kind: str,
    rows: Mapping[str, Sequence[Any]],
    attributes: Mapping[str, Sequence[Any]],
    apart: Mapping[str, int] | None = None,
) -> Past:
    """Return a history from columns, put into the order of making (then of the subject).

    Args:
        kind: The kind of promise.
        rows: Columns `subject`, `made`, `kept`, `ended`, `limit` (microseconds, `None`: not so) and perhaps `weight`.
            Rows without a positive weight are left out.
        attributes: Attribute → its values, of the same length.
        apart: Why rows were left out before → how many.
    """
    count = len(rows["subject"])
    weight = np.array([0.0 if w is None else float(w) for w in rows.get("weight", [1.0] * count)])
    unsorted = Past(
        kind=kind,
        subjects=list(rows["subject"]),
        made=np.array(rows["made"], dtype=np.int64),
        kept=_moments(rows["kept"]),
        ended=_moments(rows["ended"]),
        limit=_moments(rows["limit"]),
        weight=weight,
        attributes=attributes,
        apart=dict(apart or {}),
    )
    order: Any = np.lexsort((np.array(unsorted.subjects, dtype=object).astype(str), unsorted.made)) if count else []
    chosen = np.array([place for place in order if weight[place] > 0], dtype=np.int64)
    # A promise kept before it was made is a fault of the clocks: it took no time.
    sorted_ = unsorted.rows(chosen)
    return dataclasses.replace(sorted_, kept=np.maximum(sorted_.kept, sorted_.made))


def _moments(values: Sequence[Any]) -> Ints:
    """Return moments; what has not happened is `FOREVER`."""
    return np.array([FOREVER if value is None else value for value in values], dtype=np.int64)
