"""The commands one after another on a small shop, with the shipped delivery pack: from rows to figures to one order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from troth.surfaces.cli.app import cli

HEAD = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
    "order_delivered_customer_date,order_estimated_delivery_date,town,w"
)
ROWS = [
    "a,c1,delivered,2018-01-01 10:00:00,2018-01-01 11:00:00,2018-01-03 10:00:00,2018-01-05 10:00:00,2018-01-10,SP,1",
    "b,c2,delivered,2018-01-01 10:00:00,2018-01-01 11:00:00,2018-01-03 10:00:00,2018-01-11 10:00:00,2018-01-10,RJ,3",
    "c,c3,canceled,2018-01-02 10:00:00,,,,2018-01-10,SP,1",
    "d,c4,delivered,2018-01-02 10:00:00,,,,2018-01-10,SP,1",
    "e,c5,shipped,2018-01-20 10:00:00,2018-01-20 10:05:00,2018-01-21 10:00:00,,2018-01-25,SP,1",
]
# The last moment of the promised day in its own zone, and the first one after it.
LAST_MOMENT = "f,c6,delivered,2018-01-01 10:00:00,,2018-01-03 10:00:00,2018-01-10 23:59:59,2018-01-10,RJ,1"
BROKEN = "g,c7,delivered,2018-13-01 10:00:00,,2018-01-03 10:00:00,2018-01-10 23:59:59,2018-01-10,RJ,1"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return how to run a command in a folder of its own that holds `orders.csv`."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, *ROWS, LAST_MOMENT)
    return lambda *words, stdin=None: CliRunner().invoke(cli, list(words), input=stdin)


def write(folder: Path, *rows: str) -> None:
    """Write `orders.csv`."""
    (folder / "orders.csv").write_text("\n".join([HEAD, *rows, ""]))


def take_in(run: Run, *words: str, db: str = "shop.db") -> dict[str, Any]:
    """Import `orders.csv` and return the row that says what was done."""
    said = run("import", "orders.csv", "--pack", "delivery", "--map", "olist", "--db", db, *words)
    assert said.exit_code == 0, said.output
    row: dict[str, Any] = json.loads(said.stdout)["data"][0]
    return row


def data(said: Result) -> list[dict[str, Any]]:
    """Return the rows of a JSON answer."""
    assert said.exit_code == 0, said.output
    rows: list[dict[str, Any]] = json.loads(said.stdout)["data"]
    return rows


def test_an_import_says_what_it_did_and_does_nothing_the_second_time(run: Run) -> None:
    first, second = take_in(run), take_in(run)
    assert first["subjects"] == 6
    assert first["quarantined"] == first["duplicates"] == 0
    assert second["events"] == 0
    assert second["duplicates"] == first["events"]


def test_reliability_has_its_published_columns_and_counts_each_order_once(run: Run) -> None:
    done = take_in(run)
    (row,) = data(run("measure", "promise_reliability", "--db", "shop.db", "--kind", "delivery_day"))
    names = ["measure", "segment", "value", "low", "high", "n", "unknown", "bound_low", "bound_high", "as_of"]
    assert list(row)[:10] == names
    counted = {name: row[name] for name in ("kept", "late", "broken", "unknown", "void", "open", "early")}
    assert counted == {"kept": 2, "late": 1, "broken": 0, "unknown": 1, "void": 1, "open": 1, "early": 0}
    assert row["segment"] == {}
    assert row["value"] == pytest.approx(2 / 3)
    assert (row["bound_low"], row["bound_high"]) == (pytest.approx(2 / 4), pytest.approx(3 / 4))
    assert row["as_of"] == done["as_of"] == done["extract_at"]


def test_segments_conditions_and_weights_select_what_they_say(run: Run) -> None:
    take_in(run)
    words = ("measure", "promise_reliability", "--db", "shop.db")
    by_town = {row["segment"]["town"]: row["n"] for row in data(run(*words, "--by", "town"))}
    assert by_town == {"SP": 1, "RJ": 2}
    (only,) = data(run(*words, "--where", "town == 'RJ' && order_status == 'delivered'"))
    assert (only["n"], only["unknown"]) == (2, 0)
    (weighed,) = data(run(*words, "--where", "town == 'RJ'", "--weight", "w"))
    assert weighed["value"] == pytest.approx(1 / 4)


def test_csv_of_a_measure_names_the_segment_in_one_cell(run: Run) -> None:
    take_in(run)
    said = run("measure", "promise_reliability", "--db", "shop.db", "--by", "town", "--format", "csv")
    assert {row["segment"] for row in csv.DictReader(io.StringIO(said.stdout))} == {"town=SP", "town=RJ"}


@pytest.mark.parametrize("name", ["status_fidelity", "time_to_usable_outcome", "exception_closure"])
def test_every_measure_answers(name: str, run: Run) -> None:
    take_in(run)
    rows = data(run("measure", name, "--db", "shop.db"))
    assert rows
    assert all(row["measure"] == name for row in rows)


def test_a_figure_leads_to_its_subjects_and_a_subject_to_its_evidence(run: Run) -> None:
    take_in(run)
    (late,) = data(run("measure", "promise_reliability", "--db", "shop.db", "--subjects", "late"))
    assert late["subject"] == "order/b"
    (shown,) = data(run("show", "order/b", "--db", "shop.db"))
    assert shown["state"]["state"] == "delivered"
    assert shown["promises"][0]["outcome"] == "late"
    assert shown["promises"][0]["due"] == "2018-01-11T02:00:00Z"
    assert {one["action"]: one["available"] for one in shown["action"]} == {"rate": True, "cancel": False}
    (fact,) = (one for one in shown["facts"] if one["fact"] == "delivered")
    assert (fact["source"], fact["status"], fact["value"]) == ("carrier", "known", True)


def test_what_is_unknown_is_shown_as_unknown_with_its_reason(run: Run) -> None:
    take_in(run)
    (shown,) = data(run("show", "order/d", "--db", "shop.db"))
    assert shown["state"]["state"] == "unknown"
    assert "delivered" in shown["state"]["candidates"]
    assert "fact missing: delivered" in shown["state"]["because"]
    assert shown["promises"][0]["outcome"] == "unknown"


def test_an_earlier_moment_shows_what_was_known_then(run: Run) -> None:
    take_in(run)
    (then,) = data(run("show", "order/b", "--db", "shop.db", "--at", "2018-01-04T00:00:00Z"))
    assert then["state"]["state"] == "on_its_way"
    assert then["promises"][0]["outcome"] == "open"
    assert run("show", "order/b", "--db", "shop.db", "--at", "2017-01-01T00:00:00Z").exit_code == 2
    later = [row["what"] for row in data(run("timeline", "order/b", "--db", "shop.db"))]
    earlier = [
        row["what"] for row in data(run("timeline", "order/b", "--db", "shop.db", "--at", "2018-01-04T00:00:00Z"))
    ]
    assert "carrier.delivered" in later
    assert "carrier.delivered" not in earlier


def test_a_timeline_is_in_order_of_time_and_ends_in_what_became_of_the_promise(run: Run) -> None:
    take_in(run)
    rows = data(run("timeline", "order/b", "--db", "shop.db"))
    moments = [row["at"] for row in rows]
    assert moments == sorted(moments)
    assert {"event", "message", "state", "promise", "alignment"} <= {row["lane"] for row in rows}
    assert [row["what"] for row in rows if row["lane"] == "promise"] == [
        "delivery_day made",
        "delivery_day overdue",
        "delivery_day late",
    ]


def test_a_zone_changes_how_moments_are_written_and_nothing_else(run: Run) -> None:
    take_in(run)
    (shown,) = data(run("show", "order/b", "--db", "shop.db", "--zone", "America/Sao_Paulo"))
    assert shown["promises"][0]["due"] == "2018-01-11T00:00:00-02:00"


def test_a_bad_row_waits_in_quarantine_and_is_replayed_after_a_fix(run: Run, tmp_path: Path) -> None:
    write(tmp_path, *ROWS, BROKEN)
    assert take_in(run)["quarantined"] == 1
    assert (
        run("import", "orders.csv", "--pack", "delivery", "--map", "olist", "--db", "shop.db", "--fail").exit_code == 1
    )
    (waiting,) = data(run("quarantine", "list", "--db", "shop.db"))
    assert waiting["place"] == "orders.csv row 6"
    assert run("quarantine", "list", "--db", "shop.db", "--fail").exit_code == 1
    (untouched,) = data(run("quarantine", "replay", "--db", "shop.db"))
    assert (untouched["released"], untouched["left"]) == (0, 1)
    write(tmp_path, *ROWS, BROKEN.replace("2018-13-01", "2018-01-01"))
    (done,) = data(run("quarantine", "replay", "--db", "shop.db"))
    assert (done["tried"], done["released"], done["left"]) == (1, 1, 0)
    (shown,) = data(run("show", "order/g", "--db", "shop.db"))
    assert shown["promises"][0]["outcome"] == "kept"


def test_rows_can_come_from_standard_input(run: Run, tmp_path: Path) -> None:
    text = (tmp_path / "orders.csv").read_text()
    said = run("import", "-", "--pack", "delivery", "--map", "olist", "--db", "piped.db", stdin=text)
    assert data(said)[0]["subjects"] == 6


def test_a_wrong_import_makes_no_database_file(run: Run, tmp_path: Path) -> None:
    wrong = [
        ("orders.csv", "delivry", "olist", 2),
        ("orders.csv", "delivery", "olst", 2),
        ("nowhere.csv", "delivery", "olist", 3),
    ]
    for path, pack, mapping, code in wrong:
        assert run("import", path, "--pack", pack, "--map", mapping, "--db", "new.db").exit_code == code
    assert not (tmp_path / "new.db").exists()


def test_the_doctor_finds_nothing_wrong_with_a_fresh_import(run: Run) -> None:
    take_in(run)
    said = run("doctor", "--db", "shop.db")
    checks = {row["check"]: row for row in json.loads(said.stdout)["data"]}
    for check in (
        "sqlite write-ahead log",
        "duckdb time zones",
        "time zone data",
        "database file",
        "records",
        "timers",
    ):
        assert checks[check]["result"] == "ok", checks[check]
    assert "events" in checks["contents"]["found"]


def test_the_doctor_says_what_is_wrong_with_a_file_that_is_no_ledger(run: Run, tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_bytes(b"no database at all, really none" * 100)
    said = run("doctor", "--db", "junk.db")
    assert said.exit_code == 1
    assert [row["result"] for row in json.loads(said.stdout)["data"] if row["check"] == "database file"] == ["fail"]


@pytest.mark.parametrize("form", ["github", "sarif", "junit", "pretty"])
def test_a_broken_pack_fails_the_check_in_every_form(form: str, run: Run) -> None:
    said = run("check", "-", "--format", form, stdin="pack: x\nversion: one\n")
    assert said.exit_code == 1
    assert "P1" in said.stdout


def test_the_shipped_packs_are_well(run: Run) -> None:
    said = run("check", "delivery", "travel_disruption", "service_request")
    assert said.exit_code == 0, said.stdout


@pytest.mark.parametrize("kind", ["pack", "mapping", "scenario"])
def test_a_schema_is_a_json_schema_bare_or_in_the_envelope(kind: str, run: Run) -> None:
    bare = json.loads(run("schema", kind, "--raw").stdout)
    assert bare["$schema"].startswith("https://json-schema.org/")
    assert data(run("schema", kind)) == [{"kind": kind, "schema": bare}]


def test_every_code_and_measure_can_be_explained(run: Run) -> None:
    listed = [row["code"] for row in data(run("explain"))]
    assert {"C101", "promise_reliability", "exception_closure"} <= set(listed)
    for code in (listed[0], listed[-1]):
        (page,) = data(run("explain", code))
        assert page["meaning"]
