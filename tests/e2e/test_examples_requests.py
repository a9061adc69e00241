"""Boston 311 and the incident log as their examples read them: open past target, told on closing, handed around."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.e2e.examples import row_of
from tests.e2e.figures import Book, ask
from troth.bootstrap import open_ledger

pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.mark.thorough
def test_requests_that_are_open_past_their_target_can_be_listed_one_by_one(requests: Book) -> None:
    file = f"{requests.folder}/service_requests.parquet"
    expected = ask(
        f"with taken as (select greatest(max(open_dt), max(closed_dt)) as day from '{file}') "
        f"select 'request/' || case_enquiry_id from '{file}', taken where closed_dt is null and target_dt < day"
    )
    found = requests.rows("promise_reliability", "--kind", "target", "--subjects", "broken")
    assert {row["subject"] for row in found} == {subject for (subject,) in expected}
    assert len(found) == len(expected) > 0


def test_everybody_whose_request_has_a_reason_of_closing_was_told_that_it_is_closed(requests: Book) -> None:
    file = f"{requests.folder}/service_requests.parquet"
    ((expected,),) = ask(f"select count(*) from '{file}' where closed_dt is not null and closure_reason is not null")
    with closing(open_ledger(requests.db, must_exist=True)) as ledger:
        told = sum(
            any(event.type == "message.sent" and event.data["message"] == "closure_note" for event in events)
            for _, events in ledger.scan_events()
        )
    assert told == expected


def test_incidents_that_were_reassigned_three_times_are_those_of_the_last_row(incidents: Book) -> None:
    file = f"{incidents.folder}/incident_event_log.parquet"
    ((expected,),) = ask(
        "select count(*) from (select arg_max(reassignment_count, row_in_file) as n "
        f"from '{file}' group by number) where n >= 3"
    )
    rows = incidents.rows("exception_closure", "--where", "reassignment_count >= 3")
    assert row_of(rows, leg="open_closed")["cases"] == expected > 0


def test_priorities_have_their_own_share_of_targets_made(incidents: Book) -> None:
    file = f"{incidents.folder}/incident_event_log.parquet"
    expected = {
        priority: (late, kept)
        for priority, late, kept in ask(
            "select priority, count(*) filter (missed), count(*) filter (closed and not missed) from (select "
            "arg_max(priority, row_in_file) as priority, bool_or(not made_sla) as missed, "
            f"bool_or(incident_state = 'Closed') as closed from '{file}' group by number) group by priority"
        )
    }
    rows = incidents.rows("promise_reliability", "--kind", "sla", "--by", "priority")
    assert {row["segment"]["priority"]: (row["late"], row["kept"]) for row in rows} == expected
