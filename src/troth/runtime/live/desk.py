"""The desk: questions to the gate, confirmations, and what has to be decided again, within a turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec.structs import replace

from troth.customers.record import CUSTOMER_NOUN, customer_of
from troth.engine.cases.openings import openings
from troth.engine.cases.people import OPENED
from troth.engine.gate import decide
from troth.engine.gate.relevance import VOLUNTARY
from troth.engine.journal import CONFIRMED, DECIDED, REVOKED
from troth.engine.machine import Machine
from troth.engine.project import ASKING, CONTACT, OPEN_CASE, entries_of
from troth.errors import GateError
from troth.model.customer import Contact, Customer
from troth.model.decision import HOLD, Decision, Request
from troth.model.effect import Outgoing
from troth.model.ids import derived_id
from troth.model.pack import Pack
from troth.model.record import LEFT, Asked, Record
from troth.model.times import Micros, format_instant
from troth.ports.ledger import ALL
from troth.runtime.live.house import House, refusal
from troth.runtime.live.turn import Turn
from troth.runtime.service import SAID, Confirmed, Used

SUPERSEDED: Final = "G707"
"""Code of a message that was given up because the same was asked for under another id."""

ANY: Final = "*"
"""Stands for all members of a message's data."""

CORRECTION: Final = "correct-"
"""Ids of messages that troth itself asks for begin so; see `troth.engine.effects`."""

_OWN: Final = (CORRECTION, SAID)
"""Ids of messages that troth's own outbox delivers begin so."""

_CUSTOMER: Final = CUSTOMER_NOUN + "/"
_ROUNDS: Final = 50
"""How often effects of effects are worked out in one turn, at most; two or three are usual."""


