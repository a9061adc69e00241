"""Orders and city requests: the product's figures against SQL over the very files, and against other libraries."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import binomtest

from tests.e2e.figures import Book, ask, counts, parts_of, segments, survivors

pytestmark = [pytest.mark.data, pytest.mark.slow]

RELIABILITY = "promise_reliability"
SAO_PAULO, BOSTON = "America/Sao_Paulo", "America/New_York"

# What is true of each order, from its dates alone. A promised day ends with the next local midnight; cancellations have
# no date and count as the customer's, made in time; delivered without a date is unknown.
ORDERS = f"""
create view known as
select o.*, c.customer_state,
    instant(order_purchase_timestamp, '{SAO_PAULO}') as bought,
    instant(order_delivered_carrier_date, '{SAO_PAULO}') as collected,
    instant(order_delivered_customer_date, '{SAO_PAULO}') as arrived,
    instant(order_estimated_delivery_date + interval 1 day, '{SAO_PAULO}') as due,
    (select instant(max(greatest(order_purchase_timestamp, order_delivered_carrier_date,
        order_delivered_customer_date)), '{SAO_PAULO}') from '{{folder}}/orders.parquet') as extract
from '{{folder}}/orders.parquet' o left join '{{folder}}/customers.parquet' c using (customer_id)
"""
DAYS = """
create view days as select *, case
    when arrived is null and order_status = 'canceled' then 'void'
    when arrived is null and order_status = 'unavailable' and due > extract then 'failed_early'
    when due > extract then if(arrived < due, 'early', 'open')
    when arrived is null and order_status = 'delivered' then 'unknown'
    when arrived is null then 'broken'
    when arrived < due then 'kept' else 'late' end as part
from known
"""
HAND_OVERS = f"""
create view hand_overs as select *, case
    when arrived is null and order_status = 'canceled' then 'void'
    when lim > extract and collected < lim then 'early'
    when lim > extract and order_status in ('unavailable', 'delivered') then 'failed_early'
    when lim > extract then 'open'
    when collected is null then 'broken'
    when collected < lim then 'kept' else 'late' end as part
from (select k.*, instant(i.shipping_limit_date, '{SAO_PAULO}') as lim
    from '{{folder}}/order_items.parquet' i join known k using (order_id))
"""


def of_orders(book: Book, query: str) -> list[tuple[Any, ...]]:
    """Ask the files of Olist's orders."""
    return ask(query, *(view.format(folder=book.folder) for view in (ORDERS, DAYS, HAND_OVERS)))


def test_delivered_orders_of_the_random_sample_are_counted_as_the_dates_say(orders: Book) -> None:
    where = "in_random_sample && order_status == 'delivered'"
    row = orders.row(RELIABILITY, "--kind", "delivery_day", "--where", where)
    query = "select null, part, count(*) from days where in_random_sample and order_status = 'delivered' group by part"
    parts = counts(of_orders(orders, query))[None]
    assert parts_of(row) == parts
    assert {"kept", "late", "unknown"} == set(parts)
    kept, decided, unknown = parts["kept"], parts["kept"] + parts["late"], parts["unknown"]
    interval = binomtest(kept, decided).proportion_ci(method="wilson")
    assert (row["n"], row["unknown"]) == (decided, unknown)
    assert row["value"] == pytest.approx(kept / decided, abs=1e-12)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), abs=1e-9)
    bounds = (kept / (decided + unknown), (kept + unknown) / (decided + unknown))
    assert (row["bound_low"], row["bound_high"]) == pytest.approx(bounds, abs=1e-12)


def test_the_headline_weighs_every_order_that_was_due_and_counts_the_never_delivered(orders: Book) -> None:
    row = orders.row(RELIABILITY, "--kind", "delivery_day", "--weight", "weight")
    parts = counts(of_orders(orders, "select null, part, count(*) from days group by part"))[None]
    assert parts_of(row) == parts
    assert parts["broken"] > parts["void"] > 0
    ((kept, decided, unknown, squares),) = of_orders(
        orders,
        "select sum(weight) filter (part = 'kept'), sum(weight) filter (part in ('kept', 'late', 'broken')), "
        "sum(weight) filter (part = 'unknown'), sum(weight * weight) filter (part in ('kept', 'late', 'broken')) "
        "from days",
    )
    assert row["value"] == pytest.approx(kept / decided, rel=1e-9)
    assert row["weighted_kept"] == pytest.approx(kept, rel=1e-9)
    assert row["n_effective"] == pytest.approx(decided**2 / squares, rel=1e-9)
    assert row["bound_low"] == pytest.approx(kept / (decided + unknown), rel=1e-9)
    assert row["bound_high"] == pytest.approx((kept + unknown) / (decided + unknown), rel=1e-9)
    assert row["low"] < row["value"] < row["high"]


