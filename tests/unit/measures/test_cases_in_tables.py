"""What cases tell beyond their legs: false alarms are counted apart, and the table says who found what, and when."""

from __future__ import annotations

from tests.unit.measures.builders import AS_OF, a_pack, a_record, opened
from troth.measures.question import Question
from troth.measures.registry import evidence
from troth.measures.tables import columns_of
from troth.model.record import Case
from troth.model.times import DAY, HOUR
from troth.runtime.snapshot import measure, run


def test_false_alarms_are_left_out_of_the_closure_and_counted() -> None:
    cases = [
        Case("late", "", 0, closed_at=DAY if n < 30 else HOUR, closed_as="" if n < 30 else "void") for n in range(40)
    ]
    tables = opened([a_record(n, cases=[case]) for n, case in enumerate(cases)])
    (row,) = measure("exception_closure", tables, Question())
    assert (row.figures["done"], row.figures["void"], row.figures["cases"], row.n) == (30, 10, 40, 30)
    assert row.figures["p25"] == 86400
    found = run(evidence("exception_closure", tables, Question(), row.segment, "open_closed:void", "late"))
    assert found.num_rows == 10


def test_a_false_alarm_does_not_relapse() -> None:
    real = Case("late", "", 0, first_closed_at=DAY, reopened_at=(2 * DAY,))
    alarm = Case("late", "", 0, first_closed_at=DAY, closed_at=3 * DAY, reopened_at=(2 * DAY,), closed_as="void")
    tables = opened([a_record(1, cases=[real]), a_record(2, cases=[alarm])])
    (row,) = measure("exception_closure", tables, Question())
    assert row.figures["reopened"] == 1


def test_the_table_says_when_it_broke_and_who_found_it() -> None:
    full = Case("late", "", 2 * HOUR, id="c1", broke_at=HOUR, detected_at=3 * HOUR, detected_by="customer")
    old = Case("late", "", 5 * HOUR)
    pack = a_pack()
    rows = columns_of([a_record(1, cases=[full, old])], {pack.name: pack}, AS_OF)["cases"]
    assert (rows["id"], rows["broke_at"]) == (["c1", ""], [HOUR, 5 * HOUR])
    assert (rows["detected_at"], rows["detected_by"]) == ([3 * HOUR, None], ["customer", "system"])
    assert rows["closed_as"] == ["", ""]