class Desk:
    """Answers within one turn.

    Args:
        house: What turns share.
        turn: The turn.

    Attributes:
        own: Decisions that no sender asked for: about corrections, and about messages that were decided again.
    """

    def __init__(self, house: House, turn: Turn) -> None:
        self._house = house
        self._turn = turn
        self.own: list[Decision] = []
        self._decided: dict[tuple[str, str], Record] = {}

    # ------------------------------------------------------------------ asking

    def ask(self, request: Request) -> Decision:
        """Decide about a message and write the decision down.

        What comes from outside has been through `check`: here its message is one of the subject's pack.
        """
        record = self._supersede(request)
        machine = self._turn.machine_of(record)
        known = _asked(record, request.id)
        first = self._turn.now if known is None else known.requested_at
        whose = request.customer or record.customer
        request = replace(request, customer=whose, requested_at=first, tenant=record.tenant)
        decision = self._decide(machine, record, request)
        self._write(decision)
        return decision

    def say(self, request: Request) -> Decision:
        """Decide about a message as `ask` does, and have it sent if it may go; while it is held, once it may."""
        former = _asked(self._turn.present(request.subject), request.id)
        decision = self.ask(request)
        if decision.sends and (former is None or former.sends != decision.sends):
            self._request(decision)
        return decision

    def check(self, request: Request) -> None:
        """Make sure that what a request names exists.

        Raises:
            GateError: G801 unknown subject, G802 unknown message.
        """
        pack = self._turn.machine_of(self._turn.present(request.subject)).pack
        if request.message not in pack.messages:
            raise _no_message(pack, request.message)

    def _supersede(self, request: Request) -> Record:
        """Give up what waits for the same message on the same channel under another id; return the present record.

        A sender that tries again with new ids would otherwise leave one more message waiting each time.
        """
        record = self._turn.present(request.subject)
        for asked in record.asks:
            same = (asked.message, asked.channel) == (request.message, request.channel)
            if same and asked.id != request.id and asked.outcome == HOLD and asked.revoked_at is None:
                data = {"id": asked.id, "code": SUPERSEDED, "by": request.id}
                record = self._turn.write(request.subject, REVOKED, data, mark=asked.id)
        return record

    def confirm(self, subject: str, message_id: str) -> Confirmed:
        """Use a permit: the message is decided about again, and may go if nothing has changed."""
        record = self._turn.present(subject)
        asked = _asked(record, message_id)
        if asked is not None and asked.revoked_at is not None:
            return Confirmed(False, None, "G703")
        if asked is None or not asked.sends:
            return Confirmed(False, None if asked is None else self._again(record, asked), "G701")
        if asked.confirmed_at is not None:
            return Confirmed(False, None, "G706" if _failed(record, message_id) else "G704", used=_used(asked))
        decision = self._again(record, asked)
        if decision.sends != asked.sends:
            self._write_own(decision)
            return Confirmed(False, decision, "G702" if asked.expires_at <= self._turn.now else "G705")
        self._turn.write(subject, CONFIRMED, {"id": message_id}, mark=message_id)
        return Confirmed(True, decision, used=Used(message_id, asked.sends, asked.channel, self._turn.now))

    def _again(self, record: Record, asked: Asked) -> Decision:
        """Decide again about a message that has been asked for.

        Raises:
            GateError: G802, the pack no longer has it.
        """
        request = Request(
            id=asked.id,
            message=asked.message,
            subject=record.subject,
            channel=asked.channel,
            customer=asked.customer or record.customer,
            data=asked.data,
            requested_at=asked.requested_at,
            tenant=record.tenant,
        )
        machine = self._turn.machine_of(record)
        if request.message not in machine.pack.messages:
            raise _no_message(machine.pack, request.message)
        return self._decide(machine, record, request)

    def _decide(self, machine: Machine, record: Record, request: Request) -> Decision:
        """Decide about a request as of now."""
        customer = self._customer(machine, request)
        return decide(machine, record, customer, request, self._turn.now, self._house.checks)

    def _write(self, decision: Decision) -> None:
        """Write a decision down as an event."""
        request, permit = decision.request, decision.permit
        data: dict[str, Any] = {
            "id": request.id,
            "message": request.message,
            "channel": request.channel,
            "customer": request.customer,
            "requested_at": format_instant(request.requested_at),
            "outcome": decision.outcome,
            "sends": decision.sends,
            "codes": list(about := _about(decision)),
            "about": list(about.values()),
            "reads": [] if permit is None else [list(read) for read in map(_read, permit.reads)],
            "data": self._kept(request),
        }
        if permit is not None:
            data["expires_at"] = format_instant(permit.expires_at)
        if decision.recheck_at is not None:
            data["recheck_at"] = format_instant(decision.recheck_at)
        record = self._turn.write(request.subject, DECIDED, data, mark=request.id)
        self._decided[request.subject, request.id] = record

    def _write_own(self, decision: Decision) -> None:
        """Write down a decision that no sender asked for."""
        self._write(decision)
        self.own.append(decision)

    def _kept(self, request: Request) -> dict[str, Any]:
        """Return what is kept of the variables of a message: what deciding again reads, and that the rest was there.

        A sender's variables are names and addresses as often as not; a decision must not keep them.
        """
        if request.id.startswith(_OWN):
            return request.data
        read, said = self._house.variables[self._turn.record(request.subject).pack]
        kept = {name: value for name, value in request.data.items() if name in read or ANY in read}
        return kept | {name: True for name in said if request.data.get(name) not in (None, "", [], {})}

    # ------------------------------------------------------------------ the customer

    def _customer(self, machine: Machine, request: Request) -> Customer:
        """Return to whom a message would go; contacts and troubles are read only where a check asks for them."""
        whose = request.customer
        if not whose:
            return Customer("")
        record = self._turn.find(whose)
        pack = self._turn.machine_of(record).pack if record is not None else None
        purpose = machine.pack.messages[request.message].purpose
        limits = machine.pack.contact.limits
        contacts = self._contacts(whose, max((limit.per for limit in limits), default=0)) if limits else ()
        troubled = self._troubled(whose) if purpose in VOLUNTARY else ()
        return customer_of(whose, record, pack, contacts, troubled)

    def _contacts(self, whose: str, period: Micros) -> tuple[Contact, ...]:
        """Return what went to a customer in a period, over all subjects: from the index, and from this turn."""
        since = self._turn.now - period
        lines = self._house.ledger.entries(CONTACT, whose, after=since, limit=ALL)
        bodies = [line.body for line in lines if not self._turn.is_changed(line.subject)]
        bodies += [line.body for line in self._fresh_lines(CONTACT, whose) if line.order > since]
        return tuple(sorted((Contact(*body) for body in bodies), key=lambda contact: contact.at))

    def _troubled(self, whose: str) -> tuple[str, ...]:
        """Return a customer's subjects with an open case."""
        lines = self._house.ledger.entries(OPEN_CASE, whose, limit=ALL)
        found = {line.subject for line in lines if not self._turn.is_changed(line.subject)}
        return tuple(sorted(found | {line.subject for line in self._fresh_lines(OPEN_CASE, whose)}))

    def _fresh_lines(self, kind: str, key: str) -> Iterable[Any]:
        """Yield the index lines of records that this turn has changed."""
        for record in self._turn.changed_of(key):
            for line in entries_of(self._turn.machine_of(record), record):
                if line.kind == kind and line.key == key:
                    yield line

    # ------------------------------------------------------------------ what follows

    def follow(self) -> None:
        """Work out what follows from all changes: effects, corrections, and decisions that would now differ."""
        for _ in range(_ROUNDS):
            changed = self._turn.unanswered()
            if not changed:
                return
            for subject in changed:
                before = self._turn.before.get(subject)
                self.reconsider(subject)
                self.mint(subject)
                self._tell_effects(subject)
                if subject.startswith(_CUSTOMER):
                    self._follow_customer(before, subject)

    def _tell_effects(self, subject: str) -> None:
        """Hand effects to the outbox, and ask for the corrections among them."""
        found = self._turn.effects_of(subject)
        self._turn.outgoing += found.outgoing
        for request in found.corrections:
            decision = self.ask(request)
            self.own.append(decision)
            if decision.sends:
                self._request(decision)

    def mint(self, subject: str) -> None:
        """Write down the opening of every case that has no id yet."""
        for case in openings(self._turn.before.get(subject), self._turn.record(subject)):
            data = {"case": case.id, "kind": case.kind, "about": case.about, "by": case.detected_by}
            self._turn.write(subject, OPENED, data, mark=case.id)

    def _follow_customer(self, before: Record | None, subject: str) -> None:
        """Decide again what is waiting for a customer whose own record has changed."""
        if before is not None and before.facts == self._turn.record(subject).facts:
            return
        lines = self._house.ledger.entries(ASKING, subject, limit=ALL)
        for other in dict.fromkeys(line.subject for line in lines):
            self._turn.present(other)
            self.reconsider(other)

    def reconsider(self, subject: str) -> None:
        """Decide again about messages that are held, and about permits that are neither used nor expired."""
        record = self._turn.record(subject)
        # A pack that has changed may no longer have what was asked for: nobody can decide about that.
        messages = self._turn.machine_of(record).pack.messages
        for asked in record.asks:
            if self._decided.get((subject, asked.id)) is self._turn.record(subject):
                continue
            if asked.confirmed_at is not None or asked.revoked_at is not None or asked.message not in messages:
                continue
            permitted = bool(asked.sends)
            if (permitted and asked.expires_at <= self._turn.now) or not (permitted or asked.outcome == HOLD):
                continue
            decision = self._again(self._turn.record(subject), asked)
            if self._differs(asked, decision):
                self._write_own(decision)
                self._announce(asked, decision)

    def _differs(self, asked: Asked, decision: Decision) -> bool:
        """Return whether a decision is another one than stands; of a HOLD also when it is to be looked at again."""
        if (asked.outcome, asked.sends) != (decision.outcome, decision.sends):
            return True
        return decision.outcome == HOLD and asked.recheck_at != (decision.recheck_at or 0)

    def _announce(self, asked: Asked, decision: Decision) -> None:
        """Tell the sender that the answer has changed; a message that troth itself wants is requested at last."""
        if (asked.outcome, asked.sends) == (decision.outcome, decision.sends):
            return
        if asked.id.startswith(_OWN) and decision.sends:
            self._request(decision)
            return
        topic = "permit.revoked" if asked.sends and not decision.sends else "decision.changed"
        self._send(topic, decision, {"was": asked.outcome})

    def _request(self, decision: Decision) -> None:
        """Have a permitted message sent."""
        self._send("message.requested", decision, {"data": decision.request.data})

    def _send(self, topic: str, decision: Decision, more: dict[str, Any]) -> None:
        """Hand the outbox something about a decision."""
        request = decision.request
        body = {
            "id": request.id,
            "subject": request.subject,
            "customer": request.customer,
            "message": request.message,
            "channel": request.channel,
            "outcome": decision.outcome,
            "sends": decision.sends,
            "codes": [reason.code for reason in decision.reasons],
            "reasons": [reason.text for reason in decision.reasons],
            "expires_at": "" if decision.permit is None else format_instant(decision.permit.expires_at),
            **more,
        }
        mark = derived_id(request.tenant, request.subject, topic, request.id, str(decision.at))
        self._turn.outgoing.append(Outgoing(mark, topic, request.subject, decision.at, body))


