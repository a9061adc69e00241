"""The logs of desks (BPI 2013, help desk): reopening, long waits and hand-overs, against SQL over the raw rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.examples import imported, part_of, read, row_of, some_cases
from tests.e2e.figures import Book, ask, survivors

pytestmark = [pytest.mark.data, pytest.mark.slow]

# What each desk means by its words, written down a second time and in another way than the mappings do.
VOLVO = """
create view steps as select case_id, epoch_us(ts) as moment, row_number() over (partition by case_id order by seq) as n,
    activity in ('Accepted') as works, activity = 'Queued' or lifecycle like 'Wait%' as waits,
    activity = 'Completed' and lifecycle <> 'Cancelled' as solved, (activity, lifecycle) in
        (('Completed', 'Closed'), ('Completed', 'In Call'), ('Completed', 'Cancelled')) as over_,
    json_extract_string(attributes, '$."org:group"') as team
from '{table}'
"""
ITALY = """
create view said as select *,
    case activity when 'Resolve ticket' then 1 when 'Closed' then 1 when 'Insert ticket' then 0
        when 'Assign seriousness' then 0 when 'Take in charge ticket' then 0 when 'Wait' then 0
        when 'Require upgrade' then 0 end as s,
    case activity when 'Closed' then 1 when 'Insert ticket' then 0 when 'Assign seriousness' then 0
        when 'Take in charge ticket' then 0 end as c
from '{table}';
create view steps as select case_id, epoch_us(ts) as moment, row_number() over (partition by case_id order by seq) as n,
    activity = 'Take in charge ticket' as works, activity = 'Wait' as waits,
    coalesce(last_value(s ignore nulls) over so_far, 0) = 1 as solved,
    coalesce(last_value(c ignore nulls) over so_far, 0) = 1 as over_,
    json_extract_string(attributes, '$.workgroup') as team
from said window so_far as (partition by case_id order by seq rows between unbounded preceding and current row)
"""
# Several steps of one moment are one moment: what counts is how it stands at its end.
STANDS = """
create view ended as select max(moment) as last from steps;
create view stands as select *, not solved and not over_ as open from steps
    qualify row_number() over (partition by case_id, moment order by n desc) = 1;
create view lives as select case_id, min(moment) as opened, min(moment) filter (works) as owned,
    min(moment) filter (solved) as resolved, min(moment) filter (over_) as closed from steps group by case_id;
create view moves as select *, sum(coalesce((moved and n > 1)::int, 0)) over (partition by case_id order by n) as handed
from (select *, team is distinct from lag(team) over (partition by case_id order by n) as moved from steps)
"""
LOGS = {"bpi2013_incidents": VOLVO, "bpi2013_problems": VOLVO, "helpdesk": ITALY}


CSV = """copy (select case_id as "Case ID", activity as "Activity", resource as "Resource",
    strftime(ts, '%Y/%m/%d %H:%M:%S.%g') as "Complete Timestamp", attributes->>'product' as product,
    attributes->>'seriousness_2' as seriousness_2, attributes->>'support_section' as support_section,
    attributes->>'workgroup' as workgroup from '{table}' order by case_id, seq) to '{file}' (header)"""


class Desk:
    """A log that is imported, and the same log to ask with SQL."""

    def __init__(self, name: str, book: Book) -> None:
        """Keep both."""
        self._setup = (LOGS[name] + ";" + STANDS).format(table=book.folder)
        self.book = book

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the raw rows."""
        return ask(query, self._setup)


@pytest.fixture(scope="module", params=sorted(LOGS))
def desk(request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Return each of the desks, half of the incidents."""
    folder = tmp_path_factory.mktemp(request.param)
    query = some_cases(request.param, 1, 2) if request.param == "bpi2013_incidents" else "select * from '{table}'"
    table = part_of(request.param, shared_data, folder, query)
    return Desk(request.param, imported(request.param, table, folder / "desk.db"))


def test_every_row_is_a_step_and_every_case_a_ticket(desk: Desk) -> None:
    ((rows, cases),) = desk.ask("select count(*), count(distinct case_id) from steps")
    assert (desk.book.done["events"], desk.book.done["subjects"]) == (rows + cases, cases)
    assert desk.book.done["quarantined"] == 0


def test_reopened_are_tickets_that_were_solved_and_then_not(desk: Desk) -> None:
    ((expected,),) = desk.ask(
        "select count(distinct case_id) from (select *, lag(open) over (partition by case_id order by n) as was_open "
        "from stands) where open and not was_open"
    )
    row = row_of(desk.book.rows("exception_closure"), kind="ticket", leg="open_closed")
    assert row["reopened"] == expected > 0


def test_long_waits_are_runs_of_waiting_of_three_days(desk: Desk) -> None:
    ((expected,),) = desk.ask(
        """
        with marked as (select *, waits and open as idle,
            coalesce(lead(moment) over w, (select last from ended)) as until,
            coalesce(lag(waits and open) over w, false) as was
            from stands window w as (partition by case_id order by n)),
        runs as (select *, sum((idle and not was)::int) over (partition by case_id order by n) as run from marked)
        select count(*) from (select case_id, run from runs where idle group by all
            having max(until) - min(moment) >= 3 * 86400000000)
        """
    )
    row = row_of(desk.book.rows("exception_closure"), kind="long_wait", leg="open_closed")
    assert row["cases"] == expected > 0


def test_tickets_handed_around_had_three_moves_before_they_were_solved(desk: Desk) -> None:
    ((expected,),) = desk.ask(
        "select count(distinct case_id) from moves join stands using (case_id, n) where handed >= 3 and open"
    )
    rows = [row for row in desk.book.rows("exception_closure") if row["kind"] == "handed_around"]
    found = {row["cases"] for row in rows if row["leg"] == "open_closed"}
    assert found == ({expected} if expected else set())


def test_the_legs_of_a_ticket_are_kaplan_meiers(desk: Desk) -> None:
    rows = [row for row in desk.book.rows("exception_closure") if row["kind"] == "ticket"]
    for leg, since, until in (("open_resolved", "opened", "resolved"), ("open_closed", "opened", "closed")):
        lives = desk.ask(
            f"select (coalesce({until}, (select last from ended)) - {since}) / 1e6, {until} is not null from lives"
        )
        durations, seen = [life[0] for life in lives], [life[1] for life in lives]
        row = row_of(rows, leg=leg)
        assert (row["done"], row["censored"]) == (seen.count(True), seen.count(False))
        for name, value in survivors(durations, seen).items():
            assert row[name] == pytest.approx(value, rel=1e-3)


def test_the_published_csv_of_the_help_desk_gives_the_same_events(shared_data: Path, tmp_path: Path) -> None:
    query = some_cases("helpdesk", 1, 6)
    table = part_of("helpdesk", shared_data, tmp_path, f"{query} order by case_id, seq")
    ask(CSV.format(table=table, file=tmp_path / "finale.csv"))
    assert read("helpdesk", tmp_path / "finale.csv") == read("helpdesk", table)
