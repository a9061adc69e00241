"""The public scenarios for Idempotency-Key, run against our own handling by steps of our own.

What we do not adopt is named here, and why in docs/decisions/0019-http-api.md: another key with the same body is
another request. Two customers may say the same thing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import given, parsers, scenario, then, when
from pytest_bdd.parser import FeatureParser
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from tests.unit.surfaces.api.conftest import Server
from troth.errors import LedgerError, Place, Problem
from troth.runtime.idempotency import Idempotency, Kept, fingerprint_of
from troth.surfaces.api.guard import Guard

SHARED = Path(os.environ.get("TROTH_SHARED", Path(__file__).resolve().parents[5] / "shared"))
FEATURE = SHARED / "data/conformance/idempotency/idempotency.feature"
PATH = "/v1/api"

NOT_ADOPTED = frozenset(
    {
        "Different key with same body returns 409",
        "Fingerprint conflict response contains error message",
        "Fingerprint conflict does not create duplicate resources",
        "Fingerprint conflict includes RFC 9457 instance field",
        "Fingerprint conflict includes RFC 9457 retryable field",
        "Fingerprint conflict error follows RFC 9457",
    }
)


class World:
    """A server with one endpoint that makes orders, behind our guard, which asks for a key."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.orders = 0
        self.headers: dict[str, str] = {}
        self.response: Any = None
        self.client = TestClient(Guard(self.order, server.context), raise_server_exceptions=False)

    async def order(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.orders += scope["method"] in ("POST", "PATCH")
        await JSONResponse({"status": "success"})(scope, receive, send)

    def send(self, method: str, body: str) -> None:
        self.response = self.client.request(method, PATH, content=body, headers=self.headers)

    def records(self, key: str) -> list[Kept]:
        store: Idempotency = self.server.context.idempotency
        day = store.begin("", key, "looked at", self.server.clock.now)
        return [] if day.verdict == "new" else [day.kept]


if FEATURE.is_file():
    _names = [one.name for one in FeatureParser(str(FEATURE.parent), FEATURE.name).parse().scenarios.values()]
    for _name in _names:
        if _name not in NOT_ADOPTED:
            _slug = re.sub(r"\W+", "_", _name).lower()
            globals()[f"test_{_slug}"] = pytest.mark.data(scenario(str(FEATURE), _name)(lambda: None))


@pytest.mark.data
def test_what_is_adopted_and_what_is_not_is_the_whole_feature(shared_data: Path) -> None:
    text = (shared_data / "conformance/idempotency/idempotency.feature").read_text(encoding="utf-8")
    names = re.findall(r"Scenario: (.+)", text)
    assert len(names) == 49
    assert set(names) >= NOT_ADOPTED
    assert sum(name.startswith("test_") for name in globals()) - 2 == 49 - len(NOT_ADOPTED)


def test_another_key_with_the_same_body_is_another_request(world: World) -> None:
    for key in ("key1-12345678901234567", "key2-12345678901234567"):
        world.headers = {"Idempotency-Key": key}
        world.send("POST", '{"foo":"bar"}')
        assert world.response.status_code == 200
    assert world.orders == 2


@pytest.fixture
def world(make: Callable[..., Server]) -> World:
    return World(make(open=True, idempotency="required"))


@given(parsers.parse('a {method} endpoint at "{path}" that creates an order'))
def an_endpoint(world: World) -> None:
    assert world.orders == 0


@given("the SQLite store is clean")
def a_clean_store(world: World) -> None:
    assert not world.server.store.keys("idempotency/")


@given("an empty Idempotency-Key header")
def an_empty_key(world: World) -> None:
    world.headers = {"Idempotency-Key": ""}


@given(parsers.parse("an Idempotency-Key of {length:d} characters"))
def a_long_key(world: World, length: int) -> None:
    world.headers = {"Idempotency-Key": "k" * length}


@given(parsers.re(r'an Idempotency-Key "(?P<key>[^"]+)"'))
def a_key(world: World, key: str) -> None:
    world.headers = {"Idempotency-Key": key}


@given(parsers.parse("I previously sent a POST request to \"{path}\" with body '{body}'"))
def sent_before(world: World, body: str) -> None:
    world.send("POST", body)
    assert world.response.status_code == 200


@given(parsers.parse('the key "{key}" is currently being processed'))
def in_progress(world: World, key: str) -> None:
    fingerprint = fingerprint_of("POST", PATH + "?", b'{"foo":"bar"}')
    assert world.server.context.idempotency.begin("", key, fingerprint, world.server.clock.now).verdict == "new"


@given("the idempotency store is unavailable")
def no_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise LedgerError(Problem(Place(), "L103", "locked"))

    monkeypatch.setattr(world.server.store, "unit", gone)


@when(parsers.parse('I send a POST request to "{path}" without an Idempotency-Key header'))
def send_without(world: World) -> None:
    world.headers = {}
    world.send("POST", '{"foo":"bar"}')


@given(parsers.parse("I send a {method} request to \"{path}\" with body '{body}'"))
@when(parsers.parse("I send a {method} request to \"{path}\" with body '{body}'"))
def send_with(world: World, method: str, body: str) -> None:
    world.send(method, body)


@when(parsers.parse('I send a POST request to "{path}" with empty body'))
def send_empty(world: World) -> None:
    world.send("POST", "")


@when(parsers.re(r'I send a (?P<method>GET|DELETE) request to "(?P<path>[^"]+)"'))
def send_bare(world: World, method: str) -> None:
    world.send(method, "")


@then(parsers.parse("the response status should be {status:d}"))
def status_is(world: World, status: int) -> None:
    assert world.response.status_code == status


@then(parsers.parse('the response content-type should be "{media}"'))
def media_is(world: World, media: str) -> None:
    assert world.response.headers["content-type"] == media


@then(parsers.parse('the response body should contain "{text}"'))
def body_has(world: World, text: str) -> None:
    assert text in world.response.text


@then(parsers.parse('the response body instance field should match pattern "{pattern}"'))
def instance_matches(world: World, pattern: str) -> None:
    assert re.match(pattern, world.response.json()["instance"])


@then(parsers.re(r"the response retryable field should be (?P<value>true|false)"))
def retryable_is(world: World, value: str) -> None:
    assert world.response.json()["retryable"] is (value == "true")


@then(parsers.parse('the response idempotency_key field should be "{key}"'))
def key_is(world: World, key: str) -> None:
    assert world.response.json()["idempotency_key"] == key


@then(parsers.parse('the response should have header "{name}" with value "{value}"'))
def header_is(world: World, name: str, value: str) -> None:
    assert world.response.headers[name] == value


@then(parsers.parse("{count:d} orders should exist in the database"))
def orders_are(world: World, count: int) -> None:
    assert world.orders == count


@then(parsers.parse('an idempotency record should exist with key "{key}"'))
def record_exists(world: World, key: str) -> None:
    assert len(world.records(key)) == 1


@then(parsers.parse('{count:d} idempotency records should exist with key "{key}"'))
def records_are(world: World, count: int, key: str) -> None:
    assert len(world.records(key)) == count == len(world.server.store.keys("idempotency/"))


@then(parsers.parse('the idempotency record status should be "{status}"'))
def record_status(world: World, status: str) -> None:
    (kept,) = world.records(world.headers["Idempotency-Key"])
    assert (status, bool(kept.status)) == ("complete", True)


@then(parsers.parse("the idempotency record response status should be {status:d}"))
def kept_status(world: World, status: int) -> None:
    assert [kept.status for kept in world.records(world.headers["Idempotency-Key"])] == [status]


@then(parsers.parse('the idempotency record response body should contain "{text}"'))
def kept_body(world: World, text: str) -> None:
    (kept,) = world.records(world.headers["Idempotency-Key"])
    assert text in kept.content.decode()
