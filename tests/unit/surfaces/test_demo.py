"""The demonstration, on five flights in place of a year."""

from __future__ import annotations

from pathlib import Path

import pytest

from troth.errors import SourceError
from troth.surfaces.demo import flights as demo
from troth.surfaces.demo.__main__ import main

HEAD = (
    "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,"
    "origin,dest,air_time,distance,hour,minute,time_hour"
)
FLIGHTS = [
    "2013,1,1,600,600,0,700,700,0,AA,1,N1,JFK,BOS,40,187,6,0,2013-01-01T11:00:00Z",
    "2013,1,1,700,600,60,800,700,60,AA,2,N2,JFK,BOS,40,187,6,0,2013-01-01T11:00:00Z",
    "2013,1,1,900,600,180,1000,700,180,AA,3,N3,JFK,BOS,40,187,6,0,2013-01-01T11:00:00Z",
    "2013,1,1,NA,600,NA,NA,700,NA,B6,4,NA,EWR,BOS,NA,200,6,0,2013-01-01T11:00:00Z",
    "2013,1,1,600,600,0,714,700,14,B6,5,N5,EWR,BOS,40,200,6,0,2013-01-01T11:00:00Z",
]
AIRPORTS = "faa,name,lat,lon,alt,tz,dst,tzone\nBOS,Logan,42.36,-71.0,20,-5,A,America/New_York\n"


@pytest.fixture
def year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with five flights, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "flights" / "data"
    data.mkdir(parents=True)
    (data / "flights.csv").write_text("\n".join([HEAD, *FLIGHTS, ""]))
    (data / "airports.csv").write_text(AIRPORTS)
    return data


def test_it_prints_measures_what_is_unknown_and_three_flights_chosen_by_query(
    year: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.show(year, Path("var/flights.db"))
    said = capsys.readouterr().out
    for name in demo.MEASURES:
        assert f"{name} as of" in said
    assert "carrier=AA" in said
    assert "origin=EWR" in said
    assert "== Kept: flight/AA1/JFK/2013-01-01 ==" in said
    assert "== Late: flight/AA3/JFK/2013-01-01 ==" in said, "the latest of the late"
    assert "== Cancelled: flight/B64/EWR/2013-01-01 ==" in said
    assert "departure_delay" in said.partition("== 3. ")[2].partition("== 4. ")[0]
    assert "Take another flight" in said
    assert "--db var/flights.db" in said


def test_run_again_it_reads_nothing_twice_until_the_data_are_others(
    year: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.show(year, Path("var/flights.db"))
    capsys.readouterr()
    demo.show(year, Path("var/flights.db"))
    said = capsys.readouterr().out
    assert "It is there already, whole." in said
    assert "quarantined" not in said
    assert "promise_reliability as of" in said
    with (year / "flights.csv").open("a") as file:
        file.write("2013,1,2,600,600,0,700,700,0,AA,1,N1,JFK,BOS,40,187,6,0,2013-01-02T11:00:00Z\n")
    demo.show(year, Path("var/flights.db"))
    new, _, twice = capsys.readouterr().out.partition("quarantined")[2].splitlines()[1].split()[:3]
    assert int(new) > 0
    assert int(twice) > 0


def test_without_the_package_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda _name: None)
    with pytest.raises(SourceError, match="C119"):
        demo.data_folder()
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
