"""Hostile requests to the whole interface, in process: answered by a clear error, quarantined where it is an event."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest

from tests.reliability.conftest import Figures
from tests.reliability.mutation import mutants
from tests.unit.surfaces.api.conftest import BATCH, PACKS, STRUCTURED, Server
from troth.model.times import format_instant
from troth.runtime import catalog
from troth.runtime.config import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600)]
sizes = pytest.mark.parametrize(
    "number", [pytest.param(300, id="sample"), pytest.param(10_000, id="whole", marks=pytest.mark.reliability)]
)
JSON = {"content-type": "application/json"}
ASK = {"id": "m1", "message": "ready", "subject": "pickup/1", "channel": "email", "data": {"a": [1]}}
RECEIPT = {"id": "m1", "subject": "pickup/1", "message": "ready", "channel": "email", "phase": "sent"}
BODIES: dict[str, Any] = {
    "/v1/ask": [ASK, [ASK, ASK | {"id": "m2", "requested_at": "2026-03-02T11:00:00Z"}]],
    "/v1/confirm": [{"subject": "pickup/1", "id": "m1"}],
    "/v1/receipts": [RECEIPT, [RECEIPT, RECEIPT | {"id": "m2", "at": "2026-03-02T11:00:00Z", "source": "mailer"}]],
    "/v1/complaints": [{"subject": "pickup/1", "text": "where?", "channel": "email", "reply_to": "m1"}],
    "/v1/heartbeats": [{"sources": {"oms": "2026-03-02T11:00:00Z", "pos": None}}],
    "/v1/quarantine/replay": [{"pack": "store_pickup"}],
}


@pytest.fixture
def server() -> Iterator[Server]:
    """Return an open server over a ledger in memory."""
    packs = {name: catalog.load(name).compiled.require() for name in PACKS}
    with ExitStack() as stack:
        yield Server(packs, Settings(open=True, rate_per_s=0), (), stack)


def _seeds(server: Server) -> list[dict[str, Any]]:
    """Return good events of several kinds."""
    return [
        server.event("order.placed", customer="x", data={"customer": "customer/1", "mode": "in_store", "value": 5.0}),
        server.event("pick.completed", 2, source="store", data={"picked": 1, "short": 0}, traceparent="00-a-b-01"),
        server.event("customer.registered", 3, source="crm", subject="customer/3", data={"zone": "Europe/Berlin"}),
        server.event("stage.placed", 4, source="staging", datacontenttype="application/json", sequence="7"),
        server.event("event.corrected", 5, data={"source": "oms", "id": "order.placed-1"}),
    ]


def _sound(response: Any) -> None:
    """An answer is a success or a problem with a code; a fault of ours never."""
    assert response.status_code < 500, (response.status_code, response.text, response.request.content)
    if response.status_code >= 400:
        assert response.headers["content-type"].startswith("application/problem+json"), response.headers
        assert response.json()["type"].startswith("/problems/"), response.text


def _kept(server: Server) -> int:
    """Return how many things are in quarantine."""
    return server.store.count()["quarantined"]


@sizes
def test_hostile_structured_events(server: Server, number: int, figures: Figures) -> None:
    seeds = [json.dumps(event).encode() for event in _seeds(server)]
    tally: Counter[str] = Counter()
    for body in mutants(seeds, number, seed=number):
        before = _kept(server)
        response = server.client.post("/v1/events", content=body, headers=STRUCTURED)
        _sound(response)
        tally[_event_verdict(response)] += 1
        if response.status_code == 202 or (response.status_code == 400 and response.json()["type"] == "/problems/H118"):
            # The same refusal twice is one row; what was never refused before is one more.
            tally["in quarantine"] = _kept(server)
            assert _kept(server) in {before, before + 1}
    _accounted(server, tally)
    figures("hostile requests: structured events", {"requests": number, **tally, "faults": 0})


@sizes
def test_hostile_batches(server: Server, number: int, figures: Figures) -> None:
    events, tally, random = _seeds(server), Counter[str](), Random(number)
    seeds = [json.dumps(random.sample(events, random.randrange(1, 5))).encode() for _ in range(20)]
    for body in mutants(seeds, number, seed=number + 1):
        response = server.client.post("/v1/events", content=body, headers=BATCH)
        _sound(response)
        tally[_event_verdict(response)] += 1
        if response.status_code in {200, 202}:
            said, came = response.json(), json.loads(body)
            counted = sum(said[name] for name in ("accepted", "duplicates", "conflicts", "quarantined"))
            assert counted == len(came), (said, body)
    tally["in quarantine"] = _kept(server)
    _accounted(server, tally)
    figures("hostile requests: batches", {"requests": number, **tally, "faults": 0})


@pytest.mark.parametrize("headers", [STRUCTURED, BATCH], ids=["structured", "batch"])
def test_events_hidden_in_texts_or_in_broken_texts_are_not_read(server: Server, headers: dict[str, str]) -> None:
    event = json.dumps(server.event())
    for hidden in (json.dumps(event), json.dumps(f"[{event},{event}]"), event.replace("oms", "o\x9fms")):
        body = (f"[{hidden}]" if headers is BATCH else hidden).encode("latin-1")
        response = server.client.post("/v1/events", content=body, headers=headers)
        _sound(response)
        assert response.status_code in {202, 400}, response.text
        assert server.store.count()["events"] == 0
    assert _kept(server) == 3


@sizes
def test_hostile_binary_events(server: Server, number: int, figures: Figures) -> None:
    tally, random = Counter[str](), Random(number)
    good = [
        {f"ce-{name}": str(value) for name, value in event.items() if name != "data"} | JSON for event in _seeds(server)
    ]
    values = list(
        mutants([b"1.0", b"oms", b"pickup/1", format_instant(server.clock.now).encode()], number, seed=number)
    )
    bodies = list(mutants([b'{"mode":"in_store"}', b"{}", b"[1]"], number, seed=number + 1))
    for value, body in zip(values, bodies, strict=True):
        headers = {name: text.encode() for name, text in random.choice(good).items()}
        for _ in range(random.choice((0, 1, 1, 2))):
            name = random.choice([*headers, "ce-new", "ce-", "ce-UPPER", "ce-subject"])
            headers[name] = value.replace(b"\r", b"").replace(b"\n", b"")[:3_000]
        raw = [(name.encode(), text) for name, text in headers.items()]
        response = server.client.post("/v1/events", content=body, headers=raw)
        _sound(response)
        tally[_event_verdict(response)] += 1
    tally["in quarantine"] = _kept(server)
    _accounted(server, tally)
    figures("hostile requests: binary events", {"requests": number, **tally, "faults": 0})


@sizes
@pytest.mark.parametrize("path", BODIES)
def test_hostile_bodies(server: Server, path: str, number: int, figures: Figures) -> None:
    for event in _seeds(server):
        server.client.post("/v1/events", json=event, headers=STRUCTURED)
    tally: Counter[str] = Counter()
    for body in mutants([json.dumps(one).encode() for one in BODIES[path]], number // 2, seed=number):
        response = server.client.post(path, content=body, headers=JSON)
        _sound(response)
        tally[f"answered {response.status_code}"] += 1
    assert server.service.alive()
    figures(f"hostile requests: {path}", {"requests": number // 2, **tally, "faults": 0})


@sizes
def test_hostile_headers_paths_and_parameters(server: Server, number: int, figures: Figures) -> None:
    server.client.post("/v1/events", json=_seeds(server)[0], headers=STRUCTURED)
    tally, random = Counter[str](), Random(number)
    paths = [
        "/v1/subjects/pickup/1/truth",
        "/v1/cases",
        "/v1/quarantine",
        "/v1/subjects/pickup/1/timeline",
        "/v1/packs",
    ]
    words = list(
        mutants([b"limit=1&cursor=WyJhIixbMSwiYiJdXQ", b"at=2026-03-02T12:00:00Z", b"pickup/1"], number, seed=1)
    )
    tricks: list[Callable[[bytes], Any]] = [
        lambda word: server.client.get(random.choice(paths) + "?" + _quoted(word)),
        lambda word: server.client.get("/v1/subjects/" + _quoted(word) + "/truth"),
        lambda word: server.client.get(random.choice(paths), headers=[(b"if-none-match", _line(word))]),
        lambda word: server.client.post("/v1/ask", json=ASK, headers=[(b"idempotency-key", _line(word))]),
        lambda word: server.client.post("/v1/ask", content=b"{}", headers=[(b"content-type", _line(word))]),
        lambda word: server.client.get("/v1/packs", headers=[(b"authorization", b"Bearer " + _line(word))]),
    ]
    for word in words[: number // 2]:
        response = random.choice(tricks)(word[:2_000])
        _sound_or_empty(response)
        tally[f"answered {response.status_code}"] += 1
    figures("hostile headers, paths, parameters", {"requests": number // 2, **tally, "faults": 0})


def _sound_or_empty(response: Any) -> None:
    if response.status_code != 304:
        _sound(response)


def _quoted(word: bytes) -> str:
    """Return bytes as a path may carry them."""
    return "".join(chr(byte) if chr(byte).isalnum() or chr(byte) in "/&=:-_" else f"%{byte:02X}" for byte in word)


def _line(word: bytes) -> bytes:
    """Return bytes as a header may carry them."""
    return bytes(byte for byte in word if byte >= 32 and byte != 127).strip()


def _event_verdict(response: Any) -> str:
    """Return what became of what was sent as an event."""
    return {200: "taken", 202: "kept in quarantine", 400: "no CloudEvent"}.get(
        response.status_code, f"answered {response.status_code}"
    )


def _accounted(server: Server, tally: Counter[str]) -> None:
    """The server works, and what was refused can be read by people, page by page."""
    assert server.service.alive()
    assert server.send(number=99, data={}).status_code == 200
    assert tally["kept in quarantine"] or tally["no CloudEvent"], "nothing was hostile"
    found, cursor = 0, ""
    while True:
        page = server.client.get("/v1/quarantine", params={"limit": 500} | ({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.text
        found += len(page.json()["items"])
        cursor = page.json().get("next") or ""
        if not cursor:
            break
    assert found == _kept(server)
