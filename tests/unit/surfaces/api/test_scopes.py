"""Every route asks for the scope that is written here, and for no other: neither too little nor too much."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.surfaces.api.conftest import Server
from tests.unit.surfaces.api.test_guard import PROTECTED, filled
from troth.runtime.access import EVERYTHING, SCOPES

Make = Callable[..., Server]

NEEDED = {
    ("POST", "/v1/events"): "events:write",
    ("POST", "/v1/heartbeats"): "events:write",
    ("POST", "/v1/ask"): "gate:ask",
    ("POST", "/v1/confirm"): "gate:ask",
    ("POST", "/v1/receipts"): "receipts:write",
    ("POST", "/v1/complaints"): "complaints:write",
    ("GET", "/v1/subjects/{subject}/truth"): "truth:read",
    ("GET", "/v1/subjects/{subject}/timeline"): "truth:read",
    ("GET", "/v1/subjects/{subject}/promises"): "truth:read",
    ("GET", "/v1/subjects/{subject}/hindsight"): "truth:read",
    ("GET", "/v1/decisions/{subject}/{id}"): "truth:read",
    ("GET", "/v1/feed"): "truth:read",
    ("GET", "/v1/packs"): "packs:read",
    ("GET", "/v1/packs/{name}"): "packs:read",
    ("GET", "/v1/cases"): "cases:read",
    ("GET", "/v1/cases/{id}"): "cases:read",
    **{("POST", f"/v1/cases/{{id}}/{verb}"): "cases:write" for verb in ("own", "note", "inform", "remedy", "close")},
    ("POST", "/v1/cases/{id}/reopen"): "cases:write",
    ("POST", "/v1/cases/{id}/release"): "cases:write",
    ("GET", "/v1/quarantine"): "quarantine:read",
    ("POST", "/v1/quarantine/replay"): "quarantine:write",
    ("POST", "/v1/promises/window"): "promises:write",
    ("POST", "/v1/links"): "links:write",
    ("GET", "/v1/links"): "links:read",
    ("DELETE", "/v1/links/{id}"): "links:write",
    ("GET", "/v1/deliveries"): "outbox:read",
    ("POST", "/v1/deliveries/replay"): "outbox:write",
    ("GET", "/v1/destinations"): "outbox:read",
    ("PUT", "/v1/destinations/{id}"): "outbox:write",
    ("DELETE", "/v1/destinations/{id}"): "outbox:write",
    ("GET", "/metrics"): "metrics:read",
}
HELD_BY = {"packs:read": {"gate:ask", "truth:read"}}
"""Scope → others that hold it."""


def test_every_route_that_asks_for_a_key_is_here() -> None:
    assert set(NEEDED) == set(PROTECTED)


@pytest.mark.parametrize(("method", "path"), sorted(NEEDED))
def test_all_other_scopes_together_are_not_enough(make: Make, method: str, path: str) -> None:
    enough = {NEEDED[method, path], EVERYTHING} | HELD_BY.get(NEEDED[method, path], set())
    response = make(*(set(SCOPES) - enough)).client.request(method, filled(path), json={})
    assert (response.status_code, response.json()["type"]) == (403, "/problems/H203")
    assert f'scope="{NEEDED[method, path]}"' in response.headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path"), sorted(NEEDED))
def test_that_scope_alone_is(make: Make, method: str, path: str) -> None:
    for scope in {NEEDED[method, path]} | HELD_BY.get(NEEDED[method, path], set()):
        response = make(scope).client.request(method, filled(path), json={})
        assert response.status_code not in {401, 403, 405}, response.text
