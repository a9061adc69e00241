"""Experiences in a ledger: nothing that was heard after the moment of prediction is in the facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.scenarios.kit import pack_named
from troth.errors import Place
from troth.lang.expressions import compile_where
from troth.ledger.memory import MemoryLedger
from troth.model.event import Event
from troth.model.times import DAY, HOUR, Micros
from troth.runtime.experience import Asking, Gathered, gather, outcomes_of
from troth.runtime.truth_or_speed import collect, served_of
from troth.runtime.work import fold
from troth.testing.builders import START, an_event, an_order

PACK = pack_named("delivery")
PACKS = {PACK.name: PACK}
NOW: Micros = START + 60 * DAY
HEARD = {source.name: NOW for source in PACK.sources}


def asking(text: str = "score <= 2", **more: Any) -> Asking:
    """Return a question."""
    condition, problems = compile_where(text, Place("--bad"))
    assert condition is not None, problems
    return Asking(condition.names, condition.test, **more)


def a_ledger(events: Sequence[Event]) -> MemoryLedger:
    """Return a ledger of events, folded."""
    ledger = MemoryLedger()
    ledger.append(events, pack=PACK.name)
    ledger.advance(HEARD)
    fold(ledger, PACKS, now=NOW)
    return ledger


def gathered(events: Sequence[Event], asks: Asking | None = None) -> Gathered:
    """Return what a ledger of events has."""
    asks, ledger = asks or asking(), a_ledger(events)
    found = gather(ledger, PACKS, asks, outcomes_of(ledger, PACKS, asks, NOW).found, NOW)
    found.occasions.sort(key=lambda one: one.subject)
    found.surveys.sort(key=lambda one: one.subject)
    return found


def survey(number: int, sent: Micros, answered: Micros | None, score: int = 1, person: str = "ann") -> list[Event]:
    """Return a survey to the customer of an order, and the answer."""
    subject, data = f"order/{number}", {"survey": f"s{number}"}
    events = [an_event("survey.sent", source="mailer", subject=subject, at=sent, data=data)]
    if answered is not None:
        said = data | {"attributes": {"score": score}}
        events.append(an_event("survey.answered", source="mailer", subject=subject, at=answered, data=said))
    bought = {"attributes": {"person": person, "price": 10 + number, "weight": 2}}
    return [*events, an_event("order.reported", subject=subject, at=START + HOUR, data=bought)]


ORDER = [*an_order(1, delivered=START + 8 * DAY), *survey(1, START + 7 * DAY, START + 9 * DAY)]


def test_facts_are_as_known_just_before_the_answer() -> None:
    (one,) = gathered(ORDER).occasions
    assert (one.bad, one.moment, one.subject) == (True, START + 9 * DAY, "order/1")
    assert one.facts["delivery_day: share done"] == 1
    assert one.facts["attribute: price"] == 11
    assert "attribute: score" not in one.facts


def test_facts_before_the_survey_left_know_of_no_delivery() -> None:
    (one,) = gathered(ORDER, asking(at_event="survey.sent")).occasions
    assert one.moment == START + 7 * DAY
    assert one.facts["delivery_day: share done"] == 0
    assert one.facts["message survey: told"] == 0


def test_what_happened_before_and_was_heard_after_is_not_known() -> None:
    late_report = an_event("carrier.delivered", source="carrier", at=START + 3 * DAY, heard_at=START + 20 * DAY)
    events = [*an_order(1, delivered=None), late_report, *survey(1, START + 7 * DAY, START + 9 * DAY)]
    (one,) = gathered(events).occasions
    assert one.facts["delivery_day: share done"] == 0
    assert float(one.facts["delivery_day: days late"]) > 3


def later(number: int) -> st.SearchStrategy[Event]:
    """Draw an event that is heard at the moment of the answer or after it, whenever it happened."""
    kinds = [("carrier.delivered", "carrier"), ("order.withdrawn", "shop"), ("order.unavailable", "shop"),
             ("carrier.collected", "carrier"), ("seller.promised", "shop"), ("order.reported", "shop"),
             ("delivery.undated", "shop"), ("order.rescheduled", "shop")]  # fmt: skip
    data = {"promised_day": "2026-03-30", "zone": "America/Sao_Paulo", "limit": "2026-03-03T00:00:00Z", "item": "1",
            "attributes": {"price": 999, "fate": "lost"}}  # fmt: skip
    return st.builds(
        lambda kind, at, heard: an_event(
            kind[0], source=kind[1], subject=f"order/{number}", at=at, heard_at=max(at, heard), data=data
        ),
        st.sampled_from(kinds),
        st.integers(START, START + 30 * DAY),
        st.integers(START + 9 * DAY, START + 40 * DAY),
    )


@settings(max_examples=60)
@given(st.lists(later(1), max_size=6), st.sampled_from(["", "survey.sent"]))
def test_nothing_heard_from_the_answer_on_changes_a_fact(more: list[Event], at_event: str) -> None:
    (alone,) = gathered(ORDER, asking(at_event=at_event)).occasions
    (beside,) = gathered([*ORDER, *more], asking(at_event=at_event)).occasions
    assert beside.facts == alone.facts
    assert beside.moment == alone.moment


def test_what_the_condition_reads_and_what_is_left_out_is_no_fact() -> None:
    (one,) = gathered(ORDER, asking(weight="weight", customer="person", hidden=("price",))).occasions
    assert not [name for name in one.facts if name.startswith("attribute: ")]
    assert one.weight == 2


def test_orders_of_one_person_share_a_cluster() -> None:
    events = [*ORDER, *an_order(2), *survey(2, START + 5 * DAY, START + 6 * DAY, 5), *an_order(3)]
    events += survey(3, START + 5 * DAY, START + 6 * DAY, 5, person="bob")
    first, second, third = gathered(events, asking(customer="person")).occasions
    assert first.cluster == second.cluster != third.cluster
    assert [one.bad for one in (first, second, third)] == [True, False, False]


def test_those_who_did_not_answer_are_asked_about_only_with_everybody() -> None:
    events = [*ORDER, *an_order(2), *survey(2, START + 4 * DAY, None)]
    assert len(gathered(events).occasions) == 1
    _, silent = gathered(events, asking(everybody=True)).occasions
    assert silent.bad is None
    # Delivered on the third day; the first answered one day after its end.
    assert silent.moment == START + 4 * DAY
    _, sent = gathered(events, asking(everybody=True, at_event="survey.sent")).occasions
    assert sent.moment == START + 4 * DAY


def test_subjects_without_the_event_or_the_weight_are_counted() -> None:
    unsent = [event for event in ORDER if event.type != "survey.sent"]
    assert gathered(unsent, asking(at_event="survey.sent")).eventless == 1
    assert gathered(ORDER, asking(weight="person")).unweighted == 1


def test_a_survey_after_a_known_failure_is_found_as_known_then() -> None:
    """The parcel was there on the third day, but nobody had heard of it when the survey left."""
    report = an_event("carrier.delivered", source="carrier", subject="order/2", at=START + 3 * DAY, heard_at=NOW)
    events = [*ORDER, *an_order(2, delivered=None), report, *survey(2, START + 8 * DAY, None)]
    events += [*an_order(3, delivered=START + 3 * DAY), *survey(3, START + 4 * DAY, None)]
    first, second, third = gathered(events).surveys
    assert first.failures == second.failures == ("delivery_day not kept", "case late_delivery open")
    assert (first.waiting, second.waiting, third.waiting) == (True, True, False)
    assert third.failures == ()
    assert (first.bad, second.bad) == (True, None)


def test_truth_or_speed_reads_lateness_up_to_the_answer() -> None:
    events = [*ORDER, *an_order(2, delivered=START + 30 * DAY), *survey(2, START + 8 * DAY, START + 9 * DAY)]
    events += [*an_order(3, delivered=START + 3 * DAY), *survey(3, START + 4 * DAY, START + 5 * DAY, 5)]
    late, waiting, kept = collect(a_ledger(events), PACKS, asking(), "delivery_day", ("price",), NOW).rows
    assert (late.taken, late.waiting, late.never) == (8, False, False)
    assert (waiting.taken, waiting.waiting) == (9, True)
    assert waiting.late == pytest.approx(late.late + 1)
    assert (kept.late, kept.taken, kept.bad) == (0, 3, False)
    assert kept.others == {}  # the price was told an hour after the request, not with it


def test_truth_or_speed_tells_the_never_served_from_the_undecided() -> None:
    lost = [*an_order(1, delivered=None), an_event("order.unavailable", at=START + 4 * DAY)]
    events = [*lost, *survey(1, START + 8 * DAY, START + 9 * DAY)]
    events += [*an_order(2, delivered=None, promised_in=90 * DAY), *survey(2, START + 8 * DAY, START + 9 * DAY)]
    found = collect(a_ledger(events), PACKS, asking(), "delivery_day", (), NOW)
    assert [row.never for row in found.rows] == [True]
    assert found.undecided == 1
    assert served_of(found.rows).others.shape == (1, 0)
