"""How often a customer may be contacted, and from when on again."""

from __future__ import annotations

from tests.unit.engine.kit import SUBJECT, a_pack, fold
from troth.customers.contact import check_contact
from troth.engine.gate import look_at
from troth.engine.machine import prepare
from troth.model.customer import Contact, Customer
from troth.model.decision import Reason, Request
from troth.model.times import HOUR, Micros

PACK = a_pack(
    more_statements={"is_done": {"true_when": "done", "about": "progress"}},
    messages={"done_note": {"purpose": "inform", "told_at": {"*": "sent"}, "statements": ["is_done"]}},
    contact={"at_most": [{"count": 1, "per": "1d"}]},
)
NOW = 100 * HOUR


def _reasons(*contacts: Contact) -> list[Reason]:
    """Return what speaks against a message named m1 to a customer with these contacts."""
    request = Request("m1", "done_note", SUBJECT, customer="customer/1")
    record = fold(PACK, [("1m", "desk", "order.placed")], "100h")
    look = look_at(prepare(PACK), record, Customer("customer/1", contacts=contacts), request, NOW)
    return check_contact(look)


def _contact(subject: str = "order/2", name: str = "m2", until: Micros | None = None) -> Contact:
    """Return a contact of an hour ago."""
    return Contact(NOW - HOUR, name, subject, "done_note", "inform", "email", until)


def test_a_message_of_the_same_id_about_another_subject_counts() -> None:
    (reason,) = _reasons(_contact(name="m1"))
    assert reason.code == "G106"


def test_the_message_itself_does_not_count() -> None:
    assert not _reasons(_contact(SUBJECT, "m1"))


def test_what_was_sent_counts_for_the_whole_period() -> None:
    (reason,) = _reasons(_contact())
    assert reason.until == NOW + 23 * HOUR


def test_a_reservation_counts_until_it_lapses() -> None:
    (reason,) = _reasons(_contact(until=NOW + 1))
    assert reason.until == NOW + 1
    assert not _reasons(_contact(until=NOW))
