"""Links over HTTP: made once with their address, listed without it, revoked at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.surfaces.api.conftest import Server

Make = Callable[..., Server]


def test_a_link_is_made_listed_and_revoked(make: Make) -> None:
    server = make("links:read", "links:write", public_url="https://status.example")
    made = server.client.post("/v1/links", json={"subject": "pickup/1", "may": ["see"], "expires_in": "2d"})
    assert made.status_code == 201
    body = made.json()
    assert body["url"] == f"https://status.example{body['path']}"
    assert body["path"].startswith(f"/s/{body['id']}-")
    assert (body["may"], body["state"]) == (["see"], "good")
    listed = server.client.get("/v1/links", params={"subject": "pickup/1"}).json()
    assert listed["items"] == [{name: value for name, value in body.items() if name not in ("path", "url")}]
    assert server.client.delete(f"/v1/links/{body['id']}").status_code == 204
    assert server.client.get("/v1/links").json()["items"][0]["state"] == "revoked"
    assert server.client.get("/v1/links", params={"subject": "pickup/2"}).json()["items"] == []


def test_links_are_paged(server: Server) -> None:
    ids = [server.client.post("/v1/links", json={"subject": "pickup/1"}).json()["id"] for _ in range(5)]
    first = server.client.get("/v1/links", params={"limit": 3}).json()
    rest = server.client.get("/v1/links", params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == ids
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"subject": "nothing/1"}, 404, "G801"),
        ({"subject": "pickup1"}, 422, "H102"),
        ({"subject": "pickup/1", "may": []}, 422, "H102"),
        ({"subject": "pickup/1", "may": ["own"]}, 422, "H102"),
        ({"subject": "pickup/1", "expires_in": "soon"}, 422, "H102"),
        ({"subject": "pickup/1", "expires_in": "0d"}, 422, "H102"),
        ({"subject": "pickup/1", "expires_in": "999999999w"}, 422, "H102"),
        ({"subject": "pickup/1", "for": "ever"}, 422, "H102"),
    ],
)
def test_what_no_link_can_be_is_refused(server: Server, body: dict[str, object], status: int, code: str) -> None:
    answer = server.client.post("/v1/links", json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")
    assert server.client.get("/v1/links").json()["items"] == []


def test_a_link_that_is_not_there_cannot_be_revoked(server: Server) -> None:
    answer = server.client.delete("/v1/links/0123456789ab")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/H313")
