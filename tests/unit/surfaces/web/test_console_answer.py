"""The answer of the console: who is counted as harmed, who only waits, and what is not heard."""

from __future__ import annotations

import pytest

from tests.unit.surfaces.web.conftest import House
from tests.unit.surfaces.web.console_kit import told, view
from tests.unit.surfaces.web.reading import words
from tests.unit.surfaces.web.stories import STORIES, Story
from troth.engine.harm import score_of, time_factor
from troth.model.times import MINUTE
from troth.surfaces.web import factors


def test_who_only_waits_is_not_counted_as_harmed_and_stands_beside(house: House) -> None:
    house.tell(Story(STORIES["unknown"].steps, 720))
    client = house.staff("associate")
    answer = view(client)["headline"]
    assert (answer["harmed"], answer["unsure"], answer["over"], answer["tone"]) == (0, 1, 0, "unknown")
    assert answer["says"] == "No customer is known to be harmed now."
    assert "1 waits for certainty: nobody can tell what is so." in words(client.get("/console").text)
    # Then the customer had it all the same.
    house.accept({
        "specversion": "1.0", "id": "had", "source": "pos", "type": "pickup.handed_over", "subject": "pickup/A-1042",
        "time": "2026-03-02T20:00:00Z", "data": {},
    })  # fmt: skip
    house.later(1)
    answer = view(client)["headline"]
    assert (answer["harmed"], answer["unsure"], answer["over"], answer["tone"]) == (0, 0, 1, "remedied")
    assert "1 only waits for the closing: what was wrong is over." in answer["more"]


def test_the_harmed_are_counted_first_and_the_others_are_more(house: House) -> None:
    told(house, {"contradiction": "pickup/contradiction"})
    house.tell(Story(STORIES["unknown"].steps, 720), "pickup/unknown")
    answer = view(house.staff("lead"))["headline"]
    assert (answer["harmed"], answer["unsure"]) == (1, 1)
    assert answer["says"] == "1 customer is being harmed now."
    assert "1 more waits for certainty" in answer["more"]


def test_a_feed_that_is_silent_is_said_where_no_case_is(house: House) -> None:
    house.tell("well")
    client = house.staff("reader")
    assert (view(client)["cases"], view(client)["quiet"]) == ([], [])
    house.later(30)
    assert view(client)["cases"] == []
    assert "the picking app of the store" in {one["source"] for one in view(client)["quiet"]}
    page = words(client.get("/console").text)
    assert "# No one is known to be waiting on us." in page
    assert "Not all is heard." in page


def test_a_feed_that_nobody_waits_for_and_that_was_never_heard_is_not_missed(house: House) -> None:
    house.later(600)
    assert view(house.staff("reader"))["quiet"] == []


def test_two_cases_of_one_order_say_that_they_are(house: House) -> None:
    told(house, {"late": "pickup/late"})
    client = house.staff("lead")
    cases = [case for case in view(client)["cases"] if case["subject"] == "pickup/late"]
    assert len(cases) > 1
    assert len({case["what"] for case in cases}) == len(cases)
    page = words(client.get("/console").text)
    assert page.count(f"One of {len(cases)} cases of pickup/late") == len(cases)


@pytest.mark.parametrize("waited", [1, 28, 69, 173, 1_441, 9_000])
@pytest.mark.parametrize("value", [1.0, 2.7846, 3.51883])
def test_factors_as_shown_make_the_score_that_is_shown(waited: int, value: float) -> None:
    time = time_factor(waited * MINUTE)
    shown = factors.shown(score_of(4, 1, time, value), 4, time, value)
    assert f"{4 * shown[0] * shown[1]:.1f}" == f"{score_of(4, 1, time, value):.1f}"
