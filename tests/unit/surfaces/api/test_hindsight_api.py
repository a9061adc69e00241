"""What was told, in hindsight, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.unit.surfaces.api.conftest import START, Server
from tests.unit.surfaces.client.kit import AwaitedLink, ServedLink
from troth.client import AsyncClient, Client
from troth.model.times import HOUR, MINUTE, format_instant, parse_instant
from troth.runtime.hindsight import told_of

PATH = "/v1/subjects/pickup/1/hindsight"


def told(server: Server) -> None:
    """Have a customer told that an order is ready."""
    for source, kind, data in (
        ("oms", "order.placed", {"mode": "in_store", "customer": "customer/1", "value": 5.0, "items": 1}),
        ("store", "pick.completed", {"picked": 1, "short": 0}),
        ("staging", "stage.placed", {"slot": "A1"}),
        ("mailer", "mail.delivered", {"message": "ready", "id": "m1", "channel": "email"}),
    ):
        server.clock.now += MINUTE
        heard = dict.fromkeys(("oms", "store", "staging", "pos", "desk"))
        server.client.post("/v1/heartbeats", json={"sources": heard})
        server.send(source=source, kind=kind, data=data, time=format_instant(server.clock.now))


def tell_late(server: Server) -> str:
    """Have the desk report an hour later that it could not be found before it was told; return the moment before."""
    before = format_instant(server.clock.now)
    server.clock.now = START + HOUR
    lost = format_instant(START + 3 * MINUTE + 30_000_000)
    server.send(source="desk", kind="pickup.refused", data={"reason": "not_found"}, time=lost)
    return before


def ready(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the row of the statement that it is ready."""
    (row,) = (row for row in rows if row["statement"] == "ready_for_pickup")
    return row


def test_who_reported_late_is_named_and_an_earlier_moment_does_not_know_it(server: Server) -> None:
    told(server)
    first = server.client.get(PATH)
    assert (ready(first.json())["verdict"], ready(first.json())["source"]) == ("honest", "")
    tag = {"if-none-match": first.headers["etag"]}
    assert server.client.get(PATH, headers=tag).status_code == 304
    before = tell_late(server)
    second = server.client.get(PATH, headers=tag)
    row = ready(second.json())
    assert (second.status_code, row["then"], row["now"], row["verdict"]) == (200, True, False, "unlucky")
    assert (row["source"], row["lag"], row["event_id"]) == ("desk", "56m 30s late", "pickup.refused-1")
    assert ready(server.client.get(PATH, params={"at": before}).json())["verdict"] == "honest"


def test_a_subject_that_was_told_nothing_has_no_rows_and_one_nobody_named_is_not_found(server: Server) -> None:
    server.send()
    assert server.client.get(PATH).json() == []
    response = server.client.get("/v1/subjects/pickup/9/hindsight")
    assert (response.status_code, response.json()["type"]) == (404, "/problems/H110")


def test_clients_get_the_values_that_a_caller_in_process_gets(server: Server) -> None:
    told(server)
    before = parse_instant(tell_late(server))
    link = ServedLink(server.client)
    client = Client("http://127.0.0.1", link=link)
    pack = server.context.packs["store_pickup"]
    present = told_of(server.store, pack, "pickup/1", server.clock.now)
    assert "unlucky" in [one.verdict for one in present]
    assert client.hindsight("pickup/1") == list(present)
    past = told_of(server.store, pack, "pickup/1", before, as_known=True)
    assert past != present
    assert client.hindsight("pickup/1", at=before) == list(past)
    awaited = AsyncClient("http://127.0.0.1", link=AwaitedLink(link))
    assert asyncio.run(awaited.hindsight("pickup/1")) == list(present)
    assert asyncio.run(awaited.hindsight("pickup/1", at=before)) == list(past)
