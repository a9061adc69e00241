"""When and how often customers may be contacted."""

from __future__ import annotations

import msgspec

from troth.model.times import Micros


class Limit(msgspec.Struct, frozen=True):
    """At most so many messages a customer.

    Attributes:
        count: How many.
        per: In how long; microseconds, a sliding window.
        purposes: Counts and limits messages of these purposes; empty: of any.
    """

    count: int
    per: Micros
    purposes: tuple[str, ...] = ()


class ContactPolicy(msgspec.Struct, frozen=True):
    """When and how often a customer may be contacted.

    Attributes:
        quiet_from, quiet_until: Quiet hours, minutes after midnight in the customer's own zone; both `None`: none.
        quiet_channels: Channels that quiet hours hold; empty: all.
        limits: All apply.
    """

    quiet_from: int | None = None
    quiet_until: int | None = None
    quiet_channels: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
