"""Flights: promises and alignment against SQL over the very files, at the end and in the middle of the history."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.figures import Book, ask, counts, parts_of

# The whole history takes minutes to import on a busy machine.
pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.timeout(900)]

RELIABILITY, FIDELITY = "promise_reliability", "status_fidelity"
MIDDLE = "2013-04-10T21:30:00Z"
"""In the middle of a day, after a clock change."""
END = "9999-01-01T00:00:00Z"

# Planned departure and arrival as moments. The arrival is the first time after the departure at which the clock of the
# destination shows it. Of five airports flown to the package gives no zone.
TIMES = """
create view planned as
select *, instant(make_date(year, month, day) + to_minutes(sched_dep_time // 100 * 60 + sched_dep_time % 100),
        'America/New_York') as leaves,
    coalesce(tzone, case when dest in ('SJU', 'BQN', 'PSE') then 'America/Puerto_Rico' else 'America/St_Thomas' end)
        as zone,
    to_minutes(sched_arr_time // 100 * 60 + sched_arr_time % 100) as clock
from '{folder}/flights.parquet' f left join (select faa, tzone from '{folder}/airports.parquet') a on a.faa = f.dest
"""
ARRIVALS = """
create view timed as
select *, if(same_day > leaves, same_day, instant(day_there + interval 1 day + clock, zone)) as lands
from (select *, instant(day_there + clock, zone) as same_day
    from (select *, date_trunc('day', timezone(zone, make_timestamptz(leaves))) as day_there from planned))
"""
# How each flight ended, and when: landed, or cancelled at its departure time, or diverted at its arrival time.
ENDS = """
create view ends as
select *, lands + 15 * 60_000_000 as limit_at, epoch_us(timestamptz '{moment}') as now,
    case when dep_time is null then 'cancelled' when arr_delay is null then 'diverted' else 'landed' end as ending,
    case when dep_time is null then leaves when arr_delay is null then lands else lands + arr_delay * 60_000_000 end
        as ended
from timed
"""
# As known at the moment: published a day ahead; what has happened by then.
PARTS = """
create view parts as select *, case
    when limit_at > now and ended <= now then if(ending = 'landed', 'early', 'failed_early')
    when limit_at > now then 'open'
    when ending = 'landed' and ended <= now then if(ended < limit_at, 'kept', 'late')
    else 'broken' end as part
from ends where leaves - 86_400_000_000 <= now
"""


def of_flights(book: Book, query: str, moment: str = END) -> list[tuple[Any, ...]]:
    """Ask the files of the flights, as known at a moment."""
    views = (TIMES, ARRIVALS, ENDS, PARTS)
    return ask(query, *(view.format(folder=book.folder, moment=moment) for view in views))


def test_flights_are_kept_late_or_broken_as_their_delays_say(flights: Book) -> None:
    row = flights.row(RELIABILITY)
    ((kept, late, broken, quantiles),) = ask(
        "select count(*) filter (arr_delay < 15), count(*) filter (arr_delay >= 15), "
        "count(*) filter (arr_delay is null), quantile_disc(arr_delay * 60, [0.5, 0.9]) filter (arr_delay >= 15) "
        f"from '{flights.folder}/flights.parquet'"
    )
    assert parts_of(row) == {"kept": kept, "late": late, "broken": broken}
    assert row["value"] == pytest.approx(kept / (kept + late + broken), abs=1e-12)
    assert [row["late_p50"], row["late_p90"]] == quantiles


@pytest.mark.parametrize("segment", ["carrier", pytest.param("origin", marks=pytest.mark.thorough)])
def test_every_segment_has_the_counts_of_its_flights(segment: str, flights: Book) -> None:
    rows = flights.rows(RELIABILITY, "--by", segment)
    part = "case when arr_delay < 15 then 'kept' when arr_delay >= 15 then 'late' else 'broken' end"
    query = f"select {segment}, {part}, count(*) from '{flights.folder}/flights.parquet' group by 1, 2"
    assert {row["segment"][segment]: parts_of(row) for row in rows} == counts(ask(query))


def test_in_the_middle_of_the_year_only_what_was_known_by_then_counts(flights: Book) -> None:
    row = flights.row(RELIABILITY, "--at", MIDDLE)
    query = "select null, part, count(*) from parts group by part"
    parts = counts(of_flights(flights, query, MIDDLE))[None]
    assert parts_of(row) == parts
    assert set(parts) == {"kept", "late", "broken", "open", "early", "failed_early"}


@pytest.mark.parametrize("moment", [MIDDLE, None])
def test_time_aligned_ends_when_a_late_flight_stops_being_on_time(moment: str | None, flights: Book) -> None:
    # The ticket says "on time": so it is, until the grace is over or the flight is given up.
    row = flights.row(FIDELITY, *(["--at", moment] if moment else []))
    ((n, aligned, total, mean),) = of_flights(
        flights,
        "select count(*), sum(aligned), sum(total), avg(aligned / total) from (select "
        "greatest(least(ended, now) - leaves, 0) as total, least(ended, now, limit_at) - leaves as aligned from parts"
        ") where total > 0",
        moment or END,
    )
    assert row["n"] == n
    assert row["aligned"] == pytest.approx(aligned / total, rel=1e-12)
    assert row["aligned"] + row["ahead"] == pytest.approx(1.0, abs=1e-12)
    assert row["hours"] == pytest.approx(float(total) / 3.6e9, rel=1e-12)
    assert row["mean"] == pytest.approx(mean, rel=1e-9)
    assert row["low"] < row["value"] < row["high"]
