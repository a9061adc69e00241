"""`troth forget` from end to end: rows of a file, what commands show of them before and after, on file and server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql

from troth.bootstrap import open_ledger
from troth.surfaces.cli import forget as command
from troth.surfaces.cli.app import cli

MAPPING = """
mapping: shop
pack: store_pickup
zone: UTC
tables:
  orders: {file: [orders.csv], read_as: {placed: timestamp, id: text, who: text, number: integer}}
extract: {max: [orders.placed]}
rows:
  - table: orders
    subject: "'pickup/' + id"
    times: {placed: {column: placed}}
    events:
      - type: order.placed
        source: oms
        at: placed
        data:
          customer: "'customer/' + who"
          mode: "'in_store'"
          items: number
          collector: name + ' ' + phone
    attributes: {order.placed: "*"}
"""
HEAD = "id,who,placed,number,name,phone,town"
ROWS = [
    "1,7,2026-03-01 10:00:00,1,Ada,0171-1001,Ulm",
    "2,7,2026-03-02 10:00:00,2,Ada,0171-1001,Ulm",
    "3,8,2026-03-03 10:00:00,1,Grace,0171-2002,Bonn",
]
BROKEN = [
    ",7,2026-03-04 10:00:00,1,Ada,0171-1001,Ulm",  # No subject, but whose it is can be told.
    "5,8,2026-03-05 10:00:00,many,Grace,0171-2002,Bonn",  # No number.
    "6,8,2026-03-06 10:00:00,1,Grace,0171-2002,Bonn,more",  # Not even a row.
]
SECRETS = ("Ada", "Grace", "0171")

Rows = Callable[..., list[dict[str, Any]]]


def run(*words: str, keys: str = "") -> Result:
    """Run a command, with somebody pressing keys."""
    return CliRunner().invoke(cli, list(words), input=keys)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a mapping and a file of orders, in which the test is."""
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(MAPPING)
    Path("orders.csv").write_text("\n".join([HEAD, *ROWS, *BROKEN, ""]))
    return tmp_path


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.slow)])
def db(request: pytest.FixtureRequest, shop: Path) -> str:
    """Return where the ledger is: a file, or a database on a server."""
    server = request.param == "server"
    return str(request.getfixturevalue("postgres").database()) if server else str(shop / "shop.db")


def stored(db: str) -> bytes:
    """Return all that a ledger's storage holds: its files, or every row of every table."""
    if "://" not in db:
        return b"".join(file.read_bytes() for file in Path(db).parent.glob("shop.db*"))
    with psycopg.connect(db) as connection:
        connection.execute("SET bytea_output = 'escape'")
        tables = connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'troth'")
        queries = [
            sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier("troth", name)) for (name,) in tables.fetchall()
        ]
        return "\n".join(str(row) for query in queries for (row,) in connection.execute(query)).encode()


@pytest.fixture
def rows(db: str) -> Rows:
    """Return how to run a command on a ledger into which the orders were imported, and get its rows."""

    def found(*words: str) -> list[dict[str, Any]]:
        said = run(*words, "--db", db, "--format", "json")
        assert said.exit_code == 0, said.output
        answer: list[dict[str, Any]] = json.loads(said.stdout)["data"]
        return answer

    (done,) = found("import", "orders.csv", "--pack", "store_pickup", "--map", "shop.yaml")
    assert (done["events"], done["quarantined"]) == (3, 3)
    return found


def test_an_import_stores_nothing_personal_in_clear_not_even_of_refused_rows(rows: Rows, db: str) -> None:
    refused = json.dumps(rows("quarantine", "list"))
    assert refused.count("$sealed") == 5  # Two cells of each of the first rows, and the whole line of the third.
    assert not [secret for secret in SECRETS if secret in refused]
    kept = stored(db)
    assert not [secret for secret in SECRETS if secret.encode() in kept]
    assert b"Ulm" in kept


def test_a_corrected_file_is_replayed_and_sealed(rows: Rows, db: str) -> None:
    fixed = [BROKEN[0].replace(",7", "4,7", 1), BROKEN[1].replace("many", "2"), BROKEN[2].removesuffix(",more")]
    Path("orders.csv").write_text("\n".join([HEAD, *ROWS, *fixed, ""]))
    (done,) = rows("quarantine", "replay")
    assert (done["released"], done["left"]) == (2, 1)  # A broken line cannot be told to be the same one.
    (again,) = rows("import", "orders.csv", "--pack", "store_pickup", "--map", "shop.yaml")
    assert (again["events"], again["quarantined"]) == (1, 0)
    assert not rows("quarantine", "list")
    (line,) = [row for row in rows("timeline", "pickup/5", "--personal") if row["lane"] == "event"]
    assert "collector=Grace 0171-2002" in line["detail"]
    assert not [secret for secret in SECRETS if secret.encode() in stored(db)]


