"""Windows on the public sets: kept as stated on later data, and every figure as SQL over the very files counts it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.figures import Book, ask
from tests.e2e.test_check_figures import BOSTON, DAYS, ORDERS
from troth.bootstrap import open_ledger
from troth.runtime import catalog
from troth.runtime.snapshot import open_tables
from troth.runtime.windows import attributes_for, past_from
from troth.runtime.work import as_of
from troth.trust.windows_judge import coverage_of, side_by_side
from troth.trust.windows_stage import Plan
from troth.trust.windows_tried import Walked, walked

pytestmark = [pytest.mark.data, pytest.mark.slow]

LEVEL = 0.9


def walk_of(book: Book, pack: str, kind: str, by: Sequence[str], weight: str | None = None) -> Walked:
    """Return the walk over the later part of a set."""
    ledger = open_ledger(book.db, must_exist=True)
    try:
        packs, at = catalog.restore(ledger), as_of(ledger)
        assert at is not None
        tables = open_tables(ledger, packs, at, folder=Path(f"{book.db}.snapshot"))
        names = attributes_for(packs[pack], tables, by, ())
        past = past_from(tables, kind, names, weight, pack)
        return walked(past, tables.as_of, Plan(names=names, by=tuple(by)), LEVEL)
    finally:
        ledger.close()


def given_rows(on: Walked) -> str:
    """Return the windows of the level as rows of SQL values: subject, microseconds from the making."""
    end = on.given.end_s[:, on.place(LEVEL)]
    rows = zip(on.given.rows.tolist(), end.tolist(), strict=True)
    values = (f"('{on.past.subjects[row]}', {int(one * 1e6) if one < 1e12 else 'null'})" for row, one in rows)
    return f"create table given as select * from (values {','.join(values)}) as v(subject, long)"


@pytest.fixture(scope="module")
def days(orders: Book) -> Walked:
    return walk_of(orders, "delivery", "delivery_day", ["customer_state"], "weight")


def test_windows_for_orders_are_kept_as_stated(days: Walked) -> None:
    found = coverage_of(days.given, days.past, days.place(LEVEL), days.at)
    assert found.n > 5_000
    assert found.within, found


def test_the_history_and_the_windows_kept_are_counted_like_the_files(orders: Book, days: Walked) -> None:
    setup = [view.format(folder=orders.folder) for view in (ORDERS, DAYS)]
    history: list[tuple[Any, ...]] = ask(
        "select count(*) filter (part not in ('void', 'unknown') and weight > 0), count(*) filter (part = 'void'), "
        "count(*) filter (part = 'unknown') from days",
        *setup,
    )
    assert history == [(len(days.past), days.past.apart["void"], days.past.apart["unknown"])]
    found = coverage_of(days.given, days.past, days.place(LEVEL), days.at)
    counted = ask(
        "select count(*), sum(weight * (arrived is not null and arrived - bought <= long)::int)"
        " / sum(weight) from days join given on subject = 'order/' || order_id"
        " where bought + long <= extract",
        *setup,
        given_rows(days),
    )
    assert counted[0][0] == pytest.approx(found.n, abs=2)  # A window may end in the very microsecond of the extract.
    assert counted[0][1] == pytest.approx(found.value, abs=1e-3)


def test_the_dates_of_then_are_judged_like_the_files(orders: Book, days: Walked) -> None:
    pairs = side_by_side(days.given, days.past, days.place(LEVEL), days.at)
    theirs = float((pairs.theirs_kept * pairs.weight).sum() / pairs.weight.sum())
    setup = [view.format(folder=orders.folder) for view in (ORDERS, DAYS)]
    ((kept, length),) = ask(
        "select sum(weight * (part = 'kept')::int) / sum(weight), "
        "sum(weight * (due - bought) / 1e6) / sum(weight) "
        "from days join given on subject = 'order/' || order_id "
        "where bought + long <= extract and due <= extract",
        *setup,
        given_rows(days),
    )
    assert theirs == pytest.approx(kept, abs=1e-3)
    assert float((pairs.theirs_s * pairs.weight).sum() / pairs.weight.sum()) == pytest.approx(length, rel=1e-3)


@pytest.mark.thorough
def test_windows_for_city_requests_are_kept_as_stated_though_many_are_open(requests: Book) -> None:
    on = walk_of(requests, "service_request", "target", ["department"])
    found = coverage_of(on.given, on.past, on.place(LEVEL), on.at)
    assert found.within, found
    assert found.n > 5_000
    query = (
        f"select count(*), avg((done is not null and done - opened <= long)::int) from (select "
        f"'request/' || case_enquiry_id as subject, instant(open_dt, '{BOSTON}') as opened, "
        f"instant(closed_dt, '{BOSTON}') as done, (select instant(max(greatest(open_dt, closed_dt)), '{BOSTON}') "
        f"from '{requests.folder}/service_requests.parquet') as extract "
        f"from '{requests.folder}/service_requests.parquet') join given using (subject) "
        "where opened + long <= extract"
    )
    ((count, kept),) = ask(query, given_rows(on))
    assert count == pytest.approx(found.n, abs=2)
    assert kept == pytest.approx(found.value, abs=1e-3)
