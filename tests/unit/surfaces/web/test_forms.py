"""Forms: what a customer asks for becomes one event, from our own page only, and nothing is said to be done by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message

from tests.unit.surfaces.web.conftest import CSRF, House
from tests.unit.surfaces.web.reading import words
from tests.unit.surfaces.web.stories import SUBJECT
from troth.model.event import Event
from troth.model.times import HOUR
from troth.runtime.service import CaseAction
from troth.surfaces.web.app import pages

FORM = {"content-type": "application/x-www-form-urlencoded"}


def asked(house: House) -> list[Event]:
    """Return what has been asked for on the page."""
    return [one for one in house.store.events_of([SUBJECT])[SUBJECT] if one.source == "status_page"]


def token(house: House, path: str) -> str:
    """Return the token of a page's forms."""
    found = CSRF.search(house.client.get(path).text)
    assert found is not None
    return found[1]


@pytest.fixture
def path(house: House) -> str:
    """Return the page of an order that is being prepared."""
    house.customer()
    house.tell("well")
    return house.link()


def test_a_request_is_an_event_and_the_page_says_that_it_is_not_done(house: House, path: str) -> None:
    answer = house.send(path, do="ask:cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?said=asked#said")
    (event,) = asked(house)
    assert (event.type, event.data["action"]) == ("customer.asked_to_cancel", "cancel")
    said = words(house.client.get(f"{path}?said=asked").text)
    assert "It is done only once this page says so." in said
    assert "You asked for this: Cancel and get the money back" in said
    assert "[Request: Cancel and get the money back]" not in said
    assert house.view(path)["headline"]["says"] == "We are getting your order ready."


def test_a_form_that_is_sent_twice_is_one_request(house: House, path: str) -> None:
    fields = {"csrf": token(house, path), "do": "ask:cancel"}
    for _ in range(3):
        assert house.client.post(path, data=fields, follow_redirects=False).status_code == 303
        house.later(1)
    assert len(asked(house)) == 1
    assert house.store.count()["quarantined"] == 0


def test_two_requests_of_one_page_are_two_events(house: House, path: str) -> None:
    csrf = token(house, path)
    for fields in ({"do": "tell"}, {"do": "ask:choose_another_time", "day": "2026-03-04"},
                   {"do": "ask:choose_another_time", "day": "2026-03-05"}):  # fmt: skip
        assert house.client.post(path, data={"csrf": csrf} | fields, follow_redirects=False).status_code == 303
    said = words(house.client.get(path, headers={"accept-language": "en-GB"}).text)
    assert "Choose another time (" in said
    assert sorted(str(one.data.get("day")) for one in asked(house)) == ["2026-03-04", "2026-03-05", "None"]


def test_what_is_wrong_opens_a_case_in_the_customers_words(house: House, path: str) -> None:
    answer = house.send(path, do="wrong", text="I never ordered this <b>&")
    assert answer.headers["location"].endswith("?said=wrong#said")
    seen = house.service.look(SUBJECT)
    assert seen is not None
    assert [(case.kind, case.detected_by) for case in seen.record.cases] == [("complaint", "customer")]
    view = house.view(path)
    assert len(view["personal"]["complaints"]) == 1
    assert "never ordered" not in house.client.get(path).text
    assert view["repair"][0]["word"] == "You told us"


def test_a_newer_case_takes_nobody_away_who_is_on_it(house: House) -> None:
    house.tell("late")
    seen = house.service.look(SUBJECT)
    assert seen is not None
    case = next(case for case in seen.record.cases if case.id and case.closed_at is None)
    house.service.act(CaseAction("own", SUBJECT, case.id, "eva")).result(10)
    path = house.link()
    owned = next(step for step in house.view(path)["repair"] if step["step"] == "owned")
    assert owned["at"] is not None
    house.send(path, do="wrong", text="Nobody could tell me anything")
    after = {step["step"]: step for step in house.view(path)["repair"]}
    assert after["noticed"]["word"] == "You told us"
    assert after["owned"] == owned