def test_sealed_members_are_shown_on_request_and_to_nobody_once_forgotten(rows: Rows) -> None:
    def detail(*words: str) -> str:
        return str(rows("timeline", "pickup/1", *words)[0]["detail"])

    assert "collector=[sealed]" in detail()
    assert "collector=Ada 0171-1001" in detail("--personal")
    (card,) = rows("show", "pickup/1")
    assert [(one["member"], one["value"]) for one in card["personal"]] == [("collector", "[sealed]")]
    (done,) = rows("forget", "customer/7", "--yes")
    assert (done["what"], done["subjects"], done["keys"], done["events"]) == ("done", 3, 1, 2)
    assert "collector=[forgotten]" in detail()
    assert "collector=[forgotten]" in detail("--personal")
    (card,) = rows("show", "pickup/3", "--personal")
    assert card["personal"][0]["value"] == "Grace 0171-2002"


def test_forgetting_changes_no_measure_and_the_chain_still_holds(rows: Rows) -> None:
    before = [rows("measure", name) for name in ("promise_reliability", "exception_closure")]
    rows("forget", "customer/7", "--yes")
    assert [rows("measure", name) for name in ("promise_reliability", "exception_closure")] == before
    (checked,) = rows("verify")
    assert checked["problems"] == 0
    assert rows("import", "orders.csv", "--pack", "store_pickup", "--map", "shop.yaml")[0]["events"] == 0


def test_a_second_run_says_when_it_was_done_and_the_list_shows_it(rows: Rows) -> None:
    assert rows("forget", "--list") == []
    (planned,) = rows("forget", "customer/7", "--dry-run")
    assert (planned["what"], planned["keys"], planned["forgotten_at"]) == ("would be done", 1, None)
    (done,) = rows("forget", "customer/7", "--yes")
    (again,) = rows("forget", "customer/7", "--yes")
    assert (again["what"], again["keys"], again["forgotten_at"]) == ("done before", 0, done["forgotten_at"])
    assert rows("forget", "customer/7")[0]["what"] == "done before"  # Nothing is left that would have to be asked.
    (listed,) = rows("forget", "--list")
    assert (listed["person"], listed["forgotten_at"]) == ("customer/7", done["forgotten_at"])
    (lifted,) = rows("forget", "customer/7", "--lift")
    assert lifted["what"] == "allowed again"
    assert rows("forget", "--list") == []
    assert "[forgotten]" in str(rows("timeline", "pickup/1", "--personal")[0]["detail"])


def test_where_nobody_can_be_asked_nothing_is_done(shop: Path) -> None:
    db = str(shop / "shop.db")
    run("import", "orders.csv", "--pack", "store_pickup", "--map", "shop.yaml", "--db", db)
    said = run("forget", "customer/7", "--db", db, "--format", "json")
    assert (said.exit_code, json.loads(said.stdout)["diagnostics"][0]["code"]) == (2, "C130")
    assert not json.loads(run("forget", "--list", "--db", db, "--format", "json").stdout)["data"]


@pytest.mark.parametrize(("answer", "code"), [("n\n", 130), ("y\n", 0)])
def test_a_person_at_the_terminal_is_asked(shop: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    run("import", "orders.csv", "--pack", "store_pickup", "--map", "shop.yaml", "--db", "shop.db")
    monkeypatch.setattr(command, "on_terminal", lambda _: True)
    said = run("forget", "customer/7", "--db", "shop.db", "--format", "json", keys=answer)
    assert said.exit_code == code
    assert "keys 1, subjects 3, events with personal data 2" in said.stderr
    ledger = open_ledger(shop / "shop.db")
    assert bool(ledger.keys("forgotten/")) == (code == 0)
    ledger.close()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["customer/99", "--yes"], "C103"),
        ([], "C101"),
        (["customer/7", "--list"], "C101"),
        (["customer/7", "--lift"], "C103"),
    ],
)
def test_what_makes_no_sense_is_refused(shop: Path, words: list[str], code: str) -> None:
    run("import", "orders.csv", "--pack", "store_pickup", "--map", "shop.yaml", "--db", str(shop / "shop.db"))
    said = run("forget", *words, "--db", "shop.db", "--format", "json")
    assert (said.exit_code, json.loads(said.stdout)["diagnostics"][0]["code"]) == (2, code)
