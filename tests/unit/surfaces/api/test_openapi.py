"""The description of the interface: of every route, with right examples; random requests find nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, seed, settings
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.unit.surfaces.api.conftest import Server
from tests.unit.surfaces.api.test_guard import PROTECTED, routes
from troth.model.pack import Pack
from troth.runtime.access import SCOPES
from troth.runtime.config import Settings
from troth.surfaces.api import examples, wire
from troth.surfaces.api.app import ROUTERS, create_app
from troth.surfaces.api.openapi import describe


@pytest.fixture
def description(server: Server) -> dict[str, Any]:
    return dict(server.client.get("/openapi.json").json())


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_is_described_and_nothing_else(description: dict[str, Any]) -> None:
    described = {(method, path) for method, path, _ in operations(description)}
    unlisted = {("GET", "/metrics"), ("GET", "/problems/{code}")}
    assert described == set(routes()) - unlisted
    assert description["openapi"].startswith("3.1")


def test_every_operation_says_what_it_is_who_may_and_what_can_go_wrong(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(set(names)) == len(names)
    for method, path, operation in operations(description):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        assert "default" in operation["responses"], path
        if (method, path) in PROTECTED:
            assert operation["security"] == [{"key": []}], path
            assert operation["x-scope"] in SCOPES, path
            assert {"401", "403", "429"} <= set(operation["responses"]), path


def test_every_body_and_every_answer_with_a_body_has_an_example_or_says_its_members(
    description: dict[str, Any],
) -> None:
    for _, path, operation in operations(description):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            assert "example" in content, (path, media)
            check(description, content["schema"], content["example"])
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                assert content["schema"], (path, status)
                if "example" in content:
                    check(description, content["schema"], content["example"])


def check(description: dict[str, Any], schema: dict[str, Any], example: Any) -> None:
    """Fail where an example is not what its schema asks for."""
    jsonschema.validate(example, {**schema, "components": description["components"]})


@pytest.mark.parametrize(
    ("example", "kind"),
    [
        (examples.ASK, wire.Ask),
        (examples.CONFIRM, wire.Confirm),
        (examples.RECEIPT, wire.Receipt),
        (examples.COMPLAINT, wire.Complain),
        (examples.HEARTBEATS, wire.Heartbeats),
        (examples.PUT_DESTINATION, wire.PutDestination),
    ],
)
def test_every_example_of_a_request_is_read_by_its_type(example: dict[str, Any], kind: Callable[..., Any]) -> None:
    assert msgspec.convert(example, kind) == kind(**example)


def test_the_example_event_is_taken_in(server: Server) -> None:
    server.clock.now += 10**15
    response = server.client.post(
        "/v1/events", json=examples.EVENT, headers={"content-type": "application/cloudevents+json"}
    )
    assert response.json()["accepted"] == 1


@pytest.mark.slow
def test_spectral_finds_nothing(description: dict[str, Any], repository: Path, tmp_path: Path) -> None:
    spectral = repository / "tests/foreign/node_modules/.bin/spectral"
    if shutil.which("node") is None or not spectral.exists():
        pytest.skip("node with its packages is not here: tools/node.sh installs them")
    (tmp_path / "openapi.json").write_text(json.dumps(description), encoding="utf-8")
    (tmp_path / "rules.yaml").write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    command = [str(spectral), "lint", "openapi.json", "--ruleset", "rules.yaml", "--fail-severity", "hint"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


class Later:
    """An application that is put in place when the test begins; until then it only gives the description."""

    def __init__(self) -> None:
        said = JSONResponse(describe(ROUTERS, "test"))
        self.app: ASGIApp = Starlette(routes=[Route("/openapi.json", lambda _: said)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


LATER = Later()
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", LATER)


@pytest.fixture(scope="module")
def token(packs: dict[str, Pack]) -> Iterator[str]:
    """Start a server with something to find in it behind the description; return a key for all of it."""
    with ExitStack() as stack:
        server = Server(packs, Settings(rate_per_s=0), ("*",), stack)
        server.send()
        said = {"subject": "pickup/1", "text": "nothing was there", "channel": "sms"}
        assert server.client.post("/v1/complaints", json=said).status_code == 201
        LATER.app = create_app(server.context)
        yield server.token


def as_cloudevents_writes(value: Any) -> Any:
    """Write whole numbers without a fraction: 7.0 is an integer to JSON Schema, and none to CloudEvents (E107)."""
    match value:
        case dict():
            return {name: as_cloudevents_writes(item) for name, item in value.items()}
        case list():
            return [as_cloudevents_writes(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


@pytest.mark.slow
@SCHEMA.parametrize()
@seed(20260302)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_random_requests_find_nothing(case: Any, token: str) -> None:
    if case.operation.path == "/v1/events":
        case.body = as_cloudevents_writes(case.body)
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
