"""What tests of the console share: a firm in trouble, its list as data, and the forms that people send."""

from __future__ import annotations

import re
from typing import Any

from starlette.testclient import TestClient

from tests.unit.surfaces.web.conftest import House, submit
from tests.unit.surfaces.web.stories import STORIES, Story, tell_all
from troth.model.times import MINUTE

ONE = {"contradiction": "pickup/contradiction", "late": "pickup/late", "at_risk": "pickup/at_risk"}


def told(house: House, subjects: dict[str, str], ends: dict[str, float] | None = None) -> None:
    """Tell stories side by side, each of a customer of its own; some of them end earlier."""
    stories = {subject: _own(STORIES[name], subject, (ends or {}).get(name)) for name, subject in subjects.items()}
    beat = lambda marks: house.service.heartbeat(marks).result(10)  # noqa: E731
    tell_all(stories, house.now + 400 * MINUTE, house.turn, house.accept, beat)
    for _ in range(3):
        # What has gone wrong at the end of a story becomes a case once it has lasted.
        house.later(5)
        house.heard()


def _own(story: Story, subject: str, ends: float | None) -> Story:
    """Return a story whose order is of a customer of its own, in a store."""
    store = {"store": "bern" if "late" in subject else "basel"}
    more = {"customer": subject.replace("pickup", "customer"), "attributes": store}
    steps = [(at, who, kind, data | more if kind == "order.placed" else data) for at, who, kind, data in story.steps]
    return Story(tuple(steps), story.ends if ends is None else ends, story.silent)


def view(client: TestClient, query: str = "") -> dict[str, Any]:
    """Return the list as data."""
    response = client.get(f"/console.json{query}")
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


def first(client: TestClient, query: str = "") -> dict[str, Any]:
    """Return the first case of the list."""
    found: dict[str, Any] = view(client, query)["cases"][0]
    return found


def act(client: TestClient, case: dict[str, Any], do: str, at: str = "", **fields: str) -> Any:
    """Send the form of a case, as it was seen."""
    since = at or view(client)["at"]
    sent = {"do": do, "case": case["id"], "version": case["version"], "since": since, **fields}
    return submit(client, "/console", "/console/act", **sent)


def chosen(cases: list[dict[str, Any]]) -> list[str]:
    """Return what boxes of cases send."""
    return [f"{case['id']} {case['version']}" for case in cases]


def undo(client: TestClient, page: str) -> Any:
    """Send the form of a notice that undoes what was done."""
    form = page.partition('id="said"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert fields.pop("do", "undo") == "undo"
    return client.post("/console/act", data=fields | {"do": "undo"})


def confirmed(client: TestClient, page: str, do: str, **fields: str) -> Any:
    """Send the form of a plan, or of what became of it."""
    form = page.partition('action="/console/bulk')[2].partition("</form>")[0]
    pairs = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    data: dict[str, Any] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return client.post("/console/bulk", data=data | {"do": do} | fields)