def _asked(record: Record, message_id: str) -> Asked | None:
    """Return a message that was put to the gate."""
    return next((asked for asked in record.asks if asked.id == message_id), None)


def _used(asked: Asked) -> Used | None:
    """Return the confirmation of a message; `None`: it was not confirmed."""
    return None if asked.confirmed_at is None else Used(asked.id, asked.sends, asked.channel, asked.confirmed_at)


def _failed(record: Record, message_id: str) -> bool:
    """Return whether receipts say that a message could not be handed over, and none that it was."""
    phases = {phase for told in record.messages if told.id == message_id for phase in told.phases}
    return "failed" in phases and not phases & LEFT


def _no_message(pack: Pack, name: str) -> GateError:
    """Return the error of a message that a pack does not have."""
    names = ", ".join(pack.messages) or "none"
    return refusal("G802", name, f"the pack {pack.name} has no message {name!r}", f"one of {names}")


def _about(decision: Decision) -> dict[str, list[str]]:
    """Return what each reason's code is about, for the journal: names of facts, statements, promises, actions."""
    about: dict[str, list[str]] = {}
    for reason in decision.reasons:
        names = about.setdefault(reason.code, [])
        name = reason.fact or reason.about
        if name and name not in names:
            names.append(name)
    return about


def _read(read: Any) -> tuple[Any, ...]:
    """Return a fact as read, for the journal."""
    return (read.fact, read.status, read.value, read.event)
