"""The public kit for tests of packs, connectors and ledgers.

`builders` makes events with good defaults, `strategies` draws plausible and implausible ones for any pack (it needs
hypothesis), `conformance` holds the suites that every adapter of a port has to pass (it needs pytest).
"""

from __future__ import annotations

from troth.testing.builders import START, a_flight, an_event, an_order

__all__ = ["START", "a_flight", "an_event", "an_order"]
