"""`troth staff`: accounts are made and changed, passwords come from standard input, what is done is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from troth.bootstrap import open_ledger
from troth.runtime import passwords, sessions, staff
from troth.runtime.clock import wall_clock
from troth.surfaces.cli.app import cli

PASSWORD = "correct horse battery"  # noqa: S105 - of a test


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash at little cost."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "pickup.db")


def run(*arguments: str, typed: str | None = None) -> Result:
    """Run the command line."""
    return CliRunner().invoke(cli, ("staff", *arguments), input=typed)


def data_of(result: Result) -> list[dict[str, Any]]:
    """Return the data of an answer in JSON."""
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)["data"]
    return rows


def test_an_account_is_made_changed_disabled_and_enabled_and_all_is_written_down(db: str) -> None:
    (made,) = data_of(run("add", "ann", "--role", "lead", "--shown", "Ann Example", "--db", db, typed=f"{PASSWORD}\n"))
    assert (made["name"], made["shown"], made["role"], made["state"], made["signs_in"]) == (
        "ann", "Ann Example", "lead", "good", "here",
    )  # fmt: skip
    assert data_of(run("role", "ann", "admin", "--db", db))[0]["role"] == "admin"
    assert data_of(run("disable", "ann", "--db", db))[0]["state"] == "disabled"
    assert data_of(run("enable", "ann", "--db", db))[0]["state"] == "good"
    data_of(run("password", "ann", "--db", db, typed="another long password"))
    assert [row["name"] for row in data_of(run("list", "--db", db))] == ["ann"]
    ledger = open_ledger(db)
    assert staff.known(ledger, "ann", "another long password") is not None
    assert staff.known(ledger, "ann", PASSWORD) is None
    ledger.close()
    found = [(row["who"], row["deed"], row["detail"]) for row in data_of(run("audit", "--db", db))]
    assert found == [
        ("cli", "staff password", "ann"), ("cli", "staff enable", "ann"), ("cli", "staff disable", "ann"),
        ("cli", "staff role", "ann admin"), ("cli", "staff add", "ann"),
    ]  # fmt: skip
    assert len(data_of(run("audit", "--deed", "staff add", "--since", "1d", "--limit", "1", "--db", db))) == 1


def test_sessions_are_listed_and_ended(db: str) -> None:
    data_of(run("add", "ann", "--role", "reader", "--db", db, typed=PASSWORD))
    ledger = open_ledger(db)
    for agent in ("one", "two"):
        sessions.begin(ledger, "ann", now=wall_clock(), address="127.0.0.1", agent=agent)
    ledger.close()
    rows = data_of(run("sessions", "ann", "--db", db))
    assert {row["agent"] for row in rows} == {"one", "two"}
    assert not any("digest" in row for row in rows)
    assert data_of(run("sign-out", "ann", "--db", db)) == [{"name": "ann", "ended": 2}]
    assert data_of(run("sessions", "ann", "--db", db)) == []


@pytest.mark.parametrize(
    ("arguments", "typed", "code"),
    [
        (("add", "Ann", "--role", "lead"), PASSWORD, "H323"),
        (("add", "ann", "--role", "lead"), "short", "H323"),
        (("add", "ann", "--role", "lead"), "", "H323"),
        (("add", "ann", "--role", "lead", "--zone", "Mars/Base"), PASSWORD, "H323"),
    ],
)
def test_what_cannot_be_is_refused_before_a_ledger_is_made(
    db: str, arguments: tuple[str, ...], typed: str | None, code: str
) -> None:
    refused = run(*arguments, "--db", db, typed=typed)
    assert (refused.exit_code, code in refused.stderr) == (2, True)
    assert not Path(db).exists()
    assert "C105" in run("role", "ann", "lead", "--db", db).stderr
    assert PASSWORD not in refused.stderr


def test_an_account_that_is_not_there_and_one_that_is_are_told_apart(db: str) -> None:
    data_of(run("add", "ann", "--role", "reader", "--db", db, typed=PASSWORD))
    assert "H322" in run("add", "ann", "--role", "admin", "--db", db, typed=PASSWORD).stderr
    for arguments in (("role", "bob", "lead"), ("disable", "bob"), ("enable", "bob"), ("sessions", "bob"),
                      ("sign-out", "bob"), ("password", "bob")):  # fmt: skip
        refused = run(*arguments, "--db", db, typed=PASSWORD)
        assert (refused.exit_code, "H321" in refused.stderr) == (2, True)


def test_no_password_is_an_argument() -> None:
    for name in ("add", "password"):
        assert "--password" not in run(name, "--help").stdout
