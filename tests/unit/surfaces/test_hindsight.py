"""`troth hindsight`: on a ledger that the live service made, and on one that was imported."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.unit.runtime.live.firm import START, Firm
from tests.unit.surfaces.told_parcels import told_parcels
from troth.bootstrap import open_ledger
from troth.model.times import MINUTE, format_instant
from troth.runtime import catalog
from troth.runtime.hindsight import scan_told
from troth.surfaces.cli.app import cli

HEAD = "id,posted,delivered,told,withdrawn,known"
ROWS = [
    "1,2026-03-01 09:00:00,2026-03-02 10:00:00,2026-03-02 12:00:00,2026-03-02 11:00:00,2026-03-02 15:30:00",
    "2,2026-03-01 09:00:00,2026-03-02 10:00:00,2026-03-02 12:00:00,2026-03-02 11:00:00,2026-03-02 13:30:00",
    "3,2026-03-01 09:00:00,2026-03-02 10:00:00,2026-03-02 12:00:00,,",
    "4,2026-03-01 09:00:00,,2026-03-02 12:00:00,,",
    "5,2026-03-01 09:00:00,2026-03-02 10:00:00,,,",
]


@pytest.fixture
def served(tmp_path: Path) -> str:
    """Return a ledger of a firm whose desk had lost an order before its customer was told, and said so after it."""
    path = str(tmp_path / "pickup.db")
    ledger = open_ledger(path)
    catalog.gather(ledger, ["store_pickup"])
    firm = Firm(ledger)
    for number in (1, 2):
        firm.placed(number, number)
    firm.at("10m")
    for number in (1, 2):
        firm.ready(number)
    firm.at("15m")
    for number in (1, 2):
        firm.send(name=f"m{number}", subject=f"pickup/{number}")
    firm.at("53m")
    lost = firm.event("desk", "pickup.refused", reason="not_found")
    firm.answer(firm.service.accept("", [lost | {"time": format_instant(START + 14 * MINUTE)}]))
    firm.service.close()
    ledger.close()
    return path


@pytest.fixture
def imported(tmp_path: Path) -> str:
    """Return a ledger of parcels, two of which the carrier took back after all, and said so late."""
    pack = told_parcels(tmp_path, HEAD, ROWS)
    db = str(tmp_path / "parcels.db")
    words = ["import", str(tmp_path / "told.csv"), "--pack", str(pack), "--map", "told", "--db", db]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    return db


def said(*words: str) -> Any:
    """Return the result of a command that succeeds."""
    done = CliRunner().invoke(cli, ["hindsight", *words])
    assert done.exit_code == 0, done.output
    return done


def data(*words: str) -> list[dict[str, Any]]:
    """Return the rows of a JSON answer."""
    rows: list[dict[str, Any]] = json.loads(said(*words).stdout)["data"]
    return rows


def test_what_was_true_as_known_then_and_false_now_names_who_reported_late(served: str) -> None:
    rows = data("pickup/1", "--db", served)
    (row,) = (row for row in rows if row["statement"] == "ready_for_pickup")
    assert (row["told_at"], row["message"], row["then"], row["now"]) == ("2026-03-02T09:15:00Z", "ready", True, False)
    assert (row["verdict"], row["source"], row["lag"], row["lag_s"]) == ("unlucky", "desk", "39m late", 39 * 60)
    assert row["event_id"] in {event.id for event in events_of(served, "pickup/1", "desk")}


def events_of(db: str, subject: str, source: str) -> list[Any]:
    """Return what a source said about a subject."""
    ledger = open_ledger(db, must_exist=True)
    try:
        return [event for event in ledger.events_of([subject])[subject] if event.source == source]
    finally:
        ledger.close()


def test_the_same_words_before_the_late_report_was_heard_were_honest(served: str) -> None:
    before = data("pickup/1", "--db", served, "--at", format_instant(START + 30 * MINUTE))
    assert {row["verdict"] for row in before} == {"honest"}
    assert {row["verdict"] for row in data("pickup/2", "--db", served)} == {"honest"}


def test_a_table_says_truths_and_verdicts_in_words(served: str) -> None:
    lines = said("pickup/1", "--db", served, "--format", "table").stdout.splitlines()
    assert lines[1] == "unlucky: true then, false now: a system reported late"
    (line,) = (line for line in lines if " ready_for_pickup " in line)
    words = ["2026-03-02T09:15:00Z", "ready", "ready_for_pickup", "true", "false", "unlucky", "desk", "39m", "late"]
    assert line.split()[:-1] == words


def test_over_a_served_ledger_the_source_to_fix_stands_first(served: str) -> None:
    rows = data("--db", served)
    counts = {row["name"]: row["statements"] for row in rows if row["part"] == "verdict"}
    assert list(counts) == ["honest", "careless", "lucky", "unlucky", "blind", "doubtful"]
    (desk,) = (row for row in rows if row["part"] == "source")
    assert (desk["name"], desk["statements"], desk["example"]) == ("desk", counts["unlucky"], "pickup/1")
    assert counts["honest"] > 0
    assert sum(row["share"] for row in rows if row["part"] == "verdict") == pytest.approx(1)


def test_over_an_import_lags_are_those_of_the_late_reports(imported: str) -> None:
    rows = data("--db", imported)
    counts = {row["name"]: row["statements"] for row in rows if row["part"] == "verdict"}
    assert counts == {"honest": 1, "careless": 1, "lucky": 0, "unlucky": 2, "blind": 0, "doubtful": 0}
    (carrier,) = (row for row in rows if row["part"] == "source")
    assert (carrier["name"], carrier["unlucky"], carrier["example"]) == ("carrier", 2, "parcel/1")
    assert (carrier["lag_median_s"], carrier["lag_max_s"]) == (3.5 * 3600, 4.5 * 3600)


@pytest.mark.parametrize(("by", "name"), [("message", "delivery_note"), ("statement", "arrived")])
def test_what_was_told_is_counted_by_message_and_by_statement(imported: str, by: str, name: str) -> None:
    (row,) = (row for row in data("--db", imported, "--by", by) if row["part"] != "verdict")
    assert (row["part"], row["name"], row["statements"], row["example"]) == (by, name, 4, "parcel/1")
    assert (row["honest"], row["careless"], row["unlucky"]) == (1, 1, 2)


def test_a_table_of_counts_says_shares_and_lags_in_words(imported: str) -> None:
    lines = [line.split() for line in said("--db", imported, "--format", "table").stdout.splitlines()]
    assert ["unlucky", "2", "50.0%", "true", "then,", "false", "now:", "a", "system", "reported", "late"] in lines
    assert lines[-1] == ["carrier", "2", "2", "0", "0", "3h", "30m", "4h", "30m", "parcel/1"]


def test_every_row_has_the_same_members(imported: str) -> None:
    rows = list(csv.DictReader(io.StringIO(said("--db", imported, "--format", "csv").stdout)))
    assert [row["part"] for row in rows] == ["verdict"] * 6 + ["source"]
    lines = said("--db", imported, "--format", "ndjson").stdout.splitlines()
    assert len({tuple(json.loads(line)) for line in lines}) == 1


def test_that_nothing_was_told_is_said(imported: str) -> None:
    early = ("--at", "2026-03-02T11:30:00Z")
    assert data("--db", imported, *early) == []
    assert said("--db", imported, *early, "--format", "table").stdout == "No message was told.\n"
    assert data("parcel/5", "--db", imported) == []
    assert "No message was told." in said("parcel/5", "--db", imported, "--format", "table").stdout


def test_that_nothing_came_late_is_said(imported: str) -> None:
    """By the moment asked about the carrier had not taken anything back."""
    table = said("--db", imported, "--at", "2026-03-02T12:30:00Z", "--format", "table").stdout
    assert table.splitlines()[-2:] == ["the sources to fix", "No report came late."]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("parcel/1", "--by", "message"), "are for the whole ledger"),
        (("--pack", "delivery"), "P301: the ledger keeps no pack `delivery`"),
        (("parcel/99",), "nothing is known of 'parcel/99'"),
        (("--at", "yesterday"), "not a moment"),
    ],
)
def test_a_wrong_question_is_refused(imported: str, words: tuple[str, ...], complaint: str) -> None:
    done = CliRunner().invoke(cli, ["hindsight", *words, "--db", imported])
    assert done.exit_code == 2
    assert complaint in done.stderr


def test_one_pack_can_be_asked_for(served: str) -> None:
    assert data("--db", served, "--pack", "store_pickup") == data("--db", served)
    assert data("--db", served, "--pack", "customer") == []


def test_subjects_that_were_told_nothing_are_counted_and_not_folded(
    imported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []

    def judge(_machine: object, subject: str, *_rest: object) -> tuple[()]:
        judged.append(subject)
        return ()

    monkeypatch.setattr("troth.runtime.hindsight.judge_told", judge)
    ledger = open_ledger(imported, must_exist=True)
    looked: list[int] = []
    assert list(scan_told(ledger, catalog.restore(ledger), START, progress=looked.append)) == []
    ledger.close()
    assert sorted(judged) == [f"parcel/{number}" for number in range(1, 5)]
    assert sum(looked) == 5
