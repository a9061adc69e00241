"""Promise reliability over small, explicit sets of promises."""

from __future__ import annotations

import pytest

from tests.unit.measures.builders import AS_OF, a_promise, a_record, opened
from troth.errors import MeasureError
from troth.measures.interval import wilson
from troth.measures.question import Question, Tables
from troth.measures.registry import evidence
from troth.model.estimate import Estimate
from troth.model.record import Promise, Window
from troth.model.times import DAY, HOUR
from troth.runtime.snapshot import measure, run


def _ask(tables: Tables, **question: object) -> list[Estimate]:
    return measure("promise_reliability", tables, Question(**question))  # type: ignore[arg-type]


def _one(*promises: Promise) -> Estimate:
    rows = _ask(opened([a_record(number, promises=[promise]) for number, promise in enumerate(promises)]))
    assert len(rows) == 1
    return rows[0]


LATER = AS_OF + DAY


def test_each_promise_is_counted_in_exactly_one_part() -> None:
    row = _one(
        *[a_promise("kept")] * 5,
        *[a_promise("late", kept_at=12 * DAY)] * 2,
        *[a_promise("broken")] * 3,
        *[a_promise("unknown")] * 4,
        *[a_promise("void")] * 6,
        *[a_promise("open", LATER)] * 7,
        *[a_promise("kept", LATER)] * 8,
        *[a_promise("broken", LATER)] * 9,
    )
    parts = ("kept", "late", "broken", "unknown", "void", "open", "early", "failed_early", "not_due")
    assert [row.figures[part] for part in parts] == [5, 2, 3, 4, 6, 7, 8, 9, 24]
    assert (row.n, row.unknown, row.value) == (10, 4, 0.5)
    assert (row.bound_low, row.bound_high) == (5 / 14, 9 / 14)
    assert (row.low, row.high) == wilson(5, 10)


def test_the_published_orders_give_the_published_figures() -> None:
    row = _one(*[a_promise("kept")] * 1961, *[a_promise("broken")] * 139, *[a_promise("unknown")] * 5)
    assert row.value == pytest.approx(1961 / 2100)
    assert (row.low, row.high) == wilson(1961, 2100)


def test_survivors_only_would_flatter_and_are_not_the_value() -> None:
    # As in a public log of service requests: of the closed 96 % were in time, of all due 35 %.
    row = _one(*[a_promise("kept")] * 35, *[a_promise("late", kept_at=11 * DAY)] * 2, *[a_promise("broken")] * 63)
    assert row.value == 0.35


def test_promises_already_kept_but_not_due_do_not_flatter() -> None:
    row = _one(*[a_promise("kept", LATER)] * 90, *[a_promise("broken")] * 5, *[a_promise("kept")] * 5)
    assert (row.value, row.figures["early"]) == (0.5, 90)


def test_grace_belongs_to_the_window() -> None:
    assert _one(a_promise("kept", AS_OF - HOUR)).n == 1
    assert _one(a_promise("kept", AS_OF - HOUR + 1)).n == 0


def test_an_undisclosed_promise_counts_once_it_is_decided() -> None:
    row = _one(a_promise("kept", None), a_promise("late", None), a_promise("open", None), a_promise("unknown", None))
    assert (row.n, row.unknown, row.figures["open"]) == (2, 1, 1)


def test_a_new_date_does_not_make_a_broken_promise_kept() -> None:
    windows = (Window(10 * DAY, 0, "first", "a"), Window(20 * DAY, DAY, "renegotiated", "b"))
    row = _one(*[a_promise("late", windows=windows, renegotiated="kept", kept_at=15 * DAY)] * 3, a_promise("kept"))
    assert (row.value, row.figures["renegotiated_value"], row.figures["renegotiation_gap"]) == (0.25, 1.0, 0.75)


def test_lateness_is_seconds_after_the_first_due_moment() -> None:
    row = _one(*[a_promise("late", kept_at=10 * DAY + hours * HOUR) for hours in range(1, 11)], a_promise("broken"))
    assert (row.figures["late_p50"], row.figures["late_p90"]) == (5 * 3600, 9 * 3600)


def test_kinds_are_never_pooled() -> None:
    records = [a_record(1, promises=[a_promise("kept"), a_promise("broken", kind="hand_over")])]
    rows = _ask(opened(records))
    assert [(row.figures["kind"], row.value) for row in rows] == [("by_day", 1.0), ("hand_over", 0.0)]
    assert [row.figures["kind"] for row in _ask(opened(records), kind="hand_over")] == ["hand_over"]


def test_several_promises_of_one_subject_widen_the_cluster_interval_alone() -> None:
    records = [
        a_record(number, promises=[a_promise("kept" if number % 2 else "broken", key=str(key)) for key in range(10)])
        for number in range(20)
    ]
    row = _ask(opened(records))[0]
    assert row.low is not None
    assert row.figures["cluster_low"] < row.low
    expected = wilson(9.5, 19)  # Twenty subjects of one opinion each: nineteen degrees of freedom.
    assert (row.figures["cluster_low"], row.figures["cluster_high"]) == pytest.approx(expected)


def test_one_promise_a_subject_has_no_cluster_interval() -> None:
    assert _one(a_promise("kept"), a_promise("broken")).figures["cluster_low"] is None


