"""Kept answers: durable, of one caller, for one request, for as long as they count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from troth.bootstrap import open_ledger
from troth.model.times import DAY, HOUR, SECOND, Micros
from troth.ports.ledger import Ledger
from troth.runtime.idempotency import LEASE, Idempotency, fingerprint_of

NOW: Micros = 20_500 * DAY + 23 * HOUR
BODY = fingerprint_of("POST", "/v1/complaints", b"{}")


@pytest.fixture(params=[":memory:", "kept.db"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    path = request.param if request.param == ":memory:" else str(tmp_path / request.param)
    opened = open_ledger(path)
    yield opened
    opened.close()


def done(store: Idempotency, key: str = "k", caller: str = "a", now: Micros = NOW) -> None:
    begun = store.begin(caller, key, BODY, now)
    assert begun.verdict == "new"
    store.complete(caller, key, begun.kept, status=201, headers={"etag": '"1"'}, body=b"\xff{}")


def test_an_answer_is_given_again_until_its_time_is_over_also_across_midnight(ledger: Ledger) -> None:
    store = Idempotency(ledger, kept=DAY)
    done(store)
    for later in (0, 2 * HOUR, DAY - 1):
        again = store.begin("a", "k", BODY, NOW + later)
        assert (again.verdict, again.kept.status, again.kept.content) == ("again", 201, b"\xff{}")
        assert again.kept.headers == {"etag": '"1"'}
    assert store.begin("a", "k", BODY, NOW + DAY).verdict == "new"


def test_another_process_on_the_same_database_knows_it_too(tmp_path: Path) -> None:
    first, second = (open_ledger(tmp_path / "one.db") for _ in range(2))
    assert Idempotency(first).begin("a", "k", BODY, NOW).verdict == "new"
    assert Idempotency(second).begin("a", "k", BODY, NOW).verdict == "busy"
    first.close()
    second.close()


def test_two_callers_may_use_one_key(ledger: Ledger) -> None:
    store = Idempotency(ledger)
    done(store, caller="a")
    assert store.begin("b", "k", BODY, NOW).verdict == "new"


def test_a_key_names_one_request(ledger: Ledger) -> None:
    store = Idempotency(ledger)
    done(store)
    other = fingerprint_of("POST", "/v1/complaints", b"{ }")
    assert store.begin("a", "k", other, NOW).verdict == "other"
    assert fingerprint_of("PO", "ST/x", b"") != fingerprint_of("POST", "/x", b"")
    assert fingerprint_of("POST", "/x?a=1", b"") != fingerprint_of("POST", "/x?a=2", b"")
    assert fingerprint_of("PUT", "/x", b"") != fingerprint_of("POST", "/x", b"")


def test_a_request_whose_process_died_can_be_sent_again_after_the_lease(ledger: Ledger) -> None:
    store = Idempotency(ledger)
    store.begin("a", "k", BODY, NOW)
    assert store.begin("a", "k", BODY, NOW + LEASE - 1).verdict == "busy"
    assert store.begin("a", "k", BODY, NOW + LEASE).verdict == "new"


def test_a_request_that_was_not_carried_out_leaves_nothing(ledger: Ledger) -> None:
    store = Idempotency(ledger)
    store.abandon("a", "k", store.begin("a", "k", BODY, NOW).kept)
    assert ledger.keys("idempotency/") == []
    assert store.begin("a", "k", BODY, NOW + SECOND).verdict == "new"


def test_what_counts_no_more_is_dropped_and_nothing_else(ledger: Ledger) -> None:
    store = Idempotency(ledger, kept=DAY)
    for days, key in enumerate("abcd"):
        done(store, key=key, now=NOW + days * DAY)
    assert store.prune(NOW + 3 * DAY) == 2
    assert store.begin("a", "d", BODY, NOW + 3 * DAY).verdict == "again"
    assert len(ledger.keys("idempotency/")) == 2
