"""How a record becomes rows of the four tables."""

from __future__ import annotations

import pytest

from tests.unit.measures.builders import AS_OF, a_pack, a_promise, a_record
from troth.errors import MeasureError
from troth.measures.clock import course_of, model_of
from troth.measures.tables import SCHEMAS, columns_of
from troth.model.record import Case, Span, Window
from troth.model.times import DAY, HOUR, MINUTE

PACKS = {"parcel": a_pack()}
MODEL = model_of(a_pack())


def _course(*states: tuple[str, int] | tuple[str, int, bool]) -> tuple[str, int | None, bool, int | None]:
    spans = [Span(state[0], state[1], (), len(state) > 2) for state in states]
    course = course_of(spans, MODEL, AS_OF)
    return course.outcome, course.outcome_at, course.undated, course.clock_until


def test_every_table_has_exactly_the_columns_of_its_schema() -> None:
    tables = columns_of([a_record(1, promises=[a_promise()], alignment=[("aligned", 0)])], PACKS, AS_OF)
    assert {name: list(columns) for name, columns in tables.items()} == {
        name: [column.name for column in schema.columns] for name, schema in SCHEMAS.items()
    }
    assert {name: len(next(iter(columns.values()))) for name, columns in tables.items()} == {
        "subjects": 1,
        "promises": 1,
        "spans": 1,
        "cases": 0,
    }


def test_the_clock_does_not_stop_at_shipped() -> None:
    assert _course(("placed", 0), ("shipped", DAY)) == ("open", None, False, AS_OF)
    assert _course(("placed", 0), ("shipped", DAY), ("delivered", 3 * DAY)) == ("usable", 3 * DAY, False, 3 * DAY)


def test_a_usable_state_counts_from_its_start_once_it_has_lasted() -> None:
    assert _course(("placed", 0), ("ready", DAY), ("placed", DAY + HOUR)) == ("open", None, False, AS_OF)
    assert _course(("placed", 0), ("ready", DAY), ("placed", DAY + 2 * HOUR))[:2] == ("usable", DAY)
    assert _course(("placed", 0), ("ready", AS_OF - HOUR)) == ("open", None, False, AS_OF)
    assert _course(("placed", 0), ("ready", AS_OF - 2 * HOUR))[:2] == ("usable", AS_OF - 2 * HOUR)


def test_a_usable_state_that_another_follows_has_lasted_on() -> None:
    # Ready for a minute, then delivered: the customer could use it from ready on.
    course = _course(("placed", 0), ("ready", DAY), ("delivered", DAY + MINUTE))
    assert course == ("usable", DAY, False, DAY + MINUTE)


def test_a_state_left_at_the_moment_it_was_entered_was_never_held() -> None:
    assert _course(("placed", 0), ("cancelled", DAY), ("shipped", DAY)) == ("open", None, False, AS_OF)


def test_an_unusable_end_competes_and_stops_the_clock() -> None:
    assert _course(("placed", 0), ("cancelled", DAY)) == ("cancelled", DAY, False, DAY)


def test_an_end_without_a_date_is_known_and_its_moment_is_not() -> None:
    assert _course(("placed", 0), ("cancelled", 0, True)) == ("cancelled", None, True, None)


def test_a_dated_end_after_an_undated_one_wins() -> None:
    course = _course(("cancelled", 0, True), ("delivered", 5 * DAY))
    assert course == ("usable", 5 * DAY, False, 5 * DAY)


def test_what_comes_after_the_first_end_that_lasts_moves_neither_outcome_nor_clock() -> None:
    assert _course(("delivered", DAY), ("placed", 2 * DAY), ("cancelled", 3 * DAY))[:2] == ("usable", DAY)


def test_alignment_is_clipped_to_the_clock_and_begins_untold() -> None:
    record = a_record(
        1,
        [("placed", 0), ("delivered", 10 * DAY)],
        requested_at=DAY,
        alignment=[("aligned", 2 * DAY), ("behind", 4 * DAY), ("aligned", 20 * DAY)],
    )
    spans = columns_of([record], PACKS, AS_OF)["spans"]
    rows = list(zip(spans["since"], spans["until"], spans["alignment"], strict=True))
    assert rows == [(DAY, 2 * DAY, "untold"), (2 * DAY, 4 * DAY, "aligned"), (4 * DAY, 10 * DAY, "behind")]


def test_alignment_before_the_request_is_cut_off() -> None:
    record = a_record(1, requested_at=5 * DAY, alignment=[("behind", 0), ("aligned", 7 * DAY)])
    spans = columns_of([record], PACKS, AS_OF)["spans"]
    assert list(zip(spans["since"], spans["until"], strict=True)) == [(5 * DAY, 7 * DAY), (7 * DAY, AS_OF)]


def test_no_request_and_no_dated_end_give_no_time_on_the_clock() -> None:
    records = [
        a_record(1, requested_at=None, alignment=[("aligned", 0)]),
        a_record(2, states=(), alignment=[("aligned", 0)], requested_at=AS_OF),
    ]
    assert columns_of(records, PACKS, AS_OF)["spans"]["since"] == []


def test_a_slip_does_not_move_the_last_window_that_counts() -> None:
    windows = (
        Window(10 * DAY, 0, "first", "a"),
        Window(12 * DAY, DAY, "renegotiated", "b"),
        Window(20 * DAY, 15 * DAY, "slip", "c"),
    )
    row = columns_of([a_record(1, promises=[a_promise(windows=windows)])], PACKS, AS_OF)["promises"]
    assert (row["first_due"], row["last_due"]) == ([10 * DAY], [12 * DAY])
    assert (row["first_limit"], row["last_limit"]) == ([10 * DAY + HOUR], [12 * DAY + HOUR])


def test_an_undisclosed_due_moment_stays_null() -> None:
    row = columns_of([a_record(1, promises=[a_promise(due=None)])], PACKS, AS_OF)["promises"]
    assert (row["first_due"], row["first_limit"]) == ([None], [None])


def test_a_reopened_case_keeps_the_legs_of_its_first_life() -> None:
    case = Case(
        "lost", "", 0, closed_at=9 * DAY, first_resolved_at=DAY, first_closed_at=2 * DAY, reopened_at=(5 * DAY,)
    )
    row = columns_of([a_record(1, cases=[case])], PACKS, AS_OF)["cases"]
    assert (row["first_closed_at"], row["relapse"], row["reopenings"]) == ([2 * DAY], [4 * DAY], [1])


def test_a_case_reopened_before_it_closed_has_not_closed_in_its_first_life() -> None:
    case = Case("lost", "", 0, closed_at=9 * DAY, first_resolved_at=DAY, reopened_at=(5 * DAY,))
    row = columns_of([a_record(1, cases=[case])], PACKS, AS_OF)["cases"]
    assert (row["first_resolved_at"], row["first_closed_at"]) == ([DAY], [None])


def test_a_record_of_an_absent_pack_is_refused_by_name() -> None:
    with pytest.raises(MeasureError, match="Q105"):
        columns_of([a_record(1, pack="gone")], PACKS, AS_OF)