def test_a_share_of_shares_is_not_the_share() -> None:
    records = [a_record(f"a{n}", promises=[a_promise("kept")], attributes={"shop": "a"}) for n in range(90)]
    records += [a_record(f"b{n}", promises=[a_promise("broken")], attributes={"shop": "b"}) for n in range(10)]
    assert _ask(opened(records))[0].value == 0.9, "the average of the shops' shares would say 0.5"


def test_segments_are_worst_first_and_five_cases_are_never_ranked() -> None:
    records = []
    for shop, kept, number in (("good", 38, 40), ("bad", 30, 40), ("tiny", 0, 5)):
        records += [
            a_record(f"{shop}{n}", promises=[a_promise("kept" if n < kept else "broken")], attributes={"shop": shop})
            for n in range(number)
        ]
    rows = _ask(opened(records), by=("shop",))
    assert [row.segment["shop"] for row in rows] == ["bad", "good", "tiny"]
    assert [row.figures.get("rank") for row in rows] == [1, 2, None]
    assert (rows[2].value, rows[2].note) == (0.0, "insufficient data")


def test_equally_bad_segments_share_a_rank() -> None:
    records = []
    for shop, kept in (("a", 20), ("b", 20), ("c", 30)):
        records += [
            a_record(f"{shop}{n}", promises=[a_promise("kept" if n < kept else "late")], attributes={"shop": shop})
            for n in range(40)
        ]
    rows = _ask(opened(records), by=("shop",))
    assert [(row.segment["shop"], row.figures["rank"]) for row in rows] == [("a", 1), ("b", 1), ("c", 3)]


def test_a_subject_without_the_attribute_is_a_segment_of_its_own() -> None:
    records = [a_record(1, promises=[a_promise("kept")], attributes={"shop": "a"}), a_record(2, promises=[a_promise()])]
    assert {row.segment["shop"] for row in _ask(opened(records), by=("shop",))} == {"a", None}


def test_weights_count_cases_and_show_the_effective_number() -> None:
    records = [
        a_record(n, promises=[a_promise("kept" if n < 10 else "broken")], attributes={"w": 1.0 if n < 10 else 4.0})
        for n in range(20)
    ]
    row = _ask(opened(records), weight="w")[0]
    n_effective = 50**2 / (10 + 160)
    assert (row.value, row.n, row.figures["kept"]) == (0.2, 20, 10)
    assert (row.figures["weighted_kept"], row.figures["weighted_decided"]) == (10.0, 50.0)
    assert row.figures["n_effective"] == pytest.approx(n_effective)
    assert (row.low, row.high) == pytest.approx(wilson(0.2 * n_effective, n_effective))


def test_rows_without_a_weight_are_left_out_and_counted() -> None:
    records = [a_record(n, promises=[a_promise("kept")], attributes={"w": 2} if n else {}) for n in range(4)]
    row = _ask(opened(records), weight="w")[0]
    assert (row.figures["weighted_decided"], row.figures["unweighted"]) == (6.0, 1)
    assert "1 without a weight" in row.note


def test_a_segment_known_only_late_says_so() -> None:
    tables = opened([a_record(n, promises=[a_promise()], requested_at=-1, attributes={"end": "x"}) for n in range(40)])
    assert "end is known only after the request for 40 subjects" in _ask(tables, by=("end",))[0].note


def test_what_does_not_fit_the_tables_is_refused_all_at_once() -> None:
    tables = opened([a_record(1, promises=[a_promise()], attributes={"shop": "a"})])
    with pytest.raises(MeasureError) as caught:
        _ask(tables, by=("Shop",), kind="hand", weight="shop", since=0)
    assert sorted(problem.code for problem in caught.value.problems) == ["Q102", "Q103", "Q104", "Q106"]


def test_a_negative_weight_is_refused() -> None:
    tables = opened([a_record(1, promises=[a_promise()], attributes={"w": -1})])
    with pytest.raises(MeasureError, match="Q107"):
        _ask(tables, weight="w")


def test_the_subjects_behind_every_figure_are_as_many_as_the_figure_says() -> None:
    outcomes = ("kept", "late", "broken", "unknown", "void", "open")
    records = [
        a_record(
            n,
            promises=[a_promise(outcomes[n % 6], 10 * DAY if n % 5 else LATER), a_promise("kept", kind="hand_over")],
            attributes={"shop": ("a", "b", None)[n % 3]},
        )
        for n in range(90)
    ]
    tables, question = opened(records), Question(by=("shop",))
    rows = measure("promise_reliability", tables, question)
    assert len(rows) == 6, "three shops, two kinds"
    for row in rows:
        for part in ("kept", "late", "broken", "unknown", "void", "open", "early", "failed_early"):
            behind = evidence("promise_reliability", tables, question, row.segment, part, row.figures["kind"])
            assert run(behind).num_rows == row.figures[part], (row.segment, part)


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(MeasureError, match="Q108"):
        evidence("promise_reliability", opened([a_record(1)]), Question(), {}, "failed")


def test_nothing_promised_gives_no_row() -> None:
    assert _ask(opened([a_record(1)])) == []
    assert _ask(opened([])) == []
