"""Bad experiences and truth or speed on Olist: against scikit-learn and SQL over the very files, and the bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.e2e.figures import Book, ask, copies, import_set, run
from troth.measures.tables import cluster_of
from troth.trust.learner import folds_of

pytestmark = [pytest.mark.data, pytest.mark.slow]

ZONE = "America/Sao_Paulo"
BAD = "review_score <= 2"
PEOPLE = ("--customer", "customer_unique_id")

# One row an order that was answered: the last answer, and the facts of the issue as of a moment, from the dates alone.
#
# The answer is the last one; it was known from the first of the answers that say so without another in between.
FACTS = f"""
create view answers as
select order_id, last, min(answered) as said
from (select *, max(case when review_score <> last then answered end) over (partition by order_id) as other
    from (select *, instant(review_answer_timestamp, '{ZONE}') as answered,
            arg_max(review_score, review_answer_timestamp) over (partition by order_id) as last
        from '{{folder}}/order_reviews.parquet' where answered <= (
            select instant(max(greatest(order_purchase_timestamp, order_delivered_carrier_date,
                order_delivered_customer_date)), '{ZONE}') from '{{folder}}/orders.parquet')))
where other is null or answered > other group by all;
create view moments as
select order_id, last <= 2 as bad, said as answer, max(sent) as sending
from answers join (select order_id, instant(review_creation_date, '{ZONE}') as sent
    from '{{folder}}/order_reviews.parquet') using (order_id)
where sent <= said group by all;
create view baskets as
select order_id, count(*) as items, sum(price) as price, sum(freight_value) as freight,
    max(instant(shipping_limit_date, '{ZONE}')) as lim
from '{{folder}}/order_items.parquet' group by order_id;
create view bought as
select *, instant(order_purchase_timestamp, '{ZONE}') as bought,
    instant(order_delivered_carrier_date, '{ZONE}') as collected,
    instant(order_delivered_customer_date, '{ZONE}') as arrived,
    instant(order_estimated_delivery_date + interval 1 day, '{ZONE}') as due
from '{{folder}}/orders.parquet';
create view answered as
select o.order_id, customer_unique_id, bad, review_weight, moment, arrived, due, bought,
    (moment - bought) / 86400e6 as elapsed, (due - bought) / 86400e6 as promised,
    coalesce(arrived < moment, false)::int as here,
    greatest(0, (least(coalesce(arrived, moment), moment) - due) / 86400e6) as late,
    coalesce(greatest(0, (least(coalesce(collected, moment), moment) - lim) / 86400e6), 0) as hand_over,
    coalesce(items, 0) as items, coalesce(price, 0) as price,
    coalesce(freight / nullif(price + freight, 0), 0) as share
from bought o join (select *, {{moment}} as moment from moments) m using (order_id)
left join baskets i using (order_id)
order by o.order_id
"""
COLUMNS = ("late", "here", "promised", "elapsed", "hand_over", "items", "price", "share")


@pytest.fixture(scope="module")
def sample(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the orders of every fourth person who was asked, imported."""
    room = tmp_path_factory.mktemp("people")
    some = "(select * from '{folder}/orders.parquet' where reviews_joined and md5(customer_unique_id) < '4') o"
    tables = {"orders.parquet": f"select * from {some}"} | {
        f"{name}.parquet": f"select t.* from '{{folder}}/{name}.parquet' t semi join {some} using (order_id)"
        for name in ("order_items", "order_reviews", "order_payments")
    }
    tables["customers.parquet"] = (
        f"select t.* from '{{folder}}/customers.parquet' t semi join {some} using (customer_id)"
    )
    tables["sellers.parquet"] = "select * from '{folder}/sellers.parquet'"
    folder = copies(shared_data / "olist", room / "olist", tables)
    return import_set(folder, "delivery", "olist", room / "people.db")


def figures(book: Book, *words: str) -> dict[str, dict[str, Any]]:
    """Return the rows of `troth experience` by their names."""
    rows = run("experience", "--db", str(book.db), "--bad", BAD, *PEOPLE, *words)
    return {row["name"]: row for row in rows if row["part"] in {"summary", "figure", "surveys"}}


def known(book: Book, moment: str, columns: tuple[str, ...]) -> dict[str, Any]:
    """Return columns of the facts that SQL finds."""
    rows = ask(f"select {', '.join(columns)} from answered", *_views(book, moment))
    return {name: np.array(values) for name, values in zip(columns, zip(*rows, strict=True), strict=True)}


