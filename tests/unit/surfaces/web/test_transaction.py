"""The page of one subject: every state in words, what was known when, and that nothing is shown that is not so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from tests.unit.surfaces.web.conftest import House, submit
from tests.unit.surfaces.web.reading import parsed, words
from tests.unit.surfaces.web.stories import CUSTOMER, STORIES, SUBJECT, Story
from troth.model.decision import Request
from troth.model.times import MINUTE, format_instant, parse_instant
from troth.runtime import audit
from troth.runtime.forgetting import forget
from troth.surfaces.web.ending import End
from troth.surfaces.web.locales import Reader
from troth.surfaces.web.transaction.answer import answer
from troth.surfaces.web.transaction.failures import ends
from troth.surfaces.web.transaction.reading import found

PAGE = f"/tx/{SUBJECT}"
PERSON = "Ada Roe"

STATES = {
    "well": ("well", "Message, state and action line up: Being prepared."),
    "ready": ("well", "Message, state and action line up: Ready."),
    "contradiction": ("contradiction", "The customer believes “Your order is ready”, and that is not so."),
    "late": ("contradiction", "The customer believes “Your order will be ready by the promised moment”, and that"),
    "at_risk": ("at_risk", "Message, state and action line up, but a promise will hardly be kept: Ready by"),
    "remedied": ("remedied", "Message, state and action line up again, and what was wrong is over."),
    "closed": ("closed", "Message, state and action line up, and it is done: Collected."),
    "unknown": ("unknown", "Nobody can tell whether “Your order is ready” is so."),
    "silence": ("unknown", "Nobody can tell whether “Your order will be ready by the promised moment” is so."),
    "disputed": ("wrong", "Message, state and action line up, but a case is open: Two systems disagree."),
}  # fmt: skip


def view(client: TestClient, query: str = "") -> dict[str, Any]:
    """Return the page as data."""
    answered = client.get(f"{PAGE}.json{query}")
    assert answered.status_code == 200, answered.text
    shown: dict[str, Any] = answered.json()
    return shown


@pytest.mark.parametrize("name", STATES)
def test_each_state_is_answered_in_one_sentence(house: House, name: str) -> None:
    # Once everything has been right for a while, the cases are closed, and it is well again.
    house.tell(Story(STORIES[name].steps, 370) if name == "remedied" else name)
    client = house.staff("associate")
    shown, page = view(client), client.get(PAGE)
    standing, says = STATES[name]
    assert (shown["answer"]["standing"], shown["answer"]["says"][: len(says)]) == (standing, says)
    parsed(page.text)
    assert page.text.count("<h1") == 1
    assert f"# {says}" in words(page.text)


def test_what_is_over_and_still_open_is_said_to_be_both_by_the_answer_and_by_its_case(house: House) -> None:
    # The sensor had lost it, nobody knew for two hours, and then the customer had it all the same.
    house.tell(Story((*STORIES["unknown"].steps, (720, "pos", "pickup.handed_over", {})), 725))
    client = house.staff("associate")
    shown, page = view(client), client.get(PAGE).text
    said = "Message, state and action line up again, and what was wrong is over. Its case is still open."
    assert shown["answer"]["says"] == said
    waits = "The case “Nobody knows whether what we said is so” closes by itself today, 21:30 if it stays so."
    assert shown["answer"]["waits"] == waits
    assert f"# {said}\n{waits}" in words(page)
    (case,) = [row for row in shown["cases"] if row["open"]]
    assert (case["failing"], case["tone"]) == (False, "remedied")
    assert "It is over, and the case is still open." in words(page)
    assert "is-contradiction is-open-case" not in page


def test_the_case_of_what_nobody_can_tell_is_not_shown_as_something_wrong(house: House) -> None:
    house.tell(Story(STORIES["unknown"].steps, 720))
    shown = view(house.staff("associate"))
    assert {(row["tone"], row["failing"]) for row in shown["cases"] if row["open"]} == {("unknown", True)}
    assert shown["answer"]["tone"] == "unknown"


@pytest.mark.parametrize(
    ("end", "standing", "says"),
    [
        (End(failing=True, clean=False, possible=False), "wrong", ", but a case is open: Two systems disagree."),
        (End(failing=None, clean=False, possible=False), "unknown", "nobody can tell whether this is over: Two sys"),
        (
            End(failing=False, clean=False, possible=True, wants=("no remedy is noted",)), "unsettled",
            "line up again, but a case is still open: “Two systems disagree”: no remedy is noted.",
        ),
        (End(failing=False, clean=True, possible=True), "remedied", "what was wrong is over. Its case is still open."),
    ],
)  # fmt: skip
def test_the_answer_weighs_the_open_case(house: House, end: End, standing: str, says: str) -> None:
    house.tell("disputed")
    seen = found(house.context, SUBJECT, Reader())
    assert seen is not None
    (case,) = ends(seen.matter)
    said = answer(seen.matter, {case: end})
    assert said["standing"] == standing
    assert says in said["says"]
    assert (said["tone"] in ("well", "closed", "remedied")) == (standing == "remedied")


def test_a_promise_of_which_nobody_can_tell_is_neither_late_nor_in_line(house: House) -> None:
    house.tell("ready")
    seen = found(house.context, SUBJECT, Reader())
    assert seen is not None
    record = seen.matter.record
    doubted = [replace(one, kept_at=None, outcome="unknown", renegotiated="unknown") for one in record.promises]
    past = replace(seen.matter.now, record=replace(record, promises=tuple(doubted)), now=record.at + 1_000 * MINUTE)
    said = answer(replace(seen.matter, now=past), {})
    assert said["standing"] == "unknown"
    assert "but nobody can tell whether a promise was kept: Ready by the promised moment." in said["says"]


@pytest.mark.parametrize(
    ("name", "box", "mark"),
    [
        ("contradiction", "message", "This one disagrees: more was said than is so"),
        ("unknown", "state", "This one is in doubt: nobody can tell"),
    ],
)
def test_the_box_that_disagrees_says_so_and_no_other(house: House, name: str, box: str, mark: str) -> None:
    house.tell(name)
    client = house.staff("reader")
    assert {row["box"]: row["mark"] for row in view(client)["boxes"] if row["disagrees"]} == {box: mark}
    assert mark in words(client.get(PAGE).text)


def test_what_nobody_has_heard_of_is_a_neutral_page_with_a_way_on(house: House) -> None:
    client = house.staff("reader")
    for path in ("/tx/pickup/nothing", "/tx/ship/9", "/tx/pickup/nothing/shoes"):
        answered = client.get(path)
        assert answered.status_code == 404
        assert "# Nobody has heard of" in words(answered.text)
        assert "Check the number" in answered.text
    assert client.get("/tx/pickup/nothing.json").json()["type"] == "/problems/H108"
    assert client.get("/tx/pickup/nothing/part").status_code == 404


def test_a_name_with_signs_of_addresses_in_it_has_its_page(house: House) -> None:
    house.tell("contradiction", "pickup/A 1?/b#c")
    client, path = house.staff("associate"), "/tx/pickup/A%201%3F/b%23c"
    assert client.get("/tx", params={"q": "pickup/A 1?/b#c"}).headers["location"] == path
    page = client.get(path)
    assert page.status_code == 200
    assert f'action="{path}"' in page.text
    (case, *_) = [row for row in client.get(f"{path}.json").json()["cases"] if row["id"]]
    done = submit(client, path, do="own", case=case["id"], version=case["version"])
    assert client.get(done.headers["location"].partition("#")[0]).status_code == 200


# ---------------------------------------------------------------------- the story


def test_the_story_has_three_lanes_and_two_clocks(house: House) -> None:
    house.tell("contradiction")
    house.accept({
        "specversion": "1.0", "id": "late-1", "source": "store", "type": "pick.started", "subject": SUBJECT,
        "time": format_instant(house.now - 320 * 60_000_000), "data": {},
    })  # fmt: skip
    client = house.staff("associate")
    case = next(row for row in view(client)["cases"] if row["id"] and row["open"])
    submit(client, PAGE, do="own", case=case["id"], version=case["version"])
    house.later(1)
    entries = view(client)["story"]["entries"]
    assert {entry["lane"] for entry in entries} == {"told", "happened", "done"}
    moments = [parse_instant(entry["at"]) for entry in entries]
    assert moments == sorted(moments)
    late = next(entry for entry in entries if entry["event_id"] == "late-1")
    assert (late["lane"], late["late_s"]) == ("happened", 320 * 60)
    assert "5 hours late" in words(client.get(PAGE).text)


def test_a_held_message_stands_in_the_story_with_its_reasons(house: House) -> None:
    house.customer()
    house.tell("silence")
    client = house.staff("associate")
    house.service.ask([ask("ready")]).result(10)
    shown = view(client)
    assert shown["messages"][0]["reasons"]
    assert all(f"{row} " in words(client.get(PAGE).text) for row in shown["messages"][0]["reasons"])
    held = [entry for entry in shown["story"]["entries"] if entry["kind"] == "held"]
    assert [entry["what"] for entry in held] == ["Held back: Ready, and kept for 7 days"]
    assert "the goods are in the store" not in held[0]["detail"]
    assert "staged" in held[0]["detail"]
    assert shown["answer"]["held"]
    assert "A message is held back" in words(client.get(PAGE).text)
    assert shown["messages"][0]["standing"] == "held"


def test_a_long_story_has_pages_the_last_one_first(house: House) -> None:
    house.tell("closed")
    for number in range(40):
        house.later(1)
        house.accept({
            "specversion": "1.0", "id": f"n-{number}", "source": "inventory", "type": "stock.checked",
            "subject": SUBJECT, "time": format_instant(house.now), "data": {"available": True},
        })  # fmt: skip
    client = house.staff("reader")
    last = view(client)["story"]
    assert (last["number"], len(last["entries"])) == (last["pages"], 40)
    first = view(client, "?page=1")["story"]
    assert last["total"] == len(first["entries"]) + 40 * (last["pages"] - 1)
    assert first["entries"][-1]["at"] <= last["entries"][0]["at"]
    assert f"Page 1 of {last['pages']}" in words(client.get(f"{PAGE}?page=1").text)
    assert view(client, "?page=x")["story"]["number"] == last["pages"]


# ---------------------------------------------------------------------- as known at


def test_as_known_at_shows_what_was_known_then_and_offers_nothing(house: House) -> None:
    house.tell("contradiction")
    client = house.staff("associate")
    then = format_instant(parse_instant(view(client)["told"][-1]["told_at"]) + 1)
    shown = view(client, f"?at={then}")
    assert shown["past"]
    assert shown["answer"]["says"] == "Message, state and action line up: Ready."
    assert (shown["choices"], shown["cases"]) == ([], [])
    text = client.get(f"{PAGE}?at={then}").text
    assert "This is how it was known" in text
    assert 'method="post"' not in text.partition("<main")[2]
    # Nothing goes on by itself, not even how long ago it was.
    assert "data-live" not in text
    assert "page.js" not in text


def test_before_anything_was_heard_nothing_was_known(house: House) -> None:
    house.tell("well")
    client = house.staff("reader")
    shown = view(client, "?at=2020-01-01T00:00:00Z")
    assert shown["answer"]["says"] == "Nothing was known of this by then."
    assert (shown["facts"], shown["story"]["total"]) == ({"disputed": [], "known": [], "unknown": []}, 0)
    assert "# Nothing was known of this by then." in words(client.get(f"{PAGE}?at=2020-01-01T00:00:00Z").text)


def test_a_moment_to_come_is_the_present_and_no_moment_is_refused(house: House) -> None:
    house.tell("well")
    client = house.staff("reader")
    assert not view(client, "?at=2030-01-01T00:00:00Z")["past"]
    assert client.get(f"{PAGE}?at=yesterday").status_code == 422


def test_the_slider_works_as_a_form(house: House) -> None:
    house.tell("ready")
    client = house.staff("reader")
    moved = client.get(f"{PAGE}?tick=1")
    assert moved.status_code == 303
    assert view(client, "?" + moved.headers["location"].partition("?")[2])["past"]
    assert client.get(f"{PAGE}?tick=9999").headers["location"] == PAGE


# ---------------------------------------------------------------------- evidence, promises


def test_a_fact_says_who_lost_and_why(house: House) -> None:
    house.tell("disputed")
    facts = view(house.staff("reader"))["facts"]
    (fact,) = [row for row in facts["disputed"] if row["fact"] == "available"]
    assert (fact["value"], fact["source"]) == (True, "the picking app of the store")
    (lost,) = fact["losers"]
    assert (lost["source"], lost["value"]) == ("the stock system", False)
    assert lost["why"] == "It ranks below the picking app of the store."


def test_a_promise_says_when_it_was_moved_and_when_the_customer_was_told(house: House) -> None:
    house.tell("moved")
    shown = view(house.staff("reader"))
    (promise,) = [row for row in shown["promises"] if row["promise"] == "ready_by"]
    assert [window["word"] for window in promise["windows"]] == ["First promised", "Moved, and told in time"]
    assert all(window["told_at"] for window in promise["windows"])
    assert shown["clock"] == {
        "says": "Ready by the promised moment",
        "due": promise["windows"][-1]["due"],
        "over": False,
        "broken": False,
    }


# ---------------------------------------------------------------------- what is personal


def test_personal_data_are_veiled_until_somebody_who_may_asks_and_that_is_written_down(house: House) -> None:
    house.customer()
    house.tell("well")
    client = house.staff("associate")
    assert PERSON not in client.get(PAGE).text + client.get(f"{PAGE}.json").text
    assert submit(client, PAGE, do="show").status_code == 303
    assert PERSON in client.get(PAGE).text
    assert PERSON not in house.staff("lead").get(PAGE).text
    written = [one for one in audit.entries(house.store, until=house.now + 1) if one.detail == "show"]
    assert [(one.who, one.subject, one.outcome) for one in written] == [("abe", SUBJECT, "done")]
    assert submit(client, PAGE, do="hide").status_code == 303
    assert PERSON not in client.get(PAGE).text


def test_a_reader_sees_nothing_personal_and_no_buttons(house: House) -> None:
    house.customer()
    house.tell("contradiction")
    client = house.staff("reader")
    main = client.get(PAGE).text.partition("<main")[2]
    assert 'method="post"' not in main
    assert submit(client, "/account", PAGE, do="show").status_code == 403
    assert PERSON not in client.get(PAGE).text


def test_a_person_who_was_forgotten_is_not_shown_to_anybody(house: House) -> None:
    house.customer()
    house.tell("well")
    client = house.staff("associate")
    submit(client, PAGE, do="show")
    forget(house.store, CUSTOMER, house.now)
    house.later(1)
    text = client.get(PAGE).text
    assert PERSON not in text
    assert "The person was forgotten" in text
    assert "Show personal data" not in text


# ---------------------------------------------------------------------- finding


@pytest.mark.parametrize("asked", [SUBJECT, "A-1042", CUSTOMER, "17"])
def test_it_is_found_by_its_name_its_number_and_its_customer(house: House, asked: str) -> None:
    house.tell("well")
    found = house.staff("reader").get("/tx", params={"q": asked})
    assert (found.status_code, found.headers["location"]) == (303, PAGE)


def test_it_is_found_by_its_case(house: House) -> None:
    house.tell("contradiction")
    client = house.staff("reader")
    case = next(row["id"] for row in view(client)["cases"] if row["id"])
    assert client.get("/tx", params={"q": case}).headers["location"] == PAGE


def test_what_is_not_found_says_by_what_it_can_be(house: House) -> None:
    client = house.staff("reader")
    answered = client.get("/tx", params={"q": "ada@roe.example"})
    assert answered.status_code == 404
    assert "Names, addresses and phone numbers are sealed" in answered.text
    assert client.get("/tx").status_code == 200
    assert client.get("/tx.json", params={"q": "9"}).json() == {"q": "9", "found": []}


# ---------------------------------------------------------------------- in their shoes


def test_the_customers_way_is_walked_message_by_message(house: House) -> None:
    house.tell("contradiction")
    client = house.staff("reader")
    walked = client.get(f"{PAGE}/shoes.json").json()
    kinds = [step["kind"] for step in walked["steps"]]
    assert kinds[0] == "began"
    assert kinds[-1] == "now"
    assert kinds.count("told") == 2
    assert "turned" in kinds
    told = kinds.index("told", kinds.index("told") + 1) + 1
    step = client.get(f"{PAGE}/shoes.json?step={told}").json()
    assert step["page"]["headline"]["says"] == "Your order is ready to collect."
    assert {one["verdict"] for one in step["steps"][told - 1]["statements"]} == {"honest"}
    text = client.get(f"{PAGE}/shoes?step={told}").text
    assert 'rel="next"' in text
    assert "As far as was known then: true" in words(text)
    assert "by all that is known today" in words(text).lower()
    parsed(text)


def test_a_step_that_does_not_exist_is_the_nearest(house: House) -> None:
    house.tell("well")
    client = house.staff("reader")
    assert client.get(f"{PAGE}/shoes.json?step=999").json()["number"] == 3
    assert client.get(f"{PAGE}/shoes.json?step=-1").json()["number"] == 1


# ---------------------------------------------------------------------- versions


def test_the_part_is_sent_again_only_when_something_changed(house: House) -> None:
    house.tell("well")
    client = house.staff("reader")
    first = client.get(f"{PAGE}/part")
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"{PAGE}/part", headers=tag).status_code == 304
    house.accept({
        "specversion": "1.0", "id": "p-1", "source": "store", "type": "pick.completed", "subject": SUBJECT,
        "time": format_instant(house.now), "data": {"picked": 2, "short": 0},
    })  # fmt: skip
    assert client.get(f"{PAGE}/part", headers=tag).status_code == 200


@pytest.mark.parametrize("kind", [".json", "/part"])
def test_what_is_personal_is_another_version_whoever_has_opened_it(house: House, kind: str) -> None:
    house.customer()
    house.tell("well")
    abe, rui = house.staff("associate"), house.staff("reader")
    sealed = abe.get(f"{PAGE}{kind}")
    submit(abe, PAGE, do="show")
    shown = abe.get(f"{PAGE}{kind}", headers={"If-None-Match": sealed.headers["etag"]})
    assert (shown.status_code, PERSON in shown.text) == (200, True)
    # Whoever may not see it is not told that the other's answer is theirs.
    other = rui.get(f"{PAGE}{kind}", headers={"If-None-Match": shown.headers["etag"]})
    assert (other.status_code, PERSON in other.text) == (200, False)
    submit(abe, PAGE, do="hide")
    hidden = abe.get(f"{PAGE}{kind}", headers={"If-None-Match": shown.headers["etag"]})
    assert (hidden.status_code, PERSON in hidden.text) == (200, False)


def test_buttons_are_of_a_person_and_so_is_their_version(house: House) -> None:
    house.tell("contradiction")
    parts = [house.staff(role).get(f"{PAGE}/part") for role in ("reader", "associate", "lead")]
    assert len({part.headers["etag"] for part in parts}) == 3
    again = [house.staff("lead").get(f"{PAGE}.json").headers["etag"] for _ in range(2)]
    assert again[0] == again[1], "data are the same for all who may see the same"


def test_what_time_changes_on_the_page_is_another_version_and_what_only_grows_is_none(house: House) -> None:
    house.customer()
    house.tell("contradiction")
    house.heard()
    client = house.staff("associate")
    house.service.ask([ask("looking_into_it")]).result(10)
    # In words, waiting grows by the minute: not within this test.
    house.later(0.2)
    first = client.get(f"{PAGE}.json")
    house.later(0.01)
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"{PAGE}.json", headers=tag).status_code == 304
    house.later(90)
    house.heard()
    later = house.staff("associate").get(f"{PAGE}.json", headers=tag)
    assert later.status_code == 200
    standing = [row["standing"] for shown in (first, later) for row in shown.json()["messages"] if row["id"] == "m9"]
    assert standing == ["asked_for", "not_fetched"]


@pytest.mark.parametrize("path", [".json", ".json?at={then}", "/shoes.json?step=2"])
def test_the_events_of_a_subject_are_read_once(house: House, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    house.tell("contradiction")
    client = house.staff("reader")
    asked: list[str] = []
    read = house.store.events_of

    def counted(subjects: Sequence[str]) -> Any:
        asked.extend(subjects)
        return read(subjects)

    monkeypatch.setattr(house.store, "events_of", counted)
    assert client.get(PAGE + path.format(then=format_instant(house.now - MINUTE))).status_code == 200
    assert asked == [SUBJECT]


def test_who_else_is_looking_is_said(house: House) -> None:
    house.tell("well")
    ada, abe = house.staff("admin"), house.staff("associate")
    abe.get(f"{PAGE}/part")
    assert "abe is looking at this, too." in words(ada.get(PAGE).text)
    assert "looking at this" not in words(abe.get(PAGE).text)
    house.later(2)
    assert "looking at this" not in words(ada.get(PAGE).text)


def ask(message: str) -> Any:
    """Return a request of a sender."""
    return Request("m9", message, SUBJECT, "email")
