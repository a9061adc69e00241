"""The real server on PostgreSQL: two processes on one database give one truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.test_api_serve import Served, start, troth
from tests.postgres_server import Server

__all__ = ["start"]

pytestmark = pytest.mark.slow


def test_two_servers_on_one_postgresql_database_give_one_truth(
    postgres: Server, start: Callable[..., Served], tmp_path: Path
) -> None:
    address = postgres.database()
    (key,) = troth(tmp_path, "keys", "create", "--scope", "*", "--db", address)
    both = [start("--db", address, "--pack", "store_pickup") for _ in range(2)]
    for served in both:
        served.client.headers["authorization"] = f"Bearer {key['key']}"
    for number in range(6):
        here, there = both[number % 2], both[1 - number % 2]
        assert here.event(number).json()["accepted"] == 1
        assert there.event(number).json()["duplicates"] == 1
        said = {"subject": f"pickup/{number}", "text": "where is it", "channel": "sms"}
        again = {"idempotency-key": f"complaint-{number}"}
        first = here.client.post("/v1/complaints", json=said, headers=again)
        second = there.client.post("/v1/complaints", json=said, headers=again)
        assert (first.status_code, second.json()) == (201, first.json())
        assert second.headers["x-idempotent-replayed"] == "true"
    one, two = (served.client.get("/v1/cases").json()["items"] for served in both)
    assert len(one) == 6
    assert {line["case"]["id"] for line in one} == {line["case"]["id"] for line in two}
    assert [served.stop()[0] for served in both] == [0, 0]
