"""Loan applications (BPI 2012): who gets what they came for and when, and where the bank is silent, against SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.examples import imported, part_of, row_of, some_cases
from tests.e2e.figures import Book, ask

pytestmark = [pytest.mark.data, pytest.mark.slow]

LIVES = """
create view lives as select case_id, epoch_us(min(ts)) as made,
    epoch_us(min(ts) filter (activity = 'A_APPROVED')) as approved,
    epoch_us(min(ts) filter (activity = 'A_DECLINED')) as declined,
    epoch_us(min(ts) filter (activity = 'A_CANCELLED')) as cancelled,
    epoch_us(min(ts) filter (activity = 'O_SENT_BACK')) as back, (select epoch_us(max(ts)) from '{table}') as last
from '{table}' group by case_id
"""


@pytest.fixture(scope="module")
def loans(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a fifth of the applications, imported."""
    folder = tmp_path_factory.mktemp("loans")
    table = part_of("bpi2012", shared_data, folder, some_cases("bpi2012", 1, 5))
    return imported("bpi2012", table, folder / "loans.db")


def of_log(book: Book, query: str) -> list[tuple[Any, ...]]:
    """Ask the raw rows."""
    return ask(query, LIVES.format(table=book.folder))


def incidence(lives: list[tuple[Any, ...]], kind: str) -> float:
    """Return Aalen and Johansen's cumulative incidence at the end; a life is (duration, how it ended, or nothing)."""
    staying, found = 1.0, 0.0
    at_risk = len(lives)
    for moment in sorted({duration for duration, _ in lives}):
        ends = [end for duration, end in lives if duration == moment]
        found += staying * ends.count(kind) / at_risk
        staying *= 1 - sum(end != "" for end in ends) / at_risk
        at_risk -= len(ends)
    return found


def test_each_application_ends_as_the_log_says(loans: Book) -> None:
    row = loans.row("time_to_usable_outcome")
    ((approved, other, undecided),) = of_log(
        loans,
        "select count(approved), count(*) filter (approved is null and coalesce(declined, cancelled) is not null), "
        "count(*) filter (coalesce(approved, declined, cancelled) is null) from lives",
    )
    assert (row["reached"], row["competing"], row["censored"]) == (approved, other, undecided)


def test_incidences_are_aalen_johansens(loans: Book) -> None:
    lives = of_log(
        loans,
        "select coalesce(approved, declined, cancelled, last) - made, case when approved is not null then 'usable' "
        "when declined is not null then 'declined' when cancelled is not null then 'cancelled' else '' end from lives",
    )
    told = loans.row("time_to_usable_outcome")["incidence"]
    expected = {kind: incidence(lives, kind) for kind in ("usable", "declined", "cancelled")}
    assert told == pytest.approx(expected, abs=1e-9)


def test_the_bank_is_silent_for_a_week_as_often_as_the_log_says(loans: Book) -> None:
    ((expected,),) = of_log(
        loans,
        "select count(*) from lives where least(coalesce(approved, last), coalesce(declined, last), "
        "coalesce(cancelled, last)) - back >= 7 * 86400000000",
    )
    row = row_of(loans.rows("exception_closure"), kind="bank_silent", leg="open_closed")
    assert row["cases"] == expected > 0


def test_segments_are_the_amounts_asked_for(loans: Book) -> None:
    rows = loans.rows("time_to_usable_outcome", "--by", "amount")
    expected = dict(
        ask(
            "select case when a < 5000 then 'below 5,000' when a < 10000 then '5,000 to 10,000' when a < 20000 then "
            "'10,000 to 20,000' else '20,000 and more' end, count(*) from (select "
            f"json_extract_string(case_attributes, '$.AMOUNT_REQ')::int as a from '{loans.folder}' where seq = 0) "
            "group by 1"
        )
    )
    assert {row["segment"]["amount"]: row["n"] for row in rows} == expected
