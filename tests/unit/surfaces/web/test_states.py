"""What a customer reads in each state: from real records that the engine made, word for word.

`UPDATE_GOLDEN=1` writes the words anew; look at the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.reading import parsed, words
from tests.unit.surfaces.web.stories import STORIES, Story, placed

GOLDEN = Path(__file__).parents[3] / "golden" / "web"
STANDINGS = {
    "nothing": "nothing",
    "well": "well",
    "ready": "well",
    "contradiction": "contradiction",
    "late": "late",
    "at_risk": "at_risk",
    "moved": "well",
    "remedied": "remedied",
    "closed": "closed",
    "cancelled": "well",
    "unknown": "unknown",
    "silence": "unknown",
    "disputed": "well",
}


def shown(house: House, name: str) -> tuple[str, str]:
    """Tell a story; return the path of its page and its HTML."""
    house.customer()
    house.tell(name)
    path = house.link()
    return path, house.client.get(path, headers={"accept-language": "en-GB"}).text


@pytest.mark.parametrize("name", STORIES)
def test_each_state_reads_as_it_did(house: House, name: str) -> None:
    _, html = shown(house, name)
    said, file = words(html), GOLDEN / f"status_{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(said, encoding="utf-8")
    assert said == file.read_text(encoding="utf-8"), "UPDATE_GOLDEN=1 writes it anew"


@pytest.mark.parametrize("name", STORIES)
def test_each_state_has_the_standing_that_it_should(house: House, name: str) -> None:
    path, _ = shown(house, name)
    assert house.view(path)["headline"]["standing"] == STANDINGS[name]


@pytest.mark.parametrize("name", STORIES)
def test_each_state_has_one_heading_and_no_style_or_script_of_its_own(house: House, name: str) -> None:
    _, html = shown(house, name)
    tree = parsed(html)
    elements = list(tree.iter())
    assert sum(str(one.tag).endswith("}h1") for one in elements) == 1
    assert not [one for one in elements if "style" in one.attrib or any(name.startswith("on") for name in one.attrib)]
    inline = [one for one in elements if str(one.tag).endswith("}script") and one.get("src") is None]
    assert {one.get("type") for one in inline} <= {"application/ld+json"}
    assert not any(str(one.tag).endswith("}style") for one in elements)


def test_what_was_wrong_is_struck_through_and_corrected(house: House) -> None:
    path, html = shown(house, "contradiction")
    assert "~~Your order is ready.~~" in words(html)
    (first, *_) = house.view(path)["told"]
    wrong = [one for one in first["statements"] if one["amiss"]]
    assert [(one["says"], one["standing"]) for one in wrong] == [("Your order is ready.", "stopped")]


def test_what_stopped_being_so_is_corrected_by_what_was_told_then(house: House) -> None:
    path, _ = shown(house, "remedied")
    stopped = [one for row in house.view(path)["told"] for one in row["statements"] if one["standing"] == "stopped"]
    assert [(one["says"], one["instead"]) for one in stopped] == [
        ("Your order is ready.", "We are finding out where your order is.")
    ]


def test_a_promise_shows_every_moment_that_was_named(house: House) -> None:
    path, _ = shown(house, "moved")
    (promise,) = house.view(path)["promises"]
    assert [one["counts"] for one in promise["windows"]] == ["first", "renegotiated"]
    assert promise["outcome"] == "open"


def test_a_fact_that_nobody_vouches_for_is_not_told_as_true(house: House) -> None:
    path, _ = shown(house, "unknown")
    facts = house.view(path)["facts"]
    assert "staged" in {one["fact"] for one in facts["unknown"]}
    assert "staged" not in {one["fact"] for one in facts["confirmed"]}


def test_sources_that_disagree_are_both_heard(house: House) -> None:
    path, _ = shown(house, "disputed")
    (fact,) = house.view(path)["facts"]["disputed"]
    assert fact["says"] == "What you ordered was in the store."
    assert [one["says"] for one in fact["others"]] == ["What you ordered was not in the store."]
    assert fact["fact"] not in {one["fact"] for one in house.view(path)["facts"]["confirmed"]}


@pytest.mark.parametrize("name", STORIES)
def test_markup_says_nothing_that_the_page_does_not(house: House, name: str) -> None:
    path, html = shown(house, name)
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    state = house.view(path)["headline"]
    if state["standing"] in ("unknown", "nothing"):
        assert found is None
        return
    assert found is not None
    body = json.loads(found[1])
    assert body == house.view(path)["markup"]
    assert "orderNumber" not in body
    assert body["orderStatus"].startswith("https://schema.org/Order")
    due = house.view(path)["next"]["due"]
    expected = body.get("orderDelivery", {}).get("expectedArrivalUntil")
    assert expected is None or expected == due


def test_the_zone_is_the_customers_and_the_locale_the_readers(house: House) -> None:
    house.customer(zone="America/New_York")
    house.tell("well")
    path = house.link()
    assert "By today, 07:00" in words(house.client.get(path, headers={"accept-language": "en-GB"}).text)
    assert "By today, 7:00\N{NARROW NO-BREAK SPACE}AM".replace("\N{NARROW NO-BREAK SPACE}", " ") in words(
        house.client.get(path, headers={"accept-language": "en-US"}).text
    )


def test_without_a_customer_the_zone_is_the_services(house: House) -> None:
    house.tell("well")
    assert house.view(house.link())["zone"] == "Europe/Zurich"


def test_a_pack_without_texts_has_a_page_of_its_titles(house: House) -> None:
    house.accept({
        "specversion": "1.0", "id": "1", "source": "crm", "type": "customer.registered", "subject": "customer/99",
        "data": {"zone": "UTC"},
    })  # fmt: skip
    said = words(house.client.get(house.link("customer/99")).text)
    assert "# What you are waiting for: Customer." in said


def test_a_new_time_that_was_told_too_late_does_not_count(house: House) -> None:
    late = (310, "oms", "order.rescheduled", {"promised": 500, "consent": True})
    house.tell(Story((placed(), (30, "store", "pick.started", {}), late), 320))
    shown_now = house.view(house.link())
    assert shown_now["headline"]["standing"] == "late"
    assert shown_now["headline"]["more"][-1] == "The new time is today, 17:20."
    assert [one["word"] for one in shown_now["promises"][0]["windows"]] == [
        "First promised", "Moved, and we did not tell you in time",
    ]  # fmt: skip


def test_what_nobody_can_tell_is_not_called_late(house: House) -> None:
    """The picking app is silent: whether the order was there in time is unknown, and so is what the page says."""
    house.tell(Story((placed(),), 300, silent=("store", "staging")))
    view = house.view(house.link())
    headline, (promise,) = view["headline"], view["promises"]
    assert (headline["standing"], promise["word"]) == ("unknown", "Not known")
    assert "later than promised" not in headline["says"]
    assert headline["more"][0].startswith("We promised “Your order is ready to collect.” by today, 13:00.")
    assert headline["more"][0].endswith("We do not know whether it is so.")
    assert "waiting for word from" in headline["more"][-1]


def test_while_there_is_time_to_tell_nobody_was_told_too_late(house: House) -> None:
    moved = (100, "oms", "order.rescheduled", {"promised": 500, "consent": True})
    house.tell(Story((placed(), (30, "store", "pick.started", {}), moved), 110))
    (promise,) = house.view(house.link())["promises"]
    assert promise["windows"][1]["word"] == "Moved, and we have not told you yet"


def test_nothing_is_on_track_of_which_no_rule_says_so(house: House) -> None:
    unpromised = (*placed()[:3], {"customer": "customer/17", "store": "basel", "mode": "in_store"})
    house.tell(Story((unpromised, (100, "store", "pick.failed", {})), 105))
    assert house.view(house.link())["headline"]["word"] == "Not settled yet"
    house.tell(Story((unpromised,), 10), subject="pickup/B-2")
    assert house.view(house.link("pickup/B-2"))["headline"]["word"] == "Going on"


def test_nothing_is_expected_of_an_order_that_is_cancelled(house: House) -> None:
    path, _ = shown(house, "cancelled")
    assert house.view(path)["next"]["due"] is not None, "the money is promised by then, and no parcel"
    assert house.view(path)["markup"] == {
        "@context": "https://schema.org", "@type": "Order", "orderStatus": "https://schema.org/OrderCancelled",
    }  # fmt: skip


def test_a_promise_that_is_still_to_be_kept_is_not_called_so(house: House) -> None:
    path, _ = shown(house, "well")
    said = [(one["standing"], one["word"]) for row in house.view(path)["told"] for one in row["statements"]]
    assert said == [("open", "This promise stands.")]


def test_a_promise_that_is_in_doubt_is_not_called_standing(house: House) -> None:
    path, _ = shown(house, "at_risk")
    said = [(one["standing"], one["word"]) for row in house.view(path)["told"] for one in row["statements"]]
    assert said == [("at_risk", "This is in doubt.")]
