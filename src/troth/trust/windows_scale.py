"""The scale on which durations are predicted: stretched so that minutes and months are told apart equally well.

Without the firm's own date a duration is measured from the making, on a logarithmic scale. With it, what is predicted
is how late the promise is kept against that date, on a scale that is linear near the date and logarithmic far from it
(asinh), both ways. Both are monotone, so that a quantile on the scale is the quantile of the duration.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from troth.model.times import FOREVER
from troth.trust.windows_past import MICROS, Floats, Known, Past

MADE: Final = "made"
DATE: Final = "date"
_LEAST_S: Final = 60.0
"""Durations under a minute are told apart no further."""


class Scale(msgspec.Struct, frozen=True):
    """A scale.

    Attributes:
        anchor: `made`: from the making; `date`: against the date that the firm itself gives.
        unit_s: Seconds within which lateness is linear; used with `date` only.
    """

    anchor: str
    unit_s: float = 1.0

    def to(self, age_s: Floats, lead_s: Floats) -> Floats:
        """Return places on the scale of durations from the making.

        Args:
            age_s: Durations from the making, seconds.
            lead_s: From the making to the firm's own date, seconds.
        """
        if self.anchor == DATE:
            return np.asarray(np.arcsinh((age_s - lead_s) / self.unit_s), dtype=np.float64)
        return np.asarray(np.log(age_s + _LEAST_S), dtype=np.float64)

    def back(self, places: Floats, lead_s: Floats) -> Floats:
        """Return durations from the making, in seconds, never negative; infinite stays infinite."""
        with np.errstate(over="ignore"):
            late = self.anchor == DATE
            found = np.sinh(places) * self.unit_s + lead_s if late else np.exp(places) - _LEAST_S
        return np.asarray(np.maximum(found, 0.0), dtype=np.float64)


def lead_of(past: Past) -> Floats:
    """Return the seconds from the making to the end of the window that the firm itself promised; NaN: none."""
    lead = (past.limit - past.made) * MICROS
    return np.where(past.limit < FOREVER, lead, np.nan)


def scale_of(anchor: str, known: Known, lead_s: Floats) -> Scale:
    """Return the scale for what is known: with `date`, its unit is the middle distance from the date."""
    if anchor != DATE:
        return Scale(MADE)
    away = np.abs(known.age_s - lead_s)[known.kept]
    middle = float(np.median(away)) if len(away) else 0.0
    return Scale(DATE, max(middle, _LEAST_S))