def test_hand_over_has_a_row_of_its_own_counted_by_items(orders: Book) -> None:
    kinds = {row["kind"]: row for row in orders.rows(RELIABILITY)}
    assert set(kinds) == {"delivery_day", "hand_over"}
    query = "select null, part, count(*) from hand_overs group by part"
    assert parts_of(kinds["hand_over"]) == counts(of_orders(orders, query))[None]


def test_every_state_of_customers_has_the_counts_of_its_orders(orders: Book) -> None:
    rows = orders.rows(RELIABILITY, "--kind", "delivery_day", "--by", "customer_state")
    query = "select customer_state, part, count(*) from days group by 1, 2"
    expected = counts(of_orders(orders, query))
    found = dict(segments(rows, "customer_state"))
    assert len(found) > 20
    assert {state: parts_of(row) for state, row in found.items()} == {state: expected[state] for state in found}
    # Worst first by the values drawn together; the few cases of a small state stand last.
    enough = [row["n"] >= 30 for row in found.values()]
    assert enough == sorted(enough, reverse=True)
    pooled = [row["pooled"] for row in found.values() if row["n"] >= 30]
    assert pooled == sorted(pooled)


@pytest.mark.parametrize("weight", [None, "weight"])
def test_time_to_delivery_is_kaplan_meiers_with_the_undelivered_censored(weight: str | None, orders: Book) -> None:
    words = () if weight is None else ("--weight", weight)
    row = orders.row("time_to_usable_outcome", *words)
    query = "select (coalesce(arrived, extract) - bought) / 1e6, arrived is not null, weight from known"
    rows = [found for found in of_orders(orders, query) if weight is None or found[2]]
    durations, seen, weights = ([found[column] for found in rows] for column in (0, 1, 2))
    expected = survivors(durations, seen, weights if weight else None)
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-3)
    if weight is None:
        assert (row["reached"], row["censored"]) == (seen.count(True), seen.count(False))
        assert row["method"] == "kaplan_meier"


REQUESTS = f"""
create view targets as
select department, case when target > extract then if(closed < target, 'early', 'open')
    when closed is null then 'broken' when closed < target then 'kept' else 'late' end as part,
    (closed - target) / 1e6 as lateness
from (select department, instant(target_dt, '{BOSTON}') as target, instant(closed_dt, '{BOSTON}') as closed,
        (select instant(max(greatest(open_dt, closed_dt)), '{BOSTON}') from '{{folder}}/service_requests.parquet')
        as extract
    from '{{folder}}/service_requests.parquet') where target is not null
"""


def of_requests(book: Book, query: str) -> list[tuple[Any, ...]]:
    """Ask the file of Boston's requests."""
    return ask(query, REQUESTS.format(folder=book.folder))


def test_city_requests_are_judged_by_target_and_closing_and_the_early_stand_apart(requests: Book) -> None:
    row = requests.row(RELIABILITY)
    parts = counts(of_requests(requests, "select null, part, count(*) from targets group by part"))[None]
    assert parts_of(row) == parts
    assert set(parts) == {"kept", "late", "broken", "early", "open"}
    assert row["not_due"] == parts["early"] + parts["open"]
    assert row["value"] == pytest.approx(parts["kept"] / (parts["kept"] + parts["late"] + parts["broken"]), abs=1e-12)
    assert row["as_of"] == requests.done["extract_at"] == "2016-01-13T03:22:40Z"
    query = "select quantile_disc(lateness, [0.5, 0.9]) from targets where part = 'late'"
    ((quantiles,),) = of_requests(requests, query)
    assert [row["late_p50"], row["late_p90"]] == quantiles


def test_every_department_has_the_counts_of_its_requests(requests: Book) -> None:
    rows = requests.rows(RELIABILITY, "--by", "department")
    expected = counts(of_requests(requests, "select department, part, count(*) from targets group by 1, 2"))
    found = dict(segments(rows, "department"))
    assert len(found) > 5
    assert {name: parts_of(row) for name, row in found.items()} == {name: expected[name] for name in found}
