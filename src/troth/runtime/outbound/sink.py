"""A destination that takes everything and passes nothing on: its deliveries can be read in the outbox."""

from __future__ import annotations

from troth.model.effect import Outgoing
from troth.model.times import Micros
from troth.ports.outbox import Destination
from troth.ports.sender import Attempt


class SinkCourier:
    """Takes every outgoing; for watching and for tests."""

    def deliver(self, outgoing: Outgoing, destination: Destination, *, now: Micros) -> Attempt:  # noqa: ARG002 - the port's
        """Take one."""
        return Attempt("delivered")
