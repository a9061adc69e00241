"""Replacing any fact by unknown never turns HOLD, REPLACE or SUPPRESS into SEND: over every pack and message.

Messages of purpose `checking` are outside: that we do not know is what they say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.properties.chance import until
from tests.properties.every_pack import every_pack, machine_of
from troth.customers.contact import check_contact
from troth.engine.fold import refold
from troth.engine.gate import CHECKS, decide
from troth.engine.gate.truth import check_truth
from troth.model.customer import Customer
from troth.model.decision import Request
from troth.model.message import Message
from troth.model.pack import Pack
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


def sends_and_holds(pack: Pack, tally: Counter[str]) -> Callable[[], bool]:
    """Return whether something went, and something was held that would have gone; of a pack with messages."""
    wanted = ("SEND instead of SEND", "HOLD instead of SEND") if pack.messages else ()
    return lambda: all(tally[one] for one in wanted)


@every_pack
def test_hiding_facts_never_lets_a_message_go(name: str) -> None:
    machine, tally = machine_of(name), Counter[str]()

    @given(data=st.data())
    @settings(max_examples=40, deadline=None)
    def check(data: st.DataObject) -> None:
        events = data.draw(events_of(machine.pack))
        heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments_near(events))
        record = refold(machine, events[0].subject, events, heard, now)
        count = len(record.facts)
        pairs = data.draw(st.lists(st.sampled_from(list(combinations(range(count), min(2, count)))), max_size=5))
        # By the truth check alone as well: most of what it holds, others refuse before.
        for message, checks in product(machine.pack.messages.values(), ((check_truth,), (check_contact, *CHECKS))):
            if message.purpose == "checking":
                continue
            asked = request(machine.pack, message, record, now)
            seen = decide(machine, record, _UNLIMITED, asked, now, checks).outcome
            for facts in (*((index,) for index in range(count)), *pairs):
                blind = decide(machine, hidden(record, facts), _UNLIMITED, asked, now, checks).outcome
                assert blind != "SEND" or seen == "SEND", f"{message.name} goes without {facts}"
                tally[f"{blind} instead of {seen}"] += 1

    until(sends_and_holds(machine.pack, tally), check, "nothing was ever sent, or nothing ever missing")


@every_pack
def test_a_customer_of_whom_less_is_known_is_sent_nothing_more(name: str) -> None:
    machine, tally = machine_of(name), Counter[str]()

    @given(data=st.data())
    @settings(max_examples=25, deadline=None)
    def check(data: st.DataObject) -> None:
        events = data.draw(events_of(machine.pack))
        heard, now = data.draw(watermarks_of(machine.pack)), data.draw(moments_near(events))
        record = refold(machine, events[0].subject, events, heard, now)
        known, channel = data.draw(customers), data.draw(st.sampled_from(CHANNELS))
        # By the contact check alone as well: most of what it refuses, others refuse too.
        for message, checks in product(machine.pack.messages.values(), ((check_contact,), (check_contact, *CHECKS))):
            asked = replace(request(machine.pack, message, record, now), channel=channel)
            seen = decide(machine, record, known, asked, now, checks).outcome
            for less in _less_known(known):
                blind = decide(machine, record, less, asked, now, checks).outcome
                assert blind != "SEND" or seen == "SEND", f"{message.name} goes to {less}, and not to {known}"
                tally[f"{blind} instead of {seen}"] += 1

    until(sends_and_holds(machine.pack, tally), check, "nothing was ever sent, or nothing ever missing")


CHANNELS = ("email", "sms", "phone")
"""A mail may come at night."""
truths = st.sampled_from([True, False, None])
customers = st.builds(
    lambda zone, consent, reaches: Customer(
        "customer/1", zone=zone, consent=consent, open_channels=dict.fromkeys(CHANNELS, reaches)
    ),
    st.sampled_from(["Europe/Berlin", "Asia/Tokyo", None]),
    st.fixed_dictionaries(dict.fromkeys(("survey", "marketing", "service"), truths)),
    truths,
)


def _less_known(known: Customer) -> Iterator[Customer]:
    """Yield the customer without one of the things that are known of them, and without any."""
    yield replace(known, zone=None)
    for purpose in known.consent:
        yield replace(known, consent={**known.consent, purpose: None})
    yield replace(known, open_channels=dict.fromkeys(known.open_channels))
    yield replace(known, zone=None, consent=dict.fromkeys(known.consent))
