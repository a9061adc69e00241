"""`POST /v1/promises/window`: an honest window, its basis, and the promise if it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.unit.surfaces.api.conftest import START, Server
from tests.unit.surfaces.client.kit import ServedLink
from tests.unit.trust.windows_kit import a_history, end_of
from troth.client import AskedWindow, Client
from troth.model.times import DAY, parse_instant
from troth.runtime.promising import keep
from troth.trust.windows import Windows, fit
from troth.trust.windows_stage import Plan

PATH = "/v1/promises/window"
Make = Callable[..., Server]


@pytest.fixture(scope="module")
def windows() -> Windows:
    """Return windows of a kind that the pack of store pickups has; their history ends before the server's clock."""
    past = a_history()
    found, _ = fit(past, end_of(past), Plan(names=("place",), by=("place",)), 0.9, "store_pickup")
    return msgspec.structs.replace(found, kind="ready_by", trained_as_of=START - DAY)


@pytest.fixture
def served(server: Server, windows: Windows) -> Server:
    """Return a server that has them."""
    keep(server.store, windows)
    return server


def ask(server: Server, **body: Any) -> Any:
    return server.client.post(PATH, json={"kind": "ready_by", **body})


def test_attributes_are_enough_for_a_window(served: Server) -> None:
    answer = ask(served, attributes={"place": "north"}, level=0.9).json()
    assert (answer["subject"], answer["counts"]) == (None, "")
    assert answer["basis"]["segment"] == {"place": "north"}
    length = (parse_instant(answer["end"]) - parse_instant(answer["made_at"])) / DAY
    assert length == pytest.approx(3.34, rel=0.2)
    longer = ask(served, attributes={"place": "north"}, level=0.95).json()
    assert parse_instant(longer["end"]) - parse_instant(longer["made_at"]) > length * DAY


def test_a_promise_is_made_with_its_basis_once(served: Server) -> None:
    served.send(number=17)  # To which nothing was promised: it has no due moment.
    answer = ask(served, subject="pickup/17", attributes={"place": "south"}, write=True)
    assert (answer.status_code, answer.json()["counts"]) == (200, "first")
    (promise,) = served.client.get("/v1/subjects/pickup/17/promises").json()
    assert promise["basis"] == answer.json()["basis"]
    assert promise["due"] == answer.json()["end"]


@pytest.mark.parametrize(("body", "status", "code"), [
    ({}, 422, "H102"), ({"write": True, "attributes": {"place": "north"}}, 422, "H102"),
    ({"attributes": {"place": "north"}, "level": 0.999}, 422, "N102"),
    ({"attributes": {"place": "north"}, "level": 1.5}, 422, "H102"),
    ({"attributes": {"place": "north"}, "kind": "keep_on_shelf"}, 404, "N110"),
    ({"attributes": {"place": "north"}, "date": "soon"}, 422, "H111"),
    ({"subject": "pickup/404"}, 404, "H110"),
])  # fmt: skip
def test_what_cannot_be_answered_is_a_problem_with_its_code(
    served: Server, body: dict[str, Any], status: int, code: str
) -> None:
    answer = ask(served, **body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")


def test_a_level_that_is_not_reached_is_a_conflict(server: Server, windows: Windows) -> None:
    never = [msgspec.structs.replace(one, upper=[None] * len(one.upper)) for one in windows.limits]
    keep(server.store, msgspec.structs.replace(windows, limits=never))
    answer = ask(server, attributes={"place": "north"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/N103")


def test_without_the_scope_nobody_promises(make: Make) -> None:
    answer = make("truth:read", "gate:ask").client.post(PATH, json={"kind": "ready_by", "attributes": {"place": "x"}})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/H203")


def test_the_client_asks_and_promises(served: Server) -> None:
    served.send(number=17)
    client = Client("http://testserver", link=ServedLink(served.client))
    asked = AskedWindow("ready_by", subject="pickup/17", attributes={"place": "west"}, level=0.8, write=True)
    window = client.window(asked)
    assert (window.subject, window.counts, window.basis["level"]) == ("pickup/17", "first", 0.8)
    assert window.start == window.made_at < window.end
    (promise,) = client.truth("pickup/17").promises
    assert parse_instant(promise["due"]) == window.end
