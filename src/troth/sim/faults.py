"""What goes wrong in the simulated firm, and how often: every rate from 0 to 0.5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from troth.errors import Place, Problem, UsageError
from troth.model.times import HOUR, MINUTE, Micros, format_duration

HIGHEST: Final = 0.5
"""The highest rate: beyond it a firm errs more often than not, and its reports are no evidence of anything."""
LARGEST_SKEW: Final[Micros] = 4 * MINUTE
"""The largest skew: a service quarantines what lies 5 minutes ahead, and a clock's jitter comes on top."""


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """How often each thing goes wrong; the defaults are those of `troth sim score`.

    Attributes:
        lost: Share of scans and receipts that are never reported.
        late: Share of reports that come late: ten minutes or more, with a heavy tail.
        duplicated: Share of reports that come twice, some under another id.
        reordered: Share of reports that what happened after them overtakes.
        contradicted: Share of orders of which a second system says what is not so.
        skew: Clocks of systems are wrong by a constant of at most this much either way; microseconds.
        early: Share of parcels scanned as delivered while they are still on the road.
        stale_stock: Share of stock checks that count what is no longer there.
        bypass: Share of messages that leave without asking the gate.
        failing: Share of messages that the provider fails to send.
        outages: Share of days on which the provider is down for an hour, and a feed is silent for another.
    """

    lost: float = 0.02
    late: float = 0.05
    duplicated: float = 0.02
    reordered: float = 0.02
    contradicted: float = 0.01
    skew: Micros = 2 * MINUTE
    early: float = 0.02
    stale_stock: float = 0.04
    bypass: float = 0.03
    failing: float = 0.005
    outages: float = 0.3

    def require(self) -> Faults:
        """Return these faults.

        Raises:
            UsageError: U101, a rate is no number from 0 to 0.5; U102, a skew is out of range: all of them at once.
        """
        problems = [*self._rates(), *self._skew()]
        if problems:
            raise UsageError(problems)
        return self

    def _rates(self) -> Iterator[Problem]:
        """Yield the problem of each rate that is none."""
        for name in RATES:
            rate = getattr(self, name)
            # A comparison with a number that is none is false: it is refused, too.
            if not 0 <= rate <= HIGHEST:
                remedy = "give a share, such as 0.02 for two of a hundred"
                yield Problem(Place(path=name), "U101", f"a rate of {rate}", f"0 to {HIGHEST}", remedy)

    def _skew(self) -> Iterator[Problem]:
        """Yield the problem of a skew that is out of range."""
        if not 0 <= self.skew <= LARGEST_SKEW:
            found, expected = format_duration(self.skew), f"0s to {format_duration(LARGEST_SKEW)}"
            remedy = "a system whose clock is further off is quarantined, not judged: set its clock right"
            yield Problem(Place(path="skew"), "U102", f"a skew of {found}", expected, remedy)


RATES: Final = tuple(name for name in Faults.__struct_fields__ if name != "skew")
"""Names of the rates."""
OUTAGE: Final[Micros] = HOUR
"""How long a provider is down, or a feed silent."""
