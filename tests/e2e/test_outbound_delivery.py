"""From the ledger on disk to a receiver over HTTP: signed, complete, also through a kill; and the commands."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import standardwebhooks
from click.testing import CliRunner

from tests.unit.connectors.webhooks.kit import Receiver, Reply, receiving
from troth.bootstrap import open_couriers, open_ledger, open_worker
from troth.model.effect import Outgoing
from troth.model.times import MINUTE, SECOND
from troth.runtime.clock import wall_clock
from troth.runtime.outbound import Deliverer
from troth.surfaces.cli.app import cli

ALLOW = ("127.0.0.0/8",)
COUNT = 120
MAIL = ("--sender", "troth@shop.example", "--to", "desk@shop.example")


@pytest.fixture
def db(tmp_path: Path) -> str:
    """Return the path of a ledger that is not there yet."""
    return str(tmp_path / "firm.db")


def run(*words: str) -> tuple[int, Any, str]:
    """Run a command; return its exit code, its data, and all that it wrote."""
    done = CliRunner().invoke(cli, [*words, "--format", "json"])
    answer = json.loads(done.stdout)
    return done.exit_code, answer["data"], done.output


def put(db: str, count: int = COUNT, topic: str = "case.opened") -> None:
    """Put outgoings into the outbox."""
    ledger = open_ledger(db)
    ledger.send([Outgoing(f"out{n:04}", topic, f"order/{n}", wall_clock(), {"kind": "silence"}) for n in range(count)])
    ledger.close()


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def test_a_worker_delivers_everything_once_and_a_foreign_library_trusts_it(db: str) -> None:
    with receiving() as receiver:
        _, (added,), _ = run("outbox", "add", receiver.url, "--topic", "case.opened", "--id", "shop", "--db", db)
        put(db)
        ledger = open_ledger(db)
        worker = open_worker(ledger, ALLOW)
        worker.start()
        try:
            wait_for(lambda: len(ledger.deliveries(state="delivered", limit=COUNT)) == COUNT)
        finally:
            worker.stop()
            ledger.close()
    assert sorted(came.headers["webhook-id"] for came in receiver.came) == [f"out{n:04}" for n in range(COUNT)]
    peer = standardwebhooks.Webhook(added["secret"])
    for came in receiver.came:
        said = peer.verify(came.body.decode(), came.headers)
        assert said["data"] == {"subject": f"order/{int(came.headers['webhook-id'][3:])}", "kind": "silence"}


@pytest.mark.slow
def test_a_deliverer_that_is_killed_loses_nothing_and_repeats_only_what_was_under_way(db: str) -> None:
    with receiving() as receiver:
        run("outbox", "add", receiver.url, "--id", "shop", "--db", db)
        put(db)
        start = "from troth.surfaces.cli import main; main()"
        command = [sys.executable, "-c", start, "outbox", "deliver", "--db", db, "--allow", *ALLOW]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: len(receiver.came) >= COUNT // 4)
        child.kill()
        child.wait()
        ledger = open_ledger(db)
        before = len(receiver.came)
        later = wall_clock() + 10 * MINUTE
        Deliverer(ledger, open_couriers(ALLOW), lambda: later, Random(1)).deliver_due(later)
        states = {one.state for one in ledger.deliveries(limit=COUNT)}
        ledger.close()
    ids = [came.headers["webhook-id"] for came in receiver.came]
    assert before < COUNT, "it was killed too late to show anything"
    assert states == {"delivered"}
    assert set(ids) == {f"out{n:04}" for n in range(COUNT)}
    assert len(ids) <= COUNT + 4


def test_a_receiver_that_comes_back_gets_what_has_waited(db: str) -> None:
    down = Receiver(Reply(503, (("retry-after", "30"),)))
    run("outbox", "add", down.url, "--id", "shop", "--db", db)
    put(db, 3)
    code, tally, _ = run("outbox", "deliver", "--db", db, "--allow", *ALLOW, "--fail")
    port = down.port
    down.close()
    assert (code, tally) == (1, [{"outcome": "retry", "deliveries": 1}])
    _, waiting, _ = run("outbox", "list", "--state", "waiting", "--db", db)
    assert sorted(row["attempts"] for row in waiting) == [0, 0, 1]
    assert {row["error"] for row in waiting} == {None, "O110: answered 503"}
    up = Receiver(port=port)
    ledger = open_ledger(db)
    later = wall_clock() + 60 * SECOND
    assert Deliverer(ledger, open_couriers(ALLOW), lambda: later, Random(1)).deliver_due(later) == {"delivered": 3}
    ledger.close()
    up.close()


def test_dead_letters_are_listed_replayed_and_delivered(db: str) -> None:
    with receiving(Reply(410), Reply()) as receiver:
        run("outbox", "add", receiver.url, "--id", "shop", "--db", db)
        put(db, 2)
        run("outbox", "deliver", "--db", db, "--allow", *ALLOW)
        code, dead, _ = run("outbox", "list", "--state", "dead", "--fail", "--db", db)
        assert code == 1
        assert {row["error"][:4] for row in dead} == {"O108", "O110"}
        _, (switched_off,), _ = run("outbox", "destinations", "--db", db)
        assert switched_off["active"] is False
        run("outbox", "add", receiver.url, "--id", "shop", "--db", db)
        assert run("outbox", "replay", "--destination", "shop", "--db", db)[1] == [{"replayed": 2}]
        assert run("outbox", "deliver", "--db", db, "--allow", *ALLOW)[1] == [{"outcome": "delivered", "deliveries": 2}]
    assert run("outbox", "list", "--state", "dead", "--db", db)[1] == []


def test_nothing_goes_to_the_loopback_address_that_was_not_allowed(db: str) -> None:
    with receiving() as receiver:
        run("outbox", "add", receiver.url, "--db", db)
        put(db, 1)
        run("outbox", "deliver", "--db", db)
        assert not receiver.came
    _, (waiting,), _ = run("outbox", "list", "--db", db)
    assert waiting["error"] == "O103: the host's address is loopback"


def test_a_secret_is_shown_once_and_replaced_without_a_gap(db: str) -> None:
    url = "https://shop.example/hook?token=hidden"
    _, (first,), _ = run("outbox", "add", url, "--topic", "case.opened", "--id", "shop", "--db", db)
    _, (again,), text = run("outbox", "add", url, "--id", "shop", "--db", db)
    assert first["secret"].startswith("whsec_")
    assert "secret" not in again
    assert again["topics"] == ["case.opened"]
    _, (rotated,), _ = run("outbox", "add", url, "--id", "shop", "--rotate", "--db", db)
    _, listed, shown = run("outbox", "destinations", "--db", db)
    ledger = open_ledger(db)
    (stored,) = ledger.destinations()
    ledger.close()
    assert stored.settings["secrets"] == [rotated["secret"], first["secret"]]
    for secret in (first["secret"], rotated["secret"], "hidden"):
        assert secret not in text + shown + repr(stored).replace(url, "")
    assert listed[0]["settings"] == {"url": "https://shop.example/hook?...", "secrets": "(kept secret)"}


def test_mail_destinations_keep_their_password_to_themselves(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "hidden")
    words = ("--sender", "troth@shop.example", "--to", "desk@shop.example", "--user", "troth")
    _, (row,), text = run("outbox", "add", "smtp://mail.example:2525", *words, "--password-env", "MAIL_PASSWORD",
                          "--id", "desk", "--db", db)  # fmt: skip
    assert row["settings"]["port"] == 2525
    assert row["settings"]["tls"] == "starttls"
    ledger = open_ledger(db)
    assert ledger.destinations()[0].settings["password"] == "hidden"  # noqa: S105 - that it is there is the point
    ledger.close()
    assert "hidden" not in text + run("outbox", "destinations", "--db", db)[2]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "https://user:hidden@shop.example/"), "O101"),
        (("add", "smtp://mail.example"), "O120"),
        (("add", "smtp://user@mail.example"), "C101"),
        (("add", "smtp://mail.example", *MAIL, "--user", "u", "--password-env", "NOT_SET_ANYWHERE"), "C101"),
        (("add", "smtp://mail.example", *MAIL, "--user", "u"), "C101"),
        (("remove", "nobody"), "O106"),
        (("replay", "nothing"), "O106"),
    ],
)
def test_what_is_asked_wrongly_is_answered_by_a_code(db: str, words: tuple[str, ...], code: str) -> None:
    open_ledger(db).close()
    done = CliRunner().invoke(cli, ["outbox", *words, "--db", db, "--format", "json"])
    assert done.exit_code == 2
    (problem,) = json.loads(done.stdout)["diagnostics"]
    assert problem["code"] == code
    assert problem["remedy"]
    assert "hidden" not in done.output


@pytest.mark.parametrize(
    "words",
    [
        ("outbox", "add", "ftp://shop.example/"),
        ("outbox", "add", "smtp://mail.example", "--sender", "nobody", "--to", "nobody"),
        ("keys", "create", "--scope", "nope"),
    ],
)
def test_a_refused_command_leaves_no_new_ledger_behind(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, [*words, "--db", str(tmp_path / "new.db"), "--format", "json"])
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_removed_destination_leaves_its_deliveries_as_dead_letters(db: str) -> None:
    run("outbox", "add", "https://shop.example/", "--id", "shop", "--db", db)
    put(db, 2)
    assert run("outbox", "remove", "shop", "--db", db)[1] == [{"removed": "shop"}]
    assert {row["state"] for row in run("outbox", "list", "--db", db)[1]} == {"dead"}