def _views(book: Book, moment: str) -> list[str]:
    """Return the statements that make the views."""
    return FACTS.format(folder=book.folder, moment=moment).split(";")


def rival(facts: dict[str, Any], weights: Any) -> float:
    """Return the area of the logistic regression of the issue, out of fold on the folds of the product."""
    folds = folds_of(np.array([cluster_of(person) for person in facts["customer_unique_id"]], dtype=np.int64))
    rows = np.column_stack([facts[name].astype(np.float64) for name in COLUMNS])
    chance = np.zeros(len(rows))
    for fold in range(5):
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1_000))
        model.fit(rows[folds != fold], facts["bad"][folds != fold])
        chance[folds == fold] = model.predict_proba(rows[folds == fold])[:, 1]
    return float(roc_auc_score(facts["bad"], chance, sample_weight=weights))


MOMENTS = [
    pytest.param("answer", (), id="as of the answer"),
    pytest.param("sending", ("--at-event", "survey.sent"), id="as of the sending", marks=pytest.mark.thorough),
]


@pytest.mark.parametrize(("moment", "words"), MOMENTS)
def test_the_bars_hold_on_all_that_were_asked(moment: str, words: tuple[str, ...], orders: Book) -> None:
    found = figures(orders, *words)
    facts = known(orders, moment, ("customer_unique_id", "bad", *COLUMNS))
    assert (found[BAD]["experiences"], found[BAD]["bad"]) == (len(facts["bad"]), facts["bad"].sum())
    assert found["area_under_curve"]["value"] >= rival(facts, np.ones(len(facts["bad"])))
    assert found["calibration_error"]["value"] <= 0.02
    tenth = found["found_in_riskiest_tenth"]
    assert tenth["subjects"] == pytest.approx(len(facts["bad"]) / 10, abs=1)
    assert tenth["value"] == pytest.approx(tenth["bad"] / tenth["bad_in_all"], abs=0.001)
    assert tenth["value"] > 0.3


def test_surveys_after_a_known_failure_are_those_whose_day_was_over_with_nothing_delivered(sample: Book) -> None:
    rows = run("experience", "--db", str(sample.db), "--bad", BAD, "--surveys")
    listed = {(row["subject"], row["sent_at"]) for row in rows if "delivery_day" in " ".join(row["failures"])}
    expected = ask(
        f"select 'order/' || order_id, strftime(make_timestamp(sent), '%Y-%m-%dT%H:%M:%SZ') from (select order_id, "
        f"  instant(review_creation_date, '{ZONE}') as sent, instant(order_purchase_timestamp, '{ZONE}') as bought, "
        f"  instant(order_estimated_delivery_date + interval 1 day, '{ZONE}') as due, "
        f"  instant(order_delivered_customer_date, '{ZONE}') as arrived "
        f"  from '{sample.folder}/order_reviews.parquet' join '{sample.folder}/orders.parquet' using (order_id)) "
        "where bought < sent and (due <= sent and coalesce(arrived >= sent, true) or due <= arrived and arrived < sent)"
    )
    assert listed == set(expected)
    assert len(listed) > 300
    failed = [row for row in rows if row["failures"]]
    assert {(row["subject"], row["sent_at"]) for row in failed} == listed, "nobody is told of the seller's hand-over"


def test_truth_or_speed_counts_and_compares_as_sql_does(sample: Book) -> None:
    rows = run("truth-or-speed", "--db", str(sample.db), "--bad", BAD, *PEOPLE)
    facts = known(sample, "answer", ("bad", "late", "elapsed", "moment", "arrived", "bought"))
    arrived = np.array([np.inf if value is None else value for value in facts["arrived"]], dtype=np.float64)
    served = np.isfinite(arrived) & (facts["moment"] > facts["bought"])
    strata = [row for row in rows if row["part"] == "stratum"]
    assert sum(row["late"] for row in strata) == (facts["late"][served] > 0).sum()
    assert sum(row["on_time"] for row in strata) == (facts["late"][served] <= 0).sum()
    assert rows[0]["still_waiting"] == (arrived[served] > facts["moment"][served]).sum()
    late = facts["bad"][served][facts["late"][served] > 0].mean()
    found = sum(row["late"] * row["late_bad"] for row in strata if row["late"]) / sum(row["late"] for row in strata)
    assert found == pytest.approx(late, abs=1e-9)
    shares = {row["name"]: row for row in rows if row["part"] == "share"}
    assert shares["truth"]["low"] > 0
    assert shares["never_served"]["share"] > 0
