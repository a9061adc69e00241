"""Reading over HTTP: truth, story, promises, decisions, packs, pages; versions and moments."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.surfaces.api.conftest import BATCH, START, Server
from troth.model.times import HOUR, MINUTE, SECOND, format_instant, parse_instant


def ask(server: Server, **changes: Any) -> Any:
    body = {"id": "m1", "message": "confirmation", "subject": "pickup/1", "channel": "email"} | changes
    return server.client.post("/v1/ask", json=body)


@pytest.mark.parametrize("subject", ["pickup/1", "pickup%2F1"])
def test_a_subject_is_named_with_its_slash_as_it_is_or_encoded(server: Server, subject: str) -> None:
    server.send()
    body = server.client.get(f"/v1/subjects/{subject}/truth").json()
    assert (body["subject"], body["pack"], body["version"]) == ("pickup/1", "store_pickup", 1)


def test_the_truth_is_not_sent_twice_until_something_changes(server: Server) -> None:
    server.send()
    first = server.client.get("/v1/subjects/pickup/1/truth")
    tag = {"if-none-match": first.headers["etag"]}
    again = server.client.get("/v1/subjects/pickup/1/truth", headers=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    server.send(kind="order.picked", source="store")
    assert server.client.get("/v1/subjects/pickup/1/truth", headers=tag).status_code == 200


def test_the_truth_as_known_at_an_earlier_moment(server: Server) -> None:
    server.send(time=format_instant(START))
    later = START + HOUR
    server.clock.now = later
    server.send(kind="order.cancelled", time=format_instant(later))
    now = server.client.get("/v1/subjects/pickup/1/truth").json()
    then = server.client.get("/v1/subjects/pickup/1/truth", params={"at": format_instant(START + MINUTE)}).json()
    assert (now["events"], then["events"], then["at"]) == (2, 1, format_instant(START + MINUTE))
    before = server.client.get("/v1/subjects/pickup/1/truth", params={"at": "2001-01-01T00:00:00Z"})
    assert (before.status_code, before.json()["type"]) == (404, "/problems/H110")


@pytest.mark.parametrize("what", ["truth", "timeline", "promises"])
def test_a_subject_that_nobody_has_named_is_not_found(server: Server, what: str) -> None:
    response = server.client.get(f"/v1/subjects/pickup/9/{what}")
    assert (response.status_code, response.json()["type"]) == (404, "/problems/H110")


@pytest.mark.parametrize("query", ["at=yesterday", "at=2026-03-02", "att=2026-03-02T12:00:00Z"])
def test_a_parameter_that_is_wrong_or_unknown_is_named(server: Server, query: str) -> None:
    server.send()
    response = server.client.get(f"/v1/subjects/pickup/1/truth?{query}")
    assert (response.status_code, response.json()["problems"][0]["code"]) == (422, "H111")


def test_the_story_is_in_order_of_time_and_keeps_the_customers_words_to_itself(server: Server) -> None:
    server.send()
    server.client.post("/v1/complaints", json={"subject": "pickup/1", "text": "wet shoes", "channel": "sms"})
    response = server.client.get("/v1/subjects/pickup/1/timeline")
    rows = response.json()
    happened = [row["what"] for row in rows if row["lane"] == "event"]
    assert happened == ["order.placed", "troth.complaint", "troth.case.opened"]
    assert "wet" not in response.text
    times = [parse_instant(row["at"]) for row in rows if row["at"]]
    assert times == sorted(times)


def test_a_decision_can_be_read_again_by_its_message(server: Server) -> None:
    server.send()
    decided = ask(server).json()
    response = server.client.get("/v1/decisions/pickup/1/m1")
    body = response.json()
    assert (body["outcome"], body["message"], body["codes"]) == (
        decided["outcome"], "confirmation", list(dict.fromkeys(one["code"] for one in decided["reasons"])),
    )  # fmt: skip
    assert server.client.get("/v1/decisions/pickup/1/m2").status_code == 404


def test_a_list_of_questions_is_answered_in_order(server: Server) -> None:
    server.send()
    asks = [{"id": f"m{number}", "message": "confirmation", "subject": "pickup/1"} for number in (2, 1, 3)]
    body = server.client.post("/v1/ask", json=asks).json()
    assert [one["id"] for one in body] == ["m2", "m1", "m3"]
    assert server.client.post("/v1/ask", json=[]).json() == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"message": "nothing"}, 404), ({"subject": "ship/1"}, 404), ({"unknown": 1}, 422), ({"id": 7}, 422)],
)
def test_a_question_about_what_does_not_exist_is_a_problem_with_its_place(
    server: Server, changes: dict[str, Any], status: int
) -> None:
    server.send()
    response = ask(server, **changes)
    assert response.status_code == status
    assert response.json()["problems"][0]["place"]


def test_a_message_that_was_never_asked_about_is_not_confirmed(server: Server) -> None:
    server.send()
    body = server.client.post("/v1/confirm", json={"subject": "pickup/1", "id": "nobody"}).json()
    assert (body["ok"], body["code"]) == (False, "G701")


def test_a_receipt_told_twice_counts_once(server: Server) -> None:
    server.send()
    receipt = {"id": "m1", "subject": "pickup/1", "message": "confirmation", "channel": "email", "phase": "sent"}
    first, second = (server.client.post("/v1/receipts", json=[receipt]).json() for _ in range(2))
    assert (first["accepted"], second["accepted"], second["duplicates"]) == (1, 0, 1)
    assert server.client.post("/v1/receipts", json=[]).json()["accepted"] == 0


def test_nobody_sends_heartbeats_in_troths_own_name(server: Server) -> None:
    response = server.client.post("/v1/heartbeats", json={"sources": {"oms": None, "troth": None}})
    assert (response.status_code, response.json()["type"]) == (422, "/problems/E126")
    assert server.store.watermarks() == {}


def test_a_heartbeat_moves_a_feed_forward(server: Server) -> None:
    sources = {"store": None, "carrier": format_instant(START - HOUR)}
    assert server.client.post("/v1/heartbeats", json={"sources": sources}).status_code == 204
    heard = server.store.watermarks()
    assert heard["carrier"] == START - HOUR
    assert heard["store"] > START
    feeds = server.client.get("/readyz").json()["feeds_s"]
    assert feeds["carrier"] > feeds["store"]


def test_which_feeds_there_are_is_told_only_to_who_may_see_the_figures(make: Callable[..., Server]) -> None:
    for scopes, settings, asked, shown in (
        (("metrics:read",), {}, "own", True),
        (("truth:read",), {}, "own", False),
        (("metrics:read",), {}, "", False),
        (("truth:read",), {"metrics_open": True}, "", True),
    ):
        server = make(*scopes, **settings)
        server.store.advance({"carrier": START})
        server.client.headers = {"authorization": f"Bearer {server.token}"} if asked else {}
        said = server.client.get("/readyz").json()
        assert (said["status"], said["feeds"], list(said["feeds_s"])) == ("ok", 1, ["carrier"] if shown else [])
        assert shown == ("carrier" in json.dumps(said))


def test_packs_say_what_they_declare(server: Server) -> None:
    names = [pack["name"] for pack in server.client.get("/v1/packs").json()]
    assert names == ["store_pickup", "customer"]
    one = server.client.get("/v1/packs/store_pickup").json()
    assert "confirmation" in one["messages"]
    assert server.client.get("/v1/packs/nothing").status_code == 404


def test_codes_are_explained_to_programs_and_to_people(server: Server) -> None:
    assert server.client.get("/v1/explain/h118").json()["code"] == "H118"
    assert server.client.get("/v1/explain/promise_reliability").status_code == 200
    page = server.client.get("/problems/H118")
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1>H118: The event is refused.</h1>" in page.text
    assert server.client.get("/problems/H118", headers={"accept": "application/json"}).json()["code"] == "H118"
    assert server.client.get("/problems/H999").status_code == 404


def test_a_server_whose_ledger_cannot_be_written_is_alive_and_not_ready(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.client.get("/readyz").json()["checks"] == {"serving": True, "writer": True, "ledger": True}
    server.service.close()
    assert server.client.get("/healthz").status_code == 200
    response = server.client.get("/readyz")
    assert (response.status_code, [one["place"] for one in response.json()["problems"]]) == (503, ["<input> (writer)"])


def test_asking_whether_it_is_ready_writes_once_a_second_at_most(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    put = server.store.put

    def noted(key: str, value: Any) -> None:
        written.append(key)
        put(key, value)

    monkeypatch.setattr(server.store, "put", noted)
    for _ in range(5):
        assert server.client.get("/readyz").status_code == 200
    assert written == ["health/probe"]
    server.clock.now += SECOND
    assert server.client.get("/readyz").status_code == 200
    assert written == ["health/probe"] * 2


def test_the_quarantine_is_paged_and_can_be_replayed(server: Server) -> None:
    batch = [server.event(number=number, time="2026-03-02T12:30:00Z") for number in range(5)]
    server.client.post("/v1/events", json=[*batch, server.event(id=""), server.event(source="troth")], headers=BATCH)
    seen, cursor = [], ""
    for _ in range(4):
        page = server.client.get("/v1/quarantine", params={"limit": 2, "code": "E122", "cursor": cursor}).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(set(seen)) == len(seen) == 5
    server.clock.now += HOUR
    done = server.client.post("/v1/quarantine/replay").json()
    assert done == {"tried": 7, "released": 5, "accepted": 5}
    assert sorted(one.code for one in server.store.quarantine()) == ["E103", "E126"]
    assert server.send(number=9).status_code == 200
    assert server.client.get("/v1/subjects/pickup/3/truth").status_code == 200


@pytest.mark.parametrize("path", ["quarantine", "deliveries", "cases"])
def test_a_cursor_that_this_list_did_not_give_is_refused(server: Server, path: str) -> None:
    for cursor in ("zzz", "W10", "WyJ4IiwiYSJd"):
        response = server.client.get(f"/v1/{path}?cursor={cursor}")
        assert (response.status_code, response.json()["type"]) == (404, "/problems/H112")


def test_a_repeated_confirmation_says_which_one_counted_and_a_key_gives_its_answer_again(server: Server) -> None:
    server.send(data={"customer": "customer/1", "mode": "in_store", "items": 1})
    assert ask(server, message="looking_into_it").json()["outcome"] == "SEND"
    said = {"subject": "pickup/1", "id": "m1"}
    key = {"idempotency-key": "confirm-m1"}
    first = server.client.post("/v1/confirm", json=said, headers=key).json()
    assert (first["ok"], first["detail"], first["used"]["id"]) == (True, "", "m1")
    again = server.client.post("/v1/confirm", json=said).json()
    assert (again["ok"], again["code"], again["used"]) == (False, "G704", first["used"])
    assert "'m1'" in again["detail"]
    assert first["used"]["at"] in again["detail"]
    assert again["used"]["sends"] == "looking_into_it"
    assert server.client.post("/v1/confirm", json=said, headers=key).json() == first
    other = server.client.post("/v1/confirm", json=said | {"id": "m2"}).json()
    assert (other["code"], other["used"]) == ("G701", None)
    assert other["detail"]