def test_a_complaint_that_is_sent_twice_opens_one_case(house: House, path: str) -> None:
    fields = {"csrf": token(house, path), "do": "wrong", "text": "It is not mine"}
    for _ in range(2):
        assert house.client.post(path, data=fields, follow_redirects=False).status_code == 303
    seen = house.service.look(SUBJECT)
    assert seen is not None
    assert len(seen.record.cases) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"do": "ask:collect"}, 409),
        ({"do": "ask:search"}, 409),
        ({"do": "ask:take_what_is_there"}, 409),
        ({"do": "ask:nothing"}, 409),
        ({"do": "ask:choose_another_time"}, 422),
        ({"do": "ask:choose_another_time", "day": "tomorrow"}, 422),
        ({"do": "ask:choose_another_time", "day": "2026-02-30"}, 422),
        ({"do": "wrong", "text": "  "}, 422),
        ({"do": "wrong", "text": "x" * 2_001}, 422),
        ({"do": ""}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_done_changes_nothing(house: House, path: str, fields: dict[str, str], status: int) -> None:
    before = house.store.last_position()
    answer = house.send(path, **fields)
    assert answer.status_code == status
    assert "Open the page again" in answer.text
    assert house.store.last_position() == before


def test_what_was_possible_when_the_page_was_shown_is_asked_again(house: House, path: str) -> None:
    csrf = token(house, path)
    house.accept({"specversion": "1.0", "id": "9", "source": "pos", "type": "pickup.handed_over", "subject": SUBJECT})
    assert house.client.post(path, data={"csrf": csrf, "do": "ask:cancel"}).status_code == 409
    assert asked(house) == []


@pytest.mark.parametrize("csrf", ["", "x", ".", "a.b.c", "é.1.x"])
def test_a_form_without_a_good_token_is_not_taken(house: House, path: str, csrf: str) -> None:
    house.client.get(path)
    assert house.client.post(path, data={"csrf": csrf, "do": "ask:cancel"}).status_code == 403
    assert asked(house) == []


def test_a_token_is_good_for_its_link_its_browser_and_its_time(house: House, path: str) -> None:
    other = house.link()
    assert house.client.post(other, data={"csrf": token(house, path), "do": "tell"}).status_code == 403
    csrf = token(house, path)
    house.now += 12 * HOUR
    assert house.client.post(path, data={"csrf": csrf, "do": "tell"}).status_code == 403
    fresh = {"csrf": token(house, path), "do": "tell"}
    house.client.cookies.clear()
    assert house.client.post(path, data=fresh).status_code == 403
    house.client.cookies.set("troth_seat", "another", path="/s/")
    assert house.client.post(path, data=fresh).status_code == 403
    assert asked(house) == []


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://elsewhere.example"}],
)
def test_a_form_from_another_site_is_not_taken(house: House, path: str, headers: dict[str, str]) -> None:
    fields = {"csrf": token(house, path), "do": "tell"}
    assert house.client.post(path, data=fields, headers=headers).status_code == 403
    assert house.client.post(path, data=fields, headers={"sec-fetch-site": "same-origin"}).status_code == 200
    assert len(asked(house)) == 1


def test_a_browser_that_hides_where_a_form_comes_from_is_asked_for_its_token(house: House, path: str) -> None:
    hidden = {"origin": "null"}
    assert house.client.post(path, data={"csrf": "x", "do": "tell"}, headers=hidden).status_code == 403
    fields = {"csrf": token(house, path), "do": "tell"}
    assert house.client.post(path, data=fields, headers=hidden, follow_redirects=False).status_code == 303


def test_more_forms_than_a_person_sends_are_refused(house: House, path: str) -> None:
    said = [house.send(path, do="wrong", text=f"No. {number}").status_code for number in range(31)]
    assert said == [303] * 30 + [429]
    house.later(2)
    assert house.send(path, do="wrong", text="Again").status_code == 303


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"do": "tell"}', {"content-type": "application/json"}, 415),
        (b"do=tell", {}, 415),
        (b"x" * 20_000, FORM, 413),
        (b"text=\xff\xfe", FORM, 400),
        (b"&".join(b"a%d=1" % number for number in range(30)), FORM, 400),
    ],
)
def test_what_is_no_form_is_refused(house: House, path: str, body: bytes, headers: dict[str, str], status: int) -> None:
    assert house.client.post(path, content=body, headers=headers).status_code == status


def test_a_form_that_does_not_arrive_is_not_waited_for(make: Callable[..., House]) -> None:
    house = make(body_timeout_s=0.05, page_rate_per_s=0)
    house.tell("well")
    path = house.link()
    app = pages(house.context)["/s"]
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(5)
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "root_path": "",
        "scheme": "http", "query_string": b"", "headers": [(b"content-type", FORM["content-type"].encode())],
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "troth": house.context, "http_version": "1.1",
    }  # fmt: skip

    async def run() -> None:
        await app(scope, receive, send)

    asyncio.run(run())
    assert sent[0]["status"] == 400


def test_reading_changes_nothing(house: House, path: str) -> None:
    before = (house.store.last_position(), sorted(house.store.keys("")))
    for end in ("", ".json", "/part", "?said=asked&lang=de"):
        assert house.client.get(path + end).status_code == 200
    after: tuple[Any, ...] = (house.store.last_position(), [key for key in house.store.keys("") if key != "page-key"])
    assert after == (before[0], [key for key in before[1] if key != "page-key"])


def test_other_methods_are_answered_by_a_page(house: House, path: str) -> None:
    answer = house.client.put(path)
    assert (answer.status_code, "cannot be used that way" in answer.text) == (405, True)
