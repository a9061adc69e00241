"""The feed over HTTP: what was held and why, where it goes on, and that it waits no longer than it should."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.unit.surfaces.api.conftest import Server

ASK = {"id": "ready-1", "message": "ready", "subject": "pickup/1", "channel": "email", "customer": "customer/5"}


def held(server: Server) -> None:
    """Have a message held."""
    assert server.send().status_code == 200
    assert server.client.post("/v1/ask", json=ASK).json()["outcome"] == "HOLD"


def test_what_was_held_is_told_with_its_reason_and_what_the_reason_is_about(server: Server) -> None:
    held(server)
    page: dict[str, Any] = server.client.get("/v1/feed?after=0").json()
    (line,) = page["items"]
    assert (line["kind"], line["subject"], line["message"], line["first"]) == ("held", "pickup/1", "ready", True)
    assert line["codes"]
    assert len(line["codes"]) == len(line["about"])
    assert page["position"] == str(line["position"])
    assert not page["more"]


def test_it_goes_on_after_a_position_and_without_one_begins_now(server: Server) -> None:
    held(server)
    end = server.client.get("/v1/feed").json()
    assert end["items"] == []
    assert server.client.get(f"/v1/feed?after={end['position']}").json() == end
    first = server.client.get("/v1/feed?after=0&limit=1").json()
    assert first["more"]
    assert first["items"] == []
    assert server.client.get(f"/v1/feed?after={first['position']}").json()["items"]


def test_a_request_waits_until_something_is_told(server: Server) -> None:
    end = server.client.get("/v1/feed").json()["position"]
    later = threading.Timer(0.2, held, [server])
    later.start()
    page = server.client.get(f"/v1/feed?after={end}&wait=10").json()
    later.join()
    assert [line["kind"] for line in page["items"]] == ["held"]


def test_a_server_that_stops_lets_nobody_wait(server: Server) -> None:
    server.context.stopping = True
    assert server.client.get("/v1/feed?after=0&wait=10").json()["items"] == []


def test_waiting_is_bounded_and_positions_are_whole_numbers(make: Callable[..., Server]) -> None:
    server = make(open=True)
    for query in ("after=-1", "after=x", "after=1.", "after=0&wait=11", "after=0&limit=0", "since=0"):
        assert server.client.get(f"/v1/feed?{query}").status_code == 422, query


def test_a_position_of_another_ledger_is_none(server: Server) -> None:
    answer = server.client.get("/v1/feed?after=3.4")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/H112")
