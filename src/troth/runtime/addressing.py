"""Which destinations an outgoing goes to, and under which ids: alike in every adapter of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from troth.model.effect import Outgoing
from troth.model.ids import derived_id
from troth.ports.outbox import Delivery, Destination

DESTINATIONS: Final = "destination/"
"""Prefix of the settings that hold destinations."""

REMOVED: Final = "the destination was removed"
"""Error of a delivery that died with its destination."""


def deliveries_of(outgoing: Outgoing, destinations: Sequence[Destination]) -> list[Delivery]:
    """Return the deliveries that an outgoing starts with: one for each active destination that wants its topic."""
    return [
        Delivery(derived_id("delivery", outgoing.id, one.id), outgoing, one.id, due_at=outgoing.at)
        for one in destinations
        if one.active and ("*" in one.topics or outgoing.topic in one.topics)
    ]


def setting_of(destination: Destination) -> tuple[str, Any]:
    """Return the key and value of the setting that holds a destination."""
    return DESTINATIONS + destination.id, msgspec.to_builtins(destination)


def destination_of(setting: Any) -> Destination:
    """Return the destination that a setting holds."""
    return msgspec.convert(setting, Destination)
