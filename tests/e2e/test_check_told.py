"""What was told: surveys and tickets judged, against SQL over the very files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.figures import Book, ask
from tests.e2e.test_check_flights import of_flights

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.timeout(900)]

# A survey says that the parcel was delivered; both columns are local times of the same country.
SURVEYS = """
select count(*) as told,
    count(*) filter (order_delivered_customer_date <= review_creation_date) as true,
    count(*) filter (order_delivered_customer_date > review_creation_date) as false,
    count(*) filter (order_delivered_customer_date is null) as unknown
from (select distinct order_id, review_id, review_creation_date from '{folder}/order_reviews.parquet')
join '{folder}/orders.parquet' using (order_id)
where order_status = 'delivered' and review_creation_date is not null
"""
DELIVERED = ("--where", "order_status == 'delivered'")


def test_surveys_are_judged_as_the_files_tell(orders: Book) -> None:
    ((told, true, false, unknown),) = ask(SURVEYS.format(folder=orders.folder))
    (row,) = [one for one in orders.rows("told_truth", "--by", "message", *DELIVERED) if _is_survey(one)]
    assert row["told"] == told
    # Nothing in this history was heard late: what is true now was so then. Parcels that came at a moment nobody knows
    # had not come as far as was known when the survey left.
    assert (row["honest_n"], row["careless_n"], row["blind_n"]) == (true, false + unknown, 0)
    assert row["value"] == pytest.approx(true / (row["told"] - row["doubtful_n"]), abs=1e-12)
    assert (row["unlucky_n"], row["late"]) == (0, 0)


def _is_survey(row: dict[str, Any]) -> bool:
    return bool(row["segment"] == {"message": "survey"})


def test_exposure_is_the_share_of_messages_that_were_true(orders: Book) -> None:
    """Here every message makes one statement, so that messages and statements are the same."""
    row = orders.row("status_fidelity", *DELIVERED)
    told = orders.rows("told_truth", "--by", "message", *DELIVERED)
    assert row["exposed_n"] + row["exposed_unknown"] == sum(one["told"] for one in told)
    assert row["exposed"] == pytest.approx(sum(one["honest_n"] for one in told) / row["exposed_n"], abs=1e-12)


def test_the_gate_would_have_stopped_the_surveys_that_were_false(orders: Book) -> None:
    ((_, true, false, unknown),) = ask(SURVEYS.format(folder=orders.folder))
    (row,) = [one for one in orders.rows("gate_quality", *DELIVERED) if one["kind"] == "survey"]
    assert row["mode"] == "replayed"
    truths = {
        truth: sum(row[f"{outcome}_{truth}"] for outcome in ("send", "replace", "hold", "suppress"))
        for truth in ("true", "false", "unknown")
    }
    assert truths == {"true": true, "false": false, "unknown": unknown}
    assert row["send_false"] == 0


@pytest.mark.thorough
def test_a_ticket_foretells_what_the_promise_keeps(flights: Book) -> None:
    """The ticket's only statement is its promise: followed where it was kept in its window."""
    ((kept, failed),) = of_flights(
        flights,
        "select count(*) filter (part = 'kept'), count(*) filter (part in ('late', 'broken')) from parts",
    )
    (row,) = flights.rows("predictive_fidelity")
    assert (row["kind"], row["implies"]) == ("arrives_on_time", "promise")
    assert (row["followed"], row["not_followed"]) == (kept, failed)
    assert row["value"] == pytest.approx(kept / (kept + failed), abs=1e-12)
