"""`troth export`, and `troth import` of what needs no mapping: what is said when, and what is never overwritten."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from troth.surfaces.cli.app import cli

LINES = [
    {"specversion": "1.0", "id": "1", "source": "shop", "type": "order.placed", "subject": "order/1",
     "time": "2024-03-04T09:00:00Z",
     "data": {"promised_day": "2024-03-08", "zone": "Etc/UTC", "n": 7, "attributes": {"city": "Rome", "City": "ROMA"}}},
    {"specversion": "1.0", "id": "2", "source": "carrier", "type": "carrier.delivered", "subject": "order/1",
     "time": "2024-03-07T11:30:00.000250Z", "heardat": "2024-03-07T18:00:00Z", "sequence": 4},
    {"specversion": "1.0", "id": "3", "source": "shop", "type": "order.placed", "subject": "order/2",
     "time": "2024-03-04T09:00:00Z", "data": {"n": "seven", "attributes": {"city": "Bari"}}},
]  # fmt: skip


def said(*words: str | Path, code: int = 0) -> dict[str, Any]:
    """Run a command and return what it answers as JSON."""
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code == code, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def codes(answer: dict[str, Any]) -> list[str]:
    """Return the codes of an answer's problems."""
    return [one["code"] for one in answer["diagnostics"]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a ledger with three events."""
    file = tmp_path / "events.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    said("import", file, "--pack", "delivery", "--db", tmp_path / "shop.db")
    return tmp_path / "shop.db"


def test_an_export_overwrites_nothing_and_leaves_nothing_half_written(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    assert codes(said("export", tmp_path / "out", "--db", shop, code=2)) == ["D120"]
    assert (tmp_path / "out").read_text() == "mine"
    assert not list(tmp_path.glob("*.partial"))


def test_the_default_is_ocel_in_sqlite_and_the_answer_follows_the_other_formats(shop: Path, tmp_path: Path) -> None:
    (row,) = said("export", tmp_path / "out", "--db", shop, "--format", "json")["data"]
    assert (row["format"], row["events"], row["subjects"], row["packs"]) == ("ocel2-sqlite", 3, 2, "delivery")


def test_tools_find_the_tables_of_the_standard_in_it(shop: Path, tmp_path: Path) -> None:
    said("export", tmp_path / "out", "--db", shop, "--format", "ocel2-sqlite")
    with closing(sqlite3.connect(tmp_path / "out")) as database:
        database.execute("pragma foreign_keys = on")
        assert not database.execute("pragma foreign_key_check").fetchall()
        types = dict(database.execute("select * from event_map_type"))
        assert types == {"order.placed": "OrderPlaced", "carrier.delivered": "CarrierDelivered"}
        assert database.execute(
            "select ocel_id, ocel_time, troth_heard_at, troth_sequence from event_CarrierDelivered"
        ).fetchall() == [("carrier/2", "2024-03-07T11:30:00.000250Z", "2024-03-07T18:00:00Z", 4)]
        assert database.execute("select ocel_id, n from event_OrderPlaced order by 1").fetchall() == [
            ("shop/1", 7), ("shop/3", "seven"),
        ]  # fmt: skip
        assert database.execute("select * from event_object order by 1").fetchall() == [
            ("carrier/2", "order/1", "about"), ("shop/1", "order/1", "about"), ("shop/3", "order/2", "about"),
        ]  # fmt: skip
        changes = database.execute(
            "select ocel_id, ocel_changed_field, city, City_2 from object_Order where ocel_changed_field is not null "
            "order by 1, 2 desc"
        ).fetchall()
        assert changes == [
            ("order/1", "city", "Rome", None), ("order/1", "City_2", None, "ROMA"), ("order/2", "city", "Bari", None),
        ]  # fmt: skip


def test_json_declares_the_types_of_its_attributes(shop: Path, tmp_path: Path) -> None:
    said("export", tmp_path / "out", "--db", shop, "--format", "ocel2-json")
    log = json.loads((tmp_path / "out").read_text())
    assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}
    (placed,) = [one for one in log["eventTypes"] if one["name"] == "order.placed"]
    kinds = {one["name"]: one["type"] for one in placed["attributes"]}
    # One `n` is a number and one is text.
    assert (kinds["n"], kinds["zone"]) == ("string", "string")


def test_a_mapping_for_what_needs_none_and_none_for_what_needs_one_are_refused(shop: Path, tmp_path: Path) -> None:
    lines = tmp_path / "events.ndjson"
    db = tmp_path / "x.db"
    assert codes(said("import", lines, "--pack", "delivery", "--map", "olist", "--db", db, code=2)) == ["D108"]
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    assert codes(said("import", tmp_path / "rows.csv", "--pack", "delivery", "--db", db, code=3)) == ["D107"]
    assert codes(said("import", tmp_path, "--pack", "delivery", "--db", db, code=3)) == ["D107"]
    assert codes(said("import", tmp_path / "gone", "--pack", "delivery", "--db", db, code=3)) == ["M110"]
    (tmp_path / "log.jsonocel").write_text(
        '{"objects": [], "events": [{"id": "e", "type": "t", "time": "2024-01-01T00:00:00Z"}]}'
    )
    assert codes(said("import", tmp_path / "log.jsonocel", "--pack", "delivery", "--db", db, code=3)) == ["D107"]
    assert not db.exists()


def test_an_exported_event_that_was_changed_is_set_aside(shop: Path, tmp_path: Path) -> None:
    said("export", tmp_path / "out", "--db", shop, "--format", "ocel2-sqlite")
    with closing(sqlite3.connect(tmp_path / "out")) as database:
        database.execute("update event_OrderPlaced set troth_data = '{' where ocel_id = 'shop/3'")
        database.commit()
    answer = said("import", tmp_path / "out", "--pack", "delivery", "--db", tmp_path / "copy.db")
    (row,) = answer["data"]
    assert (row["events"], row["quarantined"]) == (2, 1)
    (refused,) = said("quarantine", "list", "--db", tmp_path / "copy.db", "--format", "json")["data"]
    assert (refused["code"], "shop/3" in refused["reason"]) == ("D115", True)


def test_only_the_pack_that_is_asked_for_is_exported_and_imported(shop: Path, tmp_path: Path) -> None:
    assert codes(said("export", tmp_path / "no", "--db", shop, "--pack", "customer", code=2)) == ["P301"]
    said("export", tmp_path / "out", "--db", shop, "--pack", "delivery", "--format", "ocel2-sqlite")
    answer = said("import", tmp_path / "out", "--pack", "store_pickup", "--db", tmp_path / "copy.db")
    assert answer["data"][0]["events"] == 0
    assert "D402" in codes(answer)


def test_standard_input_may_be_events(tmp_path: Path) -> None:
    text = "".join(json.dumps(line) + "\n" for line in LINES)
    words = ["import", "-", "--pack", "delivery", "--db", str(tmp_path / "x.db")]
    done = CliRunner().invoke(cli, words, input=text)
    assert json.loads(done.stdout)["data"][0]["events"] == 3
