"""The console over HTTP: the answer, the lists, the acts with their conflicts, and undoing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.unit.surfaces.web.conftest import House, submit
from tests.unit.surfaces.web.console_kit import ONE, act, chosen, first, told, undo, view
from tests.unit.surfaces.web.reading import words
from tests.unit.surfaces.web.stories import STORIES, Story
from troth.model.times import FOREVER, MINUTE, format_instant
from troth.runtime.access import create
from troth.runtime.service import CaseAction, Complaint
from troth.surfaces.web.console.board import Board
from troth.surfaces.web.console.past import UNDO_FOR


@pytest.fixture
def busy(house: House) -> House:
    """Return a server of a firm with three customers in trouble."""
    told(house, ONE)
    return house


def test_without_cases_no_one_waits_on_us(house: House) -> None:
    read = words(house.staff("reader").get("/console").text)
    assert "# No one is waiting on us.\n" in read
    assert "Nothing is wrong that we know of." in read


def test_what_is_not_heard_is_not_said_to_be_well(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = house.staff("associate")
    assert view(client)["headline"]["tone"] == "well"
    monkeypatch.setattr(house.context, "alive", lambda: {"writer": False})
    assert view(client)["headline"]["tone"] == "unknown"
    assert "# No one is known to be waiting on us." in words(client.get("/console").text)


def test_what_is_overdue_looks_no_milder_than_what_is_not(busy: House) -> None:
    answer = view(busy.staff("associate"))["headline"]
    assert (answer["word"], answer["tone"]) == ("Overdue", "contradiction")


def test_a_name_with_signs_of_addresses_is_linked_from_a_conflict_and_from_a_plan(house: House) -> None:
    told(house, {"contradiction": "pickup/A 1?b#c"})
    lea = house.staff("lead")
    case, link = first(lea), 'href="/tx/pickup/A%201%3Fb%23c"'
    assert link in act(lea, case | {"version": "0" * 24}, "own").text
    assert link in submit(lea, "/console", "/console/bulk", do="own", chosen=chosen([case])).text


def test_the_answer_counts_customers_and_the_worst_stands_first(busy: House) -> None:
    client = busy.staff("associate")
    shown = view(client)
    assert shown["headline"]["harmed"] == 3
    assert "# 3 customers are being harmed now.\n" in words(client.get("/console").text)
    harms = [case["harm"] for case in shown["cases"]]
    assert harms == sorted(harms, reverse=True)
    worst = next(case for case in shown["cases"] if case["kind"] == "turned_away")
    assert worst["what"] == "The customer came for nothing."
    assert worst["reason"].startswith("severity 5 of 5, 1 customer, wrong for ")
    factors = worst["factors"]
    time = worst["harm"] / (factors["severity"] * factors["people"] * factors["value"])
    assert 1 <= time <= 8.5
    late = next(case for case in shown["cases"] if case["kind"] == "late_ready")
    assert late["clock"]["over"] is True
    assert {"title": "Ready by the promised moment", "promise": "ready_by"}.items() <= late["clock"].items()


def test_the_list_is_the_queue_of_the_interface(busy: House) -> None:
    queue = busy.client.get("/v1/cases").json()["items"]
    shown = view(busy.staff("lead"))["cases"]
    assert [(one["case"]["id"], one["harm"]) for one in queue] == [(one["id"], one["harm"]) for one in shown]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("?store=bern", {"pickup/late"}), ("?kind=late_ready", {"pickup/late"}), ("?overdue=1", {"pickup/late"}),
        ("?q=PICKUP/at_risk", {"pickup/at_risk"}), ("?q=customer/late", {"pickup/late"}), ("?pack=customer", set()),
        ("?mine=1", set()), ("?unowned=1", set(ONE.values())), ("?store=nowhere&kind=late_ready", set()),
        ("?kind=late_ready&store=bern&q=pickup+late", {"pickup/late"}), ("?from=999", set(ONE.values())),
        ("?from=x&nonsense=1", set(ONE.values())),
    ],
)  # fmt: skip
def test_a_list_is_narrowed_by_its_address(busy: House, query: str, wanted: set[str]) -> None:
    client = busy.staff("associate")
    shown = view(client, query)
    assert {case["subject"] for case in shown["cases"]} == wanted
    page = client.get(f"/console{query}")
    assert page.status_code == 200
    if not wanted:
        assert "Show all" in page.text
        assert "case" in words(page.text)


def test_the_pages_of_a_list_hold_each_case_once(house: House) -> None:
    house.tell("contradiction")
    for number in range(60):
        house.service.complain(Complaint("pickup/A-1042", f"where is it, {number}", channel="sms")).result(10)
    client = house.staff("associate")
    pages = [view(client, query) for query in ("", "?from=51")]
    assert len(pages[0]["cases"]) == 50
    assert pages[0]["shown"]["after"] == "?from=51"
    assert pages[1]["shown"]["before"] == ""
    ids = [case["id"] for page in pages for case in page["cases"]]
    assert len(ids) == len(set(ids)) == pages[0]["counts"]["all"]
    assert 'rel="next" href="/console?from=51"' in client.get("/console").text


def test_a_promise_that_was_given_up_before_its_moment_is_not_called_overdue(house: House) -> None:
    cancelled = (150, "oms", "order.cancelled", {"by": "customer"})
    house.tell(Story((*STORIES["at_risk"].steps, cancelled), 160))
    house.heard()
    client = house.staff("lead")
    (clock,) = [case["clock"] for case in view(client)["cases"] if case["kind"] == "late_ready"]
    assert clock["due"] > format_instant(house.now)
    assert (clock["over"], clock["broken"]) == (False, True)
    assert view(client, "?overdue=1")["cases"] == []
    page = words(client.get("/console").text)
    assert "Will not be kept" in page
    assert "Overdue due" not in page
    about = client.get("/tx/pickup/A-1042.json").json()["clock"]
    assert (about["over"], about["broken"]) == (False, True)


def test_a_case_is_taken_and_the_taking_undone(busy: House) -> None:
    client = busy.staff("associate")
    case = first(client)
    answer = act(client, case, "own")
    assert answer.status_code == 303
    assert first(client, "?mine=1")["id"] == case["id"]
    page = client.get(answer.headers["location"]).text
    assert "You have it now." in words(page)
    undone = undo(client, page)
    assert undone.status_code == 303
    assert "Undone." in words(client.get(undone.headers["location"]).text)
    assert first(client)["owner"] == ""
    assert view(client, "?mine=1")["cases"] == []


def test_what_is_taken_over_goes_back_to_who_had_it(busy: House) -> None:
    abe, lea = busy.staff("associate"), busy.staff("lead")
    assert act(abe, first(abe), "own").status_code == 303
    busy.later(1)
    taken = act(lea, first(lea), "own")
    assert first(lea)["owner"] == "lea"
    busy.later(1)
    undo(lea, lea.get(taken.headers["location"]).text)
    assert first(lea)["owner"] == "abe"


def test_undoing_ends_after_some_minutes(busy: House) -> None:
    client = busy.staff("associate")
    location = act(client, first(client), "own").headers["location"]
    assert 'id="undo"' in client.get(location).text
    busy.later(UNDO_FOR / MINUTE + 0.1)
    assert 'id="undo"' not in client.get(location).text
    answer = act(client, first(client), "undo")
    assert answer.status_code == 409
    assert "There is nothing of yours to undo any more." in words(answer.text)


def test_an_old_or_invented_notice_says_nothing(busy: House) -> None:
    client = busy.staff("associate")
    case = first(client)
    assert "You have it now." not in client.get(f"/console?said=own&case={case['id']}").text
    assert client.get("/console?said=nonsense&case=nothing").status_code == 200
    invented = f"/console?said=undone&case={case['id']}"
    assert "Undone." not in client.get(invented).text
    for do in ("own", "note"):
        assert act(client, first(client), do, note="on my way").status_code == 303
        busy.later(0.1)
        assert "Undone." not in client.get(invented).text


def test_that_something_was_undone_is_said_to_whoever_did_it_and_not_for_ever(busy: House) -> None:
    abe, lea = busy.staff("associate"), busy.staff("lead")
    case = first(abe)
    done = act(abe, case, "void", note="it was in the other drawer")
    busy.later(0.1)
    undone = undo(abe, abe.get(done.headers["location"]).text).headers["location"]
    assert "Undone." in words(abe.get(undone).text)
    assert "Undone." not in lea.get(undone).text
    busy.later(UNDO_FOR / MINUTE)
    assert "Undone." not in abe.get(undone).text


def test_of_two_who_have_seen_the_same_the_second_is_told_who_did_what(busy: House) -> None:
    abe, lea = busy.staff("associate"), busy.staff("lead")
    case, at = first(lea), view(lea)["at"]
    busy.later(0.1)
    assert act(abe, first(abe), "own").status_code == 303
    answer = act(lea, case, "own", at)
    assert answer.status_code == 409
    read = words(answer.text)
    assert "# This case has changed since you saw it.\nNothing was done. Now abe has it." in read
    assert "abe took it" in read
    assert first(lea)["owner"] == "abe"
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text.partition('action="/console/act')[2]))
    going_on = lea.post("/console/act", data=fields | {"do": "own"})
    assert going_on.status_code == 303
    assert first(lea)["owner"] == "lea"


def test_a_conflict_with_oneself_is_said_so(busy: House) -> None:
    client = busy.staff("associate")
    case, at = first(client), view(client)["at"]
    busy.later(0.1)
    assert act(client, case, "own").status_code == 303
    assert act(client, case, "own", at).status_code == 303, "what is so already is done"
    answer = act(client, case, "remedy", at, how="refund")
    assert answer.status_code == 409
    read = words(answer.text)
    assert "# You have changed this case yourself meanwhile." in read
    assert "You took it" in read


def test_what_a_system_changes_is_no_persons_deed(busy: House) -> None:
    client = busy.staff("associate")
    case = first(client, "?kind=late_ready")
    busy.service.act(CaseAction("remedy", case["subject"], case["id"], "ledger-bot")).result(10)
    assert "ledger-bot did the remedy" in words(act(client, case, "own", "2020-01-01T00:00:00Z").text)
    busy.later(0.1)
    fresh = first(client, "?kind=late_ready")
    old = act(client, fresh | {"version": "0" * 24}, "own")
    assert "No person did it: time or a system has changed it." in words(old.text)


def test_a_case_that_is_still_wrong_is_not_closed_but_by_a_note_and_as_unclean(busy: House) -> None:
    client = busy.staff("associate")
    case = first(client, "?kind=contradiction")
    assert case["end"] | {"why": ""} == {"clean": False, "aligned": False, "by_itself": None, "why": ""}
    page = client.get("/console?kind=contradiction").text
    assert 'value="close" data-act="close" disabled' in page
    assert f"Cannot be closed clean yet: {case['end']['why']}" in words(page)
    refused = act(client, case, "close")
    assert refused.status_code == 409
    assert case["end"]["why"] in words(refused.text)
    assert act(client, case, "close_anyway").status_code == 422
    assert act(client, case, "close_anyway", note="  ").status_code == 422
    assert first(client, "?kind=contradiction")["closed_at"] is None
    done = act(client, case, "close_anyway", note="the customer has moved away")
    assert done.status_code == 303
    (closed,) = [one for one in view(client, "?closed=1")["cases"] if one["id"] == case["id"]]
    assert closed["closed_as"] == "unclean"
    page = client.get(done.headers["location"]).text
    assert "The case is closed, unclean." in words(page)
    undo(client, page)
    assert case["id"] in {one["id"] for one in view(client)["cases"]}


def test_a_case_that_is_closed_can_be_opened_again_and_nothing_else(busy: House) -> None:
    client = busy.staff("associate")
    case = first(client)
    assert act(client, case, "void", note="the desk had looked in the wrong drawer").status_code == 303
    closed = first(client, "?closed=1")
    assert (closed["id"], closed["closed_as"]) == (case["id"], "void")
    assert "Open it again" in client.get("/console?closed=1").text
    for do in ("own", "release", "close"):
        assert act(client, closed, do).status_code == 409
    assert act(client, closed, "reopen").status_code == 303
    assert view(client, "?closed=1")["counts"]["closed"] == view(client)["counts"]["closed"]
    assert case["id"] in {one["id"] for one in view(client)["cases"]}


def test_what_was_closed_a_day_ago_is_shown_no_more_though_nothing_happens_to_it(
    busy: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No feed falls silent, and no timer is set.
    monkeypatch.setattr(f"{Board.__module__}.silent", lambda *_: frozenset())
    monkeypatch.setattr(f"{Board.__module__}.timer_at", lambda _: FOREVER)
    board = Board(busy.context)
    (case,) = [row.case for row in board.look().opened if row.subject == ONE["contradiction"]][:1]
    action = CaseAction("close", ONE["contradiction"], case.id, "abe", "a false alarm", how="void")
    busy.service.act(action).result(10)
    busy.later(1)
    for _ in range(2):
        # What has come is read twice; from then on nothing is left to be read.
        assert [row.case.id for row in board.look().closed] == [case.id]
        busy.later(1)
    busy.later(24 * 60)
    assert case.id not in {row.case.id for row in board.look().closed}


def test_informing_and_remedying_are_written_down_and_cannot_be_undone(busy: House) -> None:
    client = busy.staff("associate")
    case = first(client, "?kind=late_ready")
    assert act(client, case, "inform").status_code == 422
    assert act(client, case, "remedy").status_code == 422
    told_ = act(client, case, "inform", note="called them")
    page = client.get(told_.headers["location"]).text
    assert "what the customer has heard, they have heard" in words(page)
    assert 'id="undo"' not in page
    case = first(client, "?kind=late_ready")
    assert case["informed_at"] is not None
    assert act(client, case, "remedy", how="voucher").status_code == 303
    assert first(client, "?kind=late_ready")["remedied_at"] is not None


def test_a_note_that_is_sent_twice_is_written_once(busy: House) -> None:
    client = busy.staff("associate")
    case = first(client)
    for _ in range(2):
        assert act(client, case, "note", note="on my way").status_code == 303
    events = busy.store.events_of([case["subject"]])[case["subject"]]
    assert [event.type for event in events].count("troth.case.noted") == 1


def test_what_somebody_else_has_only_a_lead_gives_up(busy: House) -> None:
    abe, eva, lea = busy.staff("associate"), busy.staff("associate", "eva"), busy.staff("lead")
    act(abe, first(abe), "own")
    answer = act(eva, first(eva), "release")
    assert answer.status_code == 409
    assert "a lead may give it up" in words(answer.text)
    assert act(lea, first(lea), "release").status_code == 303
    assert first(lea)["owner"] == ""


def test_readers_see_and_do_nothing(busy: House) -> None:
    reader = busy.staff("reader")
    page = reader.get("/console").text
    assert 'action="/console/act' not in page
    assert 'action="/console/bulk' not in page
    case = first(reader)
    form = {"do": "own", "case": case["id"], "version": case["version"]}
    assert submit(reader, "/console", "/console/act", **form).status_code == 403
    associate = busy.staff("associate")
    assert 'action="/console/bulk' not in associate.get("/console").text
    sent = submit(associate, "/console", "/console/bulk", do="own", chosen=chosen(view(associate)["cases"]))
    assert sent.status_code == 403
    assert first(associate)["owner"] == ""


@pytest.mark.parametrize("fields", [{"do": "own"}, {"do": "steal", "case": "x"}, {"do": "own", "case": "nothing"}])
def test_a_form_that_makes_no_sense_does_nothing(busy: House, fields: dict[str, str]) -> None:
    answer = submit(busy.staff("associate"), "/console", "/console/act", **fields)
    assert answer.status_code in (404, 422)


def test_a_feed_that_is_silent_is_said(busy: House) -> None:
    client = busy.staff("lead")
    assert view(client)["quiet"] == []
    busy.later(30)
    quiet = {one["source"] for one in view(client)["quiet"]}
    assert "the picking app of the store" in quiet
    read = words(client.get("/console").text)
    assert "Not all is heard: what stands above may be old." in read
    assert "the picking app of the store has not been heard since" in read
    assert "Tell whoever runs these feeds." in read
    busy.heard()
    busy.later(0.1)
    assert view(client)["quiet"] == []


def test_a_part_of_the_server_that_stands_still_is_said(busy: House) -> None:
    busy.context.alive = lambda: {"writer": False, "timers": True}
    page = busy.staff("lead").get("/console").text
    assert "The writer of this server stands still" in words(page)


def test_what_is_open_in_a_browser_learns_what_is_new_changed_and_gone(busy: House) -> None:
    client = busy.staff("associate")
    shown = view(client)
    keys = ",".join(case["id"] for case in shown["cases"])
    same = client.get(f"/console/part?keys={keys}&since={shown['at']}").text
    assert 'data-new="0"' in same
    before = dict(re.findall(r'data-key="(\w+)" data-shown="(\w[^"]*)"', same))
    assert set(before) == set(keys.split(","))
    busy.later(0.1)
    act(client, shown["cases"][0], "own")
    act(client, shown["cases"][1], "void", note="no failure")
    busy.service.complain(Complaint("pickup/late", "where is it", channel="sms")).result(10)
    news = client.get(f"/console/part?keys={keys}&since={shown['at']}").text
    after = dict(re.findall(r'data-key="(\w+)" data-shown="(\w[^"]*)"', news))
    assert 'data-new="1"' in news
    assert set(before) - set(after) == {shown["cases"][1]["id"]}
    assert [key for key in after if after[key] != before[key]] == [shown["cases"][0]["id"]]
    whole = client.get("/console/part").text
    assert "customers are being harmed now." in whole


def test_who_looks_at_a_case_is_seen_by_the_others(busy: House) -> None:
    abe, lea = busy.staff("associate"), busy.staff("lead")
    subject = first(lea)["subject"]
    assert abe.get(f"/tx/{subject}/part").status_code == 200
    assert first(lea)["looking"] == ["abe"]
    assert first(abe)["looking"] == []
    busy.later(2)
    assert first(lea)["looking"] == []


def test_a_key_may_read_the_data_of_the_list(make: Callable[..., House]) -> None:
    house = make(page_rate_per_s=0)
    _, token = create(house.store, name="board", scopes=["cases:read"], now=house.now)
    house.context.refresh_keys()
    answer = house.client.get("/console.json", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.json()["headline"]["says"] == "No one is waiting on us."
    assert house.client.get("/console.json").status_code == 401


def test_the_moment_of_the_list_is_that_of_its_harm(busy: House) -> None:
    client = busy.staff("lead")
    before = first(client)
    busy.later(10)
    after = view(client)
    assert after["at"] == format_instant(busy.now)
    assert after["cases"][0]["harm"] > before["harm"]
