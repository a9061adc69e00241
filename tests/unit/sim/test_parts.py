"""Agenda, truth, observer, and who may be written to."""

from __future__ import annotations

import pytest

from troth.model.decision import Request
from troth.model.times import FOREVER, HOUR, parse_instant
from troth.sim.agenda import Agenda
from troth.sim.layout import Person, opening, working_time
from troth.sim.observer import Real
from troth.sim.permitted import Bothered, is_relevant, may_contact
from troth.sim.rules import truth_of
from troth.sim.truth import Truth

EVENING = parse_instant("2026-03-03T02:30:00Z")
"""21:30 in New York, 18:30 in Los Angeles."""


def someone(zone: str = "America/New_York", **consent: bool) -> Person:
    """Return a customer."""
    return Person("customer/1", zone, consent, "sms", 0.5, 3.0)


def asked(message: str, channel: str = "sms") -> Request:
    """Return a request."""
    return Request("1", message, "pickup/1", channel, "customer/1")


def test_of_one_moment_things_happen_in_the_order_of_entering() -> None:
    agenda, seen = Agenda(0), list[str]()
    agenda.at(5, seen.append, "second")
    agenda.at(5, seen.append, "third")
    agenda.at(1, seen.append, "first")
    agenda.at(9, seen.append, "later")
    agenda.run(5)
    assert seen == ["first", "second", "third"]
    assert (agenda.now, agenda.next_at(), agenda.working) == (5, 9, 1)


def test_what_is_entered_for_the_past_happens_now() -> None:
    agenda, seen = Agenda(10), list[int]()
    agenda.at(3, lambda: seen.append(agenda.now))
    agenda.run(10)
    assert seen == [10]
    assert agenda.next_at() == FOREVER


def test_what_goes_on_for_ever_is_no_work() -> None:
    agenda = Agenda(0)
    agenda.at(1, lambda: None, idle=True)
    assert agenda.working == 0


def test_quiet_hours_are_those_of_the_customers_zone_and_not_of_mail() -> None:
    assert not may_contact(asked("ready"), someone(), EVENING)
    assert may_contact(asked("ready"), someone("America/Los_Angeles"), EVENING)
    assert may_contact(asked("ready", "email"), someone(), EVENING)
    assert may_contact(asked("cancellation"), someone(), EVENING)


def test_a_survey_needs_a_consent_that_was_given() -> None:
    assert may_contact(asked("survey", "email"), someone(survey=True), EVENING)
    assert not may_contact(asked("survey", "email"), someone(survey=False), EVENING)
    assert not may_contact(asked("offer", "email"), someone(survey=True), EVENING)


def test_two_messages_a_day_for_a_consents_sake_are_enough() -> None:
    bothered = Bothered()
    for moment in (0, HOUR):
        assert not bothered.enough("survey", "customer/1", moment)
        bothered.note("survey", "customer/1", moment)
    assert bothered.enough("offer", "customer/1", 2 * HOUR)
    assert not bothered.enough("ready", "customer/1", 2 * HOUR)
    assert not bothered.enough("offer", "customer/1", 25 * HOUR)


def test_the_observer_sees_what_was_so_at_the_moment() -> None:
    truth = Truth()
    for fact, value, at in (
        ("placed", True, 0), ("mode", "in_store", 0), ("promised_by", 100, 0), ("complete", True, 10),
        ("on_shelf", True, 20), ("on_shelf", False, 50), ("handed_over", True, 50),
    ):  # fmt: skip
        truth.set("pickup/1", fact, value, at)
    assert truth_of(Real(truth, "pickup/1", 19), "ready", {}) is False
    assert truth_of(Real(truth, "pickup/1", 20), "ready", {}) is True
    assert truth_of(Real(truth, "pickup/1", 50), "ready", {}) is False
    assert truth_of(Real(truth, "pickup/1", 50), "survey", {}) is True
    assert is_relevant("survey", Real(truth, "pickup/1", 50))
    assert not is_relevant("reminder", Real(truth, "pickup/1", 50))
    assert truth.kept("pickup/1", 21)
    assert not truth.kept("pickup/1", 20)


def test_spans_are_half_open_and_the_last_one_does_not_end() -> None:
    truth = Truth()
    truth.set("pickup/1", "on_shelf", True, 1)
    truth.set("pickup/1", "on_shelf", False, 5)
    moments = (0, 1, 4, 5, FOREVER)
    assert [truth.at("pickup/1", "on_shelf", moment) for moment in moments] == [None, True, True, False, False]


def test_the_physical_world_does_not_run_backwards() -> None:
    truth = Truth()
    truth.set("pickup/1", "placed", True, 5)
    with pytest.raises(AssertionError, match="backwards"):
        truth.set("pickup/1", "placed", True, 4)


def test_work_goes_on_the_next_morning() -> None:
    begins, ends = opening("America/New_York", parse_instant("2026-03-02T20:00:00Z"))
    assert (ends - begins) == 13 * HOUR
    done = working_time("America/New_York", ends - HOUR, 2 * HOUR)
    assert done == begins + 24 * HOUR + HOUR
