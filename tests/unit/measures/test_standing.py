"""Objectives: what counts in a period, verdicts that wait for evidence, budgets in counts, two burn rates."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.unit.measures.builders import AS_OF, a_promise, a_record, opened
from troth.measures.interval import wilson
from troth.measures.objective_units import COUNTED
from troth.measures.registry import MEASURES
from troth.measures.standing import MET, MISSED, OPEN, Standing, missing, note_of, standings
from troth.model.objective import AIMED_AT, Objective
from troth.model.record import Case, Record, Span
from troth.model.times import DAY, HOUR, Micros
from troth.runtime.snapshot import run

PROMISES = Objective("by_day", "promise_reliability", 0.9, "by_day")


def stand(records: list[Record], aim: Objective, minimum: int = 30, as_of: Micros = AS_OF) -> list[Standing]:
    return list(standings("parcel", aim, opened(records, as_of), run, minimum))


def one(records: list[Record], aim: Objective = PROMISES, minimum: int = 30) -> Standing:
    (found,) = stand(records, aim, minimum)
    return found


def due(*groups: tuple[str, Micros, int], **more: Any) -> list[Record]:
    """Return records with one promise each, of groups of (outcome, days before the end that it was due, number)."""
    return [
        a_record(f"{outcome}{days}-{n}", promises=[a_promise(outcome, AS_OF - days * DAY - HOUR)], **more)
        for outcome, days, number in groups
        for n in range(number)
    ]


def aim(**changes: Any) -> Objective:
    return msgspec.structs.replace(PROMISES, **changes)


def test_every_measure_that_objectives_speak_of_is_a_measure_and_can_be_counted() -> None:
    assert set(AIMED_AT) == set(COUNTED)
    assert set(AIMED_AT) <= set(MEASURES)


def test_what_was_due_in_the_period_counts_and_nothing_else() -> None:
    found = one(due(("kept", 1, 60), ("broken", 27, 10), ("broken", 28, 500), ("kept", -1, 500), ("void", 2, 50)))
    assert (found.n, found.value, found.used) == (70, 60 / 70, 10)
    assert (found.low, found.high) == wilson(60, 70)
    assert (found.as_of, found.since) == (AS_OF, AS_OF - 28 * DAY)


@pytest.mark.parametrize(
    ("kept", "broken", "verdict"),
    [(600, 20, MET), (400, 200, MISSED), (92, 8, OPEN), (29, 0, OPEN), (0, 29, OPEN), (0, 30, MISSED)],
)
def test_a_verdict_waits_for_the_evidence(kept: int, broken: int, verdict: str) -> None:
    assert one(due(("kept", 2, kept), ("broken", 3, broken))).verdict == verdict


def test_what_nobody_can_decide_is_counted_on_both_sides() -> None:
    found = one(due(("kept", 2, 600), ("broken", 3, 20), ("unknown", 4, 60)))
    assert (found.verdict, found.unknown) == (OPEN, 60)
    assert (found.bound_low, found.bound_high) == (600 / 680, 660 / 680)


def test_the_budget_is_a_number_of_failures() -> None:
    found = one(due(("kept", 2, 1960), ("broken", 3, 40)), aim(target=0.98))
    assert (found.allowed, found.used, found.left) == (40, 40, 0)
    found = one(due(("kept", 2, 95), ("late", 3, 4), ("broken", 3, 1)), aim(target=0.98))
    assert (found.allowed, found.used, found.left) == (2, 5, -3)


def test_burn_rates_are_over_a_day_and_six_days_of_twenty_eight() -> None:
    found = one(due(("kept", 0, 8), ("broken", 0, 2), ("kept", 5, 57), ("broken", 5, 33), ("broken", 10, 500)))
    assert found.burn_fast == pytest.approx(2.0)
    assert found.burn_slow == pytest.approx(3.5)
    assert found.n_slow == 100


@pytest.mark.parametrize(
    ("now", "week", "alert"),
    [
        ((7, 3), (70, 30), True),
        ((10, 0), (70, 30), False),  # It is over.
        ((7, 3), (99, 1), False),  # A bad day alone.
        ((7, 3), (10, 5), False),  # Too few to be sure of a week.
    ],
)
def test_an_alert_needs_both_windows_and_enough_of_them(
    now: tuple[int, int], week: tuple[int, int], alert: bool
) -> None:
    records = due(("kept", 0, now[0]), ("broken", 0, now[1]), ("kept", 4, week[0]), ("broken", 4, week[1]))
    assert one(records).alert is alert


def test_a_target_of_one_has_no_burn_rate() -> None:
    found = one(due(("kept", 0, 40), ("broken", 0, 1)), aim(target=1.0))
    assert (found.burn_fast, found.allowed, found.alert) == (None, 0, False)


def test_segments_come_after_the_whole_the_most_overdrawn_first() -> None:
    records = [
        *due(("kept", 2, 80), attributes={"shop": "good"}),
        *due(("late", 2, 40), ("kept", 3, 40), attributes={"shop": "bad"}),
        *due(("broken", 2, 5), attributes={"shop": "tiny"}),
    ]
    found = stand(records, aim(by=("shop", "carrier")))
    assert [one.segment for one in found] == [{}, {"shop": "bad"}, {"shop": "good"}, {"shop": "tiny"}]
    assert [one.verdict for one in found] == [MISSED, MISSED, MET, OPEN]
    assert [note_of(one) for one in found] == ["", "", "", "insufficient data"]
    assert missing(opened(records), aim(by=("shop", "carrier"))) == ("carrier",)


def test_the_objectives_of_a_pack_count_its_own_subjects() -> None:
    assert list(standings("other", PROMISES, opened(due(("kept", 2, 40))), run)) == []


def test_time_is_counted_in_hours_as_it_passed() -> None:
    objective = Objective("told", "status_fidelity", 0.9)
    records = [
        a_record(n, alignment=[("aligned", 0), ("behind", AS_OF - (2 if n % 2 else 1) * DAY)]) for n in range(40)
    ]
    found = one(records, objective)
    hours = 40 * 28 * 24
    wrong = 20 * 24 + 20 * 48
    assert (found.n, found.unit, found.subjects) == (hours, "hours", 40)
    assert found.value == pytest.approx(1 - wrong / hours)
    assert [found.allowed, found.used] == pytest.approx([0.1 * hours, wrong])
    assert found.burn_fast == pytest.approx(10.0)
    assert found.burn_slow == pytest.approx((20 * 1 + 20 * 2) / (40 * 6) / 0.1)
    assert found.verdict == MET
    assert found.alert


def test_time_whose_end_has_no_date_is_unknown() -> None:
    undated = a_record("u", [Span("cancelled", 0, (), True)], alignment=[("aligned", 0)])
    records = [*(a_record(n, alignment=[("aligned", 0)]) for n in range(40)), undated]
    found = one(records, Objective("told", "status_fidelity", 0.99))
    assert found.unknown == 28 * 24
    assert found.verdict == OPEN
    assert found.bound_low == pytest.approx(40 / 41)


def test_a_wait_counts_when_its_time_is_up() -> None:
    objective = Objective("soon", "time_to_usable_outcome", 0.9, within=5 * DAY)

    def asked(days_ago: int, wait: int | None, number: int, state: str = "delivered") -> list[Record]:
        start = AS_OF - days_ago * DAY
        end = [] if wait is None else [(state, start + wait * DAY)]
        return [
            a_record(f"{days_ago}-{wait}-{state}-{n}", [("placed", start), *end], requested_at=start)
            for n in range(number)
        ]

    in_time, late, never, cancelled = (
        asked(20, 4, 30),
        asked(20, 6, 3),
        asked(20, None, 2),
        asked(20, 1, 1, "cancelled"),
    )
    too_soon, before = asked(3, 1, 50), asked(40, 9, 50)
    found = one([*in_time, *late, *never, *cancelled, *too_soon, *before], objective)
    assert (found.n, found.used, found.unit) == (36, 6, "subjects")


def test_a_case_counts_when_its_time_is_up() -> None:
    objective = Objective("late", "exception_closure", 0.5, "late", within=DAY, leg="open_closed")
    start = AS_OF - 10 * DAY
    cases = [
        *[Case("late", "", start, first_closed_at=start + HOUR, closed_at=start + HOUR)] * 30,
        *[Case("late", "", start, first_closed_at=start + 2 * DAY, closed_at=start + 2 * DAY)] * 5,
        *[Case("late", "", start)] * 5,
        *[Case("late", "", AS_OF - HOUR)] * 50,
        *[Case("late", "", start, closed_at=start + HOUR, closed_as="void")] * 7,
        *[Case("lost", "", start)] * 7,
    ]
    found = one([a_record(n, cases=[case]) for n, case in enumerate(cases)], objective)
    assert (found.n, found.used, found.unit) == (40, 10, "cases")


def test_nothing_due_gives_no_standing() -> None:
    assert stand([], PROMISES) == []
    assert stand(due(("kept", 40, 10)), PROMISES) == []
