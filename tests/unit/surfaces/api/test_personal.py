"""Personal data over HTTP: sealed unless asked for by somebody who may, and gone once forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.surfaces.api.conftest import START, Server
from troth.runtime.forgetting import forget

WORDS = "wet shoes"
PLAIN = "/v1/subjects/pickup/1/timeline"
OPEN = PLAIN + "?personal=true"


def complained(server: Server) -> Server:
    """Have a customer complain."""
    server.send()
    said = server.client.post("/v1/complaints", json={"subject": "pickup/1", "text": WORDS})
    assert said.status_code == 201
    return server


def test_the_story_says_that_there_are_words_and_tells_them_who_asks_for_them(server: Server) -> None:
    complained(server)
    plain = server.client.get(PLAIN)
    assert "text=[sealed]" in plain.text
    assert WORDS not in plain.text
    opened = server.client.get(OPEN)
    assert f"text={WORDS}" in opened.text
    assert opened.headers["etag"] != plain.headers["etag"]


def test_a_service_that_runs_lets_go_of_who_is_forgotten_meanwhile(server: Server) -> None:
    complained(server)
    before = server.client.get(OPEN).headers["etag"]
    forget(server.store, "pickup/1", START)
    for path in (PLAIN, OPEN):
        told = server.client.get(path, headers={"if-none-match": before})
        assert told.status_code == 200
        assert "text=[forgotten]" in told.text
    server.client.post("/v1/complaints", json={"subject": "pickup/1", "text": "wet socks"})
    assert server.client.get(OPEN).text.count("text=[forgotten]") == 2


@pytest.mark.parametrize(
    ("scopes", "status"), [(("truth:read",), 403), (("truth:read", "personal:read"), 200), (("personal:read",), 403)]
)
def test_it_takes_a_scope_to_read_them(make: Callable[..., Server], scopes: tuple[str, ...], status: int) -> None:
    server = make("complaints:write", "events:write", *scopes)
    complained(server)
    response = server.client.get(OPEN)
    assert response.status_code == status
    assert (WORDS in response.text) == (status == 200)


def test_a_server_without_keys_that_is_not_open_tells_nobody(make: Callable[..., Server]) -> None:
    server = make(open=False)
    refused = server.client.get(OPEN)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/H204")
