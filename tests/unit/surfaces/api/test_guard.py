"""What every request passes: keys and scopes, limits, time, and that nothing personal leaks."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Event
from typing import Any

import pytest
from fastapi.routing import APIRoute
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.unit.surfaces.api.conftest import STRUCTURED, Server
from troth.errors import LedgerError, Place, Problem
from troth.model.times import HOUR, SECOND
from troth.ports.ledger import Ledger
from troth.runtime import access, telemetry
from troth.surfaces.api import cases, deliveries, feed, health, links, operations, promises, subjects, writes
from troth.surfaces.api.app import create_app
from troth.surfaces.api.hot import HOT

Make = Callable[..., Server]
PUBLIC = {"/healthz", "/readyz", "/v1/explain/{code}", "/problems/{code}"}


def routes() -> Iterator[tuple[str, str]]:
    """Yield method and path of every route."""
    for part in (subjects, feed, cases, writes, promises, operations, deliveries, links, health):
        for route in part.router.routes:
            if isinstance(route, APIRoute):
                yield from ((method, route.path_format) for method in route.methods or ())
    yield from (("POST", path) for path in HOT)


PROTECTED = sorted((method, path) for method, path in routes() if path not in PUBLIC)


def filled(path: str) -> str:
    """Return a path with values in it."""
    return path.replace("{subject}", "pickup/1").replace("{id}", "x").replace("{name}", "x").replace("{code}", "H118")


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_every_route_but_the_public_ones_asks_for_a_key_and_a_scope(make: Make, method: str, path: str) -> None:
    server = make("complaints:write" if path != "/v1/complaints" else "events:write")
    no_key = server.client.request(method, filled(path), headers={"authorization": ""})
    assert (no_key.status_code, no_key.json()["type"]) == (401, "/problems/H201")
    assert no_key.headers["www-authenticate"].startswith("Bearer")
    no_scope = server.client.request(method, filled(path), json={})
    assert (no_scope.status_code, no_scope.json()["type"]) == (403, "/problems/H203")


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_health_and_documentation_need_no_key(make: Make, path: str) -> None:
    assert make("gate:ask").client.get(filled(path), headers={"authorization": ""}).status_code == 200


@pytest.mark.parametrize(("scope", "status"), [("gate:ask", 200), ("packs:read", 200), ("events:write", 403)])
def test_whoever_may_ask_may_read_what_happens_without_a_gate(make: Make, scope: str, status: int) -> None:
    assert make(scope).client.get("/v1/packs").status_code == status


@pytest.mark.parametrize("token", ["troth_x_y", "Basic abc", "Bearer ", "Bearer troth_\xff_1", "Bearer nothing"])
def test_a_key_that_is_not_good_is_refused_without_saying_why(make: Make, token: str) -> None:
    headers = {b"authorization": token.encode("latin-1")}
    response = make("*").client.get("/v1/packs", headers=headers)
    assert (response.status_code, response.json()["type"]) == (401, "/problems/H202")


def test_an_expired_and_a_revoked_key_are_refused(make: Make) -> None:
    server = make("*")
    for expires_at in (server.clock.now, 0):
        key, token = access.create(server.store, scopes=["*"], now=server.clock.now, expires_at=expires_at)
        if not expires_at:
            access.revoke(server.store, key.id, now=server.clock.now)
        server.context.refresh_keys()
        headers = {"authorization": f"Bearer {token}"}
        assert server.client.get("/v1/packs", headers=headers).status_code == 401


def test_a_server_without_keys_reads_and_does_not_write(make: Make) -> None:
    server = make()
    assert server.client.get("/v1/packs").status_code == 200
    refused = server.send()
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/H204")


def test_a_server_without_keys_answers_to_its_own_machine_only(make: Make) -> None:
    server = make(open=True)
    assert server.client.get("/v1/packs", headers={"host": "127.0.0.1:8080"}).status_code == 200
    assert server.client.get("/v1/packs", headers={"host": "[::1]:8080"}).status_code == 200
    assert server.client.get("/v1/packs", headers={"host": "LOCALHOST:8080"}).status_code == 200
    assert server.client.get("/v1/packs", headers={"host": "evil.example"}).status_code == 421


def test_use_of_a_key_is_noted_to_the_hour(make: Make) -> None:
    server = make("*")
    server.client.get("/v1/packs")
    server.context.refresh_keys()
    (key,) = access.all_keys(server.store)
    used = access.last_used(server.store, key.id)
    assert used is not None
    assert used % HOUR == 0


def test_too_many_requests_with_one_key_are_put_off(make: Make) -> None:
    server = make("*", rate_per_s=1.0, rate_burst=2.0)
    answers = [server.client.get("/v1/packs") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=2;w=2'
    assert answers[0].headers["ratelimit"].startswith('"key";r=1;')
    assert answers[2].headers["retry-after"] == "1"
    assert answers[2].json()["retryable"] is True
    server.clock.now += 2 * SECOND
    assert server.client.get("/v1/packs").status_code == 200


def test_a_fault_does_not_end_the_reading_of_keys(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    failed, again = Event(), Event()

    def faulty(ledger: Ledger) -> list[access.Key]:
        if not failed.is_set():
            failed.set()
            raise ValueError("a fault")
        again.set()
        return access.all_keys(ledger)

    monkeypatch.setattr("troth.surfaces.api.context.all_keys", lambda _: [])
    make(open=True, keys_refresh_s=0.01)
    monkeypatch.setattr("troth.surfaces.api.context.all_keys", faulty)
    assert failed.wait(10)
    assert again.wait(10)


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(make: Make) -> None:
    server = make(open=True, body_limit_bytes=1_024)
    large = b'{"a": "' + b"x" * 2_000 + b'"}'
    assert server.client.post("/v1/events", content=large, headers=STRUCTURED).status_code == 413
    endless = STRUCTURED | {"content-length": "9" * 5_000}
    assert server.client.post("/v1/events", content=b"{}", headers=endless).status_code == 413

    def pieces() -> Iterator[bytes]:
        yield from (large[at : at + 100] for at in range(0, len(large), 100))

    assert server.client.post("/v1/events", content=pieces(), headers=STRUCTURED).status_code == 413


def test_headers_that_are_too_large_or_too_many_are_refused(make: Make) -> None:
    server = make(open=True, header_limit_bytes=2_048)
    assert server.client.get("/v1/packs", headers={"x-filler": "x" * 3_000}).status_code == 431
    assert server.client.get("/v1/packs", headers={f"x-{number}": "" for number in range(120)}).status_code == 431


@pytest.mark.parametrize("path", ["/v1/events", "/v1/ask", "/v1/receipts"])
def test_json_that_is_too_deep_is_refused(server: Server, path: str) -> None:
    deep = b'{"data": ' * 40 + b"1" + b"}" * 40
    media = STRUCTURED if path == "/v1/events" else {"content-type": "application/json"}
    response = server.client.post(path, content=deep, headers=media)
    assert (response.status_code, response.json()["type"]) == (400, "/problems/H106")


def test_brackets_in_texts_are_no_depth(server: Server) -> None:
    response = server.send(data={"said": '[[[["\\"' * 50})
    assert response.status_code == 200


def test_a_list_that_is_too_long_is_refused(make: Make) -> None:
    server = make(open=True, batch_limit=2)
    ask = {"id": "1", "message": "confirmation", "subject": "pickup/1"}
    assert server.client.post("/v1/ask", json=[ask] * 3).status_code == 413
    receipt = ask | {"channel": "email", "phase": "sent"}
    assert server.client.post("/v1/receipts", json=[receipt] * 3).status_code == 413


def test_an_answer_that_takes_too_long_says_so_and_the_command_is_carried_out_all_the_same(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make(open=True, request_timeout_s=0.05)
    never: Future[Any] = Future()
    monkeypatch.setattr(server.service, "accept", lambda *_: never)
    response = server.send()
    assert (response.status_code, response.json()["type"]) == (503, "/problems/H114")
    assert not never.cancelled()


def test_a_storage_that_cannot_be_used_is_a_problem_without_the_path_of_its_file(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise LedgerError(Problem(Place("/secret/place.db"), "L103", "locked"))

    monkeypatch.setattr(server.service, "look", gone)
    response = server.client.get("/v1/subjects/pickup/1/truth")
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert "secret" not in response.text


def test_a_fault_of_our_own_is_answered_and_logged_without_what_was_sent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = logged(monkeypatch)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("bob@example.org said something")

    for path, name in (("/v1/subjects/pickup/1/truth", "look"), ("/v1/ask", "ask")):
        monkeypatch.setattr(server.service, name, broken)
        ask = {"id": "1", "message": "confirmation", "subject": "pickup/1"}
        response = server.client.get(path) if name == "look" else server.client.post(path, json=ask)
        assert (response.status_code, response.json()["type"]) == (500, "/problems/H115")
        (line,) = [one for one in map(json.loads, lines.getvalue().splitlines()) if one["event"] == "fault"]
        assert line["error"]["kind"] == "RuntimeError"
        assert line["instance"] == response.json()["instance"]
        assert "bob" not in lines.getvalue()
        lines.truncate(0)
        lines.seek(0)


def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Write logs to a text, and put the handlers back afterwards."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(root, "level", root.level)
    lines = io.StringIO()
    telemetry.log_to(lines)
    return lines


def test_a_complaint_and_an_address_appear_in_no_log_and_no_problem(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = logged(monkeypatch)
    server = make(open=True, log_requests="all")
    server.send()
    words = "my shoes are wet, write to eve@example.org or +49 170 1234567"
    said = {"subject": "pickup/1", "text": words, "channel": "sms"}
    answers = [
        server.client.post("/v1/complaints", json=said),
        server.client.post("/v1/complaints", json=said | {"subject": "eve@example.org"}),
        server.client.post("/v1/complaints", json=said | {"subject": "eve@example.org/1"}),
        server.client.post("/v1/complaints", json=said | {"eve@example.org": 1}),
        server.client.post("/v1/complaints", content=words, headers={"content-type": "application/json"}),
        server.client.get("/v1/subjects/eve@example.org/truth"),
        server.client.get("/v1/subjects/pickup/1/truth?at=eve@example.org"),
        server.client.post("/v1/ask", json={"id": "1", "message": "eve@example.org", "subject": "pickup/1"}),
        server.send(id="", source="eve@example.org", subject="eve@example.org"),
        server.client.get("/v1/subjects/pickup/1/timeline"),
    ]
    assert [one.status_code for one in answers] == [201, 422, 404, 422, 400, 422, 422, 404, 400, 200]
    for text in (lines.getvalue(), *(one.text for one in answers)):
        assert "example.org" not in text
        assert "shoes" not in text
        assert "1234567" not in text
    assert lines.getvalue().count('"event":"request"') == 11


def test_every_answer_of_the_guard_forbids_guessing_of_types_and_shared_caches(server: Server) -> None:
    headers = server.client.get("/v1/packs").headers
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "private, no-cache")


def test_requests_and_events_and_decisions_are_counted(server: Server) -> None:
    server.send()
    server.send(number=2, id="")
    server.client.post("/v1/ask", json={"id": "1", "message": "confirmation", "subject": "pickup/1"})
    text = server.client.get("/metrics").text
    assert 'troth_requests_total{route="events",status="200"} 1.0' in text
    assert 'troth_events_total{result="accepted"} 1.0' in text
    assert 'troth_events_total{result="quarantined"} 1.0' in text
    assert "troth_asks_total{outcome=" in text
    assert 'troth_ledger{kind="quarantined"} 1.0' in text


def test_metrics_are_for_those_with_the_scope_unless_they_are_open(make: Make) -> None:
    assert make("gate:ask").client.get("/metrics").status_code == 403
    assert make("metrics:read").client.get("/metrics").status_code == 200
    opened = make("gate:ask", metrics_open=True)
    assert opened.client.get("/metrics", headers={"authorization": ""}).status_code == 200


def test_the_keys_are_read_anew_in_the_background(make: Make) -> None:
    server = make("*", keys_refresh_s=0.01)
    _, token = access.create(server.store, scopes=["*"], now=server.clock.now)
    headers = {"authorization": f"Bearer {token}"}
    for _ in range(500):
        if server.client.get("/v1/packs", headers=headers).status_code == 200:
            break
        server.client.portal.call(asyncio.sleep, 0.01)  # type: ignore[union-attr]  # the client has been entered
    assert server.client.get("/v1/packs", headers=headers).status_code == 200


def test_a_traced_request_is_answered_as_any_other(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    server = make(open=True)
    monkeypatch.setattr(server.context.tracing, "_tracer", provider.get_tracer("test"))
    monkeypatch.setattr(server.context.tracing, "on", True)
    assert server.send().status_code == 200
    assert server.client.get("/v1/subjects/pickup/2/truth").status_code == 404
    assert [span.name for span in kept.get_finished_spans()] == ["POST events", "GET truth"]
    provider.shutdown()


def test_a_body_that_does_not_arrive_is_not_waited_for(make: Make) -> None:
    server = make(open=True, body_timeout_s=0.05)
    sent: list[Any] = []

    async def run() -> None:
        async def receive() -> Any:
            await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/v1/events", "query_string": b"",
            "headers": [(b"content-type", b"application/cloudevents+json")],
        }  # fmt: skip
        await create_app(server.context)(scope, receive, send)

    asyncio.run(run())
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["type"] == "/problems/H120"
