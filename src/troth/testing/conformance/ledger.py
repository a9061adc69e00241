"""The suite that every ledger has to pass: each guarantee of `troth.ports.ledger` as a test."""

from __future__ import annotations

from troth.testing.conformance._ledger_events import EventsConformance
from troth.testing.conformance._ledger_identity import IdentityConformance
from troth.testing.conformance._ledger_work import WorkConformance


class LedgerConformance(EventsConformance, IdentityConformance, WorkConformance):
    """Inherit it as `class TestMyLedger(LedgerConformance)` and define `make`, and `reopen` if it is durable."""
