"""The suite that every ledger has to pass: each guarantee of `troth.ports.ledger` as a test."""

from __future__ import annotations

from troth.testing.conformance._ledger_chain import ChainConformance
from troth.testing.conformance._ledger_events import EventsConformance
from troth.testing.conformance._ledger_identity import IdentityConformance
from troth.testing.conformance._ledger_outbox import EntryConformance, OutboxConformance
from troth.testing.conformance._ledger_staff import StaffConformance
from troth.testing.conformance._ledger_units import UnitConformance
from troth.testing.conformance._ledger_work import WorkConformance


class LedgerConformance(
    EventsConformance,
    IdentityConformance,
    WorkConformance,
    UnitConformance,
    EntryConformance,
    OutboxConformance,
    ChainConformance,
    StaffConformance,
):
    """Inherit it as `class TestMyLedger(LedgerConformance)` and say how the adapter is made.

    Define `make`; `reopen` if it is durable; `beside` if several instances may use one storage; `tamper` if the storage
    can be changed behind its back.
    """
