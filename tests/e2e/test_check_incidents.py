"""The incident log: what was known when, the undisclosed target, reopening and the legs to closure, against SQL."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import msgspec
import pytest

from tests.e2e.figures import Book, ask, parts_of, run, survivors
from troth.bootstrap import open_ledger
from troth.model.times import parse_instant
from troth.runtime import catalog
from troth.runtime.replay import records_at

pytestmark = [pytest.mark.data, pytest.mark.slow]

FINAL = {"resolved_at", "closed_at", "closed_code", "resolved_by"}
MOMENTS = ["2016-03-03T12:00:00Z", "2016-04-15T09:30:00Z", "2016-07-01T00:00:00Z"]

LOG = """
create view log as select *, incident_state in ('Resolved', 'Closed') as done, epoch_us(sys_updated_at) as updated,
    lag(incident_state in ('Resolved', 'Closed')) over (partition by number order by row_in_file) as was_done
from '{folder}/incident_event_log.parquet'
"""
LIVES = """
create view lives as select number, min(epoch_us(opened_at)) as opened, arg_min(done, row_in_file) as at_once,
    min(updated) filter (done) as resolved, min(updated) filter (incident_state = 'Closed') as closed,
    min(updated) filter (assigned_to is not null or assignment_group is not null) as owned,
    count(*) filter (was_done and not done) as reopened
from log group by number
"""


def of_log(book: Book, query: str) -> list[tuple[Any, ...]]:
    """Ask the file of the incident log."""
    return ask(query, LOG.format(folder=book.folder), LIVES.format(folder=book.folder))


def test_the_first_miss_is_late_and_closed_without_one_is_kept(incidents: Book) -> None:
    row = incidents.row("promise_reliability", "--kind", "sla")
    (counted,) = of_log(
        incidents,
        "select count(*) filter (missed), count(*) filter (closed and not missed), "
        "count(*) filter (not closed and not missed) from (select bool_or(not made_sla) as missed, "
        "bool_or(incident_state = 'Closed') as closed from log group by number)",
    )
    late, kept, still_open = counted
    expected = {"late": late, "kept": kept, "open": still_open}
    assert parts_of(row) == {part: n for part, n in expected.items() if n}


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_state_knows_what_only_a_later_row_tells(moment: str, incidents: Book) -> None:
    now = parse_instant(moment)
    latest = {
        f"request/{number}": (state, groups, frozenset((resolved, closed)), code)
        for number, state, groups, resolved, closed, code in of_log(
            incidents,
            "select number, arg_max(incident_state, row_in_file), arg_max(reassignment_count, row_in_file), "
            "max(epoch_us(resolved_at)), max(epoch_us(closed_at)), max(closed_code) "
            f"from log where updated <= {now} group by number",
        )
    }
    with closing(open_ledger(incidents.db, must_exist=True)) as ledger:
        found = list(records_at(ledger, catalog.restore(ledger), now))
    assert {record.subject for record in found} == set(latest)
    for record in found:
        state, reassigned, finals, code = latest[record.subject]
        assert record.attributes["incident_state"].value == state
        assert record.attributes["reassignment_count"].value == reassigned
        assert not FINAL & set(record.attributes)
        text = msgspec.json.encode(record).decode()
        assert code is None or f'"{code}"' not in text
        assert not [final for final in finals if isinstance(final, int) and final > now and str(final) in text]


def test_a_shown_incident_holds_no_final_value_before_its_time(incidents: Book) -> None:
    rows = of_log(
        incidents,
        "select number, max(closed_code), strftime(max(closed_at), '%Y-%m-%dT%H:%M'), "
        "strftime(max(resolved_at), '%Y-%m-%dT%H:%M') from log group by number "
        f"having min(updated) <= {parse_instant(MOMENTS[1])} and min(closed_at) > timestamp '2016-04-20' "
        "and max(closed_code) is not null order by number limit 4",
    )
    assert len(rows) == 4
    for number, *finals in rows:
        (card,) = run("show", f"request/{number}", "--db", str(incidents.db), "--at", MOMENTS[1])
        text = str(card)
        assert card["at"] == MOMENTS[1]
        assert not FINAL & set(card["attributes"])
        assert not [final for final in finals if final is not None and str(final) in text]


def test_reopenings_are_the_steps_back_from_resolved_in_the_order_of_rows(incidents: Book) -> None:
    with closing(open_ledger(incidents.db, must_exist=True)) as ledger:
        found = {
            record.subject: sum(len(case.reopened_at) for case in record.cases if case.kind == "request")
            for record in ledger.scan_records()
        }
    rows = of_log(incidents, "select 'request/' || number, reopened from lives")
    assert found == dict(rows)
    (row,) = [row for row in incidents.rows("exception_closure") if row["leg"] == "open_closed"]
    assert row["reopened"] == sum(1 for _, times in rows if times) > 0


LEGS = {
    "open_owned": ("opened", "owned"),
    "open_resolved": ("opened", "resolved"),
    "open_closed": ("opened", "closed"),
    "resolved_closed": ("resolved", "closed"),
}


def test_the_legs_to_closure_are_kaplan_meiers(incidents: Book) -> None:
    rows = {row["leg"]: row for row in incidents.rows("exception_closure")}
    assert set(rows) == set(LEGS)
    ((end,),) = of_log(incidents, "select max(updated) from log")
    for leg, (since, until) in LEGS.items():
        query = f"select greatest(coalesce({until}, {end}) - {since}, 0) / 1e6, {until} is not null from lives"
        lives = of_log(incidents, query)
        durations, seen = [life[0] for life in lives], [life[1] for life in lives]
        expected = survivors(durations, seen)
        assert {name: rows[leg][name] for name in expected} == pytest.approx(expected, rel=1e-3)
        assert (rows[leg]["done"], rows[leg]["censored"]) == (seen.count(True), seen.count(False))
