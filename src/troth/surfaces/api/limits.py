"""Token buckets: how many requests a key may make in the long run, and how many at once.

Source: draft-ietf-httpapi-ratelimit-headers-10 for the headers.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from troth.model.times import SECOND, Micros

_MOST_BUCKETS: Final = 10_000


class Grant(NamedTuple):
    """What became of one request.

    Attributes:
        ok: Whether it may go on.
        left: Requests that may follow at once.
        wait_s: Seconds until the next may come (not ok), or until the bucket is full.
        rate: Requests a second; 0: no limit.
        burst: Requests at once.
    """

    ok: bool
    left: int
    wait_s: int
    rate: float
    burst: float

    def headers(self) -> dict[str, str]:
        """Return the headers that tell a caller where it stands; none without a limit."""
        if not self.rate:
            return {}
        window = max(1, math.ceil(self.burst / self.rate))
        return {
            "ratelimit-policy": f'"key";q={int(self.burst)};w={window}',
            "ratelimit": f'"key";r={self.left};t={self.wait_s}',
        }


class Limiter:
    """Token buckets by name.

    Args:
        rate: Tokens a second; 0: no limit.
        burst: Tokens in a full bucket.
    """

    def __init__(self, rate: float, burst: float) -> None:
        """Start with no bucket: the first request finds a full one."""
        self._rate = rate
        self._burst = burst
        self._buckets: dict[str, tuple[float, Micros]] = {}

    def take(self, name: str, now: Micros, *, rate: float = 0) -> Grant:
        """Take one token.

        Args:
            name: Whose bucket.
            now: The present moment; one before the last is taken as the last.
            rate: Tokens a second in place of the limiter's; the burst is twice as many.
        """
        rate, burst = (rate, max(1.0, 2 * rate)) if rate else (self._rate, self._burst)
        if not rate:
            return Grant(True, 0, 0, 0, 0)
        tokens, last = self._buckets.get(name, (burst, now))
        tokens = min(burst, tokens + max(0, now - last) / SECOND * rate)
        ok = tokens >= 1
        tokens -= ok
        if len(self._buckets) >= _MOST_BUCKETS and name not in self._buckets:
            # Keys and links that were found good are fewer. Addresses of strangers can be more: they start anew, and
            # what keeps them out is that nobody can guess a link, not how often they try.
            self._buckets.clear()
        self._buckets[name] = (tokens, max(now, last))
        wait = (burst - tokens) / rate if ok else (1 - tokens) / rate
        return Grant(ok, int(tokens), max(1, math.ceil(wait)), rate, burst)
