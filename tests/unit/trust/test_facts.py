"""Facts of an experience: what a record tells at a moment, and nothing that it does not know."""

from __future__ import annotations

import pytest

from tests.unit.scenarios.kit import pack_named
from troth.engine.fold import refold
from troth.model.event import Event
from troth.model.times import DAY, HOUR, Micros
from troth.testing.builders import START, an_event, an_order
from troth.trust.facts import Facts, facts_of, group_of
from troth.trust.reasons import words_of

PACK = pack_named("delivery")


def known_at(events: list[Event], moment: Micros) -> Facts:
    """Return the facts of an order as known just before a moment, every feed being heard."""
    last = moment - 1
    known = [event for event in events if event.heard_at <= last and event.occurred_at <= last]
    record = refold(PACK, "order/1", known, {source.name: last for source in PACK.sources}, last)
    return facts_of(record, PACK, moment)


def test_a_promise_kept_early_is_not_late_and_tells_how_early() -> None:
    facts = known_at(an_order(delivered=START + 3 * DAY), START + 10 * DAY)
    assert facts["delivery_day: days late"] == 0
    assert facts["delivery_day: share kept"] == 1
    assert facts["delivery_day: days taken"] == 3
    assert float(facts["delivery_day: days after due"]) < -2
    assert facts["state delivered: days after the request"] == 3
    assert facts["elapsed: days since the request"] == 10


def test_a_promise_still_open_after_its_day_is_late_up_to_the_moment() -> None:
    events = an_order(delivered=None, promised_in=5 * DAY)
    early, late = known_at(events, START + 8 * DAY), known_at(events, START + 9 * DAY)
    assert float(late["delivery_day: days late"]) - float(early["delivery_day: days late"]) == pytest.approx(1)
    assert "delivery_day: days taken" not in late
    assert late["state delivered: reached"] == 0
    assert "state delivered: days after the request" not in late


def test_what_has_not_happened_is_missing_and_never_zero() -> None:
    facts = known_at(an_order(collected=None, delivered=None, told=False), START + 2 * HOUR)
    assert not any("days taken" in name or "days ago" in name for name in facts)
    assert not any(name.startswith("hand_over") for name in facts)
    assert facts["message confirmation: told"] == 0


def test_attributes_are_numbers_or_words_and_each_a_group_of_its_own() -> None:
    said = {"attributes": {"price": 12, "express": True, "town": "Aia", "gift": None}}
    facts = known_at([*an_order(), an_event("order.reported", at=START + HOUR, data=said)], START + 2 * HOUR)
    assert (facts["attribute: price"], facts["attribute: express"], facts["attribute: town"]) == (12.0, 1.0, "Aia")
    assert "attribute: gift" not in facts
    assert group_of("attribute: price") == "price"


def test_what_is_heard_at_the_moment_itself_is_not_known_before_it() -> None:
    told = an_event("order.reported", at=START + DAY, data={"attributes": {"price": 12}})
    assert "attribute: price" not in known_at([*an_order(), told], START + DAY)
    assert "attribute: price" in known_at([*an_order(), told], START + DAY + 1)


def test_reasons_say_what_the_facts_say() -> None:
    late = known_at(an_order(delivered=None), START + 9 * DAY)
    assert words_of("delivery_day", late).endswith("days past due and not done")
    assert words_of("elapsed", late) == "9.0 days since the request"
    assert words_of("state delivered", late) == "state delivered: not reached"
    assert words_of("message confirmation", late) == "message confirmation: told once, 9.0 days ago"
    assert words_of("price", late) == "price: not known"
