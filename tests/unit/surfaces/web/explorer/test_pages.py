"""The explorer over a real service: every shipped pack, its counts, its subjects, its stories, and what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from tests.unit.surfaces.svg.kit import overlapping
from tests.unit.surfaces.web.conftest import House, submit
from tests.unit.surfaces.web.explorer.conftest import SHIPPED
from tests.unit.surfaces.web.stories import SUBJECT
from troth.model.pack import Pack
from troth.surfaces.svg.frame import Chart
from troth.surfaces.web.explorer.answer import index
from troth.surfaces.web.explorer.diagram import lines
from troth.surfaces.web.explorer.reading import Shelf
from troth.surfaces.web.explorer.studies import Studies, Study, Texted
from troth.surfaces.web.explorer.study import Looked

Served = Callable[..., House]
_SVG = re.compile(r"<svg[^>]*graph.*?</svg>", re.DOTALL)


def data(client: TestClient, path: str, status: int = 200) -> dict[str, Any]:
    """Return a page as data."""
    head, _, query = path.partition("?")
    response = client.get(f"{head}.json" + (f"?{query}" if query else ""))
    assert response.status_code == status, response.text
    found: dict[str, Any] = response.json()
    return found


def test_the_packs_are_listed_each_with_its_answer(served: Served) -> None:
    client = served().staff("reader")
    shown = data(client, "/packs")
    assert [pack["name"] for pack in shown["packs"]] == sorted(SHIPPED)
    page = client.get("/packs").text
    assert all(f'href="/packs/{name}"' in page for name in SHIPPED)
    assert "It says nothing to customers" in page
    assert "4 of 4 messages are sent unchecked, and can say what is not so" in page


def test_a_card_says_once_that_its_pack_is_still_being_checked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client = served("customer").staff("reader")
    monkeypatch.setattr(Studies, "_begin", lambda *_: None)
    assert client.get("/packs").text.count("is still being checked") == 3, "the title, the heading, the card"
    begun = Texted({"pack.yaml": ""}, {}, {"scenarios/a.yaml": ""})
    monkeypatch.setattr(Studies, "of", lambda *_, **__: Study(begun, Looked()))
    page = client.get("/packs").text
    assert page.count("1 scenario is still to be run.") == 1


def test_a_server_without_packs_says_what_to_do() -> None:
    assert index([]) == {"answer": "This server serves no pack.", "packs": []}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_pack_is_shown_in_full(served: Served, name: str) -> None:
    house = served(name)
    client, pack = house.staff("associate"), house.context.packs[name]
    shown, response = _until_done(client, f"/packs/{name}"), client.get(f"/packs/{name}")
    assert response.status_code == 200
    assert response.text.count("<h1") == 1
    assert [state["name"] for state in shown["states"]] == [state.name for state in pack.states]
    assert [fact["name"] for fact in shown["facts"]] == [fact.name for fact in pack.facts]
    assert [one["name"] for one in shown["messages"]] == list(pack.messages)
    assert [one["name"] for one in shown["promises"]] == [kind.name for kind in pack.promises]
    assert [one["name"] for one in shown["cases"]] == [kind.name for kind in pack.cases]
    assert set(shown["verdicts"]) == {state.name for state in pack.states}
    assert shown["findings"]["rows"] == []
    for named in (shown["facts"], shown["states"], shown["promises"], shown["cases"], shown["messages"]):
        assert all(f"<code>{one['name']}</code>" in response.text for one in named)
    drawing = _SVG.search(response.text)
    assert drawing is not None
    root = ET.fromstring(drawing[0])  # noqa: S314 - our own text
    assert len(root.findall(".//{*}a")) == len(pack.states)
    possible = {(one, other) for one, after in pack.transitions.items() for other in after}
    drawn = {(one.get("data-from"), one.get("data-to")) for one in root.findall(".//{*}path[@data-from]")}
    shown_lines = lines(pack)
    assert drawn == set(shown_lines.drawn)
    assert drawn | set(shown_lines.unseen) == possible
    assert len(drawn) + len(shown_lines.unseen) == len(possible)
    assert {(one, each["name"]) for each in shown["states"] for one in each["after"]} >= possible
    assert overlapping(Chart("", Markup(drawing[0]))) == []  # noqa: S704 - our own text


def test_what_most_states_lead_to_is_said_in_its_box_and_not_drawn_from_everywhere(
    served: Served, shipped: dict[str, Pack]
) -> None:
    found = lines(shipped["store_pickup"])
    assert found.says("cancelled") == "from any state"
    assert found.says("ready") == "from 8 more states"
    assert found.says("placed") == ""
    assert ("ready", "collected") in found.drawn
    assert 2 * len(found.drawn) < len(found.drawn) + len(found.unseen)
    for name in ("customer", "delivery", "service_request"):
        assert not lines(shipped[name]).unseen
    client = served("store_pickup").staff("reader")
    for path in ("/packs/store_pickup", "/packs/store_pickup/steps?scenario=collected_as_promised"):
        page = client.get(path).text
        assert "36 of 85 possible steps are drawn as lines." in page
        assert ">from any state</text>" in page
        assert "cancelled: Cancelled (" not in page
        assert "cancelled: Cancelled, from any state" in page


@pytest.mark.parametrize("name", SHIPPED)
def test_every_link_of_a_pack_leads_somewhere(served: Served, name: str) -> None:
    house = served(name)
    client = house.staff("lead")
    page = client.get(f"/packs/{name}").text
    links = set(re.findall(rf'href="((?:/packs/{name}/subjects|/packs/{name}\.json|/problems/)[^"#]*)"', page))
    assert len(links) > 3
    for link in sorted(links):
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_the_scenarios_of_a_pack_are_run_and_said_to_pass(served: Served) -> None:
    house = served("customer")
    client = house.staff("reader")
    client.get("/packs/customer")
    shown = _until_done(client, "/packs/customer")
    assert shown["scenarios"]["passed"] == shown["scenarios"]["count"] == 7
    assert all(one["expectations"] for one in shown["scenarios"]["rows"])
    assert "All 7 pass" in client.get("/packs/customer").text


def _until_done(client: TestClient, path: str) -> dict[str, Any]:
    """Ask until everything has been worked out."""
    for _ in range(400):
        shown = data(client, path)
        if not shown["pack"]["running"]:
            return shown
    raise AssertionError("it is never worked out")


def test_counts_are_those_of_the_records_and_lead_to_the_subjects(served: Served) -> None:
    house = served("store_pickup", "customer")
    client = house.staff("reader")
    assert data(client, "/packs/store_pickup")["counts"]["said"] == "No pickup has been heard of yet."
    house.tell("ready")
    client = house.staff("reader")
    counts = data(client, "/packs/store_pickup/counts")
    assert (counts["subjects"], counts["states"]["ready"]) == (1, 1)
    shown = data(client, "/packs/store_pickup/subjects?state=ready")
    assert [(row["subject"], row["href"]) for row in shown["rows"]] == [(SUBJECT, f"/tx/{SUBJECT}")]
    page = client.get("/packs/store_pickup/subjects?state=ready").text
    assert "1 subject is in the state ready" in page
    assert 'data-label="In this state since"' in page
    house.tell("closed", "pickup/B-2")
    client = house.staff("reader")
    counts = data(client, "/packs/store_pickup/counts")
    assert (counts["subjects"], counts["states"]["collected"]) == (2, 1)
    shown = data(client, "/packs/store_pickup/subjects")
    assert shown["count"] == 2
    assert {row["subject"]: (row["state"], row["title"]) for row in shown["rows"]} == {
        SUBJECT: ("ready", "Ready"), "pickup/B-2": ("collected", "Collected"),
    }  # fmt: skip
    house.tell("unknown", "pickup/B-3")
    client = house.staff("reader")
    assert "not known</span>" in client.get("/packs/store_pickup/subjects").text
    said = data(client, "/packs/store_pickup/counts")["said"]
    assert said.endswith("; the state of 1 subject is not known.")
    assert client.get("/packs/store_pickup/subjects?state=nothing").status_code == 404
    assert client.get("/packs/store_pickup/subjects?cursor=xx").status_code == 404


def test_a_stream_tells_that_the_counts_have_another_version(served: Served) -> None:
    house = served("store_pickup", "customer")
    shelf = Shelf(house.context)
    before = shelf.version("store_pickup")
    assert shelf.version("store_pickup").tag == before.tag
    house.tell("ready")
    assert shelf.version("store_pickup").tag != before.tag
    assert shelf.version("nothing").tag == ""


def test_a_scenario_is_stepped_through(served: Served) -> None:
    client = served("delivery").staff("reader")
    first = data(client, "/packs/delivery/steps?scenario=a_parcel_kept")
    assert first["at"] == 0
    last = len(first["steps"]) - 1
    shown = data(client, f"/packs/delivery/steps?scenario=a_parcel_kept&at={last}")
    assert shown["step"]["state"]["name"] == "delivered"
    page = client.get(f"/packs/delivery/steps?scenario=a_parcel_kept&at={last}").text
    assert 'class="node usable terminal lit"' in page
    assert f"Step {last + 1} of {last + 1}" in page
    assert f"<h1>Step {last + 1} of {last + 1}, at 4d14h: Delivered. Just now: carrier.delivered</h1>" in page
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page
    assert client.get("/packs/delivery/steps?scenario=a_parcel_kept&at=99999").status_code == 200
    assert client.get("/packs/delivery/steps?scenario=nothing").status_code == 404


def test_a_step_says_since_when_its_state_is_so_and_what_is_so_is_neither_good_nor_bad(served: Served) -> None:
    client = served("delivery").staff("reader")
    path = "/packs/delivery/steps?scenario=a_parcel_kept&at="
    steps = data(client, f"{path}0")["steps"]
    names = [step["state"] for step in steps]
    for number, name in enumerate(names):
        step = data(client, f"{path}{number}")["step"]
        since = step["here_since"]
        assert set(names[since : number + 1]) == {name}
        assert since == 0 or names[since - 1] != name
        assert {one["shape"] for one in step["facts"] if one["status"] == "known"} <= {""}
        assert {one["shape"] for one in step["facts"] if one["status"] == "missing"} <= {"unknown"}
    assert "It has been here since step 1." in client.get(f"{path}1").text
    assert "It is here since this step." in client.get(f"{path}2").text
    first = client.get(f"{path}0").text
    assert "That is where the story begins." in first
    assert first.count('class="is-ahead"') == len(steps) - 1


def test_a_story_with_questions_shows_what_the_gate_answers(served: Served) -> None:
    client = served("store_pickup").staff("reader")
    steps = data(client, "/packs/store_pickup/steps?scenario=ready_is_not_said_of_a_cancelled_order")["steps"]
    found = [
        data(client, f"/packs/store_pickup/steps?scenario=ready_is_not_said_of_a_cancelled_order&at={number}")["step"]
        for number in range(len(steps))
    ]
    outcomes = [one["outcome"] for step in found for one in step["decisions"]]
    assert outcomes == ["SEND", "SUPPRESS"]
    assert not any(step["refused"] for step in found)


def _event(at: str, source: str, kind: str, **said: Any) -> str:
    """Return a step of a composed story, as it stands in an address."""
    return quote(json.dumps({"at": at, "event": {"source": source, "type": kind, "data": said}}))


def test_a_story_is_composed_in_the_address_and_nothing_is_stored(served: Served) -> None:
    house = served("delivery")
    client = house.staff("reader")
    form = client.get("/packs/delivery/steps?type=order.placed").text
    assert 'name="data.promised_day"' in form
    answer = client.get("/packs/delivery/steps", params={
        "type": "order.placed", "source": "shop", "when": "0m", "data.promised_day": "2026-01-07",
        "data.zone": "Europe/Zurich", "add": "1",
    })  # fmt: skip
    assert answer.status_code == 303
    page = client.get(answer.headers["location"])
    assert page.status_code == 200
    assert "delivery_day" in page.text
    steps = f"e={_event('0m', 'shop', 'order.placed')}&e={_event('1d', 'carrier', 'carrier.delivered')}"
    shown = data(client, f"/packs/delivery/steps?{steps}&at=1")
    assert shown["step"]["state"]["name"] == "delivered"
    assert {one["name"]: one["word"] for one in shown["step"]["statements"]}["was_delivered"] == "true"
    assert house.store.count()["events"] == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f"e={_event('0m', 'shop', 'order.plced')}", "S104"),
        ("e=nonsense", "P113"),
        ("e=%7B", "P113"),
        (f"e={_event('tomorrow', 'shop', 'order.placed')}", "S102"),
        (f"e={_event('2h', 'shop', 'order.placed')}&e={_event('1h', 'shop', 'order.placed')}", "S103"),
        ("e=" + quote('{"at": "0m", "ask": "survey"}'), "S112"),
        ("start=never&" + f"e={_event('0m', 'shop', 'order.placed')}", "S102"),
        ("&".join([f"e={_event('0m', 'shop', 'order.placed')}"] * 61), "S111"),
        ("type=delivery.undated&add=1&when=x", "P116"),
    ],
)
def test_what_is_wrong_with_a_story_is_answered_in_the_page(served: Served, query: str, code: str) -> None:
    client = served("delivery").staff("reader")
    response = client.get(f"/packs/delivery/steps?{query}", follow_redirects=True)
    assert response.status_code == 422
    found = data(client, f"/packs/delivery/steps?{query}", 422)["problems"] if "add=" not in query else []
    assert code in response.text
    assert all(one["where"] and one["found"] for one in found)


def test_a_value_of_the_wrong_kind_is_answered_and_what_was_written_stays(served: Served) -> None:
    client = served("store_pickup").staff("reader")
    response = client.get("/packs/store_pickup/steps", params={
        "type": "order.placed", "source": "oms", "when": "0m", "data.promised_by": "this evening", "add": "1",
    })  # fmt: skip
    assert response.status_code == 422
    assert "S112" in response.text
    assert 'value="this evening"' in response.text


def test_a_pack_that_is_not_served_has_no_page(served: Served) -> None:
    client = served("delivery").staff("lead")
    for path in ("", "/steps", "/subjects", "/changes", "/counts.json", "/live", ".json"):
        assert client.get(f"/packs/nothing{path}").status_code == 404
    page = client.get("/packs/%3Cb%3E").text
    assert "No pack named “&lt;b&gt;” is served here." in page
    assert 'href="/packs/delivery"' in page
    assert submit(client, "/packs/delivery/changes", "/packs/nothing/changes", text="x").status_code == 404


def test_only_those_who_are_signed_in_see_packs(served: Served) -> None:
    house = served("delivery")
    assert house.client.get("/packs", follow_redirects=False).status_code == 303
    assert house.client.get("/packs.json").status_code == 401
    assert house.staff("associate").get("/packs/delivery/changes").status_code == 403
    assert house.staff("lead").get("/packs/delivery/changes").status_code == 200
