"""Customers as known at a past moment, read from a ledger: consent, zone, contacts, other subjects in trouble."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

from troth.customers.contact import check_contact
from troth.customers.record import CUSTOMER_NOUN, customer_of
from troth.engine.fold import refold
from troth.engine.gate import CHECKS
from troth.engine.gate.relevance import VOLUNTARY
from troth.engine.machine import Machine, prepare
from troth.engine.project import CONTACT, SUBJECT
from troth.model.customer import Contact, Customer
from troth.model.decision import Request
from troth.model.event import Event
from troth.model.look import Check
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import ALL, Ledger
from troth.runtime.replay import heard_by

_KEPT: Final = 4_000
"""Subjects whose events are kept at hand, the latest used last."""


class LedgerCustomers:
    """Tells who a message was for (see `Whose`).

    A customer of whom the ledger holds no event at all is not judged by the contact check: the history knows no
    customers. One who is known only later counts as unknown then.

    Args:
        ledger: What knows them.
        packs: The packs of its subjects.
        heard: Source → watermark.
    """

    def __init__(self, ledger: Ledger, packs: Mapping[str, Pack], heard: Mapping[str, Micros]) -> None:
        """Find the pack of customers."""
        self._ledger = ledger
        self._heard = heard
        self._machines = {name: prepare(pack) for name, pack in packs.items()}
        self._own = next((one for one in self._machines.values() if one.pack.subject == CUSTOMER_NOUN), None)
        self._events: OrderedDict[str, list[Event]] = OrderedDict()

    def __call__(self, record: Record, request: Request, now: Micros) -> tuple[Customer, Sequence[Check]]:
        """Return the customer of a request as known at a moment, and the checks to make."""
        whose = request.customer
        if self._own is None or not whose:
            return Customer(whose), CHECKS
        events = self._events_of(whose)
        if not events:
            return Customer(whose, troubled=self._troubled(record, request, now)), CHECKS
        known = heard_by(events, now)
        own = refold(self._own, whose, known, self._heard, now) if known else None
        contacts = self._contacts(record, whose, now)
        troubled = self._troubled(record, request, now)
        customer = customer_of(whose, own, self._own.pack, contacts, troubled)
        return customer, (check_contact, *CHECKS)

    def _contacts(self, record: Record, whose: str, now: Micros) -> tuple[Contact, ...]:
        """Return what had gone to a customer in the longest period that a limit looks at."""
        limits = self._machines[record.pack].pack.contact.limits
        if not limits:
            return ()
        lines = self._ledger.entries(CONTACT, whose, after=now - max(limit.per for limit in limits), limit=ALL)
        found = (Contact(*line.body) for line in lines)
        return tuple(one for one in found if one.at < now and one.until is None)

    def _troubled(self, record: Record, request: Request, now: Micros) -> tuple[str, ...]:
        """Return the customer's other subjects in which a case was open, as known then."""
        machine = self._machines[record.pack]
        if machine.pack.messages[request.message].purpose not in VOLUNTARY or not request.customer:
            return ()
        others = [line.subject for line in self._ledger.entries(SUBJECT, request.customer, limit=ALL)]
        return tuple(sorted(one for one in others if one != record.subject and self._is_troubled(machine, one, now)))

    def _is_troubled(self, machine: Machine, subject: str, now: Micros) -> bool:
        """Return whether a case of a subject was open at a moment, as known then."""
        known = heard_by(self._events_of(subject), now)
        if not known or not subject.startswith(f"{machine.pack.subject}/"):
            return False
        return any(case.closed_at is None for case in refold(machine, subject, known, self._heard, now).cases)

    def _events_of(self, subject: str) -> list[Event]:
        """Return all events of a subject."""
        found = self._events.get(subject)
        if found is None:
            found = self._events[subject] = self._ledger.events_of([subject])[subject]
            if len(self._events) > _KEPT:
                self._events.popitem(last=False)
        else:
            self._events.move_to_end(subject)
        return found
