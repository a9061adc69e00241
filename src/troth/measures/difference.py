"""The difference of two figures that were estimated apart, with its interval: is it more than noise?

The interval is put together from those of the two figures by the square-and-add rule: it holds for shares with Wilson's
intervals as for medians with those of a survival curve, since it asks of a figure nothing but its own interval.

Source: R. G. Newcombe, *Interval estimation for the difference between independent proportions*, Statistics in Medicine
17 (1998), method 10; G. Y. Zou, A. Donner, *Construction of confidence limits about effect measures*, Statistics in
Medicine 27 (2008).
"""

from __future__ import annotations

import math

import msgspec

from troth.model.estimate import Estimate


class Difference(msgspec.Struct, frozen=True):
    """How much more one figure is than another.

    Attributes:
        value: The one less the other.
        low: Lower end of its 95 % interval; `None`: an interval of one of them is not known.
        high: Its upper end.
    """

    value: float
    low: float | None
    high: float | None

    @property
    def certain(self) -> bool:
        """Return whether it is more than noise: its interval does not hold nothing."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def difference(now: Estimate, before: Estimate, minimum: int) -> Difference | None:
    """Return how much more an estimate is than an earlier one; `None` where one of both rests on too few cases.

    Args:
        now: The one.
        before: The other.
        minimum: Fewer decided cases are too few.

    >>> one = Estimate("m", {}, 0.70, 0.575, 0.802, 60, 0, None, None, 0)
    >>> other = Estimate("m", {}, 0.60, 0.499, 0.693, 90, 0, None, None, 0)
    >>> found = difference(one, other, 30)
    >>> f"{found.value:.2f} {found.low:.2f} {found.high:.2f}", found.certain
    ('0.10 -0.06 0.24', False)
    """
    if now.value is None or before.value is None or min(now.n, before.n) < minimum:
        return None
    value = now.value - before.value
    if now.low is None or now.high is None or before.low is None or before.high is None:
        return Difference(value, None, None)
    below = math.hypot(now.value - now.low, before.high - before.value)
    above = math.hypot(now.high - now.value, before.value - before.low)
    return Difference(value, value - below, value + above)
