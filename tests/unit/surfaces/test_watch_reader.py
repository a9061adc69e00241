"""The feed: each thing that the service does becomes one line, with its reason, and the same one for whoever asks."""

from __future__ import annotations

from tests.unit.runtime.live.firm import Firm, packs
from troth.runtime.service import CaseAction, Complaint, Tell
from troth.surfaces.watch.line import Counts, FeedLine
from troth.surfaces.watch.marks import BEGINNING
from troth.surfaces.watch.reader import Reader


def lines(firm: Firm, *kinds: str) -> list[FeedLine]:
    """Return the lines so far, of some kinds or all."""
    return [
        line for line in Reader(firm.ledger, packs()).page(BEGINNING, 10_000).items if not kinds or line.kind in kinds
    ]


def test_a_held_message_says_why_and_what_the_reason_is_about() -> None:
    firm = Firm.shop()
    firm.ask()
    (line,) = lines(firm)
    assert (line.kind, line.subject, line.message, line.sends, line.first) == ("held", "pickup/1", "ready", "", True)
    assert dict(zip(line.codes, line.about, strict=True))["G301"] == ("ready_for_pickup", "all_there")
    assert line.why.startswith("a statement is false (ready_for_pickup, all_there)")


def test_what_is_held_is_told_once_however_often_it_is_decided_again() -> None:
    firm = Firm.shop()
    firm.ask()
    firm.at("10m")
    firm.ask()
    assert [line.kind for line in lines(firm)] == ["held"]


def test_a_released_message_says_how_long_and_why_it_was_held() -> None:
    firm = Firm.shop()
    firm.ask()
    firm.at("10m")
    firm.ready()
    (line,) = lines(firm, "released")
    assert line.what == "ready after 10m"
    assert "a statement is false" in line.why
    assert line.reads["staged"] is True
    assert not line.first


def test_a_permitted_message_that_is_confirmed_is_sent() -> None:
    firm = Firm.shop(ready=True)
    firm.send()
    assert [line.kind for line in lines(firm)] == ["permitted", "sent"]
    sent = lines(firm, "sent")[0]
    assert (sent.message, sent.sends, sent.id) == ("ready", "ready", "m1")


def test_a_permit_that_falls_before_it_is_used_is_said_to_be_withdrawn() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    firm.at("20m")
    firm.report("desk", "pickup.refused", reason="not_found")
    (line,) = lines(firm, "held")
    assert line.what == "ready, its permit withdrawn"
    assert not line.first


def test_a_correction_says_what_the_customer_believes_that_is_not_so() -> None:
    firm = Firm.shop(ready=True)
    firm.send()
    firm.at("20m")
    firm.report("desk", "pickup.refused", reason="not_found")
    (line,) = lines(firm, "corrected")
    assert line.id.startswith("correct-")
    assert "what the customer believes is not so (ready_for_pickup" in line.why
    assert not line.first


def test_what_left_without_a_permit_is_told_at_its_first_receipt_only() -> None:
    firm = Firm.shop(ready=True)
    firm.provider()
    (line,) = lines(firm, "bypass")
    assert (line.message, line.why) == ("ready", "nobody asked")
    first = min(stored.position for stored in firm.ledger.tail(after=0, limit=99) if stored.event.type == "mail.sent")
    assert line.position == first


def test_a_receipt_through_the_service_is_a_receipt_and_a_permit_not_used_is_said_so() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    firm.answer(firm.service.tell([Tell("m1", "pickup/1", "ready", "email", "sent")]))
    (line,) = lines(firm, "bypass")
    assert line.why == "its permit was not used"


def test_what_went_because_the_gate_could_not_be_reached_is_said_so() -> None:
    firm = Firm.shop(ready=True)
    firm.answer(firm.service.tell([Tell("m1", "pickup/1", "ready", "email", "sent", open=True)]))
    (line,) = lines(firm, "bypass")
    assert line.why == "the gate could not be reached"


def test_what_goes_in_shadow_against_the_gate_is_marked_and_what_goes_with_leave_is_sent() -> None:
    firm = Firm.shop()
    firm.ask()
    firm.answer(firm.service.tell([Tell("m1", "pickup/1", "ready", "email", "sent", shadow=True)]))
    assert [line.kind for line in lines(firm)] == ["held", "shadow"]
    shadow = lines(firm, "shadow")[0]
    assert shadow.what == "ready left in shadow, it would have been held"
    assert shadow.why.startswith("a statement is false")
    other = Firm.shop(ready=True)
    other.ask()
    other.confirm()
    other.answer(other.service.tell([Tell("m1", "pickup/1", "ready", "email", "sent", shadow=True)]))
    assert [line.kind for line in lines(other)] == ["permitted", "sent"]


def test_the_till_s_receipt_is_no_bypass() -> None:
    firm = Firm.shop(ready=True)
    firm.report("pos", "pickup.handed_over")
    assert lines(firm, "bypass") == []


def test_a_lapse_is_told_when_its_timer_has_found_it() -> None:
    firm = Firm.shop()
    firm.at("5h30m")
    (line,) = lines(firm, "lapse")
    assert (line.message, line.why) == ("late_ready", "Not ready when promised")


def test_cases_are_told_with_their_titles_and_what_people_do_to_them() -> None:
    firm = Firm.shop(ready=True)
    case = firm.answer(firm.service.complain(Complaint("pickup/1", "nothing there", channel="phone")))
    firm.answer(firm.service.act(CaseAction("own", "pickup/1", case.id, by="ann")))
    opened, owned = lines(firm, "case")
    assert (opened.what, opened.why) == ("complaint", "The customer complained")
    assert owned.what == "owned by ann"
    assert owned.id == case.id


def test_pages_put_together_are_the_whole() -> None:
    firm = Firm.shop()
    firm.ask()
    firm.at("10m")
    firm.ready()
    firm.provider(name="other")
    reader, found, after = Reader(firm.ledger, packs()), list[FeedLine](), BEGINNING
    while True:
        page = reader.page(after, 2)
        found += page.items
        after = page.position
        if not page.more:
            break
    assert found == lines(firm)
    assert reader.page(reader.end(), 2).items == []


def test_without_its_pack_a_subject_s_decisions_are_told_all_the_same() -> None:
    firm = Firm.shop()
    firm.ask()
    firm.provider("confirmation", "stray")
    assert [line.kind for line in Reader(firm.ledger, {}).page(BEGINNING, 99).items] == ["held"]


def test_counts_tell_what_there_was() -> None:
    firm = Firm.shop()
    firm.ask()
    firm.at("10m")
    firm.ready()
    counts = Counts()
    counts.note(lines(firm))
    assert counts.text().startswith("1 asked, 0 sent, 1 held (1 released)")


def test_for_want_of_a_fact_the_fact_is_named() -> None:
    firm = Firm.shop(ready=True)
    firm.ask()
    firm.at("20m")
    firm.report("staging", "stage.removed")
    (line,) = lines(firm, "held")
    (about,) = line.about
    facts = {fact.name for fact in packs()["store_pickup"].facts}
    assert line.codes == ("G302",)
    assert about
    assert facts.issuperset(about)
