"""Events over HTTP: three modes, the public suite judged rightly in each, what is refused kept with its reasons."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.unit.surfaces.api.conftest import BATCH, STRUCTURED, Server
from troth.model.times import format_instant
from troth.runtime.privacy import Sealer

NO_EVENT = range(101, 120)


def suite(folder: Path, name: str) -> list[dict[str, Any]]:
    return list(json.loads((folder / "cloudevents/format/json" / name).read_text(encoding="utf-8"))["tests"])


def is_event(response: Any) -> bool:
    """Return whether the server took what came for a CloudEvent (or for a batch of them), used or not."""
    problems = response.json()["problems"]
    return response.status_code in (200, 202) and not any(int(one["code"][1:]) in NO_EVENT for one in problems)


@pytest.mark.data
@pytest.mark.parametrize(
    ("files", "count", "headers", "sent"),
    [
        ("events", 35, STRUCTURED, lambda test: test["event"]),
        ("events", 35, BATCH, lambda test: [test["event"]]),
        ("batches", 8, BATCH, lambda test: test["batch"]),
    ],
    ids=["structured", "batches of one", "batches"],
)
def test_the_public_suite_is_judged_rightly(
    server: Server, shared_data: Path, files: str, count: int, headers: dict[str, str], sent: Callable[[Any], Any]
) -> None:
    valid, invalid = suite(shared_data, f"valid-{files}.json"), suite(shared_data, f"invalid-{files}.json")
    assert len(valid) + len(invalid) == count
    for good, tests in ((True, valid), (False, invalid)):
        for test in tests:
            response = server.client.post("/v1/events", json=sent(test), headers=headers)
            assert is_event(response) is good, test["id"]
            assert good or headers is not STRUCTURED or response.status_code == 400, test["id"]


def in_binary(event: dict[str, Any]) -> tuple[dict[str, str], bytes] | None:
    """Return headers and body of an event in binary mode; `None` when headers cannot say it."""
    attributes = {name: value for name, value in event.items() if name not in ("data", "data_base64")}
    if not all(isinstance(value, str | bool | int | None) for value in attributes.values()) or (
        "data" in event and "data_base64" in event
    ):
        return None
    if not isinstance(event.get("id", ""), str) or any(not name.islower() for name in attributes):
        return None
    headers = {}
    for name, value in attributes.items():
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            headers["content-type" if name == "datacontenttype" else f"ce-{name}"] = quote(
                text, safe=" !/:;=?@#$&'()*+~"
            )
    if "data_base64" in event:
        return headers, base64.b64decode(event["data_base64"])
    data = event.get("data")
    if data is None:
        return headers, b""
    return headers, data.encode() if isinstance(data, str) else json.dumps(data).encode()


@pytest.mark.data
def test_events_of_the_public_suite_that_headers_can_say_are_judged_rightly_in_binary_mode(
    server: Server, shared_data: Path
) -> None:
    judged = {True: 0, False: 0}
    for good, name in ((True, "valid-events.json"), (False, "invalid-events.json")):
        for test in suite(shared_data, name):
            sent = in_binary(test["event"])
            if sent is None:
                continue
            response = server.client.post("/v1/events", headers=sent[0], content=sent[1])
            assert is_event(response) is good, (test["id"], response.text)
            judged[good] += 1
    assert judged == {True: 10, False: 20}


def test_an_event_is_durable_and_visible_once_it_is_answered(server: Server) -> None:
    response = server.send(data={"ready_by": "2026-03-02T15:00:00Z"})
    assert (response.status_code, response.json()["accepted"]) == (200, 1)
    assert server.store.count()["events"] == 1
    assert server.client.get("/v1/subjects/pickup/1/truth").json()["events"] == 1


def test_the_same_event_again_is_answered_as_a_duplicate(server: Server) -> None:
    server.send()
    assert server.send().json() | {"problems": []} == {
        "accepted": 0, "duplicates": 1, "conflicts": 0, "quarantined": 0, "subjects": 0, "problems": [],
    }  # fmt: skip


def test_binary_mode_reads_attributes_from_headers_percent_decoded_once(server: Server) -> None:
    headers = {
        "ce-specversion": "1.0", "ce-id": "caf%C3%A9%2525", "ce-source": "oms", "ce-type": "order.placed",
        "ce-subject": '"pickup/\\"9\\""', "ce-time": format_instant(server.clock.now),
        "content-type": "application/json",
    }  # fmt: skip
    response = server.client.post("/v1/events", headers=headers, content=b'{"a": 1}')
    assert response.status_code == 200, response.text
    (event,) = server.store.events_of(['pickup/"9"'])['pickup/"9"']
    assert (event.id, event.data) == ("café%25", {"a": 1})


def test_an_attribute_that_comes_twice_has_no_value(server: Server) -> None:
    event = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "oms",
        "ce-type": "order.placed",
        "ce-subject": "pickup/1",
    }
    headers = [*event.items(), ("ce-type", "order.picked"), ("content-type", "application/json")]
    response = server.client.post("/v1/events", headers=headers, content=b"{}")
    assert (response.status_code, response.json()["problems"][0]["code"]) == (400, "E103")


@pytest.mark.parametrize("name", ["data", "data_base64", "datacontenttype"])
def test_a_header_cannot_stand_for_the_body_or_its_type(server: Server, name: str) -> None:
    headers = {
        "ce-specversion": "1.0", "ce-id": "1", "ce-source": "oms", "ce-type": "order.placed", "ce-subject": "pickup/1",
        f"ce-{name}": "e30=", "content-type": "application/json",
    }  # fmt: skip
    assert server.client.post("/v1/events", headers=headers, content=b"{}").status_code == 400


def test_a_single_event_that_is_none_is_refused_and_kept_with_every_reason(server: Server) -> None:
    response = server.client.post("/v1/events", json=server.event(id="", time="lunchtime"), headers=STRUCTURED)
    body = response.json()
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert (body["type"], body["quarantined"]) == ("/problems/H118", 1)
    assert {one["code"] for one in body["problems"]} == {"E103", "E105"}
    assert all(one["found"] and one["expected"] and one["remedy"] for one in body["problems"])
    assert [one.code for one in server.store.quarantine()] == ["E103"]


def test_text_that_is_no_json_is_kept_as_it_came_and_sealed(server: Server) -> None:
    response = server.client.post("/v1/events", content=b'{"specversion": ', headers=STRUCTURED)
    assert response.status_code == 400
    (refused,) = server.store.quarantine()
    assert "specversion" not in server.client.get("/v1/quarantine").text
    assert Sealer(server.store, server.context.packs).open_refused(refused).raw == '{"specversion": '


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": "ship/1"}, "E127"),
        ({"subject": None}, "E120"),
        ({"data": [1]}, "E121"),
        ({"time": "2026-03-02T13:00:00Z"}, "E122"),
        ({"source": "troth"}, "E126"),
    ],
)
def test_an_event_that_cannot_be_used_is_kept_and_answered_so(
    server: Server, changes: dict[str, Any], code: str
) -> None:
    response = server.client.post("/v1/events", json=server.event(**changes), headers=STRUCTURED)
    assert (response.status_code, response.json()["quarantined"]) == (202, 1)
    assert [one["code"] for one in response.json()["problems"]] == [code]
    assert [one.code for one in server.store.quarantine()] == [code]


def test_a_batch_takes_the_good_and_keeps_the_bad(server: Server) -> None:
    batch = [server.event(), server.event(number=2), server.event(number=3, id=7), "no event"]
    body = server.client.post("/v1/events", json=batch, headers=BATCH).json()
    assert (body["accepted"], body["quarantined"], body["subjects"]) == (2, 2, 2)
    assert [one["code"] for one in body["problems"]] == ["E103", "E101"]


def test_a_batch_that_is_no_list_is_refused_and_kept(server: Server) -> None:
    assert server.client.post("/v1/events", json={"a": 1}, headers=BATCH).status_code == 400
    assert server.client.post("/v1/events", content=b"[", headers=BATCH).status_code == 400
    assert len(server.store.quarantine()) == 2


def test_an_array_in_structured_mode_is_no_event(server: Server) -> None:
    response = server.client.post("/v1/events", json=[server.event()], headers=STRUCTURED)
    assert (response.status_code, response.json()["problems"][0]["code"]) == (400, "E101")


def test_events_of_two_packs_in_one_batch_go_each_to_its_own(server: Server) -> None:
    consent = server.event("customer.located", subject="customer/5", source="crm")
    server.client.post("/v1/events", json=[server.event(), consent], headers=BATCH)
    records = server.store.records(["pickup/1", "customer/5"])
    assert {subject: record.pack for subject, record in records.items()} == {
        "pickup/1": "store_pickup", "customer/5": "customer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "pack"),
    [
        ({"id": ""}, "store_pickup"),
        ({"subject": None}, "store_pickup"),
        ({"subject": "ship/1"}, ""),
        ({"type": 7}, "store_pickup"),
    ],
)
def test_what_is_refused_is_kept_for_its_pack_so_that_personal_members_can_be_sealed(
    server: Server, changes: dict[str, Any], pack: str
) -> None:
    server.client.post("/v1/events", json=server.event(**changes), headers=STRUCTURED)
    assert [one.pack for one in server.store.quarantine()] == [pack]


def test_a_pack_that_is_not_served_is_not_found(server: Server) -> None:
    response = server.client.post("/v1/events?pack=pikcup", json=server.event(), headers=STRUCTURED)
    assert (response.status_code, response.json()["type"]) == (404, "/problems/H119")


def test_a_body_without_the_marks_of_an_event_is_not_guessed_at(server: Server) -> None:
    response = server.client.post("/v1/events", json=server.event())
    assert (response.status_code, response.json()["type"]) == (415, "/problems/H103")
