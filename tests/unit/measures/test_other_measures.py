"""Status fidelity, time to usable outcome and exception closure over small, explicit sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times

from tests.unit.measures import told_kit
from tests.unit.measures.builders import AS_OF, a_pack, a_promise, a_record, opened
from troth.errors import MeasureError
from troth.measures.comparison import COMPARED
from troth.measures.definition import page_of
from troth.measures.question import Question, Tables
from troth.measures.registry import MEASURES, evidence, measure_of
from troth.model.estimate import Estimate
from troth.model.record import Case, Record, Span
from troth.model.times import DAY, HOUR, SECOND
from troth.runtime.snapshot import measure, run

FIDELITY, TIME, CLOSURE = "status_fidelity", "time_to_usable_outcome", "exception_closure"


def _ask(name: str, tables: Tables, **question: Any) -> list[Estimate]:
    return measure(name, tables, Question(**question))


# ---------------------------------------------------------------- status fidelity


def _aligned(number: int | str, aligned_days: int, days: int, **more: Any) -> Record:
    states = [("placed", 0), ("delivered", days * DAY)]
    return a_record(number, states, alignment=[("aligned", 0), ("behind", aligned_days * DAY)], **more)


def test_time_counts_and_long_lives_do_not_hide_short_ones() -> None:
    row = _ask(FIDELITY, opened([_aligned(1, 90, 90), _aligned(2, 0, 10)]))[0]
    assert (row.value, row.figures["behind"], row.figures["mean"]) == (0.9, 0.1, 0.5)
    assert row.figures["hours"] == 2400


def test_untold_time_is_on_the_clock_and_not_aligned() -> None:
    record = a_record(1, [("placed", 0), ("delivered", 10 * DAY)], alignment=[("aligned", 4 * DAY)])
    row = _ask(FIDELITY, opened([record]))[0]
    assert (row.value, row.figures["untold"]) == (0.6, 0.4)


def test_a_delivered_parcel_does_not_go_on_earning_aligned_time() -> None:
    record = a_record(1, [("placed", 0), ("delivered", 2 * DAY)], alignment=[("behind", 0), ("aligned", 2 * DAY)])
    assert _ask(FIDELITY, opened([record]))[0].value == 0.0


def test_an_end_without_a_date_is_unknown_and_shown_as_bounds() -> None:
    undated = a_record("u", [Span("cancelled", 0, (), True)], alignment=[("aligned", 0)])
    row = _ask(FIDELITY, opened([_aligned(1, 50, 100), undated]))[0]
    assert (row.value, row.n, row.unknown) == (0.5, 1, 1)
    assert (row.bound_low, row.bound_high) == (0.25, 0.75)


def test_sums_beyond_64_bits_stay_exact() -> None:
    century = 36_500 * DAY
    records = [
        a_record(n, at=century, requested_at=0, alignment=[("aligned", 0), ("behind", century - 1 - n)])
        for n in range(3000)
    ]
    row = _ask(FIDELITY, opened(records, century))[0]
    behind = sum(n + 1 for n in range(3000))
    assert row.figures["behind"] == behind / (3000 * century)


def test_the_interval_is_repeatable_and_holds_the_value() -> None:
    records = [_aligned(n, n % 11, 10 + n % 7) for n in range(60)]
    first, again = (_ask(FIDELITY, opened(order))[0] for order in (records, records[::-1]))
    assert (first.low, first.high) == (again.low, again.high)
    assert first.low is not None
    assert first.value is not None
    assert first.high is not None
    assert first.low < first.value < first.high


def test_dealing_many_subjects_into_groups_leaves_value_and_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = opened([_aligned(n, n % 11, 10 + n % 7) for n in range(400)])
    whole = _ask(FIDELITY, tables)[0]
    monkeypatch.setattr("troth.measures.status_fidelity.GROUPS_MAX", 200)
    dealt = _ask(FIDELITY, tables)[0]
    assert (dealt.value, dealt.n) == (whole.value, whole.n)
    assert (dealt.low, dealt.high) == pytest.approx((whole.low, whole.high), abs=0.01)
    assert dealt.low != whole.low, "another dealing draws other weights"


# ---------------------------------------------------------------- time to usable outcome


def _arrived(number: int | str, day: float, **more: Any) -> Record:
    return a_record(number, [("placed", 0), ("delivered", round(day * DAY))], **more)


def test_quantiles_and_interval_agree_with_an_independent_library() -> None:
    generator = np.random.default_rng(4)
    waits = generator.integers(1, 150, 300)
    records = [_arrived(n, wait) if wait < 99 else a_record(n) for n, wait in enumerate(waits.tolist())]
    row = _ask(TIME, opened(records))[0]
    # Observation ends two hours before as_of: that long a usable state has to last.
    ends = np.minimum(waits * 86400.0, AS_OF / SECOND - 2 * 3600)
    fitter = KaplanMeierFitter().fit(ends, waits < 99)
    low, high = median_survival_times(fitter.confidence_interval_).to_numpy()[0]
    assert (row.value, row.low, row.high) == (fitter.median_survival_time_, low, high)
    assert (row.n, row.figures["reached"], row.figures["censored"]) == (300, (waits < 99).sum(), (waits >= 99).sum())


def test_those_still_waiting_lengthen_the_wait() -> None:
    # The survivors alone would say two days.
    records = [_arrived(n, 2) for n in range(40)] + [a_record(f"w{n}") for n in range(60)]
    row = _ask(TIME, opened(records))[0]
    assert (row.figures["p25"], row.value, row.high) == (2 * 86400, None, None)
    assert "p50 not reached" in row.note


def test_a_dated_cancellation_competes_and_is_not_a_censoring() -> None:
    records = [_arrived(n, 1 + n % 10) for n in range(50)]
    records += [a_record(f"c{n}", [("placed", 0), ("cancelled", DAY)]) for n in range(50)]
    row = _ask(TIME, opened(records))[0]
    assert row.figures["method"] == "aalen_johansen"
    assert row.figures["incidence"] == pytest.approx({"usable": 0.5, "cancelled": 0.5})
    assert (row.figures["p25"], row.figures["p75"]) == (5 * 86400, None)


def test_a_cancellation_without_a_date_is_censored_and_counted() -> None:
    records = [_arrived(n, 3) for n in range(40)]
    records += [a_record(f"u{n}", [Span("cancelled", 0, (), True)]) for n in range(10)]
    row = _ask(TIME, opened(records))[0]
    assert (row.figures["method"], row.figures["censored"], row.figures["undated"]) == ("kaplan_meier", 10, 10)
    assert row.figures["incidence"] == pytest.approx({"usable": 0.8})


def test_an_outcome_before_the_request_leaves_the_estimate_and_is_counted() -> None:
    records = [_arrived(n, 3) for n in range(40)] + [_arrived("odd", 3, requested_at=5 * DAY)]
    row = _ask(TIME, opened(records))[0]
    assert (row.n, row.figures["negative"], row.value) == (40, 1, 3 * 86400)


def test_an_unknown_present_state_is_counted() -> None:
    records = [_arrived(n, 3) for n in range(40)] + [a_record("q", [("placed", 0), ("unknown", DAY)])]
    row = _ask(TIME, opened(records))[0]
    assert (row.unknown, row.figures["censored"]) == (1, 1)


def test_an_outcome_too_fresh_to_be_confirmed_is_still_waiting() -> None:
    row = _ask(TIME, opened([a_record(1, [("placed", 0), ("delivered", AS_OF - HOUR)])]))[0]
    assert (row.figures["reached"], row.figures["censored"]) == (0, 1)


def test_delayed_entry_agrees_with_an_independent_library() -> None:
    generator = np.random.default_rng(9)
    waits, asked = generator.integers(1, 60, 400), generator.integers(0, 40, 400)
    records = [
        a_record(n, [("placed", start * DAY), ("delivered", (start + wait) * DAY)], requested_at=start * DAY)
        for n, (start, wait) in enumerate(zip(asked.tolist(), waits.tolist(), strict=True))
    ]
    row = _ask(TIME, opened(records), since=20 * DAY)[0]
    delay = np.maximum(0, 20 - asked)
    seen = waits > delay
    fitter = KaplanMeierFitter().fit(waits[seen] * 86400, entry=delay[seen] * 86400)
    assert (row.value, row.n) == (fitter.median_survival_time_, seen.sum())
    assert row.figures["not_yet"] == (~seen).sum()


def test_the_share_at_the_promised_moment_is_each_ones_own() -> None:
    records = [_arrived(n, 3 if n < 30 else 8, promises=[a_promise("kept", 5 * DAY)]) for n in range(40)]
    records += [_arrived(f"x{n}", 20, promises=[a_promise("kept", 20 * DAY)]) for n in range(10)]
    row = _ask(TIME, opened(records))[0]
    # Thirty before their day, ten after it, ten at the very moment, which is no longer before it.
    assert (row.figures["promise"], row.figures["at_promise"]) == ("by_day", pytest.approx(0.6))
    assert row.figures["at_promise_low"] < 0.6 < row.figures["at_promise_high"]


def test_the_longest_wait_ranks_first_and_never_reached_is_the_longest() -> None:
    records = [_arrived(f"a{n}", 2, attributes={"shop": "a"}) for n in range(40)]
    records += [_arrived(f"b{n}", 9, attributes={"shop": "b"}) for n in range(40)]
    records += [a_record(f"c{n}", attributes={"shop": "c"}) for n in range(40)]
    assert [row.segment["shop"] for row in _ask(TIME, opened(records), by=("shop",))] == ["c", "b", "a"]


# ---------------------------------------------------------------- exception closure


def _legs(rows: list[Estimate], kind: str = "lost") -> dict[str, Estimate]:
    return {row.figures["leg"]: row for row in rows if row.figures["kind"] == kind}


def test_legs_are_those_that_the_pack_can_tell() -> None:
    cases = [Case("lost", "", 0, resolved_at=HOUR, closed_at=DAY), Case("late", "", 0, closed_at=DAY)]
    rows = _ask(CLOSURE, opened([a_record(1, cases=cases)]))
    assert list(_legs(rows)) == ["open_owned", "open_resolved", "resolved_closed", "open_closed"]
    assert list(_legs(rows, "late")) == ["open_closed"]


def test_open_cases_lengthen_the_closure() -> None:
    cases = [Case("late", "", 0, closed_at=DAY if n < 10 else None) for n in range(40)]
    row = _ask(CLOSURE, opened([a_record(n, cases=[case]) for n, case in enumerate(cases)]))[0]
    assert (row.value, row.figures["done"], row.figures["censored"], row.n) == (None, 10, 30, 40)
    assert row.figures["p25"] == 86400


def test_relapse_is_counted_within_days_of_the_first_end() -> None:
    def case(n: int) -> Case:
        back = (2 * DAY + n * DAY,) if n < 10 else ()
        return Case("lost", "", 0, resolved_at=DAY, first_resolved_at=DAY, reopened_at=back)

    records = [a_record(n, cases=[case(n)]) for n in range(40)]
    row = _legs(_ask(CLOSURE, opened(records)))["open_resolved"]
    assert (row.figures["reopened"], row.figures["relapse_7d"]) == (10, pytest.approx(7 / 40))
    assert row.figures["relapse_30d"] == pytest.approx(0.25)
    assert row.value == 86400


def test_an_owner_found_only_after_reopening_is_not_the_first_lifes() -> None:
    case = Case("lost", "", 0, owned_at=6 * DAY, first_closed_at=2 * DAY, reopened_at=(5 * DAY,))
    row = _legs(_ask(CLOSURE, opened([a_record(1, cases=[case])])))["open_owned"]
    assert (row.n, row.unknown, row.figures["done"]) == (0, 1, 0)


# ---------------------------------------------------------------- all of them


def _mixed_records() -> list[Record]:
    def one(n: int) -> Record:
        end = ["delivered", "cancelled", "placed", "unknown"][n % 4]
        back = (20 * DAY,) if n % 7 == 0 else ()
        case = Case("lost", "", DAY, HOUR if n % 3 else None, None, 9 * DAY if n % 2 else None, reopened_at=back)
        return a_record(
            n,
            [("placed", 0), (end, (1 + n % 9) * DAY)],
            alignment=[("aligned", 0), (["behind", "ahead", "stuck"][n % 3], DAY)],
            promises=[a_promise("kept")],
            cases=[case],
            attributes={"shop": ("a", "b", None)[n % 3]},
        )

    undated = [a_record(f"u{n}", [Span("cancelled", 0, (), True)], attributes={"shop": "a"}) for n in range(3)]
    return [one(n) for n in range(120)] + undated


def test_the_subjects_behind_every_figure_are_as_many_as_the_figure_says() -> None:
    tables, question = opened(_mixed_records()), Question(by=("shop",))

    def behind(name: str, row: Estimate, part: str, kind: str) -> int:
        return int(run(evidence(name, tables, question, row.segment, part, kind)).num_rows)

    assert all(len(_ask(name, tables, by=("shop",))) >= 3 for name in (TIME, FIDELITY, CLOSURE))
    for row in _ask(TIME, tables, by=("shop",)):
        for part in ("reached", "competing", "undated", "negative", "not_yet"):
            assert behind(TIME, row, part, "parcel") == row.figures[part]
        assert behind(TIME, row, "unknown", "parcel") == row.unknown
    for row in _ask(FIDELITY, tables, by=("shop",)):
        assert behind(FIDELITY, row, "undated", "parcel") == row.unknown
        assert behind(FIDELITY, row, "aligned", "parcel") == row.n, "everybody was aligned for a day"
    for row in _ask(CLOSURE, tables, by=("shop",)):
        leg = row.figures["leg"]
        states = {"done": row.figures["done"], "waiting": row.figures["censored"], "unknown": row.unknown}
        for state, number in {**states, "negative": row.figures["negative"]}.items():
            assert behind(CLOSURE, row, f"{leg}:{state}", "lost") == number
        assert behind(CLOSURE, row, "relapse:done", "lost") == row.figures["reopened"]


@pytest.mark.parametrize("name", list(MEASURES))
def test_the_page_of_a_measure_tells_every_figure_that_it_gives(name: str) -> None:
    rows = measure(name, opened(_mixed_records()), Question(by=("shop",), weight=None))
    rows = rows or measure(name, told_kit.opened(told_kit.many(3)), Question())
    assert rows
    told = set(MEASURES[name].definition.columns) | set(COMPARED)
    assert set(rows[0].figures) <= told
    page = page_of(MEASURES[name].definition)
    assert page.startswith(f"{name}: ")
    assert all(part in page for part in MEASURES[name].definition.parts)


def test_a_measure_that_is_not_there_is_refused_with_the_names_that_are() -> None:
    with pytest.raises(MeasureError, match="promise_reliability"):
        measure_of("reliability")


def test_packs_are_never_pooled() -> None:
    pack = a_pack()
    rows = _ask(TIME, opened([_arrived(1, 1)], pack=pack))
    assert [row.figures["pack"] for row in rows] == ["parcel"]
