"""Deliveries and destinations over HTTP: seen without payloads and secrets, replayed, changed."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.unit.surfaces.api.conftest import START, Server
from troth.model.effect import Outgoing
from troth.model.times import DAY

SECRET = "whsec_dHJvdGggdGVzdHMgc2lnbiB3aXRoIHRoaXM="  # noqa: S105 - it guards nothing
HOOK: dict[str, Any] = {
    "topics": ["case.opened"], "kind": "webhook",
    "settings": {"url": "https://crm.example.com/hook", "secrets": [SECRET], "api_token": "t0p"},
}  # fmt: skip


def test_a_destination_is_put_listed_changed_and_dropped_and_shows_no_secret(server: Server) -> None:
    put = server.client.put("/v1/destinations/crm", json=HOOK)
    assert put.status_code == 200
    assert put.json()["settings"] == {
        "url": "https://crm.example.com/hook",
        "secrets": "[secret]",
        "api_token": "[secret]",
    }
    assert server.store.destinations()[0].settings["secrets"] == [SECRET]
    server.client.put("/v1/destinations/crm", json=HOOK | {"active": False})
    (one,) = server.client.get("/v1/destinations").json()
    assert (one["id"], one["active"]) == ("crm", False)
    assert server.client.delete("/v1/destinations/crm").status_code == 204
    assert server.client.delete("/v1/destinations/crm").status_code == 404
    assert server.client.get("/v1/destinations").json() == []


def test_the_query_of_an_address_is_not_shown_for_it_may_hold_a_password(server: Server) -> None:
    hook = HOOK | {"settings": {"url": "https://crm.example.com/hook?key=h1dden"}}
    assert server.client.put("/v1/destinations/crm", json=hook).json()["settings"]["url"].endswith("/hook?...")
    assert "h1dden" not in server.client.get("/v1/destinations").text
    (stored,) = server.store.destinations()
    assert stored.settings["url"] == "https://crm.example.com/hook?key=h1dden"
    assert "h1dden" not in repr(stored)


def test_what_get_gave_can_be_put_back_and_changes_nothing_but_what_was_changed(server: Server) -> None:
    url = "https://crm.example.com/hook?key=h1dden"
    server.client.put("/v1/destinations/crm", json=HOOK | {"settings": HOOK["settings"] | {"url": url}})
    (before,) = server.store.destinations()
    (seen,) = server.client.get("/v1/destinations").json()
    assert server.client.put("/v1/destinations/crm", json=seen | {"topics": ["*"]}).status_code == 200
    (after,) = server.store.destinations()
    assert after == replace(before, topics=("*",))
    server.client.put("/v1/destinations/crm", json=seen | {"settings": {"url": "https://crm.example.com/new"}})
    (moved,) = server.store.destinations()
    assert moved.settings == {"url": "https://crm.example.com/new", "secrets": [SECRET]}


def test_a_webhook_without_secrets_gets_one_that_is_shown_once(server: Server) -> None:
    hook = HOOK | {"settings": {"url": "https://crm.example.com/hook"}}
    made = server.client.put("/v1/destinations/crm", json=hook).json()
    assert server.store.destinations()[0].settings["secrets"] == [made["secret"]]
    again = server.client.put("/v1/destinations/crm", json=hook)
    assert "secret" not in again.json()
    assert made["secret"] not in again.text + server.client.get("/v1/destinations").text
    assert server.store.destinations()[0].settings["secrets"] == [made["secret"]]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"url": "https://name:word@crm.example.com/"}, "O101"),
        ({"url": "ftp://crm.example.com/"}, "O101"),
        ({}, "O105"),
        ({"url": "https://crm.example.com/hook?..."}, "O105"),
        ({"url": "https://crm.example.com/hook", "secrets": "[secret]"}, "O105"),
    ],
)
def test_a_webhook_that_could_never_be_delivered_to_is_not_stored(
    server: Server, settings: dict[str, Any], code: str
) -> None:
    answer = server.client.put("/v1/destinations/crm", json=HOOK | {"settings": settings})
    assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{code}")
    assert "name:word" not in answer.text
    assert list(server.store.destinations()) == []


MAIL: dict[str, Any] = {"host": "mail.example", "sender": "Shop <a@shop.example>", "to": "b@shop.example"}


@pytest.mark.parametrize(
    ("kind", "settings", "members"),
    [
        ("smtp", {}, {"host", "sender", "to"}),
        ("smtp", MAIL | {"host": "https://mail.example/"}, {"host"}),
        ("smtp", MAIL | {"host": "mail.example:25"}, {"host"}),
        ("smtp", MAIL | {"port": 0}, {"port"}),
        ("smtp", MAIL | {"port": 65_536}, {"port"}),
        ("smtp", MAIL | {"port": "25"}, {"port"}),
        ("smtp", MAIL | {"port": True}, {"port"}),
        ("smtp", MAIL | {"tls": "ssl"}, {"tls"}),
        ("smtp", MAIL | {"tls": ["tls"]}, {"tls"}),
        ("smtp", MAIL | {"sender": "the shop"}, {"sender"}),
        ("smtp", MAIL | {"sender": 7}, {"sender"}),
        ("smtp", MAIL | {"to": "b@shop.example, c@shop.example"}, {"to"}),
        ("smtp", MAIL | {"to": "b@shop.example\nBcc: all@shop.example"}, {"to"}),
        ("smtp", MAIL | {"user": "ann"}, {"password"}),
        ("smtp", MAIL | {"domain": "not a domain"}, {"domain"}),
        ("smtp", MAIL | {"from": "a@shop.example", "prot": 25}, {"from", "prot"}),
        ("smtp", {"port": -1, "tls": None, "sender": "x", "to": None}, {"host", "port", "tls", "sender", "to"}),
        ("webhook", {"url": 7}, {"url"}),
        ("webhook", {"url": "https://crm.example.com/", "secrets": SECRET}, {"secrets"}),
        (
            "webhook",
            {"url": "https://crm.example.com/", "secrets": [SECRET, "pa55word", 7]},
            {"secrets[1]", "secrets[2]"},
        ),
    ],
)
def test_a_destination_is_refused_by_all_its_members_that_are_not_right(
    server: Server, kind: str, settings: dict[str, Any], members: set[str]
) -> None:
    answer = server.client.put("/v1/destinations/one", json={"topics": ["*"], "kind": kind, "settings": settings})
    assert answer.status_code == 409
    places = [problem["place"] for problem in answer.json()["problems"]]
    assert sorted(places) == sorted(f"settings ({name})" for name in members)
    assert answer.json()["detail"].split(":")[0] in members
    assert "pa55word" not in answer.text
    assert list(server.store.destinations()) == []


@pytest.mark.parametrize(
    "settings",
    [
        MAIL, MAIL | {"host": "192.0.2.7", "port": 25, "tls": "none"}, MAIL | {"host": "2001:db8::1"},
        MAIL | {"tls": "tls", "port": 465, "user": "ann", "password": "pa55", "domain": "shop.example"},
        MAIL | {"host": "m\u00e4il.example", "sender": "a@m\u00e4il.example"},
    ],
)  # fmt: skip
def test_mail_that_can_be_sent_is_stored(server: Server, settings: dict[str, Any]) -> None:
    put = {"topics": ["*"], "kind": "smtp", "settings": settings}
    assert server.client.put("/v1/destinations/mail", json=put).status_code == 200
    assert server.store.destinations()[0].settings == settings


def test_a_hidden_password_is_kept_for_its_own_server_only(server: Server) -> None:
    mail = {"host": "mail.example", "sender": "a@shop.example", "to": "b@shop.example", "password": "pa55"}
    put = {"topics": ["*"], "kind": "smtp", "settings": mail}
    shown = server.client.put("/v1/destinations/mail", json=put).json()
    assert server.client.put("/v1/destinations/mail", json=shown).status_code == 200
    assert server.store.destinations()[0].settings == mail
    shown["settings"]["host"] = "elsewhere.example"
    assert server.client.put("/v1/destinations/mail", json=shown).status_code == 409
    assert server.client.put("/v1/destinations/other", json=shown).status_code == 409
    assert server.store.destinations()[0].settings == mail


def test_deliveries_are_paged_without_payloads_and_dead_ones_go_out_again(server: Server) -> None:
    server.client.put("/v1/destinations/crm", json=HOOK)
    server.store.send([Outgoing(f"o{number}", "case.opened", "pickup/1", START, {"x": 1}) for number in range(5)])
    ids = [one.id for one in server.store.deliveries()]
    for one in ids[:2]:
        server.store.settle(one, state="dead", attempts=9, error="O110: connection refused")
    first = server.client.get("/v1/deliveries", params={"limit": 3}).json()
    rest = server.client.get("/v1/deliveries", params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    assert "body" not in first["items"][0]
    dead = server.client.get("/v1/deliveries", params={"state": "dead"}).json()["items"]
    assert [(one["id"], one["attempts"]) for one in dead] == [(one, 9) for one in ids[:2]]
    done = server.client.post("/v1/deliveries/replay", json={"ids": [*ids[:1], ids[4], "nothing"]}).json()
    assert (done["tried"], done["released"]) == (3, 1)
    assert len(server.client.get("/v1/deliveries", params={"state": "dead"}).json()["items"]) == 1


def test_the_server_drops_deliveries_when_their_time_is_up(server: Server) -> None:
    server.client.put("/v1/destinations/crm", json=HOOK)
    server.store.send([Outgoing(name, "case.opened", "pickup/1", START) for name in ("done", "dead", "waiting")])
    for one in server.store.deliveries():
        if one.outgoing.id != "waiting":
            server.store.settle(one.id, state={"done": "delivered"}.get(one.outgoing.id, "dead"))
    left = []
    for days in (6, 8, 31):
        server.clock.now = START + days * DAY
        server.context.prune()
        left.append({one.outgoing.id for one in server.store.deliveries()})
    assert left == [{"done", "dead", "waiting"}, {"dead", "waiting"}, {"waiting"}]
