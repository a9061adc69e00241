"""Preview: what the gate would answer now, beside the writer; nothing is written, reserved or permitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from troth.customers.record import customer_of
from troth.engine.fold import refold
from troth.engine.gate import decide
from troth.engine.gate.relevance import VOLUNTARY
from troth.engine.machine import Machine
from troth.engine.project import CONTACT, OPEN_CASE
from troth.model.customer import Contact, Customer
from troth.model.decision import Decision, Request
from troth.model.look import Check
from troth.model.record import Record
from troth.model.times import Micros
from troth.ports.ledger import ALL, Ledger
from troth.runtime.live.house import refusal
from troth.runtime.live.reading import look
from troth.runtime.nouns import Nouns


class Previews:
    """Decides as the writer would, from what is committed. Safe from any thread.

    Args:
        ledger: Where everything is.
        machines: The packs, prepared, by name.
        nouns: Which pack a subject belongs to.
        checks: The gate's checks.
    """

    def __init__(self, ledger: Ledger, machines: Mapping[str, Machine], nouns: Nouns, checks: Sequence[Check]) -> None:
        self._ledger = ledger
        self._machines = machines
        self._nouns = nouns
        self._checks = checks

    def decide(self, request: Request, now: Micros) -> Decision:
        """Return the answer that a request would get at a moment, without its permit.

        Raises:
            GateError: G801 unknown subject, G802 unknown message, G804 its pack is not loaded.
        """
        machine, record = self._present(request.subject, now)
        messages = machine.pack.messages
        if request.message not in messages:
            found = f"the pack {machine.pack.name} has no message {request.message!r}"
            raise refusal("G802", request.message, found, f"one of {', '.join(messages) or 'none'}")
        known = next((asked for asked in record.asks if asked.id == request.id), None)
        first = now if known is None else known.requested_at
        whose = request.customer or record.customer
        request = replace(request, customer=whose, requested_at=first, tenant=record.tenant)
        customer = self._customer(machine, request, now)
        return _unpermitted(decide(machine, record, customer, request, now, self._checks))

    def _present(self, subject: str, now: Micros) -> tuple[Machine, Record]:
        """Return a subject's pack and its record at a moment; of one that nobody has heard of, an empty one."""
        seen = look(self._ledger, self._machines, subject, now, None)
        if seen is not None:
            return self._machines[seen.record.pack], seen.record
        name = self._nouns.pack_of(subject)
        if name not in self._machines:
            nouns = sorted({machine.pack.subject for machine in self._machines.values()})
            expected = " or ".join(f"{noun}/…" for noun in nouns)
            raise refusal("G801", subject, f"no pack has subjects like {subject!r}", expected)
        machine = self._machines[name]
        return machine, refold(machine, subject, (), self._ledger.watermarks(), now)

    def _customer(self, machine: Machine, request: Request, now: Micros) -> Customer:
        """Return to whom a message would go; contacts and troubles are read only where a check asks for them."""
        whose = request.customer
        if not whose:
            return Customer("")
        seen = look(self._ledger, self._machines, whose, now, None)
        record, pack = (None, None) if seen is None else (seen.record, seen.pack)
        contacts: tuple[Contact, ...] = ()
        troubled: tuple[str, ...] = ()
        limits = machine.pack.contact.limits
        if limits:
            since = now - max(limit.per for limit in limits)
            lines = self._ledger.entries(CONTACT, whose, after=since, limit=ALL)
            contacts = tuple(sorted((Contact(*line.body) for line in lines), key=lambda contact: contact.at))
        if machine.pack.messages[request.message].purpose in VOLUNTARY:
            lines = self._ledger.entries(OPEN_CASE, whose, limit=ALL)
            troubled = tuple(sorted({line.subject for line in lines}))
        return customer_of(whose, record, pack, contacts, troubled)


def _unpermitted(decision: Decision) -> Decision:
    """Return a decision that gives nobody leave."""
    inner = decision.replacement
    return replace(decision, permit=None, replacement=None if inner is None else replace(inner, permit=None))
