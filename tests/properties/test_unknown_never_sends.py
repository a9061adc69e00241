"""Replacing any fact by unknown never turns HOLD, REPLACE or SUPPRESS into SEND: over every pack and message.

Messages of purpose `checking` are outside: that we do not know is what they say.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.properties.every_pack import every_pack, machine_of
from troth.customers.contact import check_contact
from troth.engine.fold import refold
from troth.engine.gate import CHECKS, decide
from troth.model.customer import Customer
from troth.model.decision import Request
from troth.model.pack import Message, Pack
from troth.model.record import FactView, Record
from troth.model.times import HOUR, format_instant
from troth.testing.strategies import events_of, moments_near, watermarks_of

_UNLIMITED = Customer("customer/1", zone="Europe/Berlin", consent={"survey": True, "marketing": True, "service": True})


def hidden(record: Record, facts: tuple[int, ...]) -> Record:
    """Return the record with some facts unknown."""
    views = tuple(FactView("missing") if index in facts else view for index, view in enumerate(record.facts))
    return replace(record, facts=views)


def request(pack: Pack, message: Message, record: Record, now: int) -> Request:
    """Return a request that says all that the message has to say, with the date that stands."""
    data: dict[str, Any] = dict.fromkeys(message.must_say, "said")
    dues = [one.windows[-1].due for one in record.promises if one.windows[-1].due is not None]
    for member in ("ready_by", "promised_by", "due", "until", "date"):
        data.setdefault(member, format_instant(dues[0] if dues else now + HOUR))
    return Request("m", message.name, record.subject, "email", "customer/1", data, now)


@every_pack
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_hiding_facts_never_lets_a_message_go(name: str, data: st.DataObject) -> None:
    machine = machine_of(name)
    events = data.draw(events_of(machine.pack))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments_near(events))
    record = refold(machine, events[0].subject, events, heard, now)
    count = len(record.facts)
    pairs = data.draw(st.lists(st.sampled_from(list(combinations(range(count), min(2, count)))), max_size=5))
    for message in machine.pack.messages.values():
        if message.purpose == "checking":
            continue
        asked = request(machine.pack, message, record, now)
        checks = (check_contact, *CHECKS)
        seen = decide(machine, record, _UNLIMITED, asked, now, checks).outcome
        for facts in (*((index,) for index in range(count)), *pairs):
            blind = decide(machine, hidden(record, facts), _UNLIMITED, asked, now, checks).outcome
            assert blind != "SEND" or seen == "SEND", f"{message.name} goes without {facts}"


@every_pack
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_an_unknown_customer_is_sent_nothing_that_a_known_one_is_not(name: str, data: st.DataObject) -> None:
    machine = machine_of(name)
    events = data.draw(events_of(machine.pack))
    heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments_near(events))
    record = refold(machine, events[0].subject, events, heard, now)
    truths = st.sampled_from([True, False, None])
    consent = {name: data.draw(truths) for name in ("survey", "marketing", "service")}
    known = Customer(
        "customer/1",
        zone=data.draw(st.sampled_from(["Europe/Berlin", "Asia/Tokyo", None])),
        consent=consent,
        open_channels={"email": data.draw(truths)},
    )
    less = replace(known, zone=None, consent=dict.fromkeys(consent), open_channels={"email": None})
    for message in machine.pack.messages.values():
        asked = request(machine.pack, message, record, now)
        if decide(machine, record, less, asked, now, (check_contact, *CHECKS)).outcome == "SEND":
            outcome = decide(machine, record, known, asked, now, (check_contact, *CHECKS)).outcome
            # What needs neither consent nor an hour may go to somebody unknown; a closed channel is known to be closed.
            assert outcome == "SEND" or known.open_channels["email"] is not True, message.name
