"""Message · State · Action: ahead, stuck, unverifiable, behind, aligned, untold; and what the customer believes."""

from __future__ import annotations

from typing import Any

from tests.unit.engine.kit import Told, a_pack, codes, fold
from troth.model.pack import Pack
from troth.model.record import Record
from troth.model.times import MINUTE

PLACED: Told = ("0m", "desk", "order.placed")


def telling(**messages: Any) -> Pack:
    """Return a pack that says `ready` (true when done) and `soon`, and invites to collect while the door is open."""
    return a_pack(
        more_facts={"door": {"type": "bool", "authority": [["desk"]]}},
        more_events={"door.moved": {"observe": {"door": "data.open"}}},
        states={
            "done": {"when": "done", "usable": True, "tell": ["ready"], "tell_within": "1h"},
            "open": {"when": "!done"},
        },
        actions={"collect": {"by": "customer", "available_when": "door"}},
        statements={
            "ready": {"about": "pickup", "true_when": "done", "invites": ["collect"]},
            "soon": {"about": "pickup", "true_when": "!done", "valid_for": "2h"},
            "thanks": {"about": "mood", "true_when": "placed"},
        },
        messages={
            "ready_mail": {
                "purpose": "inform",
                "statements": ["ready"],
                "told_at": {"email": "delivered", "*": "sent"},
            },
            "soon_mail": {"purpose": "inform", "statements": ["soon"], "told_at": {"*": "sent"}},
            "thanks_mail": {"purpose": "inform", "statements": ["thanks"], "told_at": {"*": "sent"}},
            **messages,
        },
    )


def mail(when: str, message: str, phase: str = "sent", channel: str = "sms") -> Told:
    """Return a receipt of a message."""
    return (when, "desk", f"message.{phase}", {"message": message, "id": message, "channel": channel})


def done(when: str, value: object = True) -> Told:
    """Return the event that makes it ready, or takes it back."""
    return (when, "floor", "order.done", {"done": value})


def door(when: str, value: object) -> Told:
    """Return the event that opens or closes the door."""
    return (when, "desk", "door.moved", {"open": value})


def alignment(*told: Told, now: str = "30m") -> str:
    """Return the alignment at `now`."""
    return fold(telling(), [PLACED, *told], now).alignment[-1].value


def spans(record: Record) -> list[tuple[str, int]]:
    """Return the alignment's history in minutes."""
    return [(span.value, span.since // 60_000_000) for span in record.alignment]


def test_a_believed_statement_that_is_false_is_ahead() -> None:
    """Customer told ready and turned away at the desk."""
    assert alignment(mail("5m", "ready_mail")) == "ahead"


def test_a_true_statement_that_invites_what_cannot_be_done_is_stuck() -> None:
    """Ready, and the door is closed."""
    assert alignment(done("1m"), door("2m", value=False), mail("5m", "ready_mail")) == "stuck"


def test_a_statement_or_an_invitation_of_unknown_truth_is_unverifiable() -> None:
    """Unknown is neither true nor false."""
    assert alignment(done("1m"), mail("5m", "ready_mail")) == "unverifiable"
    assert alignment(done("1m", None), mail("5m", "ready_mail")) == "unverifiable"


def test_ready_open_and_told_is_aligned() -> None:
    """Message, state and action line up."""
    assert alignment(done("1m"), door("2m", value=True), mail("5m", "ready_mail")) == "aligned"


def test_a_customer_who_should_have_been_told_is_behind_after_tell_within() -> None:
    """Untold first, behind once the time to tell has passed; told late it is aligned again."""
    told = [PLACED, done("10m"), door("10m", value=True), mail("2h", "ready_mail")]
    assert spans(fold(telling(), told, "3h")) == [("untold", 0), ("behind", 70), ("aligned", 120)]


def test_a_belief_about_something_else_does_not_tell_of_the_state() -> None:
    """Thanks for the order says nothing about its being ready."""
    told = [PLACED, mail("1m", "thanks_mail"), done("10m"), door("10m", value=True)]
    assert spans(fold(telling(), told, "3h")) == [("untold", 0), ("aligned", 1), ("behind", 70)]


def test_a_message_is_told_at_the_receipt_that_its_channel_declares() -> None:
    """Sent is not delivered; without the receipt, not told."""
    assert alignment(mail("5m", "ready_mail", "sent", "email")) == "untold"
    assert alignment(mail("5m", "ready_mail", "delivered", "email")) == "ahead"


def test_a_later_statement_on_the_same_topic_replaces_the_earlier_one_over_all_channels() -> None:
    """One customer, one voice."""
    record = fold(telling(), [PLACED, mail("1m", "ready_mail"), mail("5m", "soon_mail", channel="app")], "30m")
    assert [belief.statement for belief in record.beliefs] == ["soon"]
    assert spans(record) == [("untold", 0), ("ahead", 1), ("aligned", 5)]


def test_a_belief_expires_with_its_validity() -> None:
    """A statement that holds for two hours is not believed after them."""
    record = fold(telling(), [PLACED, mail("1m", "soon_mail")], "3h")
    assert record.beliefs == ()
    assert spans(record) == [("untold", 0), ("aligned", 1), ("untold", 121)]


def test_a_message_that_the_pack_does_not_declare_is_found_and_changes_no_belief() -> None:
    """What an unknown message said is unknown."""
    record = fold(telling(), [PLACED, mail("1m", "spring_sale")], "3h")
    assert (codes(record), record.beliefs) == (["F104"], ())


def test_a_repeated_receipt_changes_nothing() -> None:
    """Providers repeat themselves: the first receipt of a phase counts."""
    record = fold(telling(), [PLACED, mail("1m", "soon_mail"), mail("9m", "soon_mail")], "30m")
    assert [told.told_at for told in record.messages] == [60_000_000]


def test_messages_whose_id_is_a_number_or_missing_are_told_apart() -> None:
    """A receipt without an id is of a message of its own: it must not vanish behind another."""
    for ids in ({"id": 1}, {"id": 2}), ({}, {}):
        soon = ("10m", "desk", "message.sent", {"message": "soon_mail", **ids[0]})
        thanks = ("20m", "desk", "message.sent", {"message": "thanks_mail", **ids[1]})
        record = fold(telling(), [PLACED, soon, thanks], "30m")
        assert [belief.statement for belief in record.beliefs] == ["soon", "thanks"]


def test_the_channel_may_become_known_with_a_later_receipt() -> None:
    """The request names none; that it was delivered by email tells, as the message declares for email."""
    asked = ("6m", "desk", "message.requested", {"message": "ready_mail", "id": "m"})
    told = ("8m", "desk", "message.delivered", {"message": "ready_mail", "id": "m", "channel": "email"})
    record = fold(telling(), [PLACED, done("5m"), asked, told], "30m")
    assert [(one.channel, one.told_at) for one in record.messages] == [("email", 8 * MINUTE)]
