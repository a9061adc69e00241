"""Shares as people read them, the same in every command."""

from __future__ import annotations

from typing import Final

_THOUSANDTH: Final = 0.001


def percent(share: float | None, none: str = "") -> str:
    """Return a share in percent: what is there is never called nothing, what is not all never all.

    >>> percent(0.1234), percent(0.0001), percent(0.99999), percent(None, "–")
    ('12.3%', '<0.1%', '>99.9%', '–')
    """
    if share is None:
        return none
    if 0 < share < _THOUSANDTH:
        return "<0.1%"
    return ">99.9%" if 1 - _THOUSANDTH < share < 1 else f"{share:.1%}"


def between(low: float | None, high: float | None, none: str = "") -> str:
    """Return an interval of shares.

    >>> between(0.2, 0.25), between(None, None)
    ('20.0% to 25.0%', '')
    """
    return none if low is None or high is None else f"{percent(low)} to {percent(high)}"
